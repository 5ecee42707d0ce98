using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Payments.Disputes;

/// <summary>How far a dispute is.</summary>
public enum DisputeState
{
    /// <summary>Heard of, not read yet.</summary>
    New,

    /// <summary>The bank asks; no money has moved.</summary>
    Warning,

    /// <summary>The operator may answer with evidence, at the provider.</summary>
    Open,

    /// <summary>The bank decides.</summary>
    Review,

    /// <summary>The money is back.</summary>
    Won,

    /// <summary>The money is gone. A returned SEPA debit is lost at once.</summary>
    Lost,

    /// <summary>It came to nothing.</summary>
    Closed,
}

/// <summary>A payer, or their bank, takes money back.</summary>
public sealed class PaymentDispute : ITenantOwned
{
    public required Guid Id { get; init; }
    public required TenantId TenantId { get; init; }
    public required string ProviderId { get; init; }

    /// <summary>A guest's payment at a charge point; null where it is an invoice's.</summary>
    public PaymentId? PaymentId { get; init; }

    /// <summary>A charge of an invoice; null where it is a guest's.</summary>
    public Guid? ChargeId { get; init; }
    public DisputeState State { get; set; }
    public string? Reason { get; set; }
    public decimal? Amount { get; set; }
    public string? Currency { get; set; }

    /// <summary>What the provider keeps for it.</summary>
    public decimal Fee { get; set; }

    /// <summary>What is gone from our balance now.</summary>
    public decimal Withdrawn { get; set; }
    public DateTimeOffset? AnswerUntil { get; set; }
    public required DateTimeOffset OpenedAt { get; set; }
    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>Moved by SQL alone once it is stored, because events of the provider move it too.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public int Attempts { get; init; }
    public string? LastError { get; init; }

    public static bool IsOver(DisputeState state) => state is DisputeState.Won or DisputeState.Lost or DisputeState.Closed;
}

/// <summary>A payer disputes a payment, or it came back.</summary>
public sealed record PaymentDisputed(Guid DisputeId) : IEvent
{
    public static string Type => "paymentDisputed";
}

/// <summary>A dispute was decided.</summary>
public sealed record PaymentDisputeDecided(Guid DisputeId) : IEvent
{
    public static string Type => "paymentDisputeDecided";
}

internal sealed class DisputeModel : IEntityTypeConfiguration<PaymentDispute>
{
    public void Configure(EntityTypeBuilder<PaymentDispute> builder) => builder.Property(d => d.State).HasName();
}
