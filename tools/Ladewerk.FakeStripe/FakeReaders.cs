using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ladewerk.FakeStripe;

/// <summary>A card reader.</summary>
public sealed class FakeReader
{
    public required string Id { get; init; }
    public required string Code { get; init; }
    public required string Location { get; init; }
    public required IReadOnlyDictionary<string, string> Tags { get; init; }
    public required string Label { get; set; }
    public bool Online { get; set; } = true;

    /// <summary>Somebody's card is in it just now: nothing else can be asked of it.</summary>
    public bool IsReading { get; set; }

    /// <summary>So many next requests reach it, and what it answers gets lost on the way to Stripe.</summary>
    public int LosesAnswers { get; set; }

    /// <summary>Of the last action; null: none, or it was taken back.</summary>
    public string? Intent { get; set; }
    public string Status { get; set; } = "in_progress";
    public string? Failure { get; set; }

    /// <summary>How often somebody's payment was pushed aside by another's: nobody should.</summary>
    public int Replaced { get; set; }

    /// <summary>What it asks a card for.</summary>
    public string? AsksFor => Status == "in_progress" ? Intent : null;
}

/// <summary>Card readers: what the servers tell them, and cards that are held to them.</summary>
public sealed partial class FakeBooks
{
    private readonly Dictionary<string, FakeReader> readers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonObject> locations = new(StringComparer.Ordinal);

    /// <summary>Readers that are registered.</summary>
    public IReadOnlyList<FakeReader> Readers => Do(() => (IReadOnlyList<FakeReader>)[.. readers.Values]);

    public FakeReader Reader(string id) => Do(() => readers.GetValueOrDefault(id) ?? throw Missing());

    public JsonObject AddLocation(IReadOnlyDictionary<string, string> form) => Do(() =>
    {
        if (!form.ContainsKey("display_name") || !form.ContainsKey("address[line1]") || !form.ContainsKey("address[city]") || !form.ContainsKey("address[country]"))
        {
            throw new FakeRefusalException(400, "invalid_request_error", "parameter_missing");
        }

        var id = Next("tml");
        return locations[id] = new JsonObject
        {
            ["id"] = id, ["object"] = "terminal.location", ["display_name"] = form["display_name"], ["livemode"] = false, ["metadata"] = new JsonObject(),
            ["address"] = new JsonObject { ["line1"] = form["address[line1]"], ["city"] = form["address[city]"], ["postal_code"] = form.GetValueOrDefault("address[postal_code]"), ["country"] = form["address[country]"] },
        };
    });

    /// <summary>A code of three words works once; those of simulated readers always do.</summary>
    public FakeReader AddReader(IReadOnlyDictionary<string, string> form) => Do(() =>
    {
        var code = form.GetValueOrDefault("registration_code") ?? "";
        var isSimulated = code.StartsWith("simulated-", StringComparison.Ordinal);
        if (!locations.ContainsKey(form.GetValueOrDefault("location") ?? "") || (!isSimulated && (!ThreeWords().IsMatch(code) || readers.Values.Any(r => r.Code == code))))
        {
            throw new FakeRefusalException(400, "invalid_request_error", "parameter_invalid");
        }

        var reader = new FakeReader { Id = Next("tmr"), Code = code, Location = form["location"], Tags = TagsOf(form, "metadata"), Label = form.GetValueOrDefault("label") ?? code };
        return readers[reader.Id] = reader;
    });

    public FakeReader Rename(string id, string? label) => Do(() =>
    {
        var reader = Reader(id);
        reader.Label = label ?? reader.Label;
        return reader;
    });

    public JsonObject RemoveReader(string id) => Do(() => readers.Remove(id) ? new JsonObject { ["id"] = id, ["object"] = "terminal.reader", ["deleted"] = true } : throw Missing());

    /// <summary>A payment that a reader is to ask a card for.</summary>
    public FakeIntent NewPresent(IReadOnlyDictionary<string, string> form) => Do(() =>
    {
        var intent = NewIntent(
            Whole(form, "amount"), form["currency"], form.GetValueOrDefault("capture_method") == "manual", form.GetValueOrDefault("metadata[payment]"),
            form.GetValueOrDefault("payment_method_options[card_present][request_incremental_authorization_support]") == "true");
        intent.IsPresent = true;
        return intent;
    });

    public FakeReader Process(string id, string intentId) => Do(() =>
    {
        var reader = Connected(id);
        var intent = Intent(intentId);
        if (reader.IsReading)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "terminal_reader_busy");
        }

        if (!intent.IsPresent || intent.Status != "requires_payment_method")
        {
            throw new FakeRefusalException(400, "invalid_request_error", "payment_intent_unexpected_state");
        }

        reader.Replaced += reader.AsksFor is { } other && other != intentId ? 1 : 0;
        (reader.Intent, reader.Status, reader.Failure) = (intentId, "in_progress", null);
        if (reader.LosesAnswers > 0)
        {
            reader.LosesAnswers--;
            throw new FakeRefusalException(400, "invalid_request_error", "terminal_reader_timeout");
        }

        return reader;
    });

    public FakeReader CancelAction(string id) => Do(() =>
    {
        var reader = Connected(id);
        if (reader.IsReading)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "terminal_reader_busy");
        }

        reader.Intent = null;
        return reader;
    });

    /// <summary>A card is held to a reader.</summary>
    public FakeReader Present(string id, string number) => Do(() =>
    {
        var reader = Connected(id);
        if (reader.AsksFor is not { } asked)
        {
            throw new FakeRefusalException(400, "invalid_request_error", "invalid_reader_state");
        }

        var intent = Intent(asked);
        var refused = Confirm(intent, number, confirmed: false);
        intent.LastFour = refused is null ? number[^4..] : null;
        if (refused == "3ds")
        {
            intent.Status = "requires_payment_method"; // at a reader nobody can be asked
        }

        Finish(reader, refused is null ? "succeeded" : "failed", refused is null ? null : "card_declined");
        return reader;
    });

    /// <summary>Somebody presses cancel on the reader.</summary>
    public void PressCancel(string id) => Do(() =>
    {
        Finish(Connected(id), "failed", "customer_canceled");
        return true;
    });

    private void Finish(FakeReader reader, string status, string? failure)
    {
        (reader.Status, reader.Failure) = (status, failure);
        Tell($"terminal.reader.action_{status}", FakeViews.Of(reader));
    }

    private FakeReader Connected(string id) => Reader(id) is { Online: true } reader ? reader : throw new FakeRefusalException(400, "invalid_request_error", "terminal_reader_offline");

    [GeneratedRegex("^[a-z]+-[a-z]+-[a-z]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex ThreeWords();
}

internal static partial class FakeViews
{
    public static JsonObject Of(FakeReader r) => new()
    {
        ["id"] = r.Id,
        ["object"] = "terminal.reader",
        ["label"] = r.Label,
        ["location"] = r.Location,
        ["status"] = r.Online ? "online" : "offline",
        ["device_type"] = "simulated_stripe_s700",
        ["serial_number"] = "fake-" + r.Id[^4..],
        ["livemode"] = false,
        ["metadata"] = Metadata(r.Tags),
        ["action"] = r.Intent is null ? null : new JsonObject
        {
            ["type"] = "process_payment_intent", ["status"] = r.Status, ["failure_code"] = r.Failure, ["failure_message"] = r.Failure is null ? null : "(pretended)",
            ["process_payment_intent"] = new JsonObject { ["payment_intent"] = r.Intent },
        },
    };
}
