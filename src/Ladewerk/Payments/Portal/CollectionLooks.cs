using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Disputes;
using Ladewerk.Payments.Invoices;
using Ladewerk.Portal;

namespace Ladewerk.Payments.Portal;

/// <summary>States of collections, charges and disputes as icon, word and colour.</summary>
internal static class CollectionLooks
{
    private static readonly HashSet<string> Reasons = new(StringComparer.Ordinal)
    {
        "fraudulent", "insufficient_funds", "unrecognized", "duplicate", "product_not_received", "credit_not_processed", "debit_not_authorized", "incorrect_account_details", "bank_cannot_process", "subscription_canceled",
    };

    public static Look Of(CollectionState state) => state switch
    {
        CollectionState.Planned => new Look("s-br", "calendar-time", "payments.collection.planned"),
        CollectionState.Processing => new Look("s-ch", "hourglass", "payments.collection.isProcessing"),
        CollectionState.Open => new Look("s-su", "alert-triangle", "payments.collection.open"),
        CollectionState.Paid => new Look("s-av", "circle-check", "payments.collection.isPaid"),
        CollectionState.Over => new Look("s-of", "circle-dashed", "payments.collection.isOver"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Of(ChargeState state) => state switch
    {
        ChargeState.Planned => new Look("s-br", "hourglass", "payments.charge.planned"),
        ChargeState.Opened => new Look("s-br", "credit-card", "payments.charge.opened"),
        ChargeState.Processing => new Look("s-ch", "hourglass", "payments.collection.isProcessing"),
        ChargeState.Paid => new Look("s-av", "circle-check", "payments.collection.isPaid"),
        ChargeState.Failed => new Look("s-fa", "alert-triangle", "payments.charge.failed"),
        ChargeState.Cancelled => new Look("s-of", "circle-dashed", "payments.charge.cancelled"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Of(DisputeState state) => state switch
    {
        DisputeState.New => new Look("s-su", "hourglass", "payments.dispute.new"),
        DisputeState.Warning => new Look("s-su", "alert-triangle", "payments.dispute.warning"),
        DisputeState.Open => new Look("s-fa", "gavel", "payments.dispute.open"),
        DisputeState.Review => new Look("s-su", "hourglass", "payments.dispute.review"),
        DisputeState.Won => new Look("s-av", "circle-check", "payments.dispute.won"),
        DisputeState.Lost => new Look("s-fa", "circle-x", "payments.dispute.lost"),
        DisputeState.Closed => new Look("s-of", "circle-dashed", "payments.dispute.closed"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    /// <summary>Why, in words; the provider's own where we have none.</summary>
    public static string Reason(string? reason, Texts t) => reason is null ? "" : Reasons.Contains(reason) ? t["payments.dispute.reason." + reason] : reason.Replace('_', ' ');
}
