using System.Text.Json.Serialization;
using Ladewerk.Billing;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Payments.Payouts;

[JsonConverter(typeof(TypedIdJson<PayoutId>))]
public readonly record struct PayoutId(Guid Value) : ITypedId<PayoutId>
{
    public static PayoutId From(Guid value) => new(value);

    public static PayoutId New() => new(Guid.CreateVersion7());
}

/// <summary>How far the payout of a statement is.</summary>
public enum PayoutState
{
    /// <summary>Nobody has released it yet.</summary>
    Waiting,

    /// <summary>To be transferred as soon as the provider can.</summary>
    Released,

    /// <summary>The provider has transferred it to the host's account.</summary>
    Sent,

    /// <summary>It was paid by another way: by bank transfer, with the salary.</summary>
    PaidOtherwise,

    /// <summary>The provider refused; somebody has to decide.</summary>
    Failed,

    /// <summary>The statement was cancelled before anything was paid.</summary>
    Cancelled,
}

/// <summary>What a statement owes to a site host or an employee, and how it is paid.</summary>
public sealed class Payout : ITenantOwned
{
    public PayoutId Id { get; init; } = PayoutId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>The statement.</summary>
    public required InvoiceId InvoiceId { get; init; }
    public Guid? OrganisationId { get; init; }
    public Guid? DriverId { get; init; }
    public required string Currency { get; init; }

    /// <summary>Gross, of the statement.</summary>
    public required decimal Amount { get; init; }
    public PayoutState State { get; set; }

    /// <summary>The host's account at the provider.</summary>
    public string? Destination { get; set; }
    public string? TransferId { get; set; }

    /// <summary>What the provider kept for it; null while it has not said.</summary>
    public decimal? Fee { get; set; }

    /// <summary>What of it came back.</summary>
    public decimal Returned { get; set; }

    /// <summary>How it was paid otherwise.</summary>
    public string? Reference { get; set; }
    public DateOnly? PaidOn { get; set; }

    /// <summary>Definite refusals; each further try has a key of its own.</summary>
    public int Tries { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ReleasedAt { get; set; }
    public string? ReleasedBy { get; set; }

    /// <summary>Since when the money may be on its way.</summary>
    public DateTimeOffset? BegunAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>When the next step is due; moved by SQL alone.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public int Attempts { get; init; }
    public string? LastError { get; init; }

    public Money Of(decimal amount) => new(amount, Currency);
}

/// <summary>A payout was refused: somebody has to decide.</summary>
/// <param name="Tries">How often it was refused by now.</param>
public sealed record PayoutFailed(Guid PayoutId, int Tries) : IEvent
{
    public static string Type => "payoutFailed";
}

/// <summary>Money of a payout that comes back from the host's account.</summary>
public sealed class PayoutReturn : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required PayoutId PayoutId { get; init; }
    public required decimal Amount { get; init; }
    public RefundState State { get; set; }
    public string? Reason { get; init; }
    public string? ProviderId { get; set; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public DateTimeOffset? DoneAt { get; set; }
    public string? LastError { get; set; }
}

/// <summary>Whether a host can receive money.</summary>
public enum PayoutAccountState
{
    /// <summary>The host has not said all that the provider wants to know.</summary>
    Incomplete,
    Ready,

    /// <summary>The provider has closed it.</summary>
    Restricted,
}

/// <summary>A host's account at the payment provider.</summary>
public sealed class PayoutAccount : ITenantOwned
{
    public required Guid OrganisationId { get; init; }
    public required TenantId TenantId { get; init; }
    public string? ProviderId { get; set; }
    public PayoutAccountState State { get; set; }

    /// <summary>What the provider still wants to know, in its words, such as <c>external_account</c>.</summary>
    public IReadOnlyList<string> Missing { get; set; } = [];

    /// <summary>Of the link by which the host sets it up.</summary>
    public byte[]? LinkHash { get; set; }
    public DateTimeOffset? LinkExpiresAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the provider was last asked; null: it is to be asked.</summary>
    public DateTimeOffset? LookedAt { get; set; }
}

internal sealed class PayoutModel : IEntityTypeConfiguration<Payout>, IEntityTypeConfiguration<PayoutReturn>, IEntityTypeConfiguration<PayoutAccount>
{
    public void Configure(EntityTypeBuilder<Payout> builder) => builder.Property(p => p.State).HasName();

    public void Configure(EntityTypeBuilder<PayoutReturn> builder) => builder.Property(r => r.State).HasName();

    public void Configure(EntityTypeBuilder<PayoutAccount> builder)
    {
        builder.HasKey(a => a.OrganisationId);
        builder.Property(a => a.State).HasName();
        builder.Property(a => a.Missing).HasJson();
    }
}
