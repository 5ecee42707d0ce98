using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Ladewerk.Kernel;

namespace Ladewerk.Payments;

/// <summary>How far a reconciliation is.</summary>
public enum ReconciliationState
{
    Running,
    Done,
    Failed,
}

/// <summary>What does not agree.</summary>
public enum DifferenceKind
{
    /// <summary>Money moved at the provider that we know nothing of.</summary>
    UnknownToUs,

    /// <summary>We booked what the provider does not show.</summary>
    MissingAtProvider,
    AmountDiffers,
    FeeDiffers,
}

/// <summary>One difference.</summary>
/// <param name="Reference">The provider's id.</param>
public sealed record Difference(DifferenceKind Kind, string Reference, Guid? PaymentId, decimal? Ours, decimal? Theirs, string Currency);

/// <summary>The provider's movements of some days, held against what we booked.</summary>
public sealed class PaymentReconciliation : ITenantOwned
{
    public Guid Id { get; init; }
    public required TenantId TenantId { get; init; }

    /// <summary>One for each day.</summary>
    public required DateOnly Day { get; init; }
    public ReconciliationState State { get; set; }
    public required DateTimeOffset FromAt { get; init; }
    public required DateTimeOffset ToAt { get; init; }
    public int Movements { get; set; }
    public int Matched { get; set; }
    public IReadOnlyList<Difference> Findings { get; set; } = [];
    public string? Error { get; set; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; set; }
}

internal sealed class ReconciliationModel : IEntityTypeConfiguration<PaymentReconciliation>
{
    public void Configure(EntityTypeBuilder<PaymentReconciliation> builder)
    {
        builder.Property(r => r.State).HasName();
        builder.Property(r => r.Findings).HasJson();
    }
}

/// <summary>What we booked of a payment, for comparing.</summary>
internal sealed record BookedPayment(Guid Id, string Intent, decimal Captured, decimal? Fee, DateTimeOffset FinishedAt);

/// <summary>What the provider should show.</summary>
/// <param name="Source">Its id of what moved the money.</param>
/// <param name="Amount">Negative where money left our balance.</param>
internal sealed record ExpectedMovement(string Source, decimal Amount);

/// <summary>What we booked of movements that are no payments at charge points; whatever moves money at the provider registers one.</summary>
internal interface IBookedMovements
{
    /// <param name="sources">The provider's ids of what moved it, and of the movements themselves.</param>
    /// <returns>Amounts of those that are ours, negative where money left our balance.</returns>
    Task<IReadOnlyDictionary<string, decimal>> Of(string[] sources, CancellationToken ct);

    /// <summary>What was booked in a span of time.</summary>
    Task<IReadOnlyList<ExpectedMovement>> Within(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);
}

/// <summary>Compares, purely.</summary>
internal static class ReconciliationRules
{
    // A movement may be dated a little apart from our commit.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    // We may hear of it as much later than the provider dates it, while its events cannot reach us.
    private static readonly TimeSpan HeardOf = TimeSpan.FromDays(1);

    /// <summary>The part of a run's span in which what we booked must be there: each day's is looked at by two runs.</summary>
    public static (DateTimeOffset From, DateTimeOffset To) MustBeThere(DateTimeOffset from, DateTimeOffset to) => (from + HeardOf, to - Slack);

    /// <param name="movements">Of the provider, in the span.</param>
    /// <param name="payments">By the provider's id of the payment.</param>
    /// <param name="others">Amounts of whatever else we had moved, by the provider's id.</param>
    /// <param name="expected">What else must be among the movements.</param>
    /// <returns>What does not agree, and how many do.</returns>
    public static (IReadOnlyList<Difference> Differences, int Matched) Compare(
        IReadOnlyList<ProviderMovement> movements, IReadOnlyDictionary<string, BookedPayment> payments, IReadOnlyDictionary<string, decimal> others, IReadOnlyList<ExpectedMovement> expected, DateTimeOffset from, DateTimeOffset to, string currency)
    {
        var found = new List<Difference>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var matched = 0;
        foreach (var movement in movements)
        {
            var difference = movement.Type switch
            {
                _ when others.TryGetValue(movement.Id, out var ours) => OfOther(movement, ours),
                _ when movement.Source is { } source && others.TryGetValue(source, out var ours) => OfOther(movement, ours),
                "charge" or "payment" => OfCharge(movement, payments, seen),
                "refund" or "payment_refund" or "transfer" or "transfer_refund" or "adjustment" => OfOther(movement, null),
                _ => null, // what only the provider knows is booked as it says
            };
            if (difference is null)
            {
                matched++;
            }
            else
            {
                found.Add(difference);
            }
        }

        found.AddRange(payments.Values.Where(p => p.FinishedAt >= from + Slack && p.FinishedAt < to - Slack && !seen.Contains(p.Intent))
            .Select(p => new Difference(DifferenceKind.MissingAtProvider, p.Intent, p.Id, p.Captured, null, currency)));
        var there = movements.SelectMany(m => new[] { m.Source, m.Id }).OfType<string>().ToHashSet(StringComparer.Ordinal);
        found.AddRange(expected.Where(e => !there.Contains(e.Source)).Select(e => new Difference(DifferenceKind.MissingAtProvider, e.Source, null, e.Amount, null, currency)));
        return (found, matched);
    }

    private static Difference? OfCharge(ProviderMovement m, IReadOnlyDictionary<string, BookedPayment> payments, HashSet<string> seen)
    {
        if (m.Source is not { } intent || !payments.TryGetValue(intent, out var ours))
        {
            return new Difference(DifferenceKind.UnknownToUs, m.Source ?? m.Id, null, null, m.Amount.Amount, m.Amount.Currency);
        }

        seen.Add(intent);
        return ours.Captured != m.Amount.Amount ? new Difference(DifferenceKind.AmountDiffers, intent, ours.Id, ours.Captured, m.Amount.Amount, m.Amount.Currency)
            : ours.Fee is { } fee && fee != m.Fee ? new Difference(DifferenceKind.FeeDiffers, intent, ours.Id, fee, m.Fee, m.Amount.Currency) : null;
    }

    private static Difference? OfOther(ProviderMovement m, decimal? ours) => ours == m.Amount.Amount
        ? null : new Difference(ours is null ? DifferenceKind.UnknownToUs : DifferenceKind.AmountDiffers, m.Source ?? m.Id, null, ours, m.Amount.Amount, m.Amount.Currency);

    /// <summary>What only the provider knows of: to and from the bank, and what it keeps for itself. Null: it is booked elsewhere.</summary>
    public static Movement? OnlyThere(ProviderMovement m) => m.Type switch
    {
        "payout" or "payout_cancel" or "payout_failure" or "topup" or "topup_reversal" =>
            new Movement($"payout:{m.Id}", "payout", m.Amount.Currency, [new(LedgerAccount.Payout, -m.Amount.Amount), new(LedgerAccount.Provider, m.Amount.Amount)]),
        "stripe_fee" or "stripe_fx_fee" or "tax_fee" =>
            new Movement($"providerFee:{m.Id}", "fee", m.Amount.Currency, [new(LedgerAccount.Fee, -m.Amount.Amount), new(LedgerAccount.Provider, m.Amount.Amount)]),
        _ => null,
    };
}
