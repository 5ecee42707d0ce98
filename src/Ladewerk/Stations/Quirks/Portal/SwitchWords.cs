using System.Collections;
using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Stations.Quirks.Portal;

/// <summary>Switches in plain words.</summary>
internal static class SwitchWords
{
    /// <summary>A switch's name.</summary>
    public static string Label(Texts texts, QuirkSwitch one) => texts["stations.switch." + StationHabits.SwitchNames[(int)one]];

    /// <summary>A switch's value.</summary>
    public static string Value(Texts texts, object value) => value switch
    {
        bool on => texts[on ? "stations.switch.value.true" : "stations.switch.value.false"],
        Enum named => texts["stations.switch.value." + JsonNamingPolicy.CamelCase.ConvertName(named.ToString())],
        IDictionary or IReadOnlyDictionary<int, int> or IReadOnlyDictionary<string, string> => Plain(value),
        IFormattable number => number.ToString(null, CultureInfo.CurrentCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>All that is said, for example "Multiply energy by: 1,000".</summary>
    public static IEnumerable<string> Say(Texts texts, QuirkSwitches switches) => switches.Said().Select(s => $"{Label(texts, s.Switch)}: {Value(texts, s.Value)}");

    /// <summary>A value as it stands in a form.</summary>
    public static string Plain(object? value) => value switch
    {
        null => "",
        bool on => on ? "true" : "false",
        Enum named => JsonNamingPolicy.CamelCase.ConvertName(named.ToString()),
        IReadOnlyDictionary<int, int> map => string.Join(", ", map.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Key}={e.Value}"))),
        IReadOnlyDictionary<string, string> map => string.Join(", ", map.Select(e => $"{e.Key}={e.Value}")),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
