using System.Text.Json;

namespace Ladewerk.Stations.Protocol;

/// <summary>A call in the log with its answer.</summary>
public sealed record LoggedCall(
    DateTimeOffset At, bool FromStation, string? MessageId, string Action, string Payload, string Verdict, string? Answer, DateTimeOffset? AnsweredAt)
{
    /// <summary>Whether it was as the standard has it.</summary>
    public bool IsClean => Verdict is "ok";

    /// <summary>Whether it was understood by a leniency.</summary>
    public bool IsTolerated => Verdict is "lenient";

    /// <summary>Whether the station did not answer.</summary>
    public bool IsUnanswered => Verdict is "timeout" or "disconnected";

    /// <summary>How long the answer took.</summary>
    public double? Milliseconds => (AnsweredAt - At)?.TotalMilliseconds;

    /// <summary>The payload of a call or an answer, whether it was kept alone or as the whole frame; null where it is no JSON.</summary>
    public static JsonElement? Json(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(text);
            return json is { ValueKind: JsonValueKind.Array } && json.GetArrayLength() > 2 ? json[json.GetArrayLength() - 1] : json;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
