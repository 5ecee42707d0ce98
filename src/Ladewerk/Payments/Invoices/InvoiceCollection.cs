using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Payments.Methods;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Payments.Invoices;

/// <summary>How far the money of an invoice is.</summary>
public enum CollectionState
{
    /// <summary>It will be taken on a day that is known.</summary>
    Planned,

    /// <summary>The provider has taken it on; with a SEPA debit that lasts for days.</summary>
    Processing,

    /// <summary>The payer must do something: pay on the hosted page, or by transfer.</summary>
    Open,
    Paid,

    /// <summary>Nothing is to be taken any more: cancelled, or paid another way.</summary>
    Over,
}

/// <summary>How the money of one invoice comes in by the provider.</summary>
public sealed class InvoiceCollection : ITenantOwned
{
    public required InvoiceId InvoiceId { get; init; }
    public required TenantId TenantId { get; init; }
    public required BillingAccountId BillingAccountId { get; init; }
    public CollectionState State { get; set; }
    public required byte[] LinkHash { get; init; }

    /// <summary>The payer's page, closed: it is a key.</summary>
    public required string LinkSealed { get; init; }

    /// <summary>The day of the next try.</summary>
    public DateOnly? CollectOn { get; set; }

    /// <summary>Tries that failed.</summary>
    public int Tries { get; set; }

    /// <summary>Why the last try failed, in the provider's word.</summary>
    public string? Fault { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Moved by SQL alone once it is stored, because events of the provider move it too.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public int Attempts { get; init; }
    public string? LastError { get; init; }
}

/// <summary>How a charge comes about.</summary>
public enum ChargeWay
{
    /// <summary>From a stored method, while its owner is not there.</summary>
    OffSession,

    /// <summary>By the payer on the provider's page.</summary>
    Page,
}

/// <summary>How far a charge is.</summary>
public enum ChargeState
{
    /// <summary>It is about to be asked for; whether the provider knows of it is open.</summary>
    Planned,

    /// <summary>The payer is at the provider's page.</summary>
    Opened,
    Processing,
    Paid,
    Failed,
    Cancelled,
}

/// <summary>One try to take an invoice's money. Never two at a time.</summary>
public sealed class InvoiceCharge : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required InvoiceId InvoiceId { get; init; }

    /// <summary>1 is the first.</summary>
    public required int Number { get; init; }
    public required ChargeWay Way { get; init; }
    public PaymentMethodId? MethodId { get; init; }
    public required decimal Amount { get; init; }

    /// <summary>What of the amount is reminder fees.</summary>
    public decimal Fees { get; init; }
    public required string Currency { get; init; }
    public ChargeState State { get; set; }
    public string? IntentId { get; set; }
    public string? CheckoutId { get; set; }
    public string? CheckoutUrl { get; set; }

    /// <summary>Why it failed, in the provider's word.</summary>
    public string? Fault { get; set; }

    /// <summary>What the provider kept; null while it has not said.</summary>
    public decimal? Fee { get; set; }
    public decimal Refunded { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; set; }

    public bool IsLive => State is ChargeState.Planned or ChargeState.Opened or ChargeState.Processing;

    public Money Of(decimal amount) => new(amount, Currency);
}

internal sealed class CollectionModel : IEntityTypeConfiguration<InvoiceCollection>, IEntityTypeConfiguration<InvoiceCharge>
{
    public void Configure(EntityTypeBuilder<InvoiceCollection> builder)
    {
        builder.HasKey(c => c.InvoiceId);
        builder.Property(c => c.State).HasName();
    }

    public void Configure(EntityTypeBuilder<InvoiceCharge> builder)
    {
        builder.Property(c => c.State).HasName();
        builder.Property(c => c.Way).HasName();
        builder.Ignore(c => c.IsLive);
    }
}
