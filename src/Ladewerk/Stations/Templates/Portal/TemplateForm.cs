using System.Globalization;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Stations.Templates.Portal;

/// <summary>The form of a template: what it shows, and what its words mean. Wanted keys stand one in a line: <c>Key = Value</c>.</summary>
internal static class TemplateForm
{
    private static readonly string[] Flags = ["smartCharging", "stationLimit", "reservation", "signedFirmware", "signedMeterValues"];

    public static FormField[] Fields(Texts t, StationTemplate? stored, IFormCollection sent, IReadOnlyList<QuirkProfileView> quirks)
    {
        FormField Field(string name, object? value, string kind = "text") =>
            new(name, t["templates.field." + name], sent.TryGetValue(name, out var said) ? said.ToString() : Convert.ToString(value, CultureInfo.InvariantCulture), kind);
        FormField Flag(string name, bool? value) => Field(name, value switch { true => "true", false => "false", _ => "" }) with
        {
            Options = [("", t["templates.fact.unknown"]), ("true", t["templates.fact.yes"]), ("false", t["templates.fact.no"])],
        };
        var (d, c) = (stored?.Data, stored?.Capabilities);
        return
        [
            Field("name", stored?.Name) with { Required = true },
            Field("key", stored?.Key) with { Required = true, Hint = t["templates.field.key.hint"] },
            Field("vendor", stored?.Match.Vendor) with { Required = true, Hint = t["templates.field.vendor.hint"] },
            Field("models", stored is null ? null : string.Join(", ", stored.Match.Models)) with { Required = true, Hint = t["templates.field.models.hint"] },
            Field("firmware", stored?.Match.Firmware),
            Field("currentType", d?.CurrentType ?? "") with { Options = [("", t["templates.fact.unknown"]), ("AC1", t["templates.ac", 1]), ("AC3", t["templates.ac", 3]), ("DC", "DC")] },
            Field("maxA", d?.MaxA, "number"),
            Field("maxKw", d?.MaxPowerW / 1000m, "number"),
            Field("evses", d?.Evses, "number"),
            Field("limitUnit", c?.LimitUnit ?? "") with { Options = [("", t["templates.fact.unknown"]), ("A", "A"), ("W", "W")] },
            Field("maxStackLevel", c?.MaxStackLevel, "number"),
            Field("localListSize", c?.LocalListSize, "number"),
            .. Flags.Select(f => Flag(f, Of(c, f))),
            Field("quirkProfile", stored?.QuirkProfile ?? "") with
            {
                Options = [("", t["templates.quirks.auto"]), (QuirkProfiles.NoProfile, t["templates.quirks.none"]), .. quirks.Select(q => (q.Key, Texts.Language == "de" ? q.NameDe ?? q.Name : q.Name))],
                Hint = t["templates.field.quirkProfile.hint"],
            },
            Field("configuration", stored is null ? null : string.Join("\n", (stored.Configuration ?? []).Select(k => $"{k.Key} = {k.Value}")), "textarea") with { Wide = true, Hint = t["templates.field.configuration.hint"] },
            Field("autoApply", stored?.AutoApply == true ? "true" : "false") with { Options = [("false", t["templates.shown.what"]), ("true", t["templates.auto.what"])] },
            Field("rebootWhenNeeded", stored?.RebootWhenNeeded == true ? "true" : "false") with { Options = [("false", t["templates.fact.no"]), ("true", t["templates.reboot.idle"])] },
            Field("note", stored?.Note, "textarea") with { Wide = true },
        ];
    }

    /// <summary>The template that the form describes; what the form does not show stays as stored.</summary>
    public static StationTemplate Read(IFormCollection form, StationTemplate? stored) => new(
        form["key"].ToString().Trim(),
        form["name"].ToString().Trim(),
        new TemplateMatch(form["vendor"].ToString().Trim(), [.. form["models"].ToString().Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)], Text(form, "firmware")),
        (stored?.Data ?? new TemplateData()) with
        {
            CurrentType = Text(form, "currentType"), Phases = Text(form, "currentType") switch { "AC1" => 1, "AC3" => 3, _ => null }, MaxA = Number(form, "maxA"), MaxPowerW = (long?)(Number(form, "maxKw") * 1000),
            Evses = (int?)Number(form, "evses"),
        },
        new TemplateCapabilities(
            Flag(form, "smartCharging"), Text(form, "limitUnit"), (int?)Number(form, "maxStackLevel"), Flag(form, "stationLimit"), Flag(form, "reservation"), (int?)Number(form, "localListSize"),
            Flag(form, "signedFirmware"), Flag(form, "signedMeterValues")),
        Keys(form["configuration"].ToString(), stored),
        form["autoApply"] == "true",
        form["rebootWhenNeeded"] == "true",
        Text(form, "note"),
        stored?.Source,
        Text(form, "quirkProfile"));

    private static List<WantedKey> Keys(string lines, StationTemplate? stored) =>
    [
        .. from line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
           let at = line.IndexOf('=', StringComparison.Ordinal)
           let key = (at < 0 ? line : line[..at]).Trim()
           select new WantedKey(key, at < 0 ? "" : line[(at + 1)..].Trim(), stored?.Configuration?.FirstOrDefault(k => string.Equals(k.Key, key, StringComparison.OrdinalIgnoreCase))?.Note),
    ];

    private static bool? Of(TemplateCapabilities? c, string flag) => flag switch
    {
        "smartCharging" => c?.SmartCharging,
        "stationLimit" => c?.StationLimit,
        "reservation" => c?.Reservation,
        "signedFirmware" => c?.SignedFirmware,
        _ => c?.SignedMeterValues,
    };

    private static bool? Flag(IFormCollection form, string name) => bool.TryParse(form[name], out var flag) ? flag : null;

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static decimal? Number(IFormCollection form, string name) => decimal.TryParse(form[name], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
}
