using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Payments.Portal;

/// <summary>States of payments as icon, word and colour.</summary>
public static class PaymentLooks
{
    public static Look Of(PaymentState state) => state switch
    {
        PaymentState.Opened => new Look("s-of", "hourglass", "payments.state.opened"),
        PaymentState.Held => new Look("s-br", "credit-card", "payments.state.held"),
        PaymentState.Starting => new Look("s-br", "plug", "payments.state.starting"),
        PaymentState.Charging => new Look("s-ch", "bolt", "payments.state.charging"),
        PaymentState.Captured => new Look("s-av", "circle-check", "payments.state.captured"),
        PaymentState.Released => new Look("s-of", "circle-dashed", "payments.state.released"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Of(RefundState state) => state switch
    {
        RefundState.Asked => new Look("s-su", "hourglass", "payments.refund.asked"),
        RefundState.Done => new Look("s-av", "circle-check", "payments.refund.done"),
        RefundState.Failed => new Look("s-fa", "alert-triangle", "payments.refund.failed"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Agrees(bool agrees) => agrees ? new Look("s-av", "circle-check", "payments.agreement.yes") : new Look("s-su", "alert-triangle", "payments.agreement.no");

    /// <summary>− 25,09 €.</summary>
    public static string Amount(Money money) => Show.Money(money);

    private static readonly HashSet<string> Events = new(StringComparer.Ordinal)
    {
        "checkout.session.completed", "checkout.session.expired", "payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.canceled", "payment_intent.payment_failed",
        "payment_intent.created", "charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed", "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    };

    /// <summary>What the provider told of, in words.</summary>
    public static string Event(string type, Texts t) => t["payments.event." + (Events.Contains(type) ? type : "other")];

    /// <summary>An amount of a list; a dash where there is none.</summary>
    public static string Known(Money? money) => money is { Amount: not 0m } known ? Amount(known) : "–";

    /// <summary>The class of its cell: on a phone, what is nothing is not shown.</summary>
    public static string Cell(Money? money) => money is { Amount: not 0m } ? "num nowrap" : "num nowrap nil";

    public static string Amount(Money? money) => money is { } known ? Amount(known) : "–";
}
