using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using System.Text.Json.Serialization;

namespace Ladewerk.Drivers;

[JsonConverter(typeof(TypedIdJson<DriverId>))]
public readonly record struct DriverId(Guid Value) : ITypedId<DriverId>
{
    public static DriverId From(Guid value) => new(value);

    public static DriverId New() => new(Guid.CreateVersion7());
}

[JsonConverter(typeof(TypedIdJson<BillingAccountId>))]
public readonly record struct BillingAccountId(Guid Value) : ITypedId<BillingAccountId>
{
    public static BillingAccountId From(Guid value) => new(value);

    public static BillingAccountId New() => new(Guid.CreateVersion7());
}

[JsonConverter(typeof(TypedIdJson<IdTokenId>))]
public readonly record struct IdTokenId(Guid Value) : ITypedId<IdTokenId>
{
    public static IdTokenId From(Guid value) => new(value);

    public static IdTokenId New() => new(Guid.CreateVersion7());
}

/// <summary>Who pays.</summary>
public sealed class BillingAccount : ITenantOwned
{
    public BillingAccountId Id { get; init; } = BillingAccountId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }
    public string? Company { get; set; }
    public string? Street { get; set; }
    public string? PostalCode { get; set; }
    public string? City { get; set; }
    public string Country { get; set; } = "DE";
    public string? VatId { get; set; }
    public string? Email { get; set; }

    /// <summary>Language of documents: de or en.</summary>
    public string Language { get; set; } = "de";
    public int PaymentTermsDays { get; set; } = 14;
    public string? CustomerNumber { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A person who charges.</summary>
public sealed class Driver : ITenantOwned
{
    public DriverId Id { get; init; } = DriverId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }
    public string? Email { get; set; }
    public string? Phone { get; set; }
    public string Locale { get; set; } = "de";

    /// <summary>active, blocked or closed.</summary>
    public string Status { get; set; } = "active";

    /// <summary>With which they sign in; null where they have none. One account is at most one driver.</summary>
    public Guid? AccountId { get; set; }
    public BillingAccountId? BillingAccountId { get; set; }

    /// <summary>The operator's own number of them: employee, customer, flat. Unique within the tenant.</summary>
    public string? Number { get; set; }

    /// <summary>When their personal data were erased; what is left is a pseudonym.</summary>
    public DateTimeOffset? ErasedAt { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>State of an <see cref="IdToken"/>.</summary>
public enum IdTokenStatus
{
    /// <summary>May charge.</summary>
    Accepted,

    /// <summary>Blocked by the operator.</summary>
    Blocked,

    /// <summary>Beyond its validity.</summary>
    Expired,

    /// <summary>Reported lost by the driver.</summary>
    Lost,
}

/// <summary>What identifies a driver at a station: a badge, an app, an eMAID, a vehicle's MAC, a guest code.</summary>
public sealed class IdToken : ITenantOwned
{
    public IdTokenId Id { get; init; } = IdTokenId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>As printed or read, upper case.</summary>
    public required string Uid { get; init; }

    /// <summary>The normalised form, see <see cref="IdTokenUid.Key"/>.</summary>
    public required string UidKey { get; init; }

    /// <summary>ISO14443, ISO15693, app, eMAID, macAddress, guest ...</summary>
    public string Type { get; set; } = "ISO14443";
    public IdTokenStatus Status { get; set; }
    public string? VisualNumber { get; set; }
    public DateTimeOffset? ValidFrom { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }
    public DriverId? DriverId { get; set; }
    public Guid? ContractId { get; set; }

    /// <summary>OCPP's parent id tag: tokens of a group may stop each other's sessions, and tariffs may be assigned to it.</summary>
    public string? GroupId { get; set; }
    public string? Note { get; set; }

    /// <summary>How many sessions may run at once with it; 0 is unlimited.</summary>
    public int ConcurrentSessions { get; set; } = 1;

    /// <summary>With which others it was bought.</summary>
    public Badges.BadgeBatchId? BatchId { get; set; }

    /// <summary>Blocked until its driver says, by its number, that it has come.</summary>
    public bool AwaitsActivation { get; set; }

    /// <summary>When its number was erased with its driver's data.</summary>
    public DateTimeOffset? ErasedAt { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class DriversModel :
    IEntityTypeConfiguration<BillingAccount>, IEntityTypeConfiguration<Driver>, IEntityTypeConfiguration<IdToken>
{
    public void Configure(EntityTypeBuilder<BillingAccount> builder) => builder.HasKey(a => a.Id);

    public void Configure(EntityTypeBuilder<Driver> builder) => builder.HasKey(d => d.Id);

    public void Configure(EntityTypeBuilder<IdToken> builder) => builder.Property(t => t.Status).HasName();
}
