using System.Text.Json;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Stations.Jobs;

/// <summary>A job as the API shows it.</summary>
/// <param name="Outcomes">How many stations have which outcome; of one job alone, not in lists.</param>
public sealed record JobView(
    JobId Id, string Name, string Kind, JsonElement Work, JobSelection Selection, JobOptions Options, JobState State, string? Reason, string RequestedBy, int Total, int Waves, int Wave, DateTimeOffset? WaveFrom,
    Guid? ScheduleId, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, JobProgress Progress, IReadOnlyList<JobOutcomeCount>? Outcomes);

/// <summary>How far a job is.</summary>
/// <param name="Good">Answered, and the wish was fulfilled.</param>
/// <param name="Done">Has an outcome: answered, failed or skipped.</param>
public sealed record JobProgress(int Done, int Waiting, int Offline, int Running, int Answered, int Failed, int Skipped, int Good);

/// <summary>So many stations with this outcome.</summary>
public sealed record JobOutcomeCount(JobStationState State, string? Word, bool Good, int Count);

/// <summary>A station's row of a job.</summary>
public sealed record JobStationView(
    string StationId, int Wave, JobStationState State, string? Word, bool Good, JsonElement? Detail, int Attempts, DateTimeOffset? SentAt, DateTimeOffset? FinishedAt);

/// <summary>Which rows of a job to list.</summary>
/// <param name="Q">Part of the station's identity or name.</param>
public sealed record JobStationFilter(Kernel.Http.Named<JobStationState>? State = null, string? Word = null, bool? Good = null, string? Q = null);

/// <summary>What open pages hear of a job: topic <c>job</c>.</summary>
public sealed record JobNews(JobId Id, JobState State, int Total, int Done, decimal Percent, int Waiting, int Offline, int Running, int Answered, int Failed, int Skipped, int Good, int Bad)
{
    public static JobNews Of(JobId id, JobState state, int total, JobCounts c) => new(
        id, state, total, c.Done, total == 0 ? 100 : Math.Floor(1000m * c.Done / total) / 10, c.Waiting, c.Offline, c.Running, c.Answered, c.Failed, c.Skipped, c.Good, c.Bad);
}

/// <summary>Reads jobs as the API shows them.</summary>
internal sealed class JobReader(LadewerkDb db, JobStore store, NpgsqlDataSource data, TenantContext tenant)
{
    public Task<Job?> Find(JobId id, CancellationToken ct) => db.Set<Job>().AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, ct);

    /// <summary>One job with the counts of its outcomes.</summary>
    public async Task<JobView?> Get(JobId id, CancellationToken ct) => await Find(id, ct) is { } job ? View(job, await store.Counts(id, job.Wave, ct), await Outcomes(id, ct)) : null;

    /// <summary>The newest first, before that one where given.</summary>
    public async Task<IReadOnlyList<JobView>> List(JobState? state, JobId? before, int count, CancellationToken ct)
    {
        var jobs = db.Set<Job>().AsNoTracking();
        jobs = state is { } wanted ? jobs.Where(j => j.State == wanted) : jobs;
        jobs = before is { } last ? jobs.Where(j => EF.Functions.LessThan(ValueTuple.Create(j.Id), ValueTuple.Create(last))) : jobs; // ids are in the order of their making
        var rows = await jobs.OrderByDescending(j => j.Id).Take(count).ToListAsync(ct);
        var views = new List<JobView>();
        foreach (var job in rows)
        {
            views.Add(View(job, await store.Counts(job.Id, job.Wave, ct), null));
        }

        return views;
    }

    /// <summary>Rows by their place, after that one where given.</summary>
    public Task<List<(int Position, JobStationView Row)>> Stations(JobId id, JobStationFilter filter, int after, int count, CancellationToken ct) => data.Rows(
        """
        select s.position, c.identity, s.wave, s.state, s.word, s.good, s.detail::text, s.attempts, s.sent_at, s.finished_at
        from job_station s join charging_station c on c.id = s.station_id
        where s.job_id = $1 and s.tenant_id = $2 and s.position > $3 and ($4::text is null or s.state = $4) and ($5::text is null or s.word = $5) and ($6::boolean is null or s.good = $6)
          and ($7::text is null or c.identity ilike $7 or c.name ilike $7)
        order by s.position limit $8
        """,
        r => (r.GetInt32(0), new JobStationView(
            r.GetString(1), r.GetInt32(2), Enum.Parse<JobStationState>(r.GetString(3), ignoreCase: true), r.Get<string>(4), r.GetBoolean(5),
            r.Get<string>(6) is { } detail ? JsonSerializer.Deserialize<JsonElement>(detail) : null, r.GetInt32(7), r.MaybeTime(8), r.MaybeTime(9))),
        ct,
        id.Value, tenant.Current.Value, after, filter.State is { Value: var state } ? JsonNamingPolicy.CamelCase.ConvertName(state.ToString()) : null, filter.Word, filter.Good,
        filter.Q is { Length: > 0 } q ? Kernel.Http.Paging.Containing(q) : null, count);

    public Task<List<JobOutcomeCount>> Outcomes(JobId id, CancellationToken ct) => data.Rows(
        "select state, word, good, count(*)::int from job_station where job_id = $1 and tenant_id = $2 group by state, word, good order by 4 desc, 1, 2",
        r => new JobOutcomeCount(Enum.Parse<JobStationState>(r.GetString(0), ignoreCase: true), r.Get<string>(1), r.GetBoolean(2), r.GetInt32(3)),
        ct,
        id.Value, tenant.Current.Value);

    private static JobView View(Job j, JobCounts c, IReadOnlyList<JobOutcomeCount>? outcomes) => new(
        j.Id, j.Name, j.Kind, j.Work.RootElement, j.Selection, j.Options, j.State, j.Reason, j.RequestedBy, j.Total, j.Waves, j.Wave, j.WaveFrom, j.ScheduleId, j.CreatedAt, j.StartedAt, j.FinishedAt,
        new JobProgress(c.Done, c.Waiting, c.Offline, c.Running, c.Answered, c.Failed, c.Skipped, c.Good), outcomes);
}
