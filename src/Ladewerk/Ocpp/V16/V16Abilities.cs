using System.Globalization;
using System.Text.Json;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16;

/// <summary>A station's abilities by its configuration keys (OCPP 1.6 §9.2, §9.3).</summary>
internal sealed class V16Abilities : IStationAbilities
{
    private const int IdTokenLength = 20; // §7.28

    public string OcppVersion => "1.6";

    public StationAbilities Of(JsonDocument? settings)
    {
        var keys = Keys(settings);
        return new StationAbilities(Switch("ReserveConnectorZeroSupported"), Switch("LocalAuthListEnabled"), Number("LocalAuthListMaxLength"), Number("SendLocalListMaxLength"), IdTokenLength);

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
