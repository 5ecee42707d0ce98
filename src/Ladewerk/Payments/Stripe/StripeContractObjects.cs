using System.Text.Json;

namespace Ladewerk.Payments.Stripe;

/// <summary>Anything of which only the id is of use.</summary>
internal sealed record StripeNamed(string Id);

/// <param name="SetupIntent">In full where it was asked for; its id otherwise.</param>
internal sealed record StripeSetupPage(string Id, string? Url, string Status, JsonElement SetupIntent = default);

/// <param name="PaymentMethod">Expanded.</param>
/// <param name="Mandate">Expanded.</param>
internal sealed record StripeSetupIntent(string Id, string Status, StripeMethod? PaymentMethod, StripeMandate? Mandate);

/// <param name="Type">card or sepa_debit.</param>
internal sealed record StripeMethod(string Id, string Type, StripeCard? Card, StripeSepaAccount? SepaDebit);

internal sealed record StripeCard(string? Brand, string Last4, int ExpMonth, int ExpYear);

internal sealed record StripeSepaAccount(string? Country, string Last4);

internal sealed record StripeMandate(string Id, StripeMandateDetails? PaymentMethodDetails);

internal sealed record StripeMandateDetails(StripeSepaMandate? SepaDebit);

internal sealed record StripeSepaMandate(string? Reference);

internal sealed record StripeDispute(
    string Id, string Status, string Reason, long Amount, string Currency, long Created, IReadOnlyList<StripeMovement> BalanceTransactions, StripeEvidence? EvidenceDetails);

/// <param name="DueBy">Seconds since 1970; 0 where nothing can be said any more.</param>
internal sealed record StripeEvidence(long? DueBy);
