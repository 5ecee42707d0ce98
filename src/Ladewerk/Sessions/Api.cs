using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Sessions.Limits;
using Ladewerk.Sessions.LocalLists;
using Ladewerk.Sessions.Reservations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary><c>/sessions</c></summary>
internal static class Api
{
    private const int MaxNote = 2000;

    public static void MapSessions(this RouteGroupBuilder api)
    {
        var sessions = api.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapGet("/", List).RequirePermission(Permission.SessionsRead).WithSummary("Sessions, the newest first");
        sessions.MapGet("/{id:guid}", Get).RequirePermission(Permission.SessionsRead).WithSummary("One session");
        sessions.MapGet("/{id:guid}/samples", Samples).RequirePermission(Permission.SessionsRead).WithSummary("Its readings in time order");
        sessions.MapPost("/{id:guid}/review", Review).RequirePermission(Permission.SessionsReview).WithSummary("Decide on an odd session, so that it can be billed");
        api.MapReservations();
        api.MapLocalLists();
        api.MapRefusals();
        api.MapGet("/review-items", ReviewItems).RequirePermission(Permission.SessionsReview).WithTags("Sessions").WithSummary("Messages that fit no session, still open");
        api.MapPost("/review-items/{id:guid}/resolve", Resolve).RequirePermission(Permission.SessionsReview).WithTags("Sessions").WithSummary("Close one, with a note");
    }

    private static async Task<Ok<Page<SessionView>>> List(
        FindSessions find, SessionViews views, CancellationToken ct, string? stationId = null, Named<SessionState>? state = null, DateTimeOffset? from = null, DateTimeOffset? to = null,
        bool? needsReview = null, string? idToken = null, Guid? siteId = null, int? limit = null, string? cursor = null)
    {
        var size = Paging.Limit(limit);
        var rows = await find.Run(new SessionFilter(stationId, state?.Value, from?.ToUniversalTime(), to?.ToUniversalTime(), needsReview, idToken, siteId), size, cursor, ct);
        var items = new List<SessionView>(rows.Count);
        foreach (var row in rows)
        {
            items.Add(await views.Of(row, ct));
        }

        return TypedResults.Ok(Paging.Of(items, size, s => FindSessions.Key(s.StartedAt, s.Id)));
    }

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> Get(Guid id, LadewerkDb db, SessionViews views, CancellationToken ct) =>
        await db.Set<ChargingSession>().AsNoTracking().Include(s => s.Station).SingleOrDefaultAsync(s => s.Id == new SessionId(id), ct) is { } session
            ? TypedResults.Ok(await views.Of(session, ct))
            : Problems.NotFound("session");

    private static async Task<Results<Ok<Page<SampleView>>, ProblemHttpResult>> Samples(Guid id, LadewerkDb db, FindSamples find, CancellationToken ct) =>
        await db.Set<ChargingSession>().AnyAsync(s => s.Id == new SessionId(id), ct)
            ? TypedResults.Ok(new Page<SampleView>(await find.Run(new SessionId(id), ct), null))
            : Problems.NotFound("session");

    private static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> Review(
        Guid id, SessionReviewRequest request, ReviewSession review, HttpContext http, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(request.Note) || request.Note.Length > MaxNote)
        {
            return Problems.Invalid("note", $"Say why, in at most {MaxNote} characters.");
        }

        if (request is { Decision: ReviewDecision.Correct, EnergyWh: not { Value: >= 0 } })
        {
            return Problems.Invalid("energyWh", "The corrected energy is needed: 0 or more.");
        }

        if (!await review.Run(new SessionId(id), request, http.User.Identity?.Name ?? "", ct))
        {
            return Problems.Conflict("nothing-to-review", "This session is not waiting for a review.");
        }

        return TypedResults.NoContent();
    }

    private static async Task<Ok<Page<ReviewItem>>> ReviewItems(LadewerkDb db, CancellationToken ct, int? limit = null)
    {
        var size = Paging.Limit(limit);
        var items = await db.Set<ReviewItem>().AsNoTracking().Where(i => i.ResolvedAt == null).OrderByDescending(i => i.At).Take(size).ToListAsync(ct);
        return TypedResults.Ok(new Page<ReviewItem>(items, null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Resolve(Guid id, ResolveRequest request, LadewerkDb db, TimeProvider time, AuditLog audit, HttpContext http, CancellationToken ct)
    {
        if (await db.Set<ReviewItem>().SingleOrDefaultAsync(i => i.Id == id && i.ResolvedAt == null, ct) is not { } item)
        {
            return Problems.NotFound("open review item");
        }

        (item.ResolvedAt, item.ResolvedBy, item.Note) = (time.GetUtcNow(), http.User.Identity?.Name ?? "", request.Note);
        audit.Record("reviewItem.resolved", "reviewItem", id.ToString(), after: request);
        await db.SaveChangesAsync(ct);
        return TypedResults.NoContent();
    }

    internal sealed record ResolveRequest(string Note);
}
