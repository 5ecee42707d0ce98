using System.Globalization;
using System.Text.Json.Nodes;

namespace Ladewerk.FakeStripe;

/// <summary>A connected account.</summary>
public sealed class FakeAccount
{
    public required string Id { get; init; }
    public required string? Organisation { get; init; }
    public required string Name { get; init; }
    public required string Country { get; init; }

    /// <summary>Its owner has said everything.</summary>
    public bool IsReady { get; set; }
}

/// <summary>Money that went to a connected account.</summary>
public sealed class FakeTransfer
{
    public required string Id { get; init; }
    public required long Amount { get; init; }
    public required string Currency { get; init; }
    public required string Destination { get; init; }
    public required string? Group { get; init; }
    public required string? Payout { get; init; }
    public required string Movement { get; init; }

    /// <summary>What came back: id, amount, and what we call it.</summary>
    public List<(string Id, long Amount, string? Return)> Reversals { get; } = [];
}

/// <summary>Connect: accounts of others, the pages on which they say who they are, and transfers to them.</summary>
public sealed class FakeConnect(FakeBooks books)
{
    private readonly Dictionary<string, FakeAccount> accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakeTransfer> transfers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Account, string Return)> links = new(StringComparer.Ordinal);

    public IReadOnlyList<FakeAccount> Accounts => books.Do<IReadOnlyList<FakeAccount>>(() => [.. accounts.Values]);

    public IReadOnlyList<FakeTransfer> Transfers => books.Do<IReadOnlyList<FakeTransfer>>(() => [.. transfers.Values]);

    /// <summary>An account whose owner has said everything.</summary>
    public FakeAccount Ready(string name) => books.Do(() =>
    {
        var account = new FakeAccount { Id = books.Next("acct"), Country = "DE", Name = name, Organisation = null, IsReady = true };
        return accounts[account.Id] = account;
    });

    /// <summary>The operator puts money on its own balance.</summary>
    public void TopUp(long amount, string currency) => books.Do(() => books.Move("topup", books.Next("tu"), amount, 0, currency));

    /// <summary>Somebody takes money back on the provider's own pages.</summary>
    public void ReverseByHand(string transfer, long amount) => books.Do(() => Reverse(transfer, amount, null));

    /// <returns>Null: none of these.</returns>
    internal JsonObject? Route(string method, string[] path, IReadOnlyDictionary<string, string> form) => (method, path) switch
    {
        ("POST", ["accounts"]) => Open(form),
        ("GET", ["accounts", var id]) => books.Do(() => View(Account(id))),
        ("POST", ["account_links"]) => Link(form),
        ("POST", ["transfers"]) => Send(form),
        ("GET", ["transfers"]) => List("/v1/transfers", books.Do(() => transfers.Values.Where(t => t.Group == form.GetValueOrDefault("transfer_group")).Select(View).ToList())),
        ("GET", ["transfers", var id]) => books.Do(() => View(Transfer(id))),
        ("POST", ["transfers", var id, "reversals"]) => books.Do(() => Reverse(id, Whole(form, "amount") is > 0 and var some ? some : null, form.GetValueOrDefault("metadata[return]"))),
        ("GET", ["transfers", var id, "reversals"]) => List($"/v1/transfers/{id}/reversals", books.Do(() => Transfer(id).Reversals.AsEnumerable().Reverse().Select(r => View(Transfer(id), r)).ToList())),
        _ => null,
    };

    /// <summary>The account that a link is for, and where its owner is sent back to; a link opens once.</summary>
    internal (FakeAccount Account, string Return)? Follow(string link, bool keep) => books.Do<(FakeAccount, string)?>(() =>
    {
        if (!links.TryGetValue(link, out var found))
        {
            return null;
        }

        if (!keep)
        {
            links.Remove(link);
        }

        return (accounts[found.Account], found.Return);
    });

    /// <summary>Its owner has said everything, or the provider finds that something is missing after all.</summary>
    public void Become(string id, bool ready) => books.Do(() =>
    {
        var account = Account(id);
        account.IsReady = ready;
        books.Tell("account.updated", View(account));
        return true;
    });

    private JsonObject Open(IReadOnlyDictionary<string, string> form) => books.Do(() =>
    {
        if (form.GetValueOrDefault("type") != "express" || form.GetValueOrDefault("capabilities[transfers][requested]") != "true" || form.GetValueOrDefault("country") is not { Length: 2 } country)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "parameter_missing");
        }

        var account = new FakeAccount { Id = books.Next("acct"), Country = country, Name = form.GetValueOrDefault("business_profile[name]") ?? "", Organisation = form.GetValueOrDefault("metadata[organisation]") };
        accounts[account.Id] = account;
        return View(account);
    });

    private JsonObject Link(IReadOnlyDictionary<string, string> form) => books.Do(() =>
    {
        if (form.GetValueOrDefault("type") != "account_onboarding" || !form.ContainsKey("refresh_url") || form.GetValueOrDefault("return_url") is not { } back)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "parameter_missing");
        }

        var id = books.Next("link");
        links[id] = (Account(form.GetValueOrDefault("account") ?? "").Id, back);
        return new JsonObject { ["object"] = "account_link", ["created"] = FakeBooks.Seconds(), ["expires_at"] = FakeBooks.Seconds() + 300, ["url"] = $"{books.Home}/connect/{id}" };
    });

    private JsonObject Send(IReadOnlyDictionary<string, string> form) => books.Do(() =>
    {
        var (amount, currency, to) = (Whole(form, "amount"), form.GetValueOrDefault("currency") ?? "", Account(form.GetValueOrDefault("destination") ?? ""));
        if (amount <= 0 || currency.Length != 3)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "parameter_invalid_integer");
        }

        if (!to.IsReady)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "insufficient_capabilities_for_transfer");
        }

        if (amount > books.Movements.Where(m => m.Currency == currency).Sum(m => m.Amount - m.Fee))
        {
            throw new FakeRefusalException(400, "invalid_request_error", "balance_insufficient");
        }

        var id = books.Next("tr");
        var transfer = new FakeTransfer
        {
            Id = id, Amount = amount, Currency = currency, Destination = to.Id, Group = form.GetValueOrDefault("transfer_group"), Payout = form.GetValueOrDefault("metadata[payout]"),
            Movement = books.Move("transfer", id, -amount, 0, currency),
        };
        transfers[id] = transfer;
        books.Tell("transfer.created", View(transfer));
        return View(transfer);
    });

    private JsonObject Reverse(string id, long? amount, string? name)
    {
        var transfer = Transfer(id);
        var left = transfer.Amount - transfer.Reversals.Sum(r => r.Amount);
        var wanted = amount ?? left;
        if (wanted <= 0 || wanted > left)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "amount_too_large");
        }

        var reversal = (books.Next("trr"), wanted, name);
        transfer.Reversals.Add(reversal);
        books.Move("transfer_refund", reversal.Item1, wanted, 0, transfer.Currency);
        books.Tell("transfer.reversed", View(transfer));
        return View(transfer, reversal);
    }

    private FakeAccount Account(string id) => accounts.GetValueOrDefault(id) ?? throw new FakeRefusalException(404, "invalid_request_error", "resource_missing");

    private FakeTransfer Transfer(string id) => transfers.GetValueOrDefault(id) ?? throw new FakeRefusalException(404, "invalid_request_error", "resource_missing");

    private static long Whole(IReadOnlyDictionary<string, string> form, string name) => long.TryParse(form.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static JsonObject List(string url, List<JsonObject> items) => new() { ["object"] = "list", ["url"] = url, ["has_more"] = false, ["data"] = new JsonArray([.. items]) };

    private static JsonObject View(FakeAccount a) => new()
    {
        ["id"] = a.Id, ["object"] = "account", ["type"] = "express", ["country"] = a.Country, ["charges_enabled"] = a.IsReady, ["payouts_enabled"] = a.IsReady, ["details_submitted"] = a.IsReady,
        ["capabilities"] = new JsonObject { ["transfers"] = a.IsReady ? "active" : "inactive" },
        ["requirements"] = new JsonObject { ["currently_due"] = a.IsReady ? [] : new JsonArray("external_account", "tos_acceptance.date"), ["disabled_reason"] = a.IsReady ? null : "requirements.past_due" },
        ["business_profile"] = new JsonObject { ["name"] = a.Name }, ["metadata"] = a.Organisation is null ? [] : new JsonObject { ["organisation"] = a.Organisation },
    };

    private static JsonObject View(FakeTransfer t) => new()
    {
        ["id"] = t.Id, ["object"] = "transfer", ["amount"] = t.Amount, ["amount_reversed"] = t.Reversals.Sum(r => r.Amount), ["reversed"] = t.Reversals.Sum(r => r.Amount) == t.Amount, ["currency"] = t.Currency,
        ["destination"] = t.Destination, ["transfer_group"] = t.Group, ["balance_transaction"] = FakeViews.Of(new FakeMovement(t.Movement, "transfer", t.Id, -t.Amount, 0, t.Currency, 0)),
        ["livemode"] = false, ["metadata"] = t.Payout is null ? [] : new JsonObject { ["payout"] = t.Payout },
    };

    private static JsonObject View(FakeTransfer t, (string Id, long Amount, string? Return) r) => new()
    {
        ["id"] = r.Id, ["object"] = "transfer_reversal", ["amount"] = r.Amount, ["currency"] = t.Currency, ["transfer"] = t.Id, ["metadata"] = r.Return is null ? [] : new JsonObject { ["return"] = r.Return },
    };
}
