using System.Globalization;

namespace Ladewerk.Tariffs.Portal;

/// <summary>Numbers as people type them: 0,49 and 0.49, 1.234,50 and 1,234.50.</summary>
internal static class FormNumber
{
    /// <summary>Null where it is no number; the last separator is the decimal one.</summary>
    public static decimal? Parse(string text)
    {
        var trimmed = text.Trim();
        var grouping = trimmed.LastIndexOf(',') > trimmed.LastIndexOf('.') ? "." : ",";
        var plain = trimmed.Replace(grouping, "", StringComparison.Ordinal).Replace(',', '.');
        return decimal.TryParse(plain, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>In the reader's locale, with at least <paramref name="places"/> decimal places; empty for null.</summary>
    public static string Text(decimal? number, int places = 0) =>
        number?.ToString(places == 0 ? "0.######" : "0." + new string('0', places) + "####", CultureInfo.CurrentCulture) ?? "";

    /// <summary>Names in a field, separated by commas.</summary>
    public static IReadOnlyList<string>? Names(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } names ? names : null;
}
