using System.Numerics;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp;

/// <summary>A connected station in memory. Only its own socket's reader changes it, and only after a commit.</summary>
internal sealed class StationContext(KnownStation known, StationSessions sessions)
{
    private static readonly string[] LeniencyNames =
        [.. Enumerable.Range(0, BitOperations.PopCount((uint)Leniency.All)).Select(bit => JsonNamingPolicy.CamelCase.ConvertName(((Leniency)(1 << bit)).ToString()))];

    private const string AddedUpgrade = "addedUpgradeHeader";
    private bool upgradeTold;
    private long[]? leniencies; // by bit; read by the sweep while the socket counts

    public KnownStation Known { get; } = known;

    public StationSessions Sessions { get; set; } = sessions;

    /// <summary>How the station must be taken.</summary>
    public StationQuirks Quirks => Sessions.Habits.Quirks;

    /// <summary>As told by the last BootNotification, or at the connect.</summary>
    public RegistrationStatus Registration { get; set; } = known.Registration;

    /// <summary>Connectors that exist, by their number on the wire.</summary>
    public HashSet<int> Connectors { get; } = [.. known.Connectors.Select(c => c.WireNumber)];

    /// <summary>Whether it has said anything about itself since the connect: its boot or a status.</summary>
    public bool HasSpoken { get; set; }

    /// <summary>Station's clock minus ours, as measured since it was last taken.</summary>
    public TimeSpan? ClockOffset { get; private set; }

    /// <summary>
    /// Measures the station's clock by a message that it dates itself. What it kept while it was offline looks late, so of several the latest counts.
    /// </summary>
    public void MeasureClock(DateTimeOffset said, DateTimeOffset receivedAt)
    {
        var offset = said - receivedAt;
        if (said.Year > 1 && (ClockOffset is not { } known || offset > known))
        {
            ClockOffset = offset;
        }
    }

    /// <summary>What was measured since the last time; null where nothing was.</summary>
    public TimeSpan? TakeClockOffset()
    {
        var taken = ClockOffset;
        ClockOffset = null;
        return taken;
    }

    /// <summary>Its handshake lacked <c>Connection: Upgrade</c>.</summary>
    public bool UpgradeAdded { get; init; }

    public bool LeniencyChanged { get; private set; }

    /// <summary>Counts what had to be forgiven: the operator sees it.</summary>
    public void Count(Leniency used)
    {
        for (var rest = (int)used; rest != 0; rest &= rest - 1)
        {
            leniencies ??= new long[LeniencyNames.Length];
            leniencies[BitOperations.TrailingZeroCount(rest)]++;
            LeniencyChanged = true;
        }
    }

    /// <summary>All counts so far as JSON; null where nothing has changed since the last time.</summary>
    public string? TakeLeniencies()
    {
        var habits = Sessions.Habits;
        if (!LeniencyChanged && !habits.IsChanged && (!UpgradeAdded || upgradeTold))
        {
            return null;
        }

        LeniencyChanged = false;
        var all = new Dictionary<string, long>(Known.Leniencies, StringComparer.Ordinal);
        for (var bit = 0; leniencies is not null && bit < leniencies.Length; bit++)
        {
            if (leniencies[bit] > 0)
            {
                all[LeniencyNames[bit]] = Known.Leniencies.GetValueOrDefault(LeniencyNames[bit]) + leniencies[bit];
            }
        }

        if (UpgradeAdded)
        {
            all[AddedUpgrade] = Known.Leniencies.GetValueOrDefault(AddedUpgrade) + 1;
            upgradeTold = true;
        }

        habits.AddTo(all, Known.Leniencies);
        return JsonSerializer.Serialize(all, Columns.Json);
    }
}
