using System.Text.Json.Nodes;

namespace Ladewerk.FakeStripe;

/// <summary>A refusal as Stripe words it.</summary>
public sealed class FakeRefusalException(int status, string type, string code, string? declineCode = null) : Exception(code)
{
    public int Status { get; } = status;

    public JsonObject Body { get; } = new() { ["error"] = new JsonObject { ["type"] = type, ["code"] = code, ["decline_code"] = declineCode, ["message"] = $"{code} (pretended)" } };
}

/// <summary>A payment intent.</summary>
public sealed class FakeIntent
{
    public required string Id { get; init; }
    public required long Amount { get; set; }
    public required string Currency { get; init; }
    public required bool IsManual { get; init; }
    public required string? Payment { get; init; }
    public required bool AskedToIncrement { get; init; }
    public string Status { get; set; } = "requires_payment_method";
    public long Capturable { get; set; }
    public long Received { get; set; }
    public long Refunded { get; set; }
    public List<FakeRefund> Refunds { get; } = [];
    public bool Increments { get; set; }

    /// <summary>How often money was taken: more than once is the fault that everything here is about.</summary>
    public int Captures { get; set; }
    public string? Charge { get; set; }

    /// <summary>Whose account it is, and what it was taken from.</summary>
    public string? Customer { get; set; }
    public FakeMethod? Method { get; set; }

    /// <summary>To be given at a card reader, and the last digits of the card that was.</summary>
    public bool IsPresent { get; set; }
    public string? LastFour { get; set; }

    /// <summary>Account that a SEPA debit goes to.</summary>
    public string? Iban { get; set; }
    public IReadOnlyDictionary<string, string> Tags { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Why the last try took nothing.</summary>
    public string? LastError { get; set; }
    public string? Movement { get; set; }
    public long Fee { get; set; }
}

/// <summary>Money that went back.</summary>
public sealed class FakeRefund
{
    public required string Id { get; init; }
    public required long Amount { get; init; }
    public required string? Name { get; init; }
    public bool IsFailed { get; set; }
}

/// <summary>A Checkout session.</summary>
public sealed class FakePage
{
    public required string Id { get; init; }
    public required FakeIntent Intent { get; init; }
    public required string Home { get; init; }
    public required string Return { get; init; }
    public required string Title { get; init; }
    public string Status { get; set; } = "open";
    public string? Email { get; set; }
}

/// <summary>A movement on the balance.</summary>
public sealed record FakeMovement(string Id, string Type, string Source, long Amount, long Fee, string Currency, long Created);

/// <summary>What the fake remembers, and Stripe's rules about it. Everything happens under one lock.</summary>
public sealed partial class FakeBooks
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, FakeIntent> intents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakePage> pages = new(StringComparer.Ordinal);
    private readonly List<FakeMovement> movements = [];
    private int last;

    /// <summary>Told of what happens: type and object.</summary>
    public event Action<string, JsonObject>? Happened;

    /// <summary>Where its pages are.</summary>
    public string Home { get; set; } = "";

    public IReadOnlyList<FakeIntent> Intents
    {
        get
        {
            lock (gate)
            {
                return [.. intents.Values];
            }
        }
    }

    public IReadOnlyList<FakeMovement> Movements
    {
        get
        {
            lock (gate)
            {
                return [.. movements];
            }
        }
    }

    /// <summary>Runs under the lock.</summary>
    public T Do<T>(Func<T> work)
    {
        lock (gate)
        {
            return work();
        }
    }

    public FakePage OpenPage(IReadOnlyDictionary<string, string> form) => Do(() =>
    {
        var amount = Whole(form, "line_items[0][price_data][unit_amount]");
        if (form.GetValueOrDefault("mode") != "payment" || amount < 50 || !form.ContainsKey("success_url"))
        {
            throw new FakeRefusalException(400, "invalid_request_error", "parameter_missing");
        }

        var intent = NewIntent(
            amount, form["line_items[0][price_data][currency]"], form.GetValueOrDefault("payment_intent_data[capture_method]") == "manual", form.GetValueOrDefault("payment_intent_data[metadata][payment]"),
            form.GetValueOrDefault("payment_method_options[card][request_incremental_authorization]") == "if_available");
        (intent.Customer, intent.Tags) = (form.GetValueOrDefault("customer"), TagsOf(form, "payment_intent_data[metadata]"));
        var page = new FakePage { Id = Next("cs_test"), Intent = intent, Home = Home, Return = form["success_url"], Title = form.GetValueOrDefault("line_items[0][price_data][product_data][name]") ?? "" };
        return pages[page.Id] = page;
    });

    public FakeIntent NewIntent(long amount, string currency, bool manual, string? payment, bool increments) => Do(() =>
    {
        var intent = new FakeIntent { Id = Next("pi"), Amount = amount, Currency = currency, IsManual = manual, Payment = payment, AskedToIncrement = increments };
        return intents[intent.Id] = intent;
    });

    public FakePage Page(string id) => Do(() => pages.GetValueOrDefault(id) ?? throw Missing());

    public FakeIntent Intent(string id) => Do(() => intents.GetValueOrDefault(id) ?? throw Missing());

    /// <summary>Nobody can pay there any more.</summary>
    public FakePage Expire(string id) => Do(() =>
    {
        var page = Page(id);
        if (page.Status != "open")
        {
            throw new FakeRefusalException(400, "invalid_request_error", "resource_state");
        }

        page.Status = "expired";
        Tell("checkout.session.expired", FakeViews.Of(page));
        return page;
    });

    /// <summary>A card is given on the page; null: it worked.</summary>
    /// <returns>A word about why not; <c>3ds</c>: the bank asks first.</returns>
    public string? Pay(string pageId, string card, string? email, bool confirmed) => Do(() =>
    {
        var page = Page(pageId);
        if (page.Status != "open")
        {
            return "over";
        }

        page.Email = email ?? page.Email;
        if (Confirm(page.Intent, card, confirmed) is { } refused)
        {
            return refused;
        }

        page.Status = "complete";
        Tell("checkout.session.completed", FakeViews.Of(page));
        return null;
    });

    /// <inheritdoc cref="Pay"/>
    public string? Confirm(FakeIntent intent, string card, bool confirmed) => Do(() =>
    {
        if (IsIban(Plain(card)))
        {
            return Debit(intent, Plain(card));
        }

        var digits = new string([.. card.Where(char.IsAsciiDigit)]);
        var refused = digits switch
        {
            FakeCards.Good or FakeCards.Raising or FakeCards.Disputed => null,
            FakeCards.AsksAlways or FakeCards.AsksOnce => confirmed ? null : "3ds",
            "4000000000009995" => "insufficient_funds",
            _ => "generic_decline",
        };
        if (refused is not null)
        {
            intent.Status = refused == "3ds" ? "requires_action" : "requires_payment_method";
            Tell(refused == "3ds" ? "payment_intent.requires_action" : "payment_intent.payment_failed", FakeViews.Of(intent, null));
            return refused;
        }

        intent.Charge = Next("ch");
        intent.Increments = intent.AskedToIncrement && digits == "4111111111111111";
        if (intent.IsManual)
        {
            (intent.Status, intent.Capturable) = ("requires_capture", intent.Amount);
            Tell("payment_intent.amount_capturable_updated", FakeViews.Of(intent, null));
        }
        else
        {
            Take(intent, intent.Amount);
            if (digits == FakeCards.Disputed)
            {
                OpenDispute(intent.Id, "fraudulent");
            }
        }

        return null;
    });

    public FakeIntent Capture(string id, long? amount) => Do(() =>
    {
        var intent = In(id, "requires_capture");
        var wanted = amount ?? intent.Capturable;
        if (wanted <= 0 || wanted > intent.Capturable)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "amount_too_large");
        }

        Take(intent, wanted);
        return intent;
    });

    public FakeIntent Cancel(string id) => Do(() =>
    {
        var intent = Intent(id);
        if (intent.Status is "succeeded" or "canceled" or "processing")
        {
            throw new FakeRefusalException(400, "invalid_request_error", "payment_intent_unexpected_state");
        }

        (intent.Status, intent.Capturable) = ("canceled", 0);
        Tell("payment_intent.canceled", FakeViews.Of(intent, null));
        return intent;
    });

    public FakeIntent Increment(string id, long amount) => Do(() =>
    {
        var intent = In(id, "requires_capture");
        if (!intent.Increments || amount <= intent.Amount)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "payment_intent_invalid_parameter");
        }

        (intent.Amount, intent.Capturable) = (amount, amount);
        Tell("payment_intent.amount_capturable_updated", FakeViews.Of(intent, null));
        return intent;
    });

    /// <param name="name">What the caller calls it.</param>
    public JsonObject Refund(string id, long? amount, string? name = null) => Do(() =>
    {
        var intent = Intent(id);
        var left = intent.Received - intent.Refunded;
        var wanted = amount ?? left;
        if (wanted <= 0 || wanted > left)
        {
            throw new FakeRefusalException(400, "invalid_request_error", left == 0 ? "charge_already_refunded" : "amount_too_large");
        }

        intent.Refunded += wanted;
        var refund = new FakeRefund { Id = Next("re"), Amount = wanted, Name = name };
        intent.Refunds.Add(refund);
        Move("refund", refund.Id, -wanted, 0, intent.Currency);
        Tell("charge.refunded", FakeViews.Charge(intent, null));
        return FakeViews.Of(refund, intent);
    });

    public JsonObject Refunds(string id) => Do(() => new JsonObject
    {
        ["object"] = "list", ["url"] = "/v1/refunds", ["has_more"] = false, ["data"] = new JsonArray([.. Intent(id).Refunds.AsEnumerable().Reverse().Select(r => FakeViews.Of(r, Intent(id)))]),
    });

    /// <summary>The payer's bank does not take it, days later: the money is back on the balance.</summary>
    public void FailRefund(string id) => Do(() =>
    {
        var intent = Intent(id);
        var refund = intent.Refunds[^1];
        refund.IsFailed = true;
        intent.Refunded -= refund.Amount;
        Move("refund_failure", refund.Id + "_failure", refund.Amount, 0, intent.Currency);
        Tell("refund.failed", FakeViews.Of(refund, intent));
        return true;
    });

    /// <summary>Something else moves the balance.</summary>
    /// <returns>Id of the movement.</returns>
    internal string Move(string type, string source, long amount, long fee, string currency) => Do(() =>
    {
        var id = Next("txn");
        movements.Add(new FakeMovement(id, type, source, amount, fee, currency, Seconds()));
        return id;
    });

    /// <summary>What moved the balance, in full.</summary>
    internal JsonObject Source(FakeMovement movement) => Do(() => intents.Values.FirstOrDefault(i => i.Charge == movement.Source) is { } charged
        ? FakeViews.Charge(charged, null) : new JsonObject { ["id"] = movement.Source, ["object"] = movement.Type });

    private void Take(FakeIntent intent, long amount)
    {
        intent.Captures++;
        (intent.Status, intent.Received, intent.Capturable) = ("succeeded", amount, 0);
        intent.Fee = (amount * 15 / 1000) + 25; // 1.5 % + 0.25
        intent.Movement = Next("txn");
        movements.Add(new FakeMovement(intent.Movement, "charge", intent.Charge!, amount, intent.Fee, intent.Currency, Seconds()));
        Tell("payment_intent.succeeded", FakeViews.Of(intent, null));
    }

    private FakeIntent In(string id, string status)
    {
        var intent = Intent(id);
        return intent.Status == status ? intent : throw new FakeRefusalException(400, "invalid_request_error", "payment_intent_unexpected_state");
    }

    internal void Tell(string type, JsonObject about) => Happened?.Invoke(type, about);

    private static FakeRefusalException Missing() => new(404, "invalid_request_error", "resource_missing");

    private static long Whole(IReadOnlyDictionary<string, string> form, string name) => long.TryParse(form.GetValueOrDefault(name), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;

    internal string Next(string prefix) => FormattableString.Invariant($"{prefix}_fake{Interlocked.Increment(ref last):D8}");

    internal static long Seconds() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
}
