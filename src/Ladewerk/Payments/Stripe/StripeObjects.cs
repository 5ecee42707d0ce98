using System.Text.Json;

namespace Ladewerk.Payments.Stripe;

/// <summary>What we read of Stripe's objects; names as in its API in snake_case, amounts in minor units.</summary>
internal static class StripeJson
{
    public static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}

internal sealed record StripeCheckout(string Id, string? Url, string Status, string? PaymentIntent, StripeCustomerDetails? CustomerDetails);

internal sealed record StripeCustomerDetails(string? Email);

/// <param name="LatestCharge">Expanded.</param>
internal sealed record StripeIntent(string Id, string Status, long Amount, long AmountCapturable, long AmountReceived, string Currency, StripeCharge? LatestCharge)
{
    /// <summary>Why the last try took nothing.</summary>
    public StripeError? LastPaymentError { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

internal sealed record StripeCharge(string Id, long AmountRefunded, StripeMovement? BalanceTransaction, StripeMethodDetails? PaymentMethodDetails);

internal sealed record StripeMethodDetails(StripeCardDetails? Card, StripeCardPresent? CardPresent = null);

/// <summary>A card at a reader.</summary>
internal sealed record StripeCardPresent(string? Last4, bool? IncrementalAuthorizationSupported);

internal sealed record StripeCardDetails(StripeAbility? IncrementalAuthorization);

/// <param name="Status">available or unavailable.</param>
internal sealed record StripeAbility(string Status);

internal sealed record StripeRefund(string Id, string Status, IReadOnlyDictionary<string, string>? Metadata = null);

internal sealed record StripeMovement(string Id, string Type, long Amount, long Fee, string Currency, long Created, JsonElement Source = default)
{
    /// <summary>Of a charge the payment intent, of anything else its own id.</summary>
    public string? SourceId => Source.ValueKind switch
    {
        JsonValueKind.String => Source.GetString(),
        JsonValueKind.Object when Source.TryGetProperty("object", out var kind) && kind.GetString() == "charge" && Source.TryGetProperty("payment_intent", out var intent) && intent.ValueKind == JsonValueKind.String => intent.GetString(),
        JsonValueKind.Object when Source.TryGetProperty("id", out var id) => id.GetString(),
        _ => null,
    };
}

internal sealed record StripeList<T>(IReadOnlyList<T> Data, bool HasMore);

internal sealed record StripeFailure(StripeError? Error);

/// <param name="Type">card_error, invalid_request_error, idempotency_error or api_error.</param>
internal sealed record StripeError(string? Type, string? Code, string? DeclineCode)
{
    /// <summary>The one that was refused.</summary>
    public StripeNamed? PaymentIntent { get; init; }
}
