using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ladewerk.Stations.Protocol;

/// <summary>A conversation as a file for the manufacturer: what identifies people, and secrets, are masked.</summary>
public static class ProtocolExport
{
    private static readonly HashSet<string> Tokens = new(["idTag", "parentIdTag", "idToken", "groupIdToken"], StringComparer.OrdinalIgnoreCase);

    /// <summary>One call as a line of JSON, with its answer and what is wrong with it.</summary>
    public static string Line(LoggedCall call, IEnumerable<Violation> violations) => JsonSerializer.Serialize(
        new
        {
            at = call.At,
            from = call.FromStation ? "station" : "central system",
            messageId = call.MessageId,
            action = call.Action,
            payload = Masked(call.Payload),
            verdict = call.Verdict,
            answer = call.Answer is null ? null : Masked(call.Answer),
            answeredAt = call.AnsweredAt,
            violations = violations.Select(v => new { code = v.Code, clause = v.Clause, detail = v.Detail }),
        },
        JsonSerializerOptions.Web);

    /// <summary>JSON with tokens shown by their first four characters and passwords not at all; text that is no JSON is left out.</summary>
    public static JsonNode? Masked(string text)
    {
        try
        {
            var json = JsonNode.Parse(text);
            Mask(json);
            return json;
        }
        catch (JsonException)
        {
            return JsonValue.Create($"({text.Length} characters that are no JSON)");
        }
    }

    private static void Mask(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject json:
                var secret = json.Any(p => p.Value is JsonValue v && v.TryGetValue<string>(out var key) && SendCommand.IsSecret(key));
                foreach (var (name, value) in json.ToList())
                {
                    if (value is JsonValue text && text.TryGetValue<string>(out var token) && (Tokens.Contains(name) || (secret && name is "value")))
                    {
                        json[name] = secret ? "****" : token.Length <= 4 ? "****" : string.Concat(token.AsSpan(0, 4), "****");
                    }
                    else
                    {
                        Mask(value);
                    }
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Mask(item);
                }

                break;
        }
    }
}
