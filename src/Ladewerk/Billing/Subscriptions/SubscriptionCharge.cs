using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Billing.Subscriptions;

/// <summary>
/// What a contract owes for a month by its tariff's monthly fee, as a charge detail record is what it owes for a session. It never changes but for
/// <see cref="Billing"/>, <see cref="InvoiceId"/> and <see cref="PrecedingId"/>.
/// </summary>
public sealed class SubscriptionCharge : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required ContractId ContractId { get; init; }

    /// <summary>The month's first day.</summary>
    public required DateOnly Month { get; init; }

    /// <summary>From 1; a second one where another price held in a part of the month.</summary>
    public required int Item { get; init; }
    public required string ContractNumber { get; init; }
    public string? CostCentre { get; init; }
    public required Guid TariffId { get; init; }
    public required int TariffVersion { get; init; }
    public required string TariffName { get; init; }
    public required BillingAccountId BillingAccountId { get; init; }

    /// <summary>Both days included.</summary>
    public required DateOnly FromDay { get; init; }

    /// <inheritdoc cref="FromDay"/>
    public required DateOnly ToDay { get; init; }

    /// <summary>Days that count.</summary>
    public required int Days { get; init; }
    public required int DaysOfMonth { get; init; }

    /// <summary>Net, for a whole month.</summary>
    public required decimal Fee { get; init; }
    public required string Currency { get; init; }

    /// <summary>Percent; null where the tariff names none: then it cannot be invoiced.</summary>
    public decimal? VatRate { get; init; }

    /// <summary>Rounded once.</summary>
    public required decimal ExclVat { get; init; }

    /// <inheritdoc cref="ExclVat"/>
    public decimal? InclVat { get; init; }

    /// <summary>From when on it may be invoiced: the end of the month.</summary>
    public required DateTimeOffset DueAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public CdrBilling Billing { get; set; }
    public InvoiceId? InvoiceId { get; set; }

    /// <summary>The cancelled invoice on which it stood before.</summary>
    public InvoiceId? PrecedingId { get; set; }
}

internal sealed class SubscriptionModel : IEntityTypeConfiguration<SubscriptionCharge>
{
    public void Configure(EntityTypeBuilder<SubscriptionCharge> builder) => builder.Property(c => c.Billing).HasName();
}
