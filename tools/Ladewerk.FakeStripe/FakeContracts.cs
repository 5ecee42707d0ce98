using System.Globalization;
using System.Text.Json.Nodes;

namespace Ladewerk.FakeStripe;

/// <summary>A card or a mandate that is kept.</summary>
public sealed class FakeMethod
{
    public required string Id { get; init; }

    /// <summary>card or sepa_debit.</summary>
    public required string Kind { get; init; }
    public required string Number { get; init; }

    /// <summary>Null once it was taken away.</summary>
    public string? Customer { get; set; }
}

/// <summary>A Checkout session in setup mode.</summary>
public sealed class FakeSetup
{
    public required string Id { get; init; }
    public required string Intent { get; init; }
    public required string Customer { get; init; }
    public required string Home { get; init; }
    public required string Return { get; init; }
    public required IReadOnlyDictionary<string, string> Tags { get; init; }
    public string Status { get; set; } = "open";
    public FakeMethod? Method { get; set; }
}

/// <summary>Payers with an account: customers, what they have given, and payments without them.</summary>
public sealed partial class FakeBooks
{
    private readonly HashSet<string> customers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakeMethod> methods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakeSetup> setups = new(StringComparer.Ordinal);

    /// <summary>How long a bank takes over a SEPA debit; null: until it is told to decide.</summary>
    public TimeSpan? BankTakes { get; set; }

    /// <summary>Ways to pay that are kept.</summary>
    public IReadOnlyList<FakeMethod> Methods => Do(() => (IReadOnlyList<FakeMethod>)[.. methods.Values.Where(m => m.Customer is not null)]);

    public JsonObject CreateCustomer(IReadOnlyDictionary<string, string> form) => Do(() =>
    {
        var id = Next("cus");
        customers.Add(id);
        return new JsonObject { ["id"] = id, ["object"] = "customer", ["name"] = form.GetValueOrDefault("name"), ["email"] = form.GetValueOrDefault("email"), ["livemode"] = false, ["metadata"] = FakeViews.Metadata(TagsOf(form, "metadata")) };
    });

    public JsonObject DeleteCustomer(string id) => Do(() =>
    {
        if (!customers.Remove(id))
        {
            throw Missing();
        }

        foreach (var method in methods.Values.Where(m => m.Customer == id))
        {
            method.Customer = null;
        }

        return new JsonObject { ["id"] = id, ["object"] = "customer", ["deleted"] = true };
    });

    public FakeSetup OpenSetup(IReadOnlyDictionary<string, string> form) => Do(() =>
    {
        if (form.GetValueOrDefault("customer") is not { } customer || !customers.Contains(customer) || !form.ContainsKey("success_url"))
        {
            throw new FakeRefusalException(400, "invalid_request_error", "parameter_missing");
        }

        var setup = new FakeSetup { Id = Next("cs_test_setup"), Intent = Next("seti"), Customer = customer, Home = Home, Return = form["success_url"], Tags = TagsOf(form, "metadata") };
        return setups[setup.Id] = setup;
    });

    public FakeSetup? FindSetup(string id) => Do(() => setups.GetValueOrDefault(id));

    public FakeSetup ExpireSetup(string id) => Do(() =>
    {
        var setup = setups.GetValueOrDefault(id) ?? throw Missing();
        if (setup.Status != "open")
        {
            throw new FakeRefusalException(400, "invalid_request_error", "resource_state");
        }

        setup.Status = "expired";
        Tell("checkout.session.expired", FakeViews.Of(setup, null));
        return setup;
    });

    /// <summary>A card or an account is given on the page of a setup.</summary>
    /// <returns>Null: it was taken; <c>3ds</c>: the bank asks first; else why not.</returns>
    public string? Give(string setupId, string number, bool confirmed) => Do(() =>
    {
        if (setups.GetValueOrDefault(setupId) is not { Status: "open" } setup)
        {
            return "over";
        }

        var plain = Plain(number);
        var refused = IsIban(plain) ? null : plain switch
        {
            FakeCards.AsksAlways or FakeCards.AsksOnce or FakeCards.PoorLater => confirmed ? null : "3ds",
            FakeCards.Good or FakeCards.Raising or FakeCards.FailsLater or FakeCards.Disputed => null,
            _ => "generic_decline",
        };
        if (refused is not null)
        {
            return refused;
        }

        var method = new FakeMethod { Id = Next("pm"), Kind = IsIban(plain) ? "sepa_debit" : "card", Number = plain, Customer = setup.Customer };
        methods[method.Id] = method;
        (setup.Method, setup.Status) = (method, "complete");
        Tell("setup_intent.succeeded", FakeViews.Intent(setup, ""));
        Tell("checkout.session.completed", FakeViews.Of(setup, null));
        return null;
    });

    public JsonObject Detach(string id) => Do(() =>
    {
        if (methods.GetValueOrDefault(id) is not { Customer: not null } method)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "payment_method_unexpected_state");
        }

        method.Customer = null;
        return FakeViews.Of(method);
    });

    /// <summary>Money is taken from what a customer has given.</summary>
    /// <exception cref="FakeRefusalException">It was declined; the error names the payment, as Stripe's does.</exception>
    public FakeIntent Charge(IReadOnlyDictionary<string, string> form) => Do(() =>
    {
        if (methods.GetValueOrDefault(form.GetValueOrDefault("payment_method") ?? "") is not { } method || method.Customer != form["customer"])
        {
            throw Missing();
        }

        var intent = NewIntent(Whole(form, "amount"), form["currency"], manual: false, payment: null, increments: false);
        (intent.Customer, intent.Method, intent.Tags) = (form["customer"], method, TagsOf(form, "metadata"));
        var refused = method.Kind == "sepa_debit" ? Confirm(intent, method.Number, confirmed: true) : method.Number switch
        {
            FakeCards.FailsLater => "generic_decline",
            FakeCards.PoorLater => "insufficient_funds",
            FakeCards.AsksAlways => "authentication_required",
            _ => Confirm(intent, method.Number, confirmed: true),
        };
        if (refused is null)
        {
            return intent;
        }

        (intent.Status, intent.LastError) = ("requires_payment_method", refused);
        Tell("payment_intent.payment_failed", FakeViews.Of(intent, null));
        var refusal = new FakeRefusalException(402, "card_error", refused == "authentication_required" ? refused : "card_declined", refused);
        refusal.Body["error"]!["payment_intent"] = FakeViews.Of(intent, null);
        throw refusal;
    });

    /// <summary>A bank has decided over a SEPA debit: the account's number says how.</summary>
    public void Decide(string intentId) => Do(() =>
    {
        var intent = In(intentId, "processing");
        if (intent.Iban == FakeCards.EmptyAccount)
        {
            (intent.Status, intent.LastError) = ("requires_payment_method", "insufficient_funds");
            Tell("payment_intent.payment_failed", FakeViews.Of(intent, null));
            return true;
        }

        Take(intent, intent.Amount);
        if (intent.Iban == FakeCards.ReturnedLater)
        {
            OpenDispute(intentId, "insufficient_funds", isLost: true);
        }

        return true;
    });

    private string? Debit(FakeIntent intent, string iban)
    {
        (intent.Status, intent.Iban, intent.Charge) = ("processing", iban, Next("py"));
        Tell("payment_intent.processing", FakeViews.Of(intent, null));
        if (BankTakes is { } time)
        {
            _ = Task.Delay(time).ContinueWith(_ => Decide(intent.Id), TaskScheduler.Default);
        }

        return null;
    }

    internal static bool IsIban(string text) => text.Length >= 15 && char.IsAsciiLetter(text[0]) && char.IsAsciiLetter(text[1]);

    internal static string Plain(string text) => new([.. text.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);

    internal static Dictionary<string, string> TagsOf(IReadOnlyDictionary<string, string> form, string name) =>
        form.Where(f => f.Key.StartsWith(name + "[", StringComparison.Ordinal)).ToDictionary(f => f.Key[(name.Length + 1)..^1], f => f.Value, StringComparer.Ordinal);

    internal static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
}

/// <summary>Stripe's test numbers, as far as they are known here.</summary>
public static class FakeCards
{
    public const string Good = "4242424242424242", Raising = "4111111111111111", AsksAlways = "4000002760003184", AsksOnce = "4000002500003155";

    /// <summary>Can be given; each payment is declined.</summary>
    public const string FailsLater = "4000000000000341";

    /// <summary>Can be given after the bank has asked; there is no money when it is needed.</summary>
    public const string PoorLater = "4000008260003178";

    /// <summary>Pays, and the owner says that it was not them.</summary>
    public const string Disputed = "4000000000000259";

    public const string GoodAccount = "DE89370400440532013000";

    /// <summary>The bank says after days that there is no money.</summary>
    public const string EmptyAccount = "DE62370400440532013001";

    /// <summary>The money comes, and goes back.</summary>
    public const string ReturnedLater = "DE35370400440532013002";
}
