using System.Text.Json;

namespace Ladewerk.Stations.Quirks;

/// <summary>The switches that hold for a connected station, and how often each did something. One for each socket; only its reader changes it.</summary>
public sealed class StationHabits(StationQuirks quirks)
{
    private static readonly string[] Names = [.. Enum.GetNames<QuirkSwitch>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
    private long[]? used;

    /// <summary>The effective switches; a boot that tells another model or firmware may change them.</summary>
    public StationQuirks Quirks { get; set; } = quirks;

    /// <summary>Whether a switch did something since <see cref="AddTo"/> was last called.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Names of the switches as JSON and API write them, in the order of the enum.</summary>
    public static IReadOnlyList<string> SwitchNames => Names;

    /// <summary>Notes that a switch did something.</summary>
    public void Count(QuirkSwitch one)
    {
        used ??= new long[Names.Length];
        used[(int)one]++;
        IsChanged = true;
    }

    /// <summary>Notes it where it did.</summary>
    public void Count(QuirkSwitch one, bool did)
    {
        if (did)
        {
            Count(one);
        }
    }

    /// <summary>Adds this connection's counts to those of before.</summary>
    public void AddTo(Dictionary<string, long> counts, IReadOnlyDictionary<string, long> before)
    {
        IsChanged = false;
        for (var i = 0; used is not null && i < used.Length; i++)
        {
            if (used[i] > 0)
            {
                counts[Names[i]] = before.GetValueOrDefault(Names[i]) + used[i];
            }
        }
    }
}
