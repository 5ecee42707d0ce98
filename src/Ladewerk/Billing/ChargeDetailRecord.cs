using System.Text.Json.Serialization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;

namespace Ladewerk.Billing;

[JsonConverter(typeof(TypedIdJson<CdrId>))]
public readonly record struct CdrId(Guid Value) : ITypedId<CdrId>
{
    public static CdrId From(Guid value) => new(value);

    public static CdrId New() => new(Guid.CreateVersion7());
}

/// <summary>What a record is in the history of its session.</summary>
public enum CdrKind
{
    /// <summary>The first result.</summary>
    Original,

    /// <summary>Takes an earlier result back in full: its amounts are negative.</summary>
    Credit,

    /// <summary>The result that stands in for one that was taken back.</summary>
    Correction,
}

/// <summary>Where a record stands on its way to the customer.</summary>
public enum CdrBilling
{
    /// <summary>Waits for an invoice.</summary>
    Open,

    /// <summary>Stands on the invoice it names.</summary>
    Invoiced,

    /// <summary>Taken back before it was invoiced: it and its credit never reach the customer.</summary>
    Offset,

    /// <summary>Nobody pays it, or there is nothing to pay.</summary>
    None,
}

/// <summary>
/// The immutable, priced result of a session (CDR). It never changes: a different result is a credit for this one and a correction.
/// Only <see cref="Billing"/> and <see cref="InvoiceId"/>, its state, move.
/// </summary>
public sealed class ChargeDetailRecord : ITenantOwned
{
    public CdrId Id { get; init; } = CdrId.New();
    public required TenantId TenantId { get; init; }
    public required SessionId SessionId { get; init; }
    public required CdrKind Kind { get; init; }

    /// <summary>1 is the original; a credit and its correction share the next number.</summary>
    public required int Revision { get; init; }

    /// <summary>The record that a credit takes back or a correction replaces.</summary>
    public CdrId? CorrectsId { get; init; }

    /// <summary>Who pays; null: nobody is known, and it is not invoiced.</summary>
    public BillingAccountId? BillingAccountId { get; init; }
    public DriverId? DriverId { get; init; }
    public Guid? ContractId { get; init; }
    public string? CostCentre { get; init; }

    /// <summary>Where it took place, as it was then.</summary>
    public required PlaceFacts Place { get; init; }

    /// <summary>IANA zone of the site.</summary>
    public required string TimeZone { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public required WattHours MeterStartWh { get; init; }
    public WattHours? MeterStopWh { get; init; }

    /// <summary>Negative on a credit.</summary>
    public required WattHours EnergyWh { get; init; }
    public required Guid TariffId { get; init; }
    public required int TariffVersion { get; init; }

    /// <summary>The gross amounts are the agreed ones (what a consumer was shown); otherwise the net amounts are.</summary>
    public required bool PricesGross { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>Null where a price has no VAT rate and the side is not known.</summary>
    public decimal? ExclVat { get; init; }

    /// <inheritdoc cref="ExclVat"/>
    public decimal? InclVat { get; init; }
    public required Cost Cost { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public CdrBilling Billing { get; set; }
    public InvoiceId? InvoiceId { get; set; }
}
