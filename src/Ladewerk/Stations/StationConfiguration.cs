using System.Text.Json;
using Ladewerk.Kernel;

namespace Ladewerk.Stations;

/// <summary>Reads and writes a station's configuration keys, and remembers what it said.</summary>
internal sealed class StationConfiguration(SendCommand send, LadewerkDb db, TimeProvider time)
{
    private const string Secret = "AuthorizationKey"; // OCPP security whitepaper: write-only, but some stations tell it

    /// <summary>Asks for all keys and keeps the answer.</summary>
    public async Task<CommandResult> Read(ChargingStation station, CancellationToken ct)
    {
        var result = await send.Run(station, new GetConfiguration(), ct);
        if (result is CommandResult.Answered { Response: { ValueKind: JsonValueKind.Object } answer } && answer.TryGetProperty("configurationKey", out var keys) && keys.ValueKind == JsonValueKind.Array)
        {
            await Keep(station, [.. keys.EnumerateArray().Select(Entry).Where(k => k.Name is not ("" or Secret))]);
        }

        return result;
    }

    /// <summary>Writes a key; what the station took is remembered.</summary>
    public async Task<CommandResult> Write(ChargingStation station, string key, string value, CancellationToken ct)
    {
        var result = await send.Run(station, new ChangeConfiguration(key, value), ct);
        if (result is CommandResult.Answered { Status: "Accepted" or "RebootRequired" } && key != Secret)
        {
            var known = station.Configuration?.Deserialize<List<Key>>(JsonSerializerOptions.Web) ?? [];
            await Keep(station, [.. known.Where(k => k.Name != key), new Key(key, value, false)]);
        }

        return result;
    }

    private async Task Keep(ChargingStation station, IReadOnlyList<Key> keys)
    {
        station.Configuration = JsonSerializer.SerializeToDocument(keys, JsonSerializerOptions.Web);
        station.ConfigurationAt = time.GetUtcNow();
        await db.SaveChangesAsync(CancellationToken.None);
    }

    private static Key Entry(JsonElement key) => new(
        key.TryGetProperty("key", out var name) ? name.ToString() : "",
        key.TryGetProperty("value", out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null,
        key.TryGetProperty("readonly", out var fixedValue) && fixedValue.ValueKind == JsonValueKind.True);

    private sealed record Key([property: System.Text.Json.Serialization.JsonPropertyName("key")] string Name, string? Value, bool Readonly);
}
