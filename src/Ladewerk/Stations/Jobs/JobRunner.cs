using System.Collections.Concurrent;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Stations.Jobs;

/// <summary>
/// Works off jobs: looks what each does next (<see cref="JobRules"/>), takes turns by lease, asks the stations, stores what came. All state
/// is in the database; a process that dies is taken over when its leases end.
/// </summary>
internal sealed partial class JobRunner(NpgsqlDataSource data, JobStore store, IServiceScopeFactory scopes, StationRegistry registry, LiveFeed live, TimeProvider time, ILogger<JobRunner> logger) : RoundWorker(logger)
{
    /// <summary>Turns of all jobs at the same time.</summary>
    private const int MostAtOnce = 200;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), Housekeeping = TimeSpan.FromSeconds(5), BetweenNews = TimeSpan.FromMilliseconds(250), Settle = TimeSpan.FromSeconds(10);

    private readonly Guid owner = Guid.NewGuid();
    private readonly ConcurrentDictionary<JobTurn, Task> turns = new();
    private readonly Dictionary<JobId, (JobCounts Counts, JobState State, long At)> told = [];
    private long lastHousekeeping;

    /// <summary>Says that somebody has changed a job, so that open pages show it at once.</summary>
    public async Task Tell(JobId job, CancellationToken ct)
    {
        Ring();
        await News(job, ct);
    }

    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await Pass(ct);
        return false;
    }

    // Each gives its turn back.
    protected override Task End() => Task.WhenAll(turns.Values);

    private async Task Pass(CancellationToken ct)
    {
        var keepHouse = time.GetElapsedTime(lastHousekeeping) > Housekeeping || lastHousekeeping == 0;
        if (keepHouse)
        {
            lastHousekeeping = time.GetTimestamp();
            await store.Renew(owner, ct);
            if (await store.ReleaseExpired(ct) is > 0 and var released)
            {
                LogReleased(released);
            }
        }

        foreach (var job in await store.Active(ct))
        {
            await Next(job, keepHouse, ct);
        }
    }

    private async Task Next(ActiveJob job, bool keepHouse, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var decision = JobRules.Decide(job.Options, job.Counts, job.Wave, job.Waves, job.WaveFrom, job.FailuresAllowed, now, job.Zone);
        switch (decision)
        {
            case JobDecision.Work:
                await Work(job, now, ct);
                break;
            case JobDecision.Finish:
                await store.End(job.Id, now, ct);
                LogEnded(job.Id.Value, job.Counts.Answered, job.Counts.Failed, job.Counts.Skipped);
                break;
            case JobDecision.Expire:
                await store.Skip(job.Id, offlineOnly: false, JobStore.Expired, now, ct);
                break;
            case JobDecision.GiveUpOffline:
                await store.Skip(job.Id, offlineOnly: true, word: null, now, ct);
                break;
            case JobDecision.Pause(var reason, var wave):
                await store.Pause(job.Id, reason, wave, ct);
                LogPaused(job.Id.Value, reason);
                break;
            case JobDecision.NextWave(var wave, var from):
                await store.NextWave(job.Id, wave, from, ct);
                break;
        }

        if (keepHouse && job.Counts.Offline > 0)
        {
            await LookForReturned(job, now, ct);
        }

        if (decision is JobDecision.Hold or JobDecision.Work)
        {
            TellProgress(job);
        }
        else
        {
            await News(job.Id, ct);
            Ring();
        }
    }

    private async Task Work(ActiveJob job, DateTimeOffset now, CancellationToken ct)
    {
        if (job.State == JobState.Waiting)
        {
            await store.Begin(job.Id, now, ct);
        }

        var free = Math.Min(job.Options.Parallel - turns.Count(t => t.Key.Job == job.Id), MostAtOnce - turns.Count);
        if (free <= 0)
        {
            return;
        }

        foreach (var turn in await store.Claim(job.Id, job.Wave, free, owner, now, ct))
        {
            turns[turn] = Task.Run(() => Take(job, turn, ct), CancellationToken.None);
        }
    }

    private async Task Take(ActiveJob job, JobTurn turn, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(job.Tenant);
            scope.ServiceProvider.GetRequiredService<Kernel.Http.Actor>().Use("system", job.RequestedBy, null);
            var outcome = await scope.ServiceProvider.GetRequiredService<TakeTurn>().Run(turn, () => store.Sending(turn, owner, time.GetUtcNow(), ct), ct);
            await Store(job, turn, outcome);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await Release(turn);
        }
        catch (Exception failed)
        {
            LogFailed(failed, turn.Job.Value, turn.Station.Value);
            await GiveUp(job, turn, failed);
        }
        finally
        {
            turns.TryRemove(turn, out _);
            Ring();
        }
    }

    private Task Store(ActiveJob job, JobTurn turn, JobOutcome outcome)
    {
        var now = time.GetUtcNow();
        return outcome switch
        {
            JobOutcome.Answered(var word, var good, var detail) => Finish(JobStationState.Answered, word, good, detail),
            JobOutcome.Failed(var reason, var detail) => Finish(JobStationState.Failed, reason, detail: detail),
            JobOutcome.Skipped(var reason, var detail) => Finish(JobStationState.Skipped, reason, detail: detail),
            JobOutcome.Offline => Finish(job.Options.RetryOfflineUntil > now ? JobStationState.Offline : JobStationState.Skipped, SendCommand.Offline),
            JobOutcome.Later(var at, var reason) => Finish(JobStationState.Waiting, reason, at: at),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No such outcome."),
        };

        // What came of it is stored even while the server stops.
        Task Finish(JobStationState state, string word, bool good = false, object? detail = null, DateTimeOffset? at = null) =>
            store.Finish(turn, owner, state, word, good, detail, at ?? now, now, CancellationToken.None);
    }

    private async Task GiveUp(ActiveJob job, JobTurn turn, Exception failed)
    {
        try
        {
            await Store(job, turn, new JobOutcome.Failed(JobStore.Broken, new { error = failed.Message }));
        }
        catch (NpgsqlException gone)
        {
            LogDatabaseGone(gone.Message); // the lease ends by itself
        }
    }

    private async Task Release(JobTurn turn)
    {
        try
        {
            await store.Release(turn, owner, CancellationToken.None);
        }
        catch (NpgsqlException gone)
        {
            LogDatabaseGone(gone.Message); // the lease ends by itself
        }
    }

    private async Task LookForReturned(ActiveJob job, DateTimeOffset now, CancellationToken ct)
    {
        var returned = (await store.Offline(job.Id, ct)).Where(registry.IsOnline).ToList();
        if (returned.Count > 0)
        {
            await store.BackOnline(job.Id, returned, now + Settle, ct); // a station that has just connected has other things to do
        }
    }

    private void TellProgress(ActiveJob job)
    {
        var last = told.GetValueOrDefault(job.Id);
        if ((last.Counts != job.Counts || last.State != job.State) && time.GetElapsedTime(last.At) > BetweenNews)
        {
            told[job.Id] = (job.Counts, job.State, time.GetTimestamp());
            live.Publish(job.Tenant, "job", JobNews.Of(job.Id, job.State, job.Total, job.Counts));
        }
    }

    private async Task News(JobId id, CancellationToken ct)
    {
        var (tenant, state, total, wave) = await data.First(
            "select tenant_id, state, total, wave from job where id = $1", r => (new TenantId(r.GetGuid(0)), Enum.Parse<JobState>(r.GetString(1), ignoreCase: true), r.GetInt32(2), r.GetInt32(3)), ct, id.Value);
        live.Publish(tenant, "job", JobNews.Of(id, state, total, await store.Counts(id, wave, ct)));
    }

    [LoggerMessage(LogLevel.Information, "Job {JobId} ended: {Answered} answered, {Failed} failed, {Skipped} skipped")]
    private partial void LogEnded(Guid jobId, int answered, int failed, int skipped);

    [LoggerMessage(LogLevel.Warning, "Job {JobId} paused: {Reason}")]
    private partial void LogPaused(Guid jobId, string reason);

    [LoggerMessage(LogLevel.Warning, "{Turns} turns of jobs were left by a process that ended; taken back")]
    private partial void LogReleased(int turns);

    [LoggerMessage(LogLevel.Error, "Job {JobId} failed at station {Station}")]
    private partial void LogFailed(Exception failed, Guid jobId, Guid station);

    [LoggerMessage(LogLevel.Warning, "Jobs wait: database unreachable ({Reason})")]
    private partial void LogDatabaseGone(string reason);
}
