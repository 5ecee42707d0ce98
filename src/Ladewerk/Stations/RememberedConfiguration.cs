using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Stations;

/// <summary>A configuration key as a station last told it.</summary>
/// <param name="Value">Null: it tells none (a secret, or not set).</param>
public sealed record StationKey([property: JsonPropertyName("key")] string Name, string? Value, bool Readonly = false);

/// <summary>What is known of a station's configuration, from its answers. Keys are the same without regard to case (some stations write them otherwise).</summary>
internal static class RememberedConfiguration
{
    /// <summary>The keys that are remembered.</summary>
    public static IReadOnlyList<StationKey> Keys(JsonDocument? remembered) => remembered?.Deserialize<List<StationKey>>(JsonSerializerOptions.Web) ?? [];

    /// <summary>What is known after a command; null where the answer says nothing about the configuration. Secrets are left out.</summary>
    public static JsonDocument? After(JsonDocument? remembered, Command command, CommandResult.Answered answered) => command switch
    {
        GetConfiguration { Keys: null or [] } when Told(answered.Response) is { } all => Of(all),
        GetConfiguration { Keys: { } asked } when Told(answered.Response) is { } some => Of([.. Keys(remembered).ExceptBy(asked.Concat(some.Select(k => k.Name)), k => k.Name, StringComparer.OrdinalIgnoreCase), .. some]),
        ChangeConfiguration change when answered.Status is "Accepted" or "RebootRequired" && !SendCommand.IsSecret(change.Key) => Of(Written(Keys(remembered), change)),
        _ => null,
    };

    private static List<StationKey> Written(IReadOnlyList<StationKey> known, ChangeConfiguration change)
    {
        var name = known.FirstOrDefault(k => Same(k.Name, change.Key))?.Name ?? change.Key;
        return [.. known.Where(k => !Same(k.Name, change.Key)), new StationKey(name, change.Value)];
    }

    // As OCPP 1.6 §7.20 and §7.21 have it, which the later versions' answers are brought to.
    private static List<StationKey>? Told(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("configurationKey", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? [.. keys.EnumerateArray().Where(k => k.ValueKind == JsonValueKind.Object).Select(Key).Where(k => k.Name.Length > 0 && !SendCommand.IsSecret(k.Name))]
            : null;

    private static StationKey Key(JsonElement key) => new(
        key.TryGetProperty("key", out var name) ? name.ToString() : "",
        key.TryGetProperty("value", out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null,
        key.TryGetProperty("readonly", out var fixedValue) && fixedValue.ValueKind == JsonValueKind.True);

    private static JsonDocument Of(List<StationKey> keys) => JsonSerializer.SerializeToDocument(keys, JsonSerializerOptions.Web);

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
