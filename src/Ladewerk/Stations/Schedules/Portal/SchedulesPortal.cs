using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Schedules.Portal;

/// <summary>The operator's pages of schedules, and what their forms do.</summary>
internal static class SchedulesPortal
{
    private const string Schedules = "/portal/schedules";

    public static IServiceCollection AddSchedulesPortal(this IServiceCollection services) =>
        services.AddSingleton(new NavEntry(NavGroup.Operations, 32, "calendar-time", "schedules.title", Schedules, Permission.StationsRead));

    public static void MapSchedulesPortal(this WebApplication app)
    {
        var write = app.MapGroup(Schedules).RequirePermission(Permission.StationsCommand).ExcludeFromDescription();
        write.MapGet("/add", (Guid? site) => Form(null, new ScheduleWish("", new ScheduleRule(ScheduleKind.OutOfService, new TimeOnly(22, 0), new TimeOnly(6, 0)), site is { } id ? new SiteId(id) : null), null));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}", Edit);
        write.MapPost("/{id:guid}", Change);
        write.MapPost("/{id:guid}/remove", Remove);
    }

    private static async Task<IResult> Add(HttpContext http, SaveSchedule save, CancellationToken ct)
    {
        var wish = ScheduleForm.Read(await http.Request.ReadFormAsync(ct));
        var (made, faults) = await save.Create(wish, ct);
        return made is null ? Form(null, wish, faults) : Answer.Go(http, Schedules);
    }

    private static async Task<IResult> Edit(Guid id, LadewerkDb db, CancellationToken ct) =>
        await Find(db, id, ct) is { } schedule ? Form(id, ScheduleForm.Of(schedule), null) : Problems.NotFound("schedule");

    private static async Task<IResult> Change(Guid id, HttpContext http, LadewerkDb db, SaveSchedule save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } schedule)
        {
            return Problems.NotFound("schedule");
        }

        var wish = ScheduleForm.Read(await http.Request.ReadFormAsync(ct));
        wish = wish with { Filter = wish.Stations is null ? schedule.Selection.Filter is { } filter ? filter with { SiteId = null } : null : null };
        return await save.Change(schedule, wish, ct) is { Any: true } faults ? Form(id, wish, faults) : Answer.Go(http, Schedules);
    }

    private static async Task<IResult> Remove(Guid id, HttpContext http, LadewerkDb db, SaveSchedule save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is { } schedule)
        {
            await save.Remove(schedule, ct);
        }

        return Answer.Go(http, Schedules);
    }

    private static Task<Schedule?> Find(LadewerkDb db, Guid id, CancellationToken ct) => db.Set<Schedule>().SingleOrDefaultAsync(s => s.Id == new ScheduleId(id), ct);

    private static RazorComponentResult<AnswerPage> Form(Guid? id, ScheduleWish wish, Faults? faults) => Answer.Page<ScheduleFields>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(ScheduleFields.Id), id), (nameof(ScheduleFields.Wish), wish), (nameof(ScheduleFields.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
}
