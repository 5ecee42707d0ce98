using System.Globalization;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Stations.Jobs;

/// <summary>What a job would be for.</summary>
public sealed record JobPreview(int Total, int Online);

/// <summary><c>/jobs</c></summary>
internal static class JobsApi
{
    private const int RowsAtOnce = 2000;

    public static void MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Bulk operations, newest first");
        jobs.MapPost("/", Start).RequirePermission(Permission.StationsCommand).WithSummary("Send a command to many stations, now or later");
        jobs.MapGet("/{id:guid}", Get).RequirePermission(Permission.StationsRead).WithSummary("A job, how far it is, and how many stations have which outcome");
        jobs.MapGet("/{id:guid}/stations", Stations).RequirePermission(Permission.StationsRead).WithSummary("What came of a job at each station");
        jobs.MapGet("/{id:guid}/stations.csv", File).RequirePermission(Permission.StationsRead).WithSummary("The same as a table").Produces(StatusCodes.Status200OK, contentType: "text/csv");
        jobs.MapPost("/{id:guid}/pause", Pause).RequirePermission(Permission.StationsCommand).WithSummary("Ask no further stations until resumed");
        jobs.MapPost("/{id:guid}/resume", Resume).RequirePermission(Permission.StationsCommand).WithSummary("Let a paused job go on");
        jobs.MapPost("/{id:guid}/cancel", Cancel).RequirePermission(Permission.StationsCommand).WithSummary("End a job; stations not asked yet are skipped");
    }

    private static async Task<Ok<Page<JobView>>> List(Named<JobState>? state, int? limit, string? cursor, JobReader jobs, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var before = Guid.TryParse(Paging.Decode(cursor), out var last) ? new JobId(last) : (JobId?)null;
        return TypedResults.Ok(Paging.Of(await jobs.List(state?.Value, before, count + 1, ct), count, j => j.Id.Value.ToString()));
    }

    private static async Task<Results<Created<JobView>, Ok<JobPreview>, ValidationProblem>> Start(NewJob request, StartJob start, JobReader jobs, CancellationToken ct) => await start.Run(request, ct) switch
    {
        { Faults: { } faults } => Problems.Invalid(faults),
        { Job: { } job } => TypedResults.Created($"/api/v1/jobs/{job.Id.Value}", await jobs.Get(job.Id, ct)),
        var would => TypedResults.Ok(new JobPreview(would.Stations.Count, would.Online)),
    };

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> Get(Guid id, JobReader jobs, CancellationToken ct) =>
        await jobs.Get(new JobId(id), ct) is { } job ? TypedResults.Ok(job) : Problems.NotFound("job");

    private static async Task<Results<Ok<Page<JobStationView>>, ProblemHttpResult>> Stations(
        Guid id, [AsParameters] JobStationFilter filter, int? limit, string? cursor, JobReader jobs, CancellationToken ct)
    {
        if (await jobs.Find(new JobId(id), ct) is null)
        {
            return Problems.NotFound("job");
        }

        var count = Paging.Limit(limit);
        var after = int.TryParse(Paging.Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : -1;
        var page = Paging.Of(await jobs.Stations(new JobId(id), filter, after, count + 1, ct), count, r => r.Position.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(new Page<JobStationView>([.. page.Items.Select(r => r.Row)], page.NextCursor));
    }

    private static async Task File(Guid id, [AsParameters] JobStationFilter filter, JobReader jobs, HttpContext http, CancellationToken ct)
    {
        if (await jobs.Find(new JobId(id), ct) is null)
        {
            await Problems.NotFound("job").ExecuteAsync(http);
            return;
        }

        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"job-{id}.csv\"";
        await using var file = new StreamWriter(http.Response.Body, new UTF8Encoding(false), leaveOpen: true);
        await file.WriteAsync(Csv.Write(["station", "wave", "state", "word", "good", "attempts", "sentAt", "finishedAt", "detail"]));
        var rows = await jobs.Stations(new JobId(id), filter, -1, RowsAtOnce, ct);
        for (; rows.Count > 0; rows = rows.Count < RowsAtOnce ? [] : await jobs.Stations(new JobId(id), filter, rows[^1].Position, RowsAtOnce, ct))
        {
            foreach (var (_, r) in rows)
            {
                await file.WriteAsync(Csv.Write(
                    [r.StationId, (r.Wave + 1).ToString(CultureInfo.InvariantCulture), Named(r.State), r.Word, r.Good ? "true" : "false", r.Attempts.ToString(CultureInfo.InvariantCulture), Time(r.SentAt), Time(r.FinishedAt), r.Detail?.GetRawText()]));
            }
        }
    }

    private static Task<Results<Ok<JobView>, ProblemHttpResult>> Pause(Guid id, SteerJob steer, JobReader jobs, CancellationToken ct) => Steer(id, steer.Pause, jobs, ct);

    private static Task<Results<Ok<JobView>, ProblemHttpResult>> Resume(Guid id, SteerJob steer, JobReader jobs, CancellationToken ct) => Steer(id, steer.Resume, jobs, ct);

    private static Task<Results<Ok<JobView>, ProblemHttpResult>> Cancel(Guid id, SteerJob steer, JobReader jobs, CancellationToken ct) => Steer(id, steer.Cancel, jobs, ct);

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> Steer(Guid id, Func<JobId, CancellationToken, Task<bool>> steer, JobReader jobs, CancellationToken ct)
    {
        var done = await steer(new JobId(id), ct);
        return await jobs.Get(new JobId(id), ct) is not { } job ? Problems.NotFound("job")
            : done ? TypedResults.Ok(job)
            : Problems.Conflict("job-state", "The job is not in a state in which this can be done.", $"It is {Named(job.State)}.");
    }

    private static string Named<T>(T state)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    private static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
