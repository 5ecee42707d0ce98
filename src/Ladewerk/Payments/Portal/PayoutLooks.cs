using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Payouts;
using Ladewerk.Portal;

namespace Ladewerk.Payments.Portal;

/// <summary>States of payouts and of hosts' accounts as icon, word and colour.</summary>
public static class PayoutLooks
{
    public static Look Of(PayoutView p) => p.State switch
    {
        PayoutState.Waiting => new Look("s-of", "hourglass", "payments.payouts.state.waiting"),
        PayoutState.Released => new Look("s-su", "clock", "payments.payouts.state.released"),
        PayoutState.Sent when p.Returned == p.Amount => new Look("s-of", "refresh", "payments.payouts.state.returned"),
        PayoutState.Sent => new Look("s-av", "circle-check", "payments.payouts.state.sent"),
        PayoutState.PaidOtherwise => new Look("s-av", "circle-check", "payments.payouts.state.paidOtherwise"),
        PayoutState.Failed => new Look("s-fa", "alert-triangle", "payments.payouts.state.failed"),
        PayoutState.Cancelled => new Look("s-of", "circle-dashed", "payments.payouts.state.cancelled"),
        _ => throw new ArgumentOutOfRangeException(nameof(p), p.State, "No such state."),
    };

    /// <summary>What stands in the way, as the key of a text; null: nothing.</summary>
    public static string? Why(PayoutView p) => p switch
    {
        { State: PayoutState.Sent, StatementCancelled: true } when p.Returned.Amount < p.Amount.Amount => "payments.payouts.why.statementCancelled",
        { State: PayoutState.Waiting or PayoutState.Failed, OrganisationId: null } => "payments.payouts.why.employee",
        { State: PayoutState.Waiting or PayoutState.Failed, HostReady: false } => "payments.payouts.why.hostNotReady",
        { State: PayoutState.Released, LastError: "balance_insufficient" } => "payments.payouts.why.balance",
        { State: PayoutState.Released, LastError: not null } => "payments.payouts.why.provider",
        { State: PayoutState.Failed } => "payments.payouts.why.refused",
        _ => null,
    };

    /// <summary>What the provider still wants to know of a host, in words: its own names of it begin with whom or what it is about.</summary>
    public static IEnumerable<string> Missing(IEnumerable<string> requirements, Texts t) => requirements.Select(r => r.Split('.')[0] switch
    {
        "external_account" => "bank",
        "tos_acceptance" => "terms",
        "business_profile" or "business_type" or "company" or "settings" => "business",
        "individual" or "representative" or "owners" or "directors" or "executives" or "relationship" => "person",
        var about when about.StartsWith("person", StringComparison.Ordinal) => "person",
        _ => "other",
    }).Distinct(StringComparer.Ordinal).Select(about => t["payments.payouts.missing." + about]);

    public static Look Of(PayoutAccountState? state) => state switch
    {
        null => new Look("s-of", "circle-dashed", "payments.payouts.account.none"),
        PayoutAccountState.Incomplete => new Look("s-su", "hourglass", "payments.payouts.account.incomplete"),
        PayoutAccountState.Ready => new Look("s-av", "circle-check", "payments.payouts.account.ready"),
        PayoutAccountState.Restricted => new Look("s-fa", "alert-triangle", "payments.payouts.account.restricted"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };
}
