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

    /// <summary>Leitweg-ID of a public customer, or what else the buyer wants to read (EN 16931 BT-10); set: invoices are XRechnung.</summary>
    public string? BuyerReference { get; set; }

    /// <summary>Where the buyer takes electronic invoices (EN 16931 BT-49); null: the e-mail address.</summary>
    public string? ElectronicAddress { get; set; }

    /// <summary>Electronic Address Scheme of <see cref="ElectronicAddress"/>: 0204 Leitweg-ID, 9930 German VAT number, EM e-mail.</summary>
    public string? ElectronicScheme { get; set; }
    public InvoiceCycle InvoiceCycle { get; set; }
    public VatTreatment VatTreatment { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>When an account gets its invoices.</summary>
public enum InvoiceCycle
{
    /// <summary>With the run for the month, all sessions together.</summary>
    Monthly,

    /// <summary>As soon as a session is priced, one invoice each.</summary>
    Immediate,

    /// <summary>Only when somebody asks for a run.</summary>
    OnDemand,
}

/// <summary>How a customer's supplies are taxed.</summary>
public enum VatTreatment
{
    /// <summary>The rate of the tariff: electricity is taxed where it is charged (Art. 39 VAT Directive).</summary>
    Standard,

    /// <summary>Buys to sell on, as roaming providers do: taxed where it is established (Art. 38), the customer owes the tax.</summary>
    Reseller,

    /// <summary>Free of VAT by its own status, such as embassies and the bodies of the Union.</summary>
    Exempt,

    /// <summary>An intra-Community supply to a business of another member state (Art. 138 VAT Directive): free of tax, the buyer is known by its VAT number.</summary>
    IntraCommunity,

    /// <summary>An export to a country outside the Union (Art. 146 VAT Directive): free of tax.</summary>
    Export,
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
    public void Configure(EntityTypeBuilder<BillingAccount> builder)
    {
        builder.Property(a => a.InvoiceCycle).HasName();
        builder.Property(a => a.VatTreatment).HasName();
    }

    public void Configure(EntityTypeBuilder<Driver> builder) => builder.HasKey(d => d.Id);

    public void Configure(EntityTypeBuilder<IdToken> builder) => builder.Property(t => t.Status).HasName();
}
