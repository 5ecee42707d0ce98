using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>
/// Brings a station's list into step: compares versions where a message may have been lost, then sends what differs until nothing does. Each
/// message has a number that is stored before it leaves and is never used again, so whether a lost answer was a yes is the station's version to say.
/// </summary>
internal sealed class SyncLocalList(
    LadewerkDb db, ListStore store, WantedList wantedList, KnownAbilities abilities, SendCommand send, StationRegistry registry, LiveFeed feed, TimeProvider time, IOptions<LocalListsOptions> options)
{
    /// <summary>Name of the live event: <c>{stationId, state}</c>.</summary>
    public const string Topic = "localList";

    private const int MostMessages = 2000;
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>What stopped a run.</summary>
    private sealed record Stop(LocalListState State, string Reason);

    /// <summary>A run through one station's list.</summary>
    private sealed class Run(LocalList list, ChargingStation station, Wanted wanted, int chunk)
    {
        public LocalList List => list;
        public ChargingStation Station => station;
        public Wanted Wanted => wanted;
        public int Chunk => chunk;

        /// <summary>Null: not known.</summary>
        public Dictionary<string, ListedToken>? Held { get; set; }
        public int Mismatches { get; set; }
        public int Failed { get; set; }
    }

    /// <summary>Goes through the list of a station whose list the caller has taken (<see cref="ListStore.Take"/>).</summary>
    /// <param name="compare">Ask for the version in any case, also of a station that said it keeps none.</param>
    public async Task Sync(StationId id, bool compare, CancellationToken ct)
    {
        if (await db.Set<LocalList>().AsNoTracking().Include(l => l.Station).ThenInclude(s => s!.Connection).SingleOrDefaultAsync(l => l.StationId == id, ct) is not { Station: { } station } list)
        {
            return;
        }

        var began = time.GetUtcNow();
        var known = await abilities.Of(station, ct);
        var wanted = list.Enabled
            ? await wantedList.Of(station, list.SendsBlocked, known.ListCapacity ?? options.Value.AssumedCapacity, known.TokenLength, ct)
            : new Wanted([], 0, null);
        var run = new Run(list, station, wanted, Math.Max(1, known.ListChunk ?? options.Value.AssumedChunk));
        var stop = await Through(run, known, compare, ct);
        var end = End(run, stop, began) with { Wanted = wanted.Tokens.Count, LeftOut = wanted.LeftOut, Capacity = known.ListCapacity, Chunk = known.ListChunk };
        await store.Done(list, end, CancellationToken.None);
        feed.Publish(list.TenantId, Topic, new { stationId = station.Identity, state = end.State });
    }

    private async Task<Stop?> Through(Run run, StationAbilities known, bool compare, CancellationToken ct)
    {
        if (!run.List.Enabled && run.List.LastVersion == 0)
        {
            return null; // never told anything
        }

        if (run.List.Enabled && known.ListIsOn == false)
        {
            return new Stop(LocalListState.Failed, "switchedOffAtStation");
        }

        if (!registry.IsOnline(run.Station.Id))
        {
            return new Stop(LocalListState.Pending, "stationOffline");
        }

        if ((run.List.State == LocalListState.NotSupported || known.KeepsList == false) && !compare)
        {
            return new Stop(LocalListState.NotSupported, "notSupported");
        }

        var isUnsure = run.List.StationVersion is null || run.List.StationVersion != run.List.LastVersion || ReturnedSince(run.List);
        run.Held = run.List.StationVersion is null ? null : await store.Held(run.Station.Id, ct);
        if ((compare || isUnsure) && await Compare(run, run.List.StationVersion, ct) is { } stop)
        {
            return stop;
        }

        for (var messages = 0; messages < MostMessages && ListPlan.Next(run.Held, run.Wanted.Tokens, run.Chunk) is { } message; messages++)
        {
            if (await Tell(run, message, ct) is { } stopped)
            {
                return stopped;
            }
        }

        return null;
    }

    /// <summary>Connected or restarted since its list was last gone through: it may hold another one, or none.</summary>
    private static bool ReturnedSince(LocalList list) =>
        list.CheckedAt is not { } at || list.Station!.Connection?.ConnectedAt > at || list.Station.LastBootAt > at;

    /// <summary>Asks for the station's version: where it is the one that we know, we know what it holds.</summary>
    private async Task<Stop?> Compare(Run run, int? knownVersion, CancellationToken ct)
    {
        var result = await send.Run(run.Station, new GetLocalListVersion(), ct);
        await store.Log(run.List, "version", null, null, Word(result), CancellationToken.None);
        switch (result)
        {
            case CommandResult.Answered { Status: "NotSupported" } or CommandResult.Refused { Code: "NotSupported" or "NotImplemented" }:
                await store.Forget(run.Station.Id, CancellationToken.None);
                return new Stop(LocalListState.NotSupported, "notSupported");
            case CommandResult.Answered answered when int.TryParse(answered.Status, NumberStyles.None, CultureInfo.InvariantCulture, out var version):
                run.Held = version == 0 ? new(StringComparer.OrdinalIgnoreCase) : version == knownVersion ? run.Held : null;
                await store.Reported(run.Station.Id, version, run.Held is not null, CancellationToken.None);
                return null;
            default:
                return Unanswered(result);
        }
    }

    private async Task<Stop?> Tell(Run run, ListMessage message, CancellationToken ct)
    {
        var version = await store.NextVersion(run.Station.Id, ct);
        var result = await send.Run(run.Station, new SendLocalList(version, message.IsFull, message.Entries), ct);
        await store.Log(run.List, message.IsFull ? "full" : "differential", version, message.Entries.Count, Word(result), CancellationToken.None);
        switch (result)
        {
            case CommandResult.Answered { Status: "Accepted" }:
                run.Held = ListPlan.After(run.Held, message);
                await store.Accepted(run.Station.Id, version, message, CancellationToken.None);
                return null;
            case CommandResult.Answered { Status: "NotSupported" } or CommandResult.Refused { Code: "NotSupported" or "NotImplemented" }:
                await store.Forget(run.Station.Id, CancellationToken.None);
                return new Stop(LocalListState.NotSupported, "notSupported");
            case CommandResult.Answered { Status: "VersionMismatch" } when ++run.Mismatches <= 2:
                await Lose(run);
                var stop = await Compare(run, null, ct);
                run.Held = null; // whatever it holds: replace all of it
                return stop;
            case CommandResult.Answered answered when !message.IsFull && ++run.Failed <= 1:
                await Lose(run); // amending failed: replace all
                return null;
            case CommandResult.Answered answered:
                await Lose(run);
                return new Stop(LocalListState.Failed, answered.Status == "VersionMismatch" ? "versionMismatch" : "failed");
            default:
                return Unanswered(result);
        }
    }

    private async Task Lose(Run run)
    {
        run.Held = null;
        await store.Forget(run.Station.Id, CancellationToken.None);
    }

    private static Stop Unanswered(CommandResult result) => result switch
    {
        CommandResult.Offline => new(LocalListState.Pending, "stationOffline"),
        CommandResult.TimedOut => new(LocalListState.Pending, "stationTimeout"),
        _ => new(LocalListState.Failed, "stationError"),
    };

    private ListEnd End(Run run, Stop? stop, DateTimeOffset began)
    {
        var failures = run.List.Failures + 1;
        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, options.Value.Retry.Ticks << Math.Min(failures - 1, 10)));
        return stop switch
        {
            null when run.List.Enabled => new(LocalListState.InStep, null, 0, began, run.Wanted.ChangesAt),
            null => new(LocalListState.Off, null, 0, began, null),
            { State: LocalListState.NotSupported } when !run.List.Enabled => new(LocalListState.Off, null, 0, began, null),
            { State: LocalListState.NotSupported } => new(stop.State, stop.Reason, 0, began, null),
            { Reason: "stationOffline" } => new(stop.State, stop.Reason, run.List.Failures, began, time.GetUtcNow()), // due the moment it is back
            _ => new(stop.State, stop.Reason, failures, began, time.GetUtcNow() + pause),
        };
    }

    private static string Word(CommandResult result) => result switch
    {
        CommandResult.Answered answered => answered.Status,
        CommandResult.Offline => "stationOffline",
        CommandResult.TimedOut => "stationTimeout",
        CommandResult.Refused refused => refused.Code,
        _ => "stationError",
    };
}
