using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations.Quirks;

/// <summary>What may stand in a profile or an override. Pure.</summary>
internal static partial class QuirkRules
{
    /// <summary>Q1 to Q32.</summary>
    public const int Habits = 32;

    private const int MostEntries = 256;

    /// <summary>Reads switches as they come from outside; a misspelt one is a fault.</summary>
    public static QuirkSwitches? Read(JsonElement? json, Faults faults)
    {
        if (json is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } given)
        {
            return QuirkSwitches.None;
        }

        try
        {
            return given.Deserialize<QuirkSwitches>(QuirkJson.Options)!;
        }
        catch (JsonException wrong)
        {
            faults.Add("switches", $"Cannot be read: {wrong.Message}");
            return null;
        }
    }

    /// <summary>Checks a whole profile.</summary>
    public static void Check(QuirkProfile profile, Faults faults)
    {
        faults.Unless(KeyForm().IsMatch(profile.Key) && profile.Key is not (QuirkProfiles.NoProfile or QuirkProfiles.ByMake), "key", "1 to 60 lower-case letters, digits, dots and hyphens.")
            .Text("name", profile.Name, 100).Short("nameDe", profile.NameDe, 100).Short("note", profile.Note, 1000).Short("noteDe", profile.NoteDe, 1000);
        foreach (var (field, pattern) in new[] { ("vendor", profile.Vendor), ("model", profile.Model), ("firmware", profile.Firmware) })
        {
            faults.Unless(pattern is null || (pattern.Length is > 0 and <= 200 && pattern.Count(c => c == '*') <= 20), field, "1 to 200 characters, at most 20 asterisks.");
        }

        faults.Unless(profile.Habits.All(h => h is ['Q', .. var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is > 0 and <= Habits), "habits", $"Q1 to Q{Habits}.");
        Check(profile.Switches, faults);
    }

    /// <summary>Checks the values of switches.</summary>
    public static void Check(QuirkSwitches s, Faults faults)
    {
        Protocol(s.DefaultProtocol, nameof(s.DefaultProtocol));
        Protocol(s.PinnedProtocol, nameof(s.PinnedProtocol));
        Range(s.KeepAliveSeconds, 0, 86_400, nameof(s.KeepAliveSeconds));
        Range(s.SilenceSeconds, 30, 7 * 86_400, nameof(s.SilenceSeconds));
        Range(s.SettleSeconds, 0, 3600, nameof(s.SettleSeconds));
        Range(s.EnergyFactor, 0.001m, 1000, nameof(s.EnergyFactor));
        Range(s.PowerFactor, 0.001m, 1000, nameof(s.PowerFactor));
        faults.TimeZone(Name(nameof(s.ClockZone)), s.ClockZone);
        faults.Unless(s.ConnectorMap is not { } map || (map.Count <= MostEntries && map.All(e => e.Key is >= 0 and <= StationQuirks.MostConnectors && e.Value is >= 0 and <= StationQuirks.MostConnectors)), Name(nameof(s.ConnectorMap)), "Numbers from 0 to 256.");
        Range(s.MaxConnectors, 1, StationQuirks.MostConnectors, nameof(s.MaxConnectors));
        faults.Unless(s.IdTokenSuffix is null or { Length: > 0 and <= 20 }, Name(nameof(s.IdTokenSuffix)), "1 to 20 characters.");
        faults.Unless(s.ConfigurationNames is not { } names || (names.Count <= MostEntries && names.All(e => e.Key.Length is > 0 and <= 100 && e.Value is { Length: > 0 and <= 100 })), Name(nameof(s.ConfigurationNames)), "Names of 1 to 100 characters.");
        Range(s.MaxStackLevel, 0, 1000, nameof(s.MaxStackLevel));
        Range(s.MinimumLimitA, 0, 1000, nameof(s.MinimumLimitA));
        Range(s.StartWaitSeconds, 5, 3600, nameof(s.StartWaitSeconds));

        void Range(decimal? value, decimal least, decimal most, string name) => faults.Unless(value is null || (value >= least && value <= most), Name(name), $"{least} to {most}.");
        void Protocol(string? value, string name) => faults.Unless(value is null or "ocpp1.6", Name(name), "ocpp1.6.");
        static string Name(string name) => "switches." + JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    /// <summary>A key made of a name.</summary>
    public static string Slug(string name)
    {
        var slug = NotInKeys().Replace(name.Trim().ToLowerInvariant().Replace("ä", "ae", StringComparison.Ordinal).Replace("ö", "oe", StringComparison.Ordinal).Replace("ü", "ue", StringComparison.Ordinal), "-").Trim('-', '.');
        return slug.Length > 60 ? slug[..60].TrimEnd('-', '.') : slug;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{0,59}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyForm();

    [GeneratedRegex("[^a-z0-9.]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInKeys();
}
