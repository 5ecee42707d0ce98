using System.Text.Json.Nodes;

namespace Ladewerk.FakeStripe;

/// <summary>Objects of payers with an account, as Stripe's API writes them.</summary>
internal static partial class FakeViews
{
    /// <param name="expand">What the caller wants in full.</param>
    public static JsonObject Of(FakeSetup s, string? expand) => new()
    {
        ["id"] = s.Id,
        ["object"] = "checkout.session",
        ["mode"] = "setup",
        ["status"] = s.Status,
        ["payment_status"] = "no_payment_required",
        ["customer"] = s.Customer,
        ["payment_intent"] = null,
        ["setup_intent"] = expand?.Contains("setup_intent", StringComparison.Ordinal) == true ? Intent(s, expand) : s.Intent,
        ["url"] = s.Status == "open" ? $"{s.Home}/setup/{s.Id}" : null,
        ["livemode"] = false,
        ["metadata"] = Metadata(s.Tags),
    };

    public static JsonObject Intent(FakeSetup s, string expand) => new()
    {
        ["id"] = s.Intent,
        ["object"] = "setup_intent",
        ["status"] = s.Method is null ? "requires_payment_method" : "succeeded",
        ["usage"] = "off_session",
        ["customer"] = s.Customer,
        ["payment_method"] = s.Method is null ? null : expand.Contains("payment_method", StringComparison.Ordinal) ? Of(s.Method) : s.Method.Id,
        ["mandate"] = s.Method is null ? null : expand.Contains("mandate", StringComparison.Ordinal) ? Mandate(s.Method) : "mandate_" + s.Method.Id,
        ["livemode"] = false,
        ["metadata"] = Metadata(s.Tags),
    };

    public static JsonObject Of(FakeMethod m)
    {
        var method = new JsonObject { ["id"] = m.Id, ["object"] = "payment_method", ["type"] = m.Kind, ["customer"] = m.Customer, ["livemode"] = false };
        method[m.Kind] = m.Kind == "card"
            ? new JsonObject { ["brand"] = "visa", ["last4"] = m.Number[^4..], ["exp_month"] = 12, ["exp_year"] = TimeProvider.System.GetUtcNow().Year + 3, ["country"] = "DE", ["funding"] = "credit" }
            : new JsonObject { ["bank_code"] = m.Number[4..12], ["country"] = m.Number[..2], ["last4"] = m.Number[^4..] };
        return method;
    }

    public static JsonObject Of(FakeDispute d) => new()
    {
        ["id"] = d.Id,
        ["object"] = "dispute",
        ["amount"] = d.Amount,
        ["currency"] = d.Currency,
        ["charge"] = d.Charge,
        ["payment_intent"] = d.Intent,
        ["reason"] = d.Reason,
        ["status"] = d.Status,
        ["created"] = d.Created,
        ["livemode"] = false,
        ["balance_transactions"] = new JsonArray([.. d.Movements.Select(m => Of(m))]),
        ["evidence_details"] = new JsonObject { ["due_by"] = d.Status == "lost" ? null : d.Created + 604_800, ["has_evidence"] = false, ["past_due"] = false, ["submission_count"] = 0 },
        ["metadata"] = new JsonObject(),
    };

    public static JsonObject Metadata(IReadOnlyDictionary<string, string> tags) => new([.. tags.Select(t => KeyValuePair.Create<string, JsonNode?>(t.Key, t.Value))]);

    private static JsonObject Mandate(FakeMethod m) => new()
    {
        ["id"] = "mandate_" + m.Id, ["object"] = "mandate", ["status"] = "active", ["type"] = "multi_use", ["payment_method"] = m.Id,
        ["payment_method_details"] = m.Kind == "sepa_debit"
            ? new JsonObject { ["type"] = m.Kind, ["sepa_debit"] = new JsonObject { ["reference"] = m.Id.ToUpperInvariant().Replace('_', '-'), ["url"] = "https://mandates.example/" + m.Id } }
            : new JsonObject { ["type"] = m.Kind, ["card"] = new JsonObject() },
    };
}
