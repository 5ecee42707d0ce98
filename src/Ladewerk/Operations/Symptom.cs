using System.Text.Json.Nodes;

namespace Ladewerk.Operations;

/// <summary>A fact that speaks for a finding. Durations to now have no place here: evidence changes only when something happens.</summary>
/// <param name="At">When.</param>
/// <param name="Code">What, a key of the texts below <c>operations.evidence</c>.</param>
/// <param name="Values">What the text speaks of, in its order.</param>
public sealed record Evidence(DateTimeOffset At, string Code, params IReadOnlyList<string> Values);

/// <summary>What could be done about a finding: a remote command in the words of the API.</summary>
/// <param name="Command">reset, unlock, trigger-message ...</param>
/// <param name="Body">Its body.</param>
public sealed record SuggestedAction(string Command, JsonObject Body)
{
    /// <summary>Ask the station for a message.</summary>
    public static SuggestedAction Trigger(string message, int? connector = null) => new("trigger-message", With(new() { ["message"] = message }, connector));

    /// <summary>Release the cable.</summary>
    public static SuggestedAction Unlock(int connector) => new("unlock", new() { ["connectorId"] = connector });

    /// <summary>Restart in order.</summary>
    public static SuggestedAction SoftReset() => new("reset", new() { ["kind"] = "soft" });

    /// <summary>Restart as by the power switch.</summary>
    public static SuggestedAction HardReset() => new("reset", new() { ["kind"] = "hard" });

    /// <summary>Stop a session.</summary>
    public static SuggestedAction Stop(long transactionId) => new("remote-stop", new() { ["transactionId"] = transactionId });

    /// <summary>Set the limit again.</summary>
    public static SuggestedAction LimitAgain(int? connector, decimal? amperes, decimal? watts) =>
        new("limit", With(amperes is { } a ? new() { ["maxA"] = a } : new JsonObject { ["maxW"] = watts }, connector));

    private static JsonObject With(JsonObject body, int? connector)
    {
        if (connector is { } number)
        {
            body["connectorId"] = number;
        }

        return body;
    }
}

/// <summary>What a rule saw: it becomes a finding, or keeps one alive.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Key">The natural key: the same trouble of the same thing has the same.</param>
/// <param name="Since">Since when.</param>
public sealed record Symptom(FindingKind Kind, string Key, DateTimeOffset Since)
{
    public Guid? Station { get; init; }

    /// <summary>The connector as the station's protocol numbers it.</summary>
    public int? Connector { get; init; }

    public Guid? Session { get; init; }

    /// <summary>How far a trouble that grows has come; each step has its own action.</summary>
    public int Step { get; init; }

    /// <summary>Numbers and words that the finding's title speaks of.</summary>
    public FindingFacts Facts { get; init; } = new();

    public IReadOnlyList<Evidence> Evidence { get; init; } = [];

    public SuggestedAction? Action { get; init; }

    /// <summary>The key of a kind at a place.</summary>
    public static string KeyOf(FindingKind kind, Guid? station, object? part = null) =>
        FormattableString.Invariant($"{kind.Name}/{station?.ToString("N") ?? "-"}{(part is null ? "" : "/")}{part}");
}

/// <summary>What the title of a finding speaks of, by kind.</summary>
/// <param name="Number">How many, or a transaction.</param>
/// <param name="Detail">Error code, review reasons, refusal reason ...</param>
/// <param name="Value">Wh, W or ms.</param>
/// <param name="Place">An address, a vendor's own code.</param>
public sealed record FindingFacts(long? Number = null, string? Detail = null, decimal? Value = null, string? Place = null);
