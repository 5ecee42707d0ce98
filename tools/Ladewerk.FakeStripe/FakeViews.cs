using System.Text.Json.Nodes;

namespace Ladewerk.FakeStripe;

/// <summary>Objects as Stripe's API writes them.</summary>
internal static partial class FakeViews
{
    public static JsonObject Of(FakePage p) => new()
    {
        ["id"] = p.Id,
        ["object"] = "checkout.session",
        ["mode"] = "payment",
        ["status"] = p.Status,
        ["payment_status"] = p.Intent.Status == "succeeded" ? "paid" : "unpaid",
        ["amount_total"] = p.Intent.Amount,
        ["currency"] = p.Intent.Currency,
        ["payment_intent"] = p.Intent.Id,
        ["url"] = p.Status == "open" ? $"{p.Home}/pay/{p.Id}" : null,
        ["livemode"] = false,
        ["customer_details"] = p.Email is null ? null : new JsonObject { ["email"] = p.Email },
        ["metadata"] = Metadata(p.Intent),
    };

    /// <param name="expand">What the caller wants in full.</param>
    public static JsonObject Of(FakeIntent i, string? expand) => new()
    {
        ["id"] = i.Id,
        ["object"] = "payment_intent",
        ["amount"] = i.Amount,
        ["amount_capturable"] = i.Capturable,
        ["amount_received"] = i.Received,
        ["capture_method"] = i.IsManual ? "manual" : "automatic",
        ["currency"] = i.Currency,
        ["status"] = i.Status,
        ["livemode"] = false,
        ["customer"] = i.Customer,
        ["payment_method"] = i.Method?.Id,
        ["last_payment_error"] = i.LastError is null ? null : new JsonObject { ["type"] = "card_error", ["code"] = i.LastError == "authentication_required" ? i.LastError : "card_declined", ["decline_code"] = i.LastError },
        ["latest_charge"] = expand?.Contains("latest_charge", StringComparison.Ordinal) == true && i.Charge is not null ? Charge(i, expand) : i.Charge,
        ["metadata"] = Metadata(i),
    };

    public static JsonObject Charge(FakeIntent i, string? expand) => new()
    {
        ["id"] = i.Charge,
        ["object"] = "charge",
        ["amount"] = i.Amount,
        ["amount_captured"] = i.Received,
        ["amount_refunded"] = i.Refunded,
        ["currency"] = i.Currency,
        ["payment_intent"] = i.Id,
        ["balance_transaction"] = i.Movement is null ? null
            : expand?.Contains("balance_transaction", StringComparison.Ordinal) == true ? Of(new FakeMovement(i.Movement, "charge", i.Charge!, i.Received, i.Fee, i.Currency, 0)) : i.Movement,
        ["payment_method_details"] = i.Iban is { } iban ? new JsonObject { ["type"] = "sepa_debit", ["sepa_debit"] = new JsonObject { ["last4"] = iban[^4..] } }
            : i.IsPresent ? new JsonObject { ["type"] = "card_present", ["card_present"] = new JsonObject { ["last4"] = i.LastFour, ["brand"] = "visa", ["incremental_authorization_supported"] = i.Increments } } : new JsonObject
        {
            ["type"] = "card",
            ["card"] = new JsonObject { ["incremental_authorization"] = new JsonObject { ["status"] = i.Increments ? "available" : "unavailable" } },
        },
        ["metadata"] = Metadata(i),
    };

    public static JsonObject Of(FakeRefund r, FakeIntent i) => new()
    {
        ["id"] = r.Id, ["object"] = "refund", ["amount"] = r.Amount, ["currency"] = i.Currency, ["payment_intent"] = i.Id, ["charge"] = i.Charge, ["status"] = r.IsFailed ? "failed" : "succeeded",
        ["metadata"] = r.Name is null ? [] : new JsonObject { ["refund"] = r.Name },
    };

    /// <param name="source">In full, where it is wanted so.</param>
    public static JsonObject Of(FakeMovement m, JsonObject? source = null) => new()
    {
        ["id"] = m.Id, ["object"] = "balance_transaction", ["type"] = m.Type, ["source"] = source is null ? JsonValue.Create(m.Source) : source, ["amount"] = m.Amount, ["fee"] = m.Fee, ["net"] = m.Amount - m.Fee, ["currency"] = m.Currency, ["created"] = m.Created,
    };

    private static JsonObject Metadata(FakeIntent i) => i.Payment is null ? Metadata(i.Tags) : new JsonObject { ["payment"] = i.Payment };
}
