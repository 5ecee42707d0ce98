using System.IO.Enumeration;

namespace Ladewerk.Stations.Templates;

/// <summary>Which template is a station's.</summary>
internal static class TemplateChoice
{
    /// <summary>The template that a person chose, else the one that says most of the station's introduction; null where none fits.</summary>
    public static StationTemplate? Of(IEnumerable<StationTemplate> templates, string? assigned, string? vendor, string? model, string? firmware) => assigned is { } key
        ? templates.FirstOrDefault(t => t.Key == key)
        : templates.Select(t => (Template: t, Weight: Weight(t.Match, vendor, model, firmware))).Where(t => t.Weight >= 0).OrderByDescending(t => t.Weight).ThenBy(t => t.Template.Key, StringComparer.Ordinal).FirstOrDefault().Template;

    /// <summary>How much of an introduction a match names; below 0: it does not fit.</summary>
    public static int Weight(TemplateMatch match, string? vendor, string? model, string? firmware)
    {
        if (!Fits(match.Vendor, vendor) || (match.Firmware is { } wanted && !Fits(wanted, firmware)))
        {
            return -1;
        }

        var models = match.Models.Where(m => Fits(m, model)).Select(Literals).DefaultIfEmpty(-1).Max();
        return models < 0 ? -1 : Literals(match.Vendor) + models + (match.Firmware is null ? 0 : 1000 + Literals(match.Firmware));
    }

    private static bool Fits(string pattern, string? text) => FileSystemName.MatchesSimpleExpression(pattern, text ?? "", ignoreCase: true);

    private static int Literals(string pattern) => pattern.Count(c => c is not '*');
}
