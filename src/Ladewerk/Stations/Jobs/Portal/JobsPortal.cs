using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Stations.Jobs.Portal;

/// <summary>The operator's pages of bulk operations, and what their forms do.</summary>
internal static class JobsPortal
{
    private const string Jobs = "/portal/jobs";

    public static IServiceCollection AddJobsPortal(this IServiceCollection services) => services.AddSingleton(
        new NavEntry(NavGroup.Operations, 30, "list", "jobs.title", Jobs, Permission.StationsRead) { Count = Count });

    public static void MapJobsPortal(this WebApplication app)
    {
        var command = app.MapGroup(Jobs).RequirePermission(Permission.StationsCommand).ExcludeFromDescription();
        command.MapPost("/start", Start);
        command.MapPost("/preview", Preview);
        command.MapPost("/{id:guid}/pause", (Guid id, SteerJob steer, HttpContext http, CancellationToken ct) => Steer(id, steer.Pause, http, ct));
        command.MapPost("/{id:guid}/resume", (Guid id, SteerJob steer, HttpContext http, CancellationToken ct) => Steer(id, steer.Resume, http, ct));
        command.MapPost("/{id:guid}/cancel", (Guid id, SteerJob steer, HttpContext http, CancellationToken ct) => Steer(id, steer.Cancel, http, ct));
    }

    /// <summary>Starts the job that a form describes and shows it; the form again where something is wrong. Also what the list of stations does with those that were chosen.</summary>
    public static async Task<IResult> Start([FromForm] IFormCollection form, StartJob start, IEnumerable<JobFormWork> works, Reader reader, HttpContext http, TimeProvider time, Texts texts, CancellationToken ct)
    {
        var zone = (await reader.Operator()).Zone;
        var stations = form["station"].OfType<string>().ToList();
        if (stations.Count == 0 && form["chosen"] == "true")
        {
            return Answer.Page<NoStationChosen>(StatusCodes.Status422UnprocessableEntity);
        }

        if (form["command"] == "more")
        {
            return Form(StatusCodes.Status200OK, form, stations, null, texts);
        }

        // What cannot be read is said, never left out: a limit that is no number would else lift the limit of a fleet.
        var unreadable = JobForm.Unreadable(form);
        var made = await start.Run(JobForm.Read(form, works, zone, time.GetUtcNow()) with { DryRun = unreadable.Any }, ct);
        return made.Job is { } job
            ? Answer.Go(http, $"{Jobs}/{job.Id.Value}")
            : Form(StatusCodes.Status422UnprocessableEntity, form, stations, unreadable.AddRange(made.Faults ?? new Dictionary<string, string[]>(StringComparer.Ordinal)).Errors, texts);
    }

    private static Microsoft.AspNetCore.Http.HttpResults.RazorComponentResult<AnswerPage> Form(int status, IFormCollection form, List<string> stations, IDictionary<string, string[]>? faults, Texts texts) => Answer.Page<NewJobForm>(
        status,
        (nameof(NewJobForm.Values), form.Where(f => f.Key is not ("station" or "__RequestVerificationToken")).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal)),
        (nameof(NewJobForm.Stations), stations),
        (nameof(NewJobForm.Faults), faults is null ? null : JobFaults.Of(faults, texts)));

    private static async Task<IResult> Preview([FromForm] IFormCollection form, StartJob start, IEnumerable<JobFormWork> works, Reader reader, TimeProvider time, Texts texts, CancellationToken ct)
    {
        var wish = JobForm.Read(form, works, (await reader.Operator()).Zone, time.GetUtcNow());
        var would = await start.Run(wish with { DryRun = true }, ct);
        var faults = would.Faults is { } found ? [.. found.Where(f => f.Key is "stations" or "filter").Select(f => texts["jobs.preview.none"])] : Array.Empty<string>();
        return Answer.Part<JobPreviewLine>((nameof(JobPreviewLine.Total), would.Stations.Count), (nameof(JobPreviewLine.Online), would.Online), (nameof(JobPreviewLine.Faults), faults));
    }

    private static async Task<IResult> Steer(Guid id, Func<JobId, CancellationToken, Task<bool>> steer, HttpContext http, CancellationToken ct)
    {
        await steer(new JobId(id), ct); // where it has ended meanwhile, its page says so
        return Answer.Go(http, $"{Jobs}/{id}");
    }

    private static Task<long> Count(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<NpgsqlDataSource>().First(
        "select count(*) from job where tenant_id = $1 and state in ('waiting', 'running', 'paused')", r => r.GetInt64(0), ct, services.GetRequiredService<TenantContext>().Current.Value);
}
