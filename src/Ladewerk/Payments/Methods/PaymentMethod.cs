using System.Text.Json.Serialization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Payments.Methods;

[JsonConverter(typeof(TypedIdJson<PaymentMethodId>))]
public readonly record struct PaymentMethodId(Guid Value) : ITypedId<PaymentMethodId>
{
    public static PaymentMethodId From(Guid value) => new(value);

    public static PaymentMethodId New() => new(Guid.CreateVersion7());
}

/// <summary>What money is taken from.</summary>
public enum PaymentMethodKind
{
    Card,

    /// <summary>SEPA core direct debit with a mandate.</summary>
    SepaDebit,
}

/// <summary>Who a billing account is at the provider.</summary>
public sealed class PaymentCustomer : ITenantOwned
{
    public required BillingAccountId BillingAccountId { get; init; }
    public required TenantId TenantId { get; init; }
    public required string CustomerId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A card or a mandate of a payer. What could be misused stays with the provider.</summary>
public sealed class PaymentMethod : ITenantOwned
{
    public PaymentMethodId Id { get; init; } = PaymentMethodId.New();
    public required TenantId TenantId { get; init; }
    public required BillingAccountId BillingAccountId { get; init; }

    /// <summary>At the provider.</summary>
    public required string ProviderId { get; init; }
    public required PaymentMethodKind Kind { get; init; }

    /// <summary>Of a card (visa, mastercard ...); of a debit the country of the account.</summary>
    public string? Brand { get; init; }
    public required string Last4 { get; init; }

    /// <summary>Last day on which a card holds.</summary>
    public DateOnly? ExpiresOn { get; init; }

    /// <summary>Reference of the SEPA mandate.</summary>
    public string? Mandate { get; init; }

    /// <summary>Invoices are collected from this one.</summary>
    public bool IsDefault { get; set; }
    public required string AddedBy { get; init; }
    public required DateTimeOffset AddedAt { get; init; }
    public DateTimeOffset? RemovedAt { get; set; }

    /// <summary>When the provider has forgotten it, too.</summary>
    public DateTimeOffset? DetachedAt { get; set; }

    /// <summary>Whether money can be taken from it.</summary>
    public bool Holds(DateOnly today) => RemovedAt is null && (ExpiresOn is not { } last || today <= last);
}

/// <summary>How far the giving of a way to pay is.</summary>
public enum MethodSetupState
{
    /// <summary>The payer has the link.</summary>
    Asked,

    /// <summary>The payer is at the provider's page.</summary>
    Opened,
    Done,
    Expired,
}

/// <summary>A payer who is to give a way to pay, by a link that works once.</summary>
public sealed class PaymentMethodSetup : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required BillingAccountId BillingAccountId { get; init; }
    public MethodSetupState State { get; set; }
    public required byte[] LinkHash { get; init; }

    /// <summary>The link, closed: it is a key.</summary>
    public required string LinkSealed { get; init; }
    public required string Language { get; init; }

    /// <summary>Whether the payer comes from the driver app, and goes back there.</summary>
    public required bool FromApp { get; init; }
    public string? CheckoutId { get; set; }
    public string? CheckoutUrl { get; set; }
    public PaymentMethodId? MethodId { get; set; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? OpenedAt { get; set; }

    /// <summary>Moved by SQL alone once it is stored, because events of the provider move it too.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public int Attempts { get; init; }
    public string? LastError { get; init; }
}

internal sealed class MethodModel : IEntityTypeConfiguration<PaymentCustomer>, IEntityTypeConfiguration<PaymentMethod>, IEntityTypeConfiguration<PaymentMethodSetup>
{
    public void Configure(EntityTypeBuilder<PaymentCustomer> builder) => builder.HasKey(c => c.BillingAccountId);

    public void Configure(EntityTypeBuilder<PaymentMethod> builder) => builder.Property(m => m.Kind).HasName();

    public void Configure(EntityTypeBuilder<PaymentMethodSetup> builder) => builder.Property(s => s.State).HasName();
}
