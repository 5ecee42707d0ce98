using System.Text.Json.Serialization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Sessions.Reports;

[JsonConverter(typeof(TypedIdJson<FaultReportId>))]
public readonly record struct FaultReportId(Guid Value) : ITypedId<FaultReportId>
{
    public static FaultReportId From(Guid value) => new(value);

    public static FaultReportId New() => new(Guid.CreateVersion7());
}

/// <summary>What a driver reports.</summary>
public enum FaultKind
{
    Broken,
    Cable,
    Display,
    Blocked,
    Payment,
    Other,
}

/// <summary>A fault of a charge point as a driver saw it.</summary>
public sealed class FaultReport : ITenantOwned
{
    public FaultReportId Id { get; init; } = FaultReportId.New();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }

    /// <summary>Who reported it; null once the driver is gone.</summary>
    public DriverId? DriverId { get; set; }
    public required FaultKind Kind { get; init; }
    public string? Note { get; set; }

    /// <summary>Without anything but the picture, see <see cref="PlainPicture"/>.</summary>
    public byte[]? Photo { get; set; }

    /// <summary>image/jpeg or image/png.</summary>
    public string? PhotoType { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ResolvedAt { get; set; }
    public string? ResolvedBy { get; set; }
}

internal sealed class FaultReportModel : IEntityTypeConfiguration<FaultReport>
{
    public void Configure(EntityTypeBuilder<FaultReport> builder)
    {
        builder.HasKey(r => r.Id);
        builder.Property(r => r.Kind).HasName();
    }
}
