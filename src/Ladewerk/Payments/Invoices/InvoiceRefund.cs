using Ladewerk.Billing;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Payments.Invoices;

/// <summary>Money of a charge that goes back to the payer by itself, because a document leaves a credit.</summary>
public sealed class InvoiceRefund : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required Guid ChargeId { get; init; }

    /// <summary>The document on which the credit stands: the invoice itself where it was cancelled or paid twice, or a correction of it.</summary>
    public required InvoiceId InvoiceId { get; init; }
    public required decimal Amount { get; init; }
    public RefundState State { get; set; }
    public string? ProviderId { get; set; }
    public required DateTimeOffset AskedAt { get; init; }
    public DateTimeOffset? DoneAt { get; set; }

    /// <summary>Why the provider refused it, in its own word.</summary>
    public string? LastError { get; set; }
}

internal sealed class InvoiceRefundModel : IEntityTypeConfiguration<InvoiceRefund>
{
    public void Configure(EntityTypeBuilder<InvoiceRefund> builder) => builder.Property(r => r.State).HasName();
}
