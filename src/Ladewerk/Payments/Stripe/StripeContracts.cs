using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Payments.Disputes;
using Ladewerk.Payments.Methods;

namespace Ladewerk.Payments.Stripe;

/// <summary>Stripe for payers with an account: Customers, Checkout in setup mode, PaymentIntents off session, disputes.</summary>
internal sealed partial class StripeProvider : IContractProvider
{
    private const string Card = "card", SepaDebit = "sepa_debit";
    private const string WithSetup = "?expand[]=setup_intent.payment_method&expand[]=setup_intent.mandate";

    public async Task<string> Customer(NewCustomer customer, CancellationToken ct)
    {
        var form = new StripeForm().Add(customer.Name, "name").Add(customer.Email, "email").Add(customer.Language, "preferred_locales", "0").Add(customer.AccountId, "metadata", "account");
        // The same words under the same key: who was renamed since a call that failed is another request.
        var words = new StableHash().Add(customer.Name).Add(customer.Email ?? "").Add(customer.Language).Value;
        return (await client.Post<StripeNamed>(key, "/v1/customers", form, FormattableString.Invariant($"ladewerk-{customer.AccountId:N}-customer-{words:x}"), ct)).Id;
    }

    public async Task Forget(string customerId, CancellationToken ct) => await Gone(() => client.Delete<StripeNamed>(key, $"/v1/customers/{Uri.EscapeDataString(customerId)}", ct));

    public async Task<SetupPage> OpenSetup(SetupRequest request, CancellationToken ct)
    {
        var form = new StripeForm()
            .Add("setup", "mode")
            .Add(request.CustomerId, "customer")
            .Add(Card, "payment_method_types", "0")
            .Add(SepaDebit, "payment_method_types", "1")
            .Add(request.SetupId, "setup_intent_data", "metadata", "setup")
            .Add(request.SetupId, "metadata", "setup")
            .Add(request.SetupId, "client_reference_id")
            .Add(request.Language, "locale")
            .Add(request.Return, "success_url")
            .Add(request.Return, "cancel_url");
        return Of(await client.Post<StripeSetupPage>(key, "/v1/checkout/sessions", form, $"ladewerk-{request.SetupId:N}-setup-{request.Before ?? "first"}", ct));
    }

    public async Task<SetupPage> Setup(string id, CancellationToken ct) => Of(await client.Get<StripeSetupPage>(key, $"/v1/checkout/sessions/{Uri.EscapeDataString(id)}{WithSetup}", ct));

    public Task Detach(string methodId, CancellationToken ct) =>
        Gone(() => client.Post<StripeNamed>(key, $"/v1/payment_methods/{Uri.EscapeDataString(methodId)}/detach", new StripeForm(), $"ladewerk-{methodId}-detach", ct));

    public async Task<ProviderCharge> Charge(ChargeRequest request, CancellationToken ct)
    {
        var form = new StripeForm()
            .Add(StripeAmounts.Minor(request.Amount), "amount")
            .Add(request.Amount.Currency.ToLowerInvariant(), "currency")
            .Add(request.CustomerId, "customer")
            .Add(request.MethodId, "payment_method")
            .Add(request.Kind == PaymentMethodKind.SepaDebit ? SepaDebit : Card, "payment_method_types", "0")
            .Add(true, "confirm")
            .Add(true, "off_session")
            .Add(request.Title, "description")
            .Add(request.ChargeId, "metadata", "charge")
            .Add("latest_charge.balance_transaction", "expand", "0");
        try
        {
            return Charge(await client.Post<StripeIntent>(key, "/v1/payment_intents", form, $"ladewerk-{request.ChargeId:N}-charge", ct));
        }
        catch (PaymentProviderException refused) when (refused is { Fault: ProviderFault.Declined, IntentId: { } intent })
        {
            return new ProviderCharge(intent, ProviderState.Waiting, request.Amount with { Amount = 0 }, null, refused.Code);
        }
    }

    public async Task<ProviderCharge?> Sought(Guid chargeId, string customerId, DateTimeOffset since, CancellationToken ct)
    {
        string? after = null;
        do
        {
            var page = await client.Get<StripeList<StripeIntent>>(
                key, $"/v1/payment_intents?customer={Uri.EscapeDataString(customerId)}&limit=100&expand[]=data.latest_charge.balance_transaction&created[gte]={since.ToUnixTimeSeconds()}" + (after is null ? "" : $"&starting_after={after}"), ct);
            if (page.Data.FirstOrDefault(i => i.Metadata?.GetValueOrDefault("charge") is { } id && Guid.TryParse(id, out var found) && found == chargeId) is { } intent)
            {
                return await Charged(intent.Id, ct);
            }

            after = page is { HasMore: true, Data: [.., var last] } ? last.Id : null;
        }
        while (after is not null);
        return null;
    }

    public async Task<ProviderCharge> Charged(string intentId, CancellationToken ct) => Charge(await client.Get<StripeIntent>(key, Intent(intentId) + WithCharge, ct));

    public async Task<HoldPage> OpenPayPage(PayPageRequest request, CancellationToken ct)
    {
        var form = new StripeForm()
            .Add("payment", "mode")
            .Add(request.CustomerId, "customer")
            .Add(Card, "payment_method_types", "0")
            .Add(SepaDebit, "payment_method_types", "1")
            .Add(1, "line_items", "0", "quantity")
            .Add(request.Amount.Currency.ToLowerInvariant(), "line_items", "0", "price_data", "currency")
            .Add(StripeAmounts.Minor(request.Amount), "line_items", "0", "price_data", "unit_amount")
            .Add(request.Title, "line_items", "0", "price_data", "product_data", "name")
            .Add(request.Title, "payment_intent_data", "description")
            .Add(request.ChargeId, "payment_intent_data", "metadata", "charge")
            .Add(request.ChargeId, "metadata", "charge")
            .Add(request.ChargeId, "client_reference_id")
            .Add(request.Language, "locale")
            .Add(request.Return, "success_url")
            .Add(request.Return, "cancel_url");
        return Of(await client.Post<StripeCheckout>(key, "/v1/checkout/sessions", form, $"ladewerk-{request.ChargeId:N}-page", ct));
    }

    public async Task<ProviderDispute> Dispute(string id, CancellationToken ct)
    {
        var d = await client.Get<StripeDispute>(key, $"/v1/disputes/{Uri.EscapeDataString(id)}", ct);
        return new ProviderDispute(
            d.Id, StateOf(d.Status), d.Reason, StripeAmounts.Money(d.Amount, d.Currency), DateTimeOffset.FromUnixTimeSeconds(d.Created),
            d.EvidenceDetails?.DueBy is > 0 and var by ? DateTimeOffset.FromUnixTimeSeconds(by) : null,
            [.. d.BalanceTransactions.Select(m => new ProviderMovement(m.Id, m.Type, d.Id, StripeAmounts.Money(m.Amount, m.Currency), StripeAmounts.Money(m.Fee, m.Currency).Amount, DateTimeOffset.FromUnixTimeSeconds(m.Created)))]);
    }

    private static DisputeState StateOf(string status) => status switch
    {
        "warning_needs_response" or "warning_under_review" => DisputeState.Warning,
        "needs_response" => DisputeState.Open,
        "under_review" => DisputeState.Review,
        "won" => DisputeState.Won,
        "lost" => DisputeState.Lost,
        "warning_closed" or "prevented" => DisputeState.Closed,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such state of a dispute."),
    };

    private static async Task Gone(Func<Task<StripeNamed>> call)
    {
        try
        {
            await call();
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Invalid or ProviderFault.State)
        {
            return; // gone already
        }
    }

    private static SetupPage Of(StripeSetupPage page)
    {
        var state = page.Status switch
        {
            "open" => HoldPageState.Open,
            "complete" => HoldPageState.Complete,
            "expired" => HoldPageState.Expired,
            _ => throw new ArgumentOutOfRangeException(nameof(page), page.Status, "No such state of a Checkout session."),
        };
        var given = page.SetupIntent.ValueKind == JsonValueKind.Object ? page.SetupIntent.Deserialize<StripeSetupIntent>(StripeJson.Options) : null;
        return new SetupPage(page.Id, Uri.TryCreate(page.Url, UriKind.Absolute, out var url) ? url : null, state, given is { Status: "succeeded", PaymentMethod: { } method } ? Of(method, given.Mandate) : null);
    }

    private static ProviderMethod? Of(StripeMethod method, StripeMandate? mandate) => method switch
    {
        { Type: Card, Card: { } card } => new ProviderMethod(method.Id, PaymentMethodKind.Card, card.Brand, card.Last4, new DateOnly(card.ExpYear, card.ExpMonth, 1).AddMonths(1).AddDays(-1), null),
        { Type: SepaDebit, SepaDebit: { } account } => new ProviderMethod(method.Id, PaymentMethodKind.SepaDebit, account.Country, account.Last4, null, mandate?.PaymentMethodDetails?.SepaDebit?.Reference),
        _ => null, // another kind than was asked for
    };

    private static ProviderCharge Charge(StripeIntent i)
    {
        var known = Of(i);
        return new ProviderCharge(i.Id, known.State, known.Captured, known.Fee, i.LastPaymentError?.DeclineCode ?? i.LastPaymentError?.Code);
    }
}
