using System.Globalization;

namespace Ladewerk.Stations.Templates;

/// <summary>How a key is.</summary>
public enum KeyVerdict
{
    /// <summary>As wanted.</summary>
    Same,

    /// <summary>Another value; may be written.</summary>
    Differs,

    /// <summary>Another value, and the station does not let it be written.</summary>
    Fixed,

    /// <summary>The station has no such key.</summary>
    Missing,

    /// <summary>Not read yet.</summary>
    Unknown,

    /// <summary>A secret: written, and never told.</summary>
    Secret,
}

/// <summary>A key as wanted and as it is.</summary>
/// <param name="Name">As the station writes it, where it has it.</param>
public sealed record KeyComparison(string Name, string Wanted, string? Actual, KeyVerdict Verdict, string? Note);

/// <summary>Compares wanted keys with what a station told. Keys and values without regard to case; lists as sets; numbers by value; quotes and blanks around values do not count (quirk Q26).</summary>
internal static class ConfigurationComparison
{
    /// <param name="told">What the station told.</param>
    /// <param name="complete">Whether all wanted keys were asked for, so that one not told is not there.</param>
    public static IReadOnlyList<KeyComparison> Compare(IEnumerable<WantedKey> wanted, IReadOnlyList<StationKey> told, bool complete) =>
        [.. wanted.Select(w => Compare(w, told.FirstOrDefault(k => string.Equals(k.Name, w.Key, StringComparison.OrdinalIgnoreCase)), complete))];

    /// <summary>Whether two values mean the same.</summary>
    public static bool Same(string wanted, string? actual)
    {
        if (actual is null)
        {
            return Plain(wanted).Length == 0;
        }

        var (a, b) = (Plain(wanted), Plain(actual));
        return string.Equals(a, b, StringComparison.OrdinalIgnoreCase)
            || (decimal.TryParse(a, NumberStyles.Float, CultureInfo.InvariantCulture, out var x) && decimal.TryParse(b, NumberStyles.Float, CultureInfo.InvariantCulture, out var y) && x == y)
            || ((a.Contains(',', StringComparison.Ordinal) || b.Contains(',', StringComparison.Ordinal)) && Members(a).SetEquals(Members(b)));
    }

    private static KeyComparison Compare(WantedKey wanted, StationKey? told, bool complete) => new(
        told?.Name ?? wanted.Key,
        SendCommand.IsSecret(wanted.Key) ? SendCommand.Hidden : wanted.Value,
        told?.Value,
        SendCommand.IsSecret(wanted.Key) ? KeyVerdict.Secret
            : told is null ? (complete ? KeyVerdict.Missing : KeyVerdict.Unknown)
            : Same(wanted.Value, told.Value) ? KeyVerdict.Same
            : told.Readonly ? KeyVerdict.Fixed : KeyVerdict.Differs,
        wanted.Note);

    private static HashSet<string> Members(string list) =>
        new(list.Split(',').Select(Plain).Where(m => m.Length > 0), StringComparer.OrdinalIgnoreCase);

    private static string Plain(string value) => value.Trim().Trim('"').Trim();
}
