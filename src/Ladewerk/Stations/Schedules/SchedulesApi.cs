using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Schedules;

/// <summary>A schedule as the API shows it.</summary>
/// <param name="LastEdge">What it did last: close, open or restart.</param>
/// <param name="MissedAt">A run that fell due while the server was down, and was too late to make up for.</param>
public sealed record ScheduleView(
    ScheduleId Id, string Name, SiteId? SiteId, JobSelection Selection, ScheduleRule Rule, bool Enabled, DateTimeOffset? NextAt, ScheduleEdge? NextEdge, DateTimeOffset? LastAt, ScheduleEdge? LastEdge, JobId? LastJobId,
    DateTimeOffset? MissedAt, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary><c>/schedules</c></summary>
internal static class SchedulesApi
{
    public static void MapSchedules(this RouteGroupBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules");
        schedules.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Planned availability and restarts, in the order they were made");
        schedules.MapPost("/", Create).RequirePermission(Permission.StationsCommand).WithSummary("Plan when stations are out of service or restart");
        schedules.MapGet("/{id:guid}", Get).RequirePermission(Permission.StationsRead).WithSummary("A schedule, when it acts next and what it did last");
        schedules.MapPut("/{id:guid}", Put).RequirePermission(Permission.StationsCommand).WithSummary("Change a schedule; stations it has put out of service come back first");
        schedules.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.StationsCommand).WithSummary("Remove a schedule; stations it has put out of service come back");
    }

    public static ScheduleView View(Schedule s) => new(
        s.Id, s.Name, s.SiteId, s.Selection, s.Rule, s.Enabled, s.NextAt, s.NextEdge, s.LastAt, s.LastEdge, s.LastJobId, s.MissedAt, s.CreatedBy, s.CreatedAt);

    private static async Task<Ok<Page<ScheduleView>>> List(Guid? siteId, int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var schedules = db.Set<Schedule>().AsNoTracking();
        schedules = siteId is { } site ? schedules.Where(s => s.SiteId == new SiteId(site)) : schedules;
        if (Guid.TryParse(Paging.Decode(cursor), out var after))
        {
            schedules = schedules.Where(s => EF.Functions.GreaterThan(ValueTuple.Create(s.Id), ValueTuple.Create(new ScheduleId(after))));
        }

        var rows = await schedules.OrderBy(s => s.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, s => s.Id.Value.ToString()));
    }

    private static async Task<Results<Created<ScheduleView>, ValidationProblem>> Create(ScheduleWish wish, SaveSchedule save, CancellationToken ct)
    {
        var (made, faults) = await save.Create(wish, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/schedules/{made.Id.Value}", View(made));
    }

    private static async Task<Results<Ok<ScheduleView>, ProblemHttpResult>> Get(Guid id, LadewerkDb db, CancellationToken ct) =>
        await Find(db, id, ct) is { } schedule ? TypedResults.Ok(View(schedule)) : Problems.NotFound("schedule");

    private static async Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> Put(Guid id, ScheduleWish wish, LadewerkDb db, SaveSchedule save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } schedule)
        {
            return Problems.NotFound("schedule");
        }

        return await save.Change(schedule, wish, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(schedule));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, LadewerkDb db, SaveSchedule save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } schedule)
        {
            return Problems.NotFound("schedule");
        }

        await save.Remove(schedule, ct);
        return TypedResults.NoContent();
    }

    private static Task<Schedule?> Find(LadewerkDb db, Guid id, CancellationToken ct) => db.Set<Schedule>().SingleOrDefaultAsync(s => s.Id == new ScheduleId(id), ct);
}
