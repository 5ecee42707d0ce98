using Ladewerk.Payments.Terminals;
using Ladewerk.Portal;

namespace Ladewerk.Payments.Portal;

/// <summary>States of card readers as icon, word and colour.</summary>
public static class TerminalLooks
{
    public static Look Of(TerminalView t) => t switch
    {
        { Online: false } => new Look("s-of", "wifi-off", "payments.terminals.offline"),
        { Now: not null } => new Look("s-br", "credit-card", "payments.terminals.asking"),
        _ => new Look("s-av", "circle-check", "payments.terminals.ready"),
    };

    public static Look Of(OfferView o) => o switch
    {
        { State: OfferState.Queued } => new Look("s-of", "hourglass", "payments.terminals.queued"),
        { State: OfferState.Offered } => new Look("s-br", "credit-card", "payments.terminals.asking"),
        { Ending: OfferEnding.Declined or OfferEnding.Offline } => new Look("s-su", "alert-triangle", "payments.terminals.noCard"),
        { Ending: not null } => new Look("s-of", "circle-dashed", "payments.terminals.noCard"),
        _ => PaymentLooks.Of(o.Payment),
    };

    /// <summary>A model as its maker writes it; one that only pretends says so.</summary>
    public static string? Model(string? type, Kernel.Text.Texts t)
    {
        const string Pretended = "simulated_";
        var name = type?.Replace(Pretended, "", StringComparison.Ordinal) switch
        {
            "stripe_s700" => "Stripe Reader S700",
            "stripe_s710" => "Stripe Reader S710",
            "bbpos_wisepos_e" or "wisepos_e" => "BBPOS WisePOS E",
            var other => other,
        };
        return type?.StartsWith(Pretended, StringComparison.Ordinal) == true ? t["payments.terminals.pretended", name!] : name;
    }

    /// <summary>The key of the word for a charge point's state.</summary>
    public static string Point(string state) => "payments.terminals.point." + state;
}
