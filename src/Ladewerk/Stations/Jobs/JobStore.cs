using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Stations.Jobs;

/// <summary>A job that waits or runs, as the runner needs it.</summary>
internal sealed record ActiveJob(
    JobId Id, TenantId Tenant, JobState State, JobOptions Options, int Wave, int Waves, DateTimeOffset? WaveFrom, int? FailuresAllowed, string RequestedBy, int Total, TimeZoneInfo Zone, JobCounts Counts);

/// <summary>A station's turn that this process has taken.</summary>
internal readonly record struct JobTurn(JobId Job, int Position, StationId Station, int Attempt);

/// <summary>What the runner reads and writes of jobs; claims by lease, so that a turn is never taken twice at the same time.</summary>
internal sealed class JobStore(NpgsqlDataSource data)
{
    /// <summary>Words of stations without an answer.</summary>
    public const string Interrupted = "interrupted", Cancelled = "cancelled", Expired = "time-over", Removed = "station-removed", Broken = "server-error";

    /// <summary>How long a claimed turn is left to its owner without a sign of life.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    // A turn that was cut off by a crash again and again is not tried for ever.
    private const int MostAttempts = 5;

    private const string CountsSql = """
        count(*) filter (where s.state = 'waiting')::int, count(*) filter (where s.state = 'offline')::int, count(*) filter (where s.state = 'running')::int,
        count(*) filter (where s.state = 'answered')::int, count(*) filter (where s.state = 'failed')::int, count(*) filter (where s.state = 'skipped')::int,
        count(*) filter (where s.good)::int, count(*) filter (where s.state in ('waiting', 'running') and s.wave <= j.wave)::int
        """;

    // Sent, and what came of it nobody knows: done again only where that does no harm.
    private const string ReleaseSql = """
        update job_station s set
          state = case when s.sent_at is not null and (not j.repeatable or s.attempts >= $1) then 'failed' when j.state = 'cancelled' then 'skipped' else 'waiting' end,
          word = case when s.sent_at is not null and (not j.repeatable or s.attempts >= $1) then 'interrupted' when j.state = 'cancelled' then 'cancelled' end,
          finished_at = case when s.sent_at is not null and (not j.repeatable or s.attempts >= $1) or j.state = 'cancelled' then now() end,
          owner = null, lease_until = null
        from job j where j.id = s.job_id and s.state = 'running'
        """;

    /// <summary>Jobs that wait or run, the oldest first.</summary>
    public Task<List<ActiveJob>> Active(CancellationToken ct) => data.Rows(
        $"""
        select j.id, j.tenant_id, j.state, j.options::text, j.wave, j.waves, j.wave_from, j.failures_allowed, j.requested_by, j.total, t.time_zone, c.*
        from job j join tenant t on t.id = j.tenant_id
        cross join lateral (select {CountsSql} from job_station s where s.job_id = j.id) c
        where j.state in ('waiting', 'running') order by j.created_at
        """,
        r => new ActiveJob(
            new JobId(r.GetGuid(0)), new TenantId(r.GetGuid(1)), Enum.Parse<JobState>(r.GetString(2), ignoreCase: true), JsonSerializer.Deserialize<JobOptions>(r.GetString(3), Columns.Json)!, r.GetInt32(4), r.GetInt32(5),
            r.MaybeTime(6), r.Maybe<int>(7), r.GetString(8), r.GetInt32(9), TimeZoneInfo.FindSystemTimeZoneById(r.GetString(10)), Counts(r, 11)),
        ct);

    /// <summary>How many stations are where.</summary>
    public async Task<JobCounts> Counts(JobId job, int wave, CancellationToken ct) => await data.First(
        $"select {CountsSql} from job_station s join (select $2::int as wave) j on true where s.job_id = $1", r => Counts(r, 0), ct, job.Value, wave);

    /// <summary>Takes turns of a running job.</summary>
    public Task<List<JobTurn>> Claim(JobId job, int wave, int most, Guid owner, DateTimeOffset now, CancellationToken ct) => data.Rows(
        """
        update job_station s set state = 'running', owner = $4, lease_until = now() + $5, attempts = s.attempts + 1, sent_at = null
        from (select position from job_station where job_id = $1 and state = 'waiting' and wave <= $2 and available_at <= $3 order by position limit $6 for update skip locked) c
        where s.job_id = $1 and s.position = c.position and exists (select 1 from job where id = $1 and state = 'running')
        returning s.position, s.station_id, s.attempts
        """,
        r => new JobTurn(job, r.GetInt32(0), new StationId(r.GetGuid(1)), r.GetInt32(2)),
        ct,
        job.Value, wave, now, owner, Lease, most);

    /// <summary>Notes that something leaves for the station now.</summary>
    public Task Sending(JobTurn turn, Guid owner, DateTimeOffset now, CancellationToken ct) =>
        data.Run("update job_station set sent_at = $4 where job_id = $1 and position = $2 and owner = $3", ct, turn.Job.Value, turn.Position, owner, now);

    /// <summary>Stores what came of a turn. Where the job was cancelled meanwhile, nothing waits on.</summary>
    public Task Finish(JobTurn turn, Guid owner, JobStationState state, string? word, bool good, object? detail, DateTimeOffset availableAt, DateTimeOffset now, CancellationToken ct) => data.Run(
        """
        update job_station s set state = case when $4 in ('waiting', 'offline') and j.state = 'cancelled' then 'skipped' else $4 end,
          word = $5::text, good = $6, detail = $7::jsonb, available_at = $8, finished_at = case when $4 in ('waiting', 'offline') and j.state <> 'cancelled' then null::timestamptz else $9 end,
          attempts = s.attempts - case when $4 = 'waiting' then 1 else 0 end, owner = null, lease_until = null
        from job j where j.id = s.job_id and s.job_id = $1 and s.position = $2 and s.owner = $3 and s.state = 'running'
        """,
        ct,
        turn.Job.Value, turn.Position, owner, JsonNamingPolicy.CamelCase.ConvertName(state.ToString()), word,
        good, detail is null ? null : JsonSerializer.Serialize(detail, ApiJson.Options), availableAt, now);

    /// <summary>Gives a turn back that this process cannot end.</summary>
    public Task Release(JobTurn turn, Guid owner, CancellationToken ct) =>
        data.Run(ReleaseSql + " and s.job_id = $2 and s.position = $3 and s.owner = $4", ct, MostAttempts, turn.Job.Value, turn.Position, owner);

    /// <summary>Takes back the turns of those who died; gives how many.</summary>
    public Task<int> ReleaseExpired(CancellationToken ct) => data.Run(ReleaseSql + " and s.lease_until < now()", ct, MostAttempts);

    /// <summary>Says that the turns of this process are still being worked on.</summary>
    public Task Renew(Guid owner, CancellationToken ct) => data.Run("update job_station set lease_until = now() + $2 where owner = $1 and state = 'running'", ct, owner, Lease);

    /// <summary>Stations of a job that were offline at their turn.</summary>
    public Task<List<StationId>> Offline(JobId job, CancellationToken ct) =>
        data.Rows("select station_id from job_station where job_id = $1 and state = 'offline'", r => new StationId(r.GetGuid(0)), ct, job.Value);

    /// <summary>Lets stations that are connected again have their turn.</summary>
    public Task BackOnline(JobId job, IEnumerable<StationId> stations, DateTimeOffset from, CancellationToken ct) => data.Run(
        "update job_station set state = 'waiting', word = null, available_at = $3 where job_id = $1 and station_id = any($2) and state = 'offline'", ct, job.Value, stations.Select(s => s.Value).ToArray(), from);

    /// <summary>Skips what was not asked.</summary>
    public Task Skip(JobId job, bool offlineOnly, string? word, DateTimeOffset now, CancellationToken ct) => data.Run(
        "update job_station set state = 'skipped', word = coalesce($4::text, word, 'station-offline'), finished_at = $3 where job_id = $1 and (state = 'offline' or (state = 'waiting' and not $2))",
        ct,
        job.Value, offlineOnly, now, word);

    public Task Begin(JobId job, DateTimeOffset now, CancellationToken ct) =>
        data.Run("update job set state = 'running', started_at = coalesce(started_at, $2) where id = $1 and state = 'waiting'", ct, job.Value, now);

    public Task Pause(JobId job, string reason, int wave, CancellationToken ct) =>
        data.Run("update job set state = 'paused', reason = $2, wave = $3 where id = $1 and state in ('waiting', 'running')", ct, job.Value, reason, wave);

    public Task NextWave(JobId job, int wave, DateTimeOffset from, CancellationToken ct) =>
        data.Run("update job set wave = $2, wave_from = $3 where id = $1 and wave < $2", ct, job.Value, wave, from);

    public Task End(JobId job, DateTimeOffset now, CancellationToken ct) =>
        data.Run("update job set state = 'finished', secret = null, finished_at = $2, started_at = coalesce(started_at, $2) where id = $1 and state in ('waiting', 'running')", ct, job.Value, now);

    private static JobCounts Counts(NpgsqlDataReader r, int at) =>
        new(r.GetInt32(at), r.GetInt32(at + 1), r.GetInt32(at + 2), r.GetInt32(at + 3), r.GetInt32(at + 4), r.GetInt32(at + 5), r.GetInt32(at + 6), r.GetInt32(at + 7));
}
