using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Ladewerk.Tariffs;

[JsonConverter(typeof(TypedIdJson<TariffId>))]
public readonly record struct TariffId(Guid Value) : ITypedId<TariffId>
{
    public static TariffId From(Guid value) => new(value);

    public static TariffId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>A tariff through all its versions.</summary>
public sealed class StoredTariff : ITenantOwned
{
    public TariffId Id { get; init; } = TariffId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>Of the current version, for lists.</summary>
    public required string Name { get; set; }
    public TariffKind Kind { get; set; }
    public required string Currency { get; set; }
    public int CurrentVersion { get; set; } = 1;

    /// <summary>Holds where no assignment does; exactly one tariff of a tenant.</summary>
    public bool IsDefault { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ArchivedAt { get; set; }
    public List<TariffVersion> Versions { get; init; } = [];
}

/// <summary>What a tariff said from some time on. Never changes.</summary>
public sealed class TariffVersion : ITenantOwned
{
    public required TariffId TariffId { get; init; }
    public required int Version { get; init; }
    public required TenantId TenantId { get; init; }
    public required Tariff Document { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string? CreatedBy { get; init; }
}

/// <summary>Says where or for whom a tariff holds.</summary>
public sealed class TariffAssignment : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required AssignmentLevel Level { get; init; }

    /// <summary>
    /// Contract id, group, EVSE-ID or "station/number", station identity, circuit, site or organisation id; empty for the tenant.
    /// </summary>
    public required string Target { get; init; }
    public required TariffId TariffId { get; init; }

    /// <summary>Within a level the highest wins, then the newest.</summary>
    public int Priority { get; set; }
    public DateTimeOffset? ValidFrom { get; init; }
    public DateTimeOffset? ValidTo { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>From the most to the least specific.</summary>
public enum AssignmentLevel
{
    Contract,
    Group,
    Evse,
    Station,
    Circuit,
    Site,
    Organisation,
    Tenant,
}

internal sealed class TariffsModel :
    IEntityTypeConfiguration<StoredTariff>, IEntityTypeConfiguration<TariffVersion>, IEntityTypeConfiguration<TariffAssignment>
{
    public void Configure(EntityTypeBuilder<StoredTariff> builder)
    {
        builder.ToTable("tariff");
        builder.Property(tariff => tariff.Kind).HasName();
        builder.HasMany(tariff => tariff.Versions).WithOne().HasForeignKey(version => version.TariffId);
    }

    public void Configure(EntityTypeBuilder<TariffVersion> builder)
    {
        builder.HasKey(version => new { version.TariffId, version.Version });
        builder.Property(version => version.Document).HasColumnType("jsonb").HasConversion(
            new ValueConverter<Tariff, string>(tariff => TariffJson.Write(tariff), json => TariffJson.Read(json)),
            new ValueComparer<Tariff>((a, b) => ReferenceEquals(a, b), tariff => tariff.Id.GetHashCode(StringComparison.Ordinal), tariff => tariff));
    }

    public void Configure(EntityTypeBuilder<TariffAssignment> builder) => builder.Property(assignment => assignment.Level).HasName();
}
