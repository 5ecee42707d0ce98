using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations.Quirks.Portal;

/// <summary>A field of the form of switches.</summary>
/// <param name="Switch">Which.</param>
/// <param name="Kind">flag, number, text, map or choice.</param>
/// <param name="Choices">Values of a choice, as the form sends them.</param>
internal sealed record SwitchField(QuirkSwitch Switch, string Kind, IReadOnlyList<string> Choices)
{
    public string Name => StationHabits.SwitchNames[(int)Switch];
}

/// <summary>The form of switches: which fields there are, in groups, and what was entered.</summary>
internal static class SwitchForm
{
    /// <summary>Groups in their order, each up to and with its last switch.</summary>
    private static readonly (string Group, QuirkSwitch Last)[] Ends =
    [
        ("connection", QuirkSwitch.LegacyTls), ("metering", QuirkSwitch.OwnTransactionIds), ("time", QuirkSwitch.IgnoreClock), ("connectors", QuirkSwitch.MaxConnectors),
        ("badges", QuirkSwitch.IdTokenTruncated), ("configuration", QuirkSwitch.QuotedLists), ("limits", QuirkSwitch.VerifyLimit), ("remote", QuirkSwitch.StuckRemedy),
    ];

    /// <summary>All fields by group.</summary>
    public static readonly IReadOnlyList<(string Group, IReadOnlyList<SwitchField> Fields)> Groups =
    [
        .. Enum.GetValues<QuirkSwitch>().Select(Field).GroupBy(f => Ends.First(e => f.Switch <= e.Last).Group, StringComparer.Ordinal).Select(g => (g.Key, (IReadOnlyList<SwitchField>)[.. g])),
    ];

    /// <summary>What was entered, as JSON for the rules to read; what cannot be read stays text, so that they find it.</summary>
    public static JsonElement Read(IFormCollection form)
    {
        var json = new JsonObject();
        foreach (var field in Groups.SelectMany(g => g.Fields))
        {
            var text = form["switches." + field.Name].ToString().Trim();
            if (text.Length > 0)
            {
                json[field.Name] = Node(field, text);
            }
        }

        return JsonSerializer.SerializeToElement(json);
    }

    /// <summary>What stands in a field: as entered, else as stored.</summary>
    public static string Value(SwitchField field, QuirkSwitches stored, IReadOnlyDictionary<string, string>? entered) => entered is not null
        ? entered.GetValueOrDefault("switches." + field.Name) ?? ""
        : SwitchWords.Plain(stored.Said().FirstOrDefault(s => s.Switch == field.Switch).Value);

    private static JsonNode? Node(SwitchField field, string text) => field.Kind switch
    {
        "flag" => text == "true",
        "number" when decimal.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number % 1 == 0 ? (long)number : number,
        "map" => Map(field, text),
        _ => text,
    };

    private static JsonObject Map(SwitchField field, string text)
    {
        var map = new JsonObject();
        foreach (var entry in text.Split([',', ';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (key, value) = entry.Split('=', 2, StringSplitOptions.TrimEntries) is [var k, var v] ? (k, v) : (entry, "");
            map[key] = field.Switch == QuirkSwitch.ConnectorMap && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : value;
        }

        return map;
    }

    private static SwitchField Field(QuirkSwitch one)
    {
        var type = typeof(QuirkSwitches).GetProperty(one.ToString())!.PropertyType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(bool) ? new(one, "flag", ["true", "false"])
            : type == typeof(int) || type == typeof(decimal) ? new(one, "number", [])
            : type.IsEnum ? new(one, "choice", [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)])
            : new(one, type == typeof(string) ? "text" : "map", []);
    }
}
