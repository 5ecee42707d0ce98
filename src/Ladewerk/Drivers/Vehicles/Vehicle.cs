using System.Text.Json.Serialization;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Drivers.Vehicles;

[JsonConverter(typeof(TypedIdJson<VehicleId>))]
public readonly record struct VehicleId(Guid Value) : ITypedId<VehicleId>
{
    public static VehicleId From(Guid value) => new(value);

    public static VehicleId New() => new(Guid.CreateVersion7());
}

/// <summary>A car, a driver's or a fleet's.</summary>
public sealed class Vehicle : ITenantOwned
{
    public VehicleId Id { get; init; } = VehicleId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }
    public DriverId? DriverId { get; set; }

    /// <summary>Of its fleet.</summary>
    public ContractId? ContractId { get; set; }
    public string? Plate { get; set; }
    public string? Vin { get; set; }

    /// <summary>Make and model as the catalogue writes them, or any other.</summary>
    public string? Model { get; set; }
    public WattHours? BatteryWh { get; set; }
    public Watts? MaxAcW { get; set; }
    public Watts? MaxDcW { get; set; }

    /// <summary>With which it charges on AC.</summary>
    public int? Phases { get; set; }

    /// <summary>Below which it does not charge, in amperes per phase.</summary>
    public decimal? MinCurrentA { get; set; }

    /// <summary>Twelve hexadecimal digits.</summary>
    public string? Mac { get; set; }

    /// <summary>Its driver wants it to start charging by its MAC alone.</summary>
    public bool Autocharge { get; set; }
    public IdTokenId? MacTokenId { get; set; }
    public string? Emaid { get; set; }
    public IdTokenId? EmaidTokenId { get; set; }

    /// <summary>When it usually leaves, local to where it charges.</summary>
    public TimeOnly? Departure { get; set; }

    /// <summary>How full it shall be then.</summary>
    public int? TargetPercent { get; set; }
    public string? Note { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class VehiclesModel : IEntityTypeConfiguration<Vehicle>
{
    public void Configure(EntityTypeBuilder<Vehicle> builder) => builder.HasKey(v => v.Id);
}

/// <summary>A model of the catalogue.</summary>
/// <param name="BatteryKwh">Usable.</param>
/// <param name="Phases">With which it charges on AC.</param>
/// <param name="MinCurrentA">Below which it does not charge, per phase.</param>
public sealed record VehicleModel(string Make, string Model, decimal BatteryKwh, decimal MaxAcKw, decimal? MaxDcKw, int Phases, decimal MinCurrentA)
{
    public string Name => $"{Make} {Model}";
}

/// <summary>Common models, from what their makers publish: <c>Drivers/Vehicles/models.json</c>.</summary>
internal static class VehicleCatalogue
{
    private static readonly Lazy<IReadOnlyList<VehicleModel>> Read = new(() =>
    {
        using var file = typeof(VehicleCatalogue).Assembly.GetManifestResourceStream("Ladewerk.Drivers.Vehicles.models.json") ?? throw new InvalidOperationException("The catalogue of vehicles is missing.");
        return System.Text.Json.JsonSerializer.Deserialize<VehicleModel[]>(file, Columns.Json) ?? [];
    });

    public static IReadOnlyList<VehicleModel> Models => Read.Value;

    public static VehicleModel? Find(string? name) => name is null ? null : Models.FirstOrDefault(m => m.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
}
