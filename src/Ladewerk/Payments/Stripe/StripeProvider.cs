using System.Runtime.CompilerServices;
using Ladewerk.Kernel;

namespace Ladewerk.Payments.Stripe;

/// <summary>Stripe with one account's key: Checkout for the card, PaymentIntents with manual capture for the money.</summary>
internal sealed partial class StripeProvider(StripeClient client, string key)
{
    private const string ProviderName = "stripe", RefundName = "refund";
    private const string WithCharge = "?expand[]=latest_charge.balance_transaction";

    public string Name => ProviderName;

    public async Task<HoldPage> OpenHold(HoldRequest request, CancellationToken ct)
    {
        var form = new StripeForm()
            .Add("payment", "mode")
            .Add("card", "payment_method_types", "0")
            .Add(1, "line_items", "0", "quantity")
            .Add(request.Amount.Currency.ToLowerInvariant(), "line_items", "0", "price_data", "currency")
            .Add(StripeAmounts.Minor(request.Amount), "line_items", "0", "price_data", "unit_amount")
            .Add(request.Title, "line_items", "0", "price_data", "product_data", "name")
            .Add("manual", "payment_intent_data", "capture_method")
            .Add(request.PaymentId, "payment_intent_data", "metadata", "payment")
            .Add(request.PaymentId, "metadata", "payment")
            .Add(request.PaymentId, "client_reference_id")
            .Add(request.MayIncrease ? "if_available" : null, "payment_method_options", "card", "request_incremental_authorization")
            .Add(request.Language, "locale")
            .Add(request.Return, "success_url")
            .Add(request.Return, "cancel_url");
        return Of(await client.Post<StripeCheckout>(key, "/v1/checkout/sessions", form, $"ladewerk-{request.PaymentId:N}-page", ct));
    }

    public async Task<HoldPage> Page(string id, CancellationToken ct) => Of(await client.Get<StripeCheckout>(key, $"/v1/checkout/sessions/{Uri.EscapeDataString(id)}", ct));

    public async Task<HoldPage> ClosePage(string id, CancellationToken ct)
    {
        try
        {
            return Of(await client.Post<StripeCheckout>(key, $"/v1/checkout/sessions/{Uri.EscapeDataString(id)}/expire", new StripeForm(), $"ladewerk-{id}-expire", ct));
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Invalid or ProviderFault.State)
        {
            return await Page(id, ct); // it was complete or had expired: what counts is what it is
        }
    }

    public async Task<ProviderPayment> Find(string intentId, CancellationToken ct) => Of(await client.Get<StripeIntent>(key, Intent(intentId) + WithCharge, ct));

    public async Task<ProviderPayment> Capture(string intentId, Money amount, string idempotencyKey, CancellationToken ct) =>
        await Do(intentId, "/capture", new StripeForm().Add(StripeAmounts.Minor(amount), "amount_to_capture"), idempotencyKey, ct);

    public async Task<ProviderPayment> Cancel(string intentId, string idempotencyKey, CancellationToken ct) => await Do(intentId, "/cancel", new StripeForm(), idempotencyKey, ct);

    public async Task<ProviderPayment> Increase(string intentId, Money total, string idempotencyKey, CancellationToken ct) =>
        await Do(intentId, "/increment_authorization", new StripeForm().Add(StripeAmounts.Minor(total), "amount"), idempotencyKey, ct);

    public async Task<ProviderRefund> Refund(string intentId, Guid refund, Money amount, string idempotencyKey, CancellationToken ct)
    {
        var form = new StripeForm().Add(intentId, "payment_intent").Add(StripeAmounts.Minor(amount), "amount").Add(refund, "metadata", RefundName);
        return Of(await client.Post<StripeRefund>(key, "/v1/refunds", form, idempotencyKey, ct));
    }

    public async Task<ProviderRefund?> FindRefund(string intentId, Guid refund, CancellationToken ct)
    {
        var all = await client.Get<StripeList<StripeRefund>>(key, $"/v1/refunds?limit=100&payment_intent={Uri.EscapeDataString(intentId)}", ct);
        return all.Data.FirstOrDefault(r => r.Metadata is { } ours && Guid.TryParse(ours.GetValueOrDefault(RefundName), out var id) && id == refund) is { } found ? Of(found) : null;
    }

    private static ProviderRefund Of(StripeRefund r) => new(r.Id, r.Status == "succeeded", r.Status is "failed" or "canceled");

    public async IAsyncEnumerable<ProviderMovement> Movements(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        string? after = null;
        do
        {
            var page = await client.Get<StripeList<StripeMovement>>(
                key, $"/v1/balance_transactions?limit=100&expand[]=data.source&created[gte]={from.ToUnixTimeSeconds()}&created[lt]={to.ToUnixTimeSeconds()}" + (after is null ? "" : $"&starting_after={after}"), ct);
            foreach (var m in page.Data)
            {
                yield return new ProviderMovement(m.Id, m.Type, m.SourceId, StripeAmounts.Money(m.Amount, m.Currency), StripeAmounts.Money(m.Fee, m.Currency).Amount, DateTimeOffset.FromUnixTimeSeconds(m.Created));
            }

            after = page is { HasMore: true, Data: [.., var last] } ? last.Id : null;
        }
        while (after is not null);
    }

    private async Task<ProviderPayment> Do(string intentId, string action, StripeForm form, string idempotencyKey, CancellationToken ct)
    {
        form.Add("latest_charge.balance_transaction", "expand", "0");
        return Of(await client.Post<StripeIntent>(key, Intent(intentId) + action, form, idempotencyKey, ct));
    }

    private static string Intent(string id) => $"/v1/payment_intents/{Uri.EscapeDataString(id)}";

    private static HoldPage Of(StripeCheckout c) => new(
        c.Id,
        Uri.TryCreate(c.Url, UriKind.Absolute, out var url) ? url : null,
        c.Status switch
        {
            "open" => HoldPageState.Open,
            "complete" => HoldPageState.Complete,
            "expired" => HoldPageState.Expired,
            _ => throw new ArgumentOutOfRangeException(nameof(c), c.Status, "No such state of a Checkout session."),
        },
        c.PaymentIntent,
        c.CustomerDetails?.Email);

    private static ProviderPayment Of(StripeIntent i)
    {
        var state = i.Status switch
        {
            "requires_payment_method" or "requires_confirmation" or "requires_action" => ProviderState.Waiting,
            "processing" => ProviderState.Processing,
            "requires_capture" => ProviderState.Held,
            "succeeded" => ProviderState.Captured,
            "canceled" => ProviderState.Cancelled,
            _ => throw new ArgumentOutOfRangeException(nameof(i), i.Status, "No such state of a PaymentIntent."),
        };
        var charge = i.LatestCharge;
        return new ProviderPayment(
            i.Id, state, StripeAmounts.Money(i.AmountCapturable, i.Currency), StripeAmounts.Money(i.AmountReceived, i.Currency), StripeAmounts.Money(charge?.AmountRefunded ?? 0, i.Currency),
            charge?.BalanceTransaction is { } moved ? StripeAmounts.Money(moved.Fee, moved.Currency).Amount : null,
            charge?.PaymentMethodDetails is { Card.IncrementalAuthorization.Status: "available" } or { CardPresent.IncrementalAuthorizationSupported: true })
        {
            CardLast4 = charge?.PaymentMethodDetails?.CardPresent?.Last4 is { Length: 4 } digits && digits.All(char.IsAsciiDigit) ? digits : null,
        };
    }
}
