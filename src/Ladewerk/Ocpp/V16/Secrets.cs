using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ladewerk.Ocpp.V16;

/// <summary>Keeps passwords out of the message log: the value of AuthorizationKey, whether we write it or a station tells it.</summary>
internal static class Secrets
{
    private const string Key = "AuthorizationKey";

    /// <summary>The payload without secrets; itself where it has none.</summary>
    public static ReadOnlyMemory<byte> Hidden(ReadOnlyMemory<byte> payload)
    {
        if (!Mentioned(payload.Span))
        {
            return payload;
        }

        var message = JsonNode.Parse(payload.Span);
        Hide(message);
        return JsonSerializer.SerializeToUtf8Bytes(message);
    }

    private static bool Mentioned(ReadOnlySpan<byte> payload) =>
        payload.IndexOf("uthorization"u8) >= 0 && System.Text.Encoding.UTF8.GetString(payload).Contains(Key, StringComparison.OrdinalIgnoreCase);

    private static void Hide(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                Hide(item);
            }
        }
        else if (node is JsonObject members)
        {
            if (members["key"] is JsonValue key && Key.Equals(key.ToString(), StringComparison.OrdinalIgnoreCase) && members.ContainsKey("value"))
            {
                members["value"] = "(hidden)";
            }

            foreach (var (_, member) in members.ToList())
            {
                Hide(member);
            }
        }
    }
}
