using System.Text.Json.Serialization;
using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Payments;

[JsonConverter(typeof(TypedIdJson<PaymentId>))]
public readonly record struct PaymentId(Guid Value) : ITypedId<PaymentId>
{
    public static PaymentId From(Guid value) => new(value);

    public static PaymentId New() => new(Guid.CreateVersion7());
}

/// <summary>How far a payment at a charge point is.</summary>
public enum PaymentState
{
    /// <summary>The payer is at the provider's page.</summary>
    Opened,

    /// <summary>The card is held; the station is asked next.</summary>
    Held,

    /// <summary>The station said yes; the car is waited for.</summary>
    Starting,
    Charging,

    /// <summary>The price was taken, the rest released.</summary>
    Captured,

    /// <summary>Nothing was taken; what was held is free again.</summary>
    Released,
}

/// <summary>Why nothing was taken.</summary>
public enum PaymentOutcome
{
    /// <summary>Nobody paid on the provider's page in time.</summary>
    Abandoned,

    /// <summary>The card was held too late: the point had been taken, or had failed, by then.</summary>
    PointTaken,

    /// <summary>The station refused, or had a fault.</summary>
    Refused,

    /// <summary>The station is not connected or did not answer.</summary>
    Unreachable,

    /// <summary>No car was plugged in in time.</summary>
    NotStarted,

    /// <summary>No energy flowed.</summary>
    NoEnergy,

    /// <summary>The price is less than the least that can be taken from a card.</summary>
    TooSmall,

    /// <summary>The session went without a price.</summary>
    Free,

    /// <summary>The provider had let go of the card before the price could be taken: its bank took the hold back, or somebody cancelled it there. The price is lost.</summary>
    HoldLost,
}

/// <summary>A card held for one charging session of somebody without an account.</summary>
public sealed class Payment : ITenantOwned
{
    public PaymentId Id { get; init; } = PaymentId.New();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }

    /// <summary>As people know it.</summary>
    public required string Evse { get; init; }

    /// <summary>Of the payer's link.</summary>
    public required byte[] LinkHash { get; init; }
    public PaymentState State { get; set; }
    public PaymentOutcome? Outcome { get; set; }
    public required string Currency { get; init; }

    /// <summary>Held, or to be held; gross.</summary>
    public required decimal Hold { get; set; }

    /// <summary>Of the charge detail record; gross.</summary>
    public decimal? Price { get; set; }
    public decimal Captured { get; set; }
    public decimal Refunded { get; set; }

    /// <summary>What the provider kept; null while it has not said.</summary>
    public decimal? Fee { get; set; }
    public required string Language { get; init; }
    public string? Email { get; set; }

    /// <summary>The payer's own page, closed: it is a key.</summary>
    public required string LinkSealed { get; init; }
    public string? CheckoutId { get; set; }
    public string? CheckoutUrl { get; set; }
    public string? IntentId { get; set; }

    /// <summary>The card reader at which the card is given; null: the provider's page.</summary>
    public Terminals.TerminalId? TerminalId { get; init; }

    /// <summary>The last four digits of a card that was given at a reader, by which its holder finds the receipt; forgotten with the address.</summary>
    public string? CardLast4 { get; set; }
    public bool CanIncrement { get; set; }
    public string? IdToken { get; set; }
    public SessionId? SessionId { get; set; }
    public CdrId? CdrId { get; set; }

    /// <summary>The receipt (§33 UStDV); null while there is none, or where the operator's details are not complete.</summary>
    public InvoiceId? ReceiptId { get; set; }
    public string? ReceiptNumber { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? HeldAt { get; set; }
    public DateTimeOffset? StartBefore { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>When the next step is due; moved by SQL alone, because events of the provider move it too.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public int Attempts { get; set; }
    public string? LastError { get; set; }

    [JsonIgnore]
    public bool IsOver => State is PaymentState.Captured or PaymentState.Released;

    public Money Of(decimal amount) => new(amount, Currency);
}

/// <summary>Whether a refund has been made.</summary>
public enum RefundState
{
    Asked,
    Done,
    Failed,
}

/// <summary>Money that goes back to the payer.</summary>
public sealed class PaymentRefund : ITenantOwned
{
    /// <summary>Who asks where a correction of the session gives money back by itself; nobody's name.</summary>
    internal const string Itself = "correction";

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required PaymentId PaymentId { get; init; }
    public required decimal Amount { get; init; }
    public RefundState State { get; set; }
    public string? Reason { get; init; }
    public string? ProviderId { get; set; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public DateTimeOffset? DoneAt { get; set; }
    public string? LastError { get; set; }
}

/// <summary>What an operator agreed with the provider, and what guests are held for.</summary>
public sealed class PaymentSettings : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public bool Enabled { get; set; }

    /// <summary>Closed under the installation's keys; null: the installation's key is used.</summary>
    public string? SecretKey { get; set; }

    /// <inheritdoc cref="SecretKey"/>
    public string? WebhookSecrets { get; set; }
    public decimal HoldAmount { get; set; } = 50;

    /// <summary>How long after the hold the car may take to be plugged in.</summary>
    public TimeSpan StartWithin { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether more is asked for before the hold is used up, where the card allows it.</summary>
    public bool Increment { get; set; } = true;

    /// <summary>Whether cards are taken only where the link on the charge point's own sticker was scanned.</summary>
    public bool SignedLinksOnly { get; set; }

    /// <summary>Whether statements to hosts are transferred on their day without anybody's release.</summary>
    public bool PayoutsAutomatic { get; set; }

    /// <summary>Whether invoices are collected from whoever has given a card or a mandate.</summary>
    public bool CollectInvoices { get; set; } = true;
    public DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class PaymentModel : IEntityTypeConfiguration<Payment>, IEntityTypeConfiguration<PaymentRefund>, IEntityTypeConfiguration<PaymentSettings>
{
    public void Configure(EntityTypeBuilder<Payment> builder)
    {
        builder.Property(p => p.State).HasName();
        builder.Property(p => p.Outcome).HasConversion(
            outcome => outcome == null ? null : System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(outcome.Value.ToString()),
            text => text == null ? null : Enum.Parse<PaymentOutcome>(text, true));
    }

    public void Configure(EntityTypeBuilder<PaymentRefund> builder) => builder.Property(r => r.State).HasName();

    public void Configure(EntityTypeBuilder<PaymentSettings> builder) => builder.HasKey(s => s.TenantId);
}
