using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp;

/// <summary>A connected station in memory. Only its own socket's reader changes it, and only after a commit.</summary>
internal sealed class StationContext(KnownStation known, StationSessions sessions)
{
    private Dictionary<Leniency, long>? leniencies;

    public KnownStation Known { get; } = known;

    public StationSessions Sessions { get; set; } = sessions;

    /// <summary>As told by the last BootNotification, or at the connect.</summary>
    public RegistrationStatus Registration { get; set; } = known.Registration;

    /// <summary>Connectors that exist, by their number on the wire.</summary>
    public HashSet<int> Connectors { get; } = [.. known.Connectors.Select(c => c.WireNumber)];

    /// <summary>Whether it has said anything about itself since the connect: its boot or a status.</summary>
    public bool HasSpoken { get; set; }

    /// <summary>Station's clock minus ours, as last measured.</summary>
    public TimeSpan? ClockOffset { get; set; }

    public bool LeniencyChanged { get; private set; }

    /// <summary>Counts what had to be forgiven: the operator sees it.</summary>
    public void Count(Leniency used)
    {
        for (var rest = (int)used; rest != 0; rest &= rest - 1)
        {
            leniencies ??= [];
            var kind = (Leniency)(rest & -rest);
            leniencies[kind] = leniencies.GetValueOrDefault(kind) + 1;
            LeniencyChanged = true;
        }
    }

    /// <summary>All counts so far as JSON; null where nothing has changed since the last time.</summary>
    public string? TakeLeniencies()
    {
        if (!LeniencyChanged)
        {
            return null;
        }

        LeniencyChanged = false;
        var all = new Dictionary<string, long>(Known.Leniencies, StringComparer.Ordinal);
        foreach (var (kind, count) in leniencies!)
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());
            all[name] = Known.Leniencies.GetValueOrDefault(name) + count;
        }

        return JsonSerializer.Serialize(all, Columns.Json);
    }
}
