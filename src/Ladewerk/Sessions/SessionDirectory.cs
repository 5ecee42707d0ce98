using System.Collections.Concurrent;
using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;

namespace Ladewerk.Sessions;

/// <summary>
/// The running sessions of the stations that are connected to this node: their live values for pages and API, and the writing of these
/// values to the database about once a second.
/// </summary>
public sealed partial class SessionDirectory(GroupCommit commits, LiveFeed feed, TimeProvider time, ILogger<SessionDirectory> logger) : BackgroundService, ILiveSnapshot
{
    private const string Topic = "session";
    private const int MostAtOnce = 300;
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<SessionId, (StationSessions Station, RunningSession Session)> running = new();
    private readonly ConcurrentDictionary<SessionId, RunningSession> dirty = new();

    /// <summary>The live state of a session, where its station is connected here.</summary>
    public RunningSession? Find(SessionId id) => running.TryGetValue(id, out var entry) ? entry.Session : null;

    /// <summary>What a session costs so far; null where it has no tariff.</summary>
    public Cost? CostSoFar(RunningSession session) =>
        running.TryGetValue(session.Id, out var entry)
            ? SessionPrice.Of(session, entry.Station.Outlet(session.ConnectorNumber), session.EndedAt ?? time.GetUtcNow(), entry.Station.Market)
            : SessionPrice.Of(session, null, session.EndedAt ?? time.GetUtcNow(), null);

    /// <summary>Running sessions as a newly opened page shows them, up to as many as fit on one.</summary>
    public IEnumerable<LiveEvent> Now(TenantId tenant) =>
        running.Values.Where(e => e.Station.Place.TenantId == tenant).Take(MostAtOnce).Select(e => new LiveEvent(Topic, Shown(e.Station, e.Session)));

    internal void Began(StationSessions station, RunningSession session)
    {
        running[session.Id] = (station, session);
        Tell(station, session);
    }

    internal void Changed(StationSessions station, RunningSession session)
    {
        if (session.IsActive)
        {
            running[session.Id] = (station, session);
            dirty[session.Id] = session;
        }

        Tell(station, session);
    }

    internal void Ended(StationSessions station, RunningSession session)
    {
        running.TryRemove(session.Id, out _);
        dirty.TryRemove(session.Id, out _);
        Tell(station, session);
    }

    /// <summary>A station's sessions were loaded: its running ones are live from now on.</summary>
    internal void Enter(StationSessions station)
    {
        foreach (var session in station.Active)
        {
            running[session.Id] = (station, session);
        }
    }

    /// <summary>A station has gone: what is live of it is what the database says.</summary>
    internal void Leave(StationSessions station)
    {
        foreach (var session in station.Active)
        {
            running.TryRemove(session.Id, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FlushEvery, time);
        var change = new Change();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await Flush(change);
            }
        }
        catch (OperationCanceledException)
        {
            LogStopped();
        }
    }

    private async Task Flush(Change change)
    {
        foreach (var (id, session) in dirty)
        {
            if (dirty.TryRemove(new(id, session)))
            {
                change.Add(SessionTables.Live, session.KeepsCost && CostSoFar(session) is { } cost ? session with { CostSoFar = cost.InclVat ?? cost.ExclVat } : session);
            }
        }

        try
        {
            await commits.Commit(change);
        }
        catch (Exception refused) when (refused is not OperationCanceledException)
        {
            LogNotWritten(refused);
        }

        change.Clear();
    }

    private void Tell(StationSessions station, RunningSession session)
    {
        if (!feed.HasListeners(station.Place.TenantId, Topic))
        {
            return;
        }

        feed.Publish(station.Place.TenantId, Topic, Shown(station, session));
    }

    private object Shown(StationSessions station, RunningSession session)
    {
        var cost = session.IsActive ? CostSoFar(session) : null;
        return new
        {
            id = session.Id,
            stationId = station.Place.Identity,
            evseId = session.EvseNumber,
            connectorId = session.ConnectorNumber,
            state = session.IsActive ? "active" : "ended",
            phase = session.Phase.Name(),
            energyWh = session.Energy.Value,
            powerW = session.IsActive ? session.Power?.Value : 0,
            soc = session.Soc,
            cost = cost?.InclVat?.ToString(CultureInfo.InvariantCulture),
            currency = cost?.Currency,
        };
    }

    [LoggerMessage(LogLevel.Debug, "Live values are written no more")]
    private partial void LogStopped();

    [LoggerMessage(LogLevel.Error, "Live values of sessions were not written; they are computed again from the samples")]
    private partial void LogNotWritten(Exception refused);
}
