using System.Globalization;
using System.Text.Json;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16;

/// <summary>A station's abilities by its configuration keys (OCPP 1.6 §9.1 to §9.4).</summary>
internal sealed class V16Abilities : IStationAbilities
{
    private const int IdTokenLength = 20; // §7.28

    public string OcppVersion => "1.6";

    public StationAbilities Of(JsonDocument? settings)
    {
        var keys = Keys(settings);
        var features = Words("SupportedFeatureProfiles");
        var units = Words("ChargingScheduleAllowedChargingRateUnit");
        return new StationAbilities(Switch("ReserveConnectorZeroSupported"), Switch("LocalAuthListEnabled"), Number("LocalAuthListMaxLength"), Number("SendLocalListMaxLength"), IdTokenLength)
        {
            Reserves = Feature("Reservation", "ReserveConnectorZeroSupported"),
            KeepsList = Feature("LocalAuthListManagement", "LocalAuthListEnabled", "LocalAuthListMaxLength"),
            TakesLimits = Feature("SmartCharging", "ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit"),
            TakesAmperes = units?.Overlaps(["Current", "A"]),
            TakesWatts = units?.Overlaps(["Power", "W"]),
            MaxStackLevel = int.TryParse(keys.GetValueOrDefault("ChargeProfileMaxStackLevel"), NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? level : null,
        };

        // A key of a feature says that there is the feature, whatever the list of features says.
        bool? Feature(string name, params ReadOnlySpan<string> its)
        {
            foreach (var key in its)
            {
                if (keys.ContainsKey(key))
                {
                    return true;
                }
            }

            return features?.Contains(name);
        }

        HashSet<string>? Words(string key) => keys.GetValueOrDefault(key)?.Trim('"') is { Length: > 0 } list
            ? new(list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), StringComparer.OrdinalIgnoreCase)
            : null;

        bool? Switch(string key) => bool.TryParse(keys.GetValueOrDefault(key), out var on) ? on : null;

        int? Number(string key) => int.TryParse(keys.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
    }

    private static Dictionary<string, string> Keys(JsonDocument? settings)
    {
        var keys = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (settings?.RootElement is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (var entry in list.EnumerateArray())
            {
                if (entry.TryGetProperty("key", out var key) && entry.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String)
                {
                    keys[key.ToString()] = value.GetString()!.Trim();
                }
            }
        }

        return keys;
    }
}
