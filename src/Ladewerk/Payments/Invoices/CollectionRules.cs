using Ladewerk.Payments.Methods;

namespace Ladewerk.Payments.Invoices;

/// <summary>Decides when money is asked for, purely.</summary>
internal static class CollectionRules
{
    // Cards: what may be otherwise in some days is tried again. A debit that was returned is tried once more, and only where money was lacking.
    private static readonly int[] CardDays = [3, 5], DebitDays = [7];

    // The bank will say the same again, or the owner must do something.
    private static readonly HashSet<string> Final = new(StringComparer.Ordinal)
    {
        "authentication_required", "expired_card", "lost_card", "stolen_card", "pickup_card", "restricted_card", "incorrect_number", "invalid_number", "invalid_account", "card_not_supported", "new_account_information_available",
        "revocation_of_all_authorizations", "revocation_of_authorization", "stop_payment_order", "fraudulent", "merchant_blacklist", "transaction_not_allowed", "currency_not_supported",
    };

    /// <summary>The next try after one that failed; null: the payer must do something.</summary>
    /// <param name="failed">Tries that failed, this one among them.</param>
    public static DateOnly? Again(PaymentMethodKind kind, string? fault, int failed, DateOnly today)
    {
        var days = kind == PaymentMethodKind.SepaDebit ? DebitDays : CardDays;
        var isWorthIt = fault is not null && !Final.Contains(fault) && (kind == PaymentMethodKind.Card || fault is "insufficient_funds");
        return isWorthIt && failed <= days.Length ? today.AddDays(days[failed - 1]) : null;
    }
}
