using Ladewerk.Kernel;
using Ladewerk.Stations.Quirks;
using Npgsql;

namespace Ladewerk.Stations.Templates;

/// <summary>What became of a key.</summary>
/// <param name="Word">Same, Written, or why not: the station's word, Missing, Fixed, NotKept ...</param>
public sealed record KeyOutcome(string Key, string Wanted, string? Actual, string Word, bool Good);

/// <summary>What became of a station's configuration.</summary>
/// <param name="Problem">Why it ended early: offline, timeout ...; null: all keys were tried.</param>
public sealed record ApplyOutcome(IReadOnlyList<KeyOutcome> Keys, bool RebootNeeded, bool Rebooted, CommandResult? Problem)
{
    /// <summary>Everything is as wanted.</summary>
    public bool Good => Problem is null && Keys.All(k => k.Good);

    /// <summary>Something was changed.</summary>
    public bool Wrote => Keys.Any(k => k.Word == ApplyConfiguration.Written);
}

/// <summary>Reads wanted keys from a station, and writes those that differ: one at a time, each read back. Ends at the first sign that the station is not well.</summary>
internal sealed class ApplyConfiguration(SendCommand send, StationRegistry registry, NpgsqlDataSource data, ChangeQuirks quirks, TimeProvider time)
{
    public const string Same = "Same", Written = "Written", NotKept = "NotKept", NotRead = "NotRead";

    /// <summary>How the station may be asked.</summary>
    public async ValueTask<ConfigurationDialect> Dialect(ChargingStation station, CancellationToken ct) =>
        new((await quirks.Effective(station, ct)).Quirks.Said, RememberedConfiguration.Keys(station.Configuration));

    /// <summary>Reads the wanted keys and compares; the problem where the station did not tell them.</summary>
    public async Task<(IReadOnlyList<KeyComparison> Keys, CommandResult? Problem)> Compare(ChargingStation station, IReadOnlyList<WantedKey> wanted, CancellationToken ct)
    {
        var dialect = await Dialect(station, ct);
        var keys = dialect.InItsWords(wanted);
        foreach (var some in dialect.Questions(keys.Select(k => k.Key)))
        {
            if (await send.Run(station, new GetConfiguration(some), ct) is not CommandResult.Answered and var problem)
            {
                return (ConfigurationComparison.Compare(keys, RememberedConfiguration.Keys(station.Configuration), complete: false), problem);
            }

            await Task.Delay(dialect.Pause, time, ct);
        }

        return (ConfigurationComparison.Compare(keys, RememberedConfiguration.Keys(station.Configuration), dialect.MayAsk), null);
    }

    /// <param name="reboot">Restart it where a value needs that and nobody charges.</param>
    /// <param name="sending">Called before the first write.</param>
    public async Task<ApplyOutcome> Run(ChargingStation station, IReadOnlyList<WantedKey> wanted, bool reboot, Func<Task> sending, CancellationToken ct)
    {
        var (compared, problem) = await Compare(station, wanted, ct);
        if (problem is not null)
        {
            return new ApplyOutcome([.. compared.Select(c => Outcome(c, NotRead, good: false))], false, false, problem);
        }

        var (outcomes, rebootNeeded, dialect) = (new List<KeyOutcome>(), false, await Dialect(station, ct));
        foreach (var key in compared)
        {
            if (key.Verdict is not (KeyVerdict.Differs or KeyVerdict.Unknown))
            {
                outcomes.Add(Outcome(key, key.Verdict.ToString(), key.Verdict == KeyVerdict.Same));
                continue;
            }

            if (outcomes.TrueForAll(o => o.Word is not Written))
            {
                await sending();
            }

            var (outcome, needsReboot, trouble) = await Write(station, key, dialect, ct);
            outcomes.Add(outcome);
            rebootNeeded |= needsReboot;
            if (trouble is not null)
            {
                return new ApplyOutcome(outcomes, rebootNeeded, false, trouble);
            }
        }

        var rebooted = rebootNeeded && reboot && !await IsBusy(station.Id, ct) && await send.Run(station, new Reset(Hard: false), ct) is CommandResult.Answered { Status: "Accepted" };
        return new ApplyOutcome(outcomes, rebootNeeded, rebooted, null);
    }

    /// <summary>Whether somebody charges at a station, or is about to.</summary>
    public async Task<bool> IsBusy(StationId station, CancellationToken ct) => await data.First(
        """
        select exists (select 1 from connector where station_id = $1 and status in ('Preparing', 'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing'))
            or exists (select 1 from charging_session where station_id = $1 and state = 'active')
        """,
        r => r.GetBoolean(0),
        ct,
        station.Value);

    private async Task<(KeyOutcome Outcome, bool NeedsReboot, CommandResult? Trouble)> Write(ChargingStation station, KeyComparison key, ConfigurationDialect dialect, CancellationToken ct)
    {
        switch (await send.Run(station, new ChangeConfiguration(key.Name, key.Wanted), ct))
        {
            case CommandResult.Answered { Status: "RebootRequired" }:
                return (Outcome(key, Written, good: true), true, null); // the old value may be told until then
            case CommandResult.Answered { Status: "Accepted" }:
                return await ReadBack(station, key, dialect, ct);
            case CommandResult.Answered answered:
                return (Outcome(key, answered.Status, good: false), false, null);
            case CommandResult.Refused refused when registry.IsOnline(station.Id):
                return (Outcome(key, refused.Code, good: false), false, null);
            case var trouble:
                return (Outcome(key, Jobs.CommandWork.ConnectionLost, good: false), false, trouble);
        }
    }

    private async Task<(KeyOutcome Outcome, bool NeedsReboot, CommandResult? Trouble)> ReadBack(ChargingStation station, KeyComparison key, ConfigurationDialect dialect, CancellationToken ct)
    {
        if (!dialect.MayAsk)
        {
            return (Outcome(key, Written, good: true), false, null);
        }

        await Task.Delay(dialect.Pause, time, ct);
        if (await send.Run(station, new GetConfiguration([key.Name]), ct) is not CommandResult.Answered and var trouble)
        {
            return (Outcome(key, NotRead, good: false), false, trouble);
        }

        var actual = RememberedConfiguration.Keys(station.Configuration).FirstOrDefault(k => string.Equals(k.Name, key.Name, StringComparison.OrdinalIgnoreCase))?.Value;
        var kept = ConfigurationComparison.Same(key.Wanted, actual);
        return (new KeyOutcome(key.Name, key.Wanted, actual, kept ? Written : NotKept, kept), false, null);
    }

    private static KeyOutcome Outcome(KeyComparison key, string word, bool good) => new(key.Name, key.Wanted, key.Actual, word, good);
}
