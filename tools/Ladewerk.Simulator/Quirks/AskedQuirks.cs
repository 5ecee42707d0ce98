using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Quirks;

/// <summary>What the habits do when the station is asked something.</summary>
internal sealed class AskedQuirks(QuirkModes modes, StationModel station)
{
    /// <summary>The answer that is given instead of doing what is asked; null: as usual.</summary>
    public byte[]? Instead(string action, ReadOnlyMemory<byte> payload) => action switch
    {
        "GetConfiguration" when modes.Has(24) && !Has(payload, "key") => Restart(),
        "SetChargingProfile" when modes.Has(25) && IsTooMuch(payload) => Status("Rejected"),
        "RemoteStartTransaction" when modes.Has(27) => Status("Accepted"),
        _ => null,
    };

    /// <summary>The usual answer in this station's words.</summary>
    public byte[] Said(string action, byte[] answer)
    {
        if (!modes.Has(26) || action != "GetConfiguration" || JsonNode.Parse(answer) is not JsonObject said)
        {
            return answer;
        }

        foreach (var entry in said["configurationKey"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            var name = entry["key"]!.GetValue<string>();
            entry["key"] = char.ToLowerInvariant(name[0]) + name[1..];
            if (entry["value"]?.GetValue<string>() is { } value && value.Contains(',', StringComparison.Ordinal))
            {
                entry["value"] = $"\"{value.Replace(",", ", ", StringComparison.Ordinal)}\"";
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(said);
    }

    // Some firmware falls over the question for everything; the answer still gets out.
    private byte[] Restart()
    {
        station.After(TimeSpan.FromSeconds(1), station.Reboot);
        return """{"configurationKey":[]}"""u8.ToArray();
    }

    private static bool IsTooMuch(ReadOnlyMemory<byte> payload)
    {
        var request = JsonNode.Parse(payload.Span)!;
        var profile = request["csChargingProfiles"]!;
        return request["connectorId"]!.GetValue<int>() == 0 || profile["stackLevel"]!.GetValue<int>() > 0
            || profile["chargingSchedule"]!["chargingSchedulePeriod"]!.AsArray().Any(p => p!["limit"]!.GetValue<decimal>() == 0);
    }

    private static bool Has(ReadOnlyMemory<byte> payload, string name) => JsonNode.Parse(payload.Span) is JsonObject request && request[name] is JsonArray { Count: > 0 };

    private static byte[] Status(string word) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["status"] = word });
}
