using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Stations;

/// <summary>The socket of one station on this node: the port through which commands leave. Implemented by each OCPP version.</summary>
public interface IStationLink
{
    /// <summary>1.6, 2.0.1 or 2.1.</summary>
    string OcppVersion { get; }

    /// <summary>When the socket was opened.</summary>
    DateTimeOffset ConnectedAt { get; }

    /// <summary>The address by which the station came, such as http://10.0.0.5:8080: it can fetch and bring files there too.</summary>
    string? Origin => null;

    /// <summary>Sends an operation and waits for the station's answer.</summary>
    Task<CommandResult> Send(Command command, CancellationToken ct);

    /// <summary>Sends a request of the station's own version as it stands, after a check of its shape.</summary>
    Task<CommandResult> SendRaw(string action, JsonElement payload, CancellationToken ct);

    /// <summary>What a raw request means in the words of no protocol, where something is to be remembered of it; else null.</summary>
    Command? Meaning(string action, JsonElement payload) => null;

    /// <summary>Takes the station by changed habits from the next message on.</summary>
    void Take(StationQuirks quirks);

    /// <summary>Closes the socket.</summary>
    Task Close(string reason);
}

/// <summary>The stations whose sockets are on this node.</summary>
public sealed class StationRegistry
{
    private readonly ConcurrentDictionary<StationId, IStationLink> links = new();

    /// <summary>How many are connected here.</summary>
    public int Count => links.Count;

    /// <summary>All sockets, in no order.</summary>
    internal IEnumerable<IStationLink> All => links.Select(l => l.Value);

    /// <summary>The station's socket, where it has one.</summary>
    public bool TryGet(StationId station, [NotNullWhen(true)] out IStationLink? link) => links.TryGetValue(station, out link);

    /// <summary>Whether the station is connected here.</summary>
    public bool IsOnline(StationId station) => links.ContainsKey(station);

    /// <summary>Enters a socket; gives back the one it supersedes.</summary>
    internal IStationLink? Enter(StationId station, IStationLink link)
    {
        IStationLink? former = null;
        links.AddOrUpdate(station, link, (_, old) =>
        {
            former = old;
            return link;
        });
        return former;
    }

    /// <summary>Removes a socket, unless another has taken its place.</summary>
    internal bool Leave(StationId station, IStationLink link) => links.TryRemove(new(station, link));
}
