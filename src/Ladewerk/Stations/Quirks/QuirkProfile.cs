using System.IO.Enumeration;
using System.Text.Json.Serialization;

namespace Ladewerk.Stations.Quirks;

/// <summary>What a station says of itself when it boots.</summary>
public sealed record StationMake(string? Vendor, string? Model, string? Firmware);

/// <summary>What decides which profiles hold for a station.</summary>
/// <param name="Chosen">By the operator for this station; null: not said.</param>
/// <param name="Template">Key of the template that a person gave it; null: the one that fits its introduction.</param>
public sealed record QuirkChoice(StationMake Make, string? Chosen, string? Template)
{
    public static QuirkChoice Of(ChargingStation station) => new(new StationMake(station.Vendor, station.Model, station.FirmwareVersion), station.QuirkProfile, station.Template);
}

/// <summary>
/// A quirk profile: which stations it is for, and how they are taken. Patterns may hold <c>*</c> and <c>?</c>, and alternatives behind <c>|</c>;
/// without regard to case. A profile without any pattern holds only for stations for which it was chosen.
/// </summary>
public sealed record QuirkProfile
{
    /// <summary>Lower-case letters, digits and hyphens; an operator's profile of the same key stands in place of the shipped one.</summary>
    public required string Key { get; init; }
    public required string Name { get; init; }

    /// <summary>The name in German, where it differs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NameDe { get; init; }
    public string? Vendor { get; init; }
    public string? Model { get; init; }
    public string? Firmware { get; init; }

    /// <summary>The habits it deals with: Q1 to Q32.</summary>
    public IReadOnlyList<string> Habits { get; init; } = [];
    public QuirkSwitches Switches { get; init; } = QuirkSwitches.None;

    /// <summary>What the operator should know of these stations.</summary>
    public string? Note { get; init; }

    /// <summary>The note in German, where it differs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NoteDe { get; init; }

    /// <summary>Whether it is taken for stations by itself.</summary>
    [JsonIgnore]
    public bool HasPattern => Vendor is not null || Model is not null || Firmware is not null;

    /// <summary>How exactly it says for which stations it is: of two profiles that fit, the more exact one has the last word.</summary>
    [JsonIgnore]
    public int Exactness => Weight(Vendor) + (Weight(Model) * 4) + (Weight(Firmware) * 16);

    /// <summary>Whether it is for stations of this make.</summary>
    public bool Fits(StationMake make) => HasPattern && Fits(Vendor, make.Vendor) && Fits(Model, make.Model) && Fits(Firmware, make.Firmware);

    public string NameIn(string language) => language == "de" ? NameDe ?? Name : Name;

    public string? NoteIn(string language) => language == "de" ? NoteDe ?? Note : Note;

    private static bool Fits(string? pattern, string? said) => pattern is null
        || (said is not null && pattern.Split('|', StringSplitOptions.TrimEntries).Any(p => FileSystemName.MatchesSimpleExpression(p, said.Trim())));

    private static int Weight(string? pattern) => pattern is null ? 0 : 1000 + Math.Min(999, pattern.Count(c => c is not ('*' or '?')));
}
