using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Sessions.Reservations;

/// <summary><c>/reservations</c></summary>
internal static class ReservationsApi
{
    private static readonly TimeSpan NoShowsSince = TimeSpan.FromDays(180);

    public static void MapReservations(this RouteGroupBuilder api)
    {
        var reservations = api.MapGroup("/reservations").WithTags("Reservations");
        reservations.MapGet("/", List).RequirePermission(Permission.SessionsRead).WithSummary("Reservations, the latest start first");
        reservations.MapPost("/", Make).RequirePermission(Permission.StationsCommand).WithSummary("Hold an EVSE, or any of a station's, for a token; one that begins now waits for the station's answer");
        reservations.MapGet("/no-shows", NoShows).RequirePermission(Permission.SessionsRead).WithSummary("Drivers who did not come, in the last 180 days or since a time");
        reservations.MapGet("/{id:guid}", Get).RequirePermission(Permission.SessionsRead).WithSummary("A reservation");
        reservations.MapDelete("/{id:guid}", Release).RequirePermission(Permission.StationsCommand).WithSummary("Give a reservation up; the station is told");
    }

    /// <summary>The problem of a wish that overlaps.</summary>
    public static ProblemHttpResult Conflict(ReservationOutcome.Overlap overlap) => Problems.Of(
        StatusCodes.Status409Conflict, overlap.Problem,
        overlap.Problem == "token-reserved" ? "This id token has a reservation at that time already." : "Somebody else has reserved it at that time.",
        $"From {overlap.With.StartsAt:yyyy-MM-dd HH:mm} to {overlap.With.ExpiresAt:yyyy-MM-dd HH:mm} UTC.",
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["reservationId"] = overlap.With.Id.Value, ["from"] = overlap.With.StartsAt, ["to"] = overlap.With.ExpiresAt });

    private static async Task<Ok<Page<ReservationView>>> List(
        FindReservations find, CancellationToken ct, string? stationId = null, Guid? driverId = null, DateTimeOffset? from = null, DateTimeOffset? to = null,
        Named<ReservationState>? state = null, int? limit = null, string? cursor = null) =>
        TypedResults.Ok(await find.List(new ReservationFilter(stationId, driverId, from, to, state?.Value), Paging.Limit(limit), cursor, ct));

    private static async Task<Results<Created<ReservationView>, ValidationProblem, ProblemHttpResult>> Make(NewReservation wish, MakeReservation make, FindReservations find, CancellationToken ct) =>
        await make.Run(wish, ct) switch
        {
            ReservationOutcome.Faulty faulty => Problems.Invalid(faulty.Faults.Errors),
            ReservationOutcome.Overlap overlap => Conflict(overlap),
            ReservationOutcome.Made made => TypedResults.Created($"/api/v1/reservations/{made.Id.Value}", await find.Find(made.Id, CancellationToken.None)),
            var other => throw new ArgumentOutOfRangeException(nameof(wish), other, "No such outcome."),
        };

    private static async Task<Ok<Page<NoShows>>> NoShows(FindReservations find, TimeProvider time, CancellationToken ct, DateTimeOffset? since = null, int? limit = null) =>
        TypedResults.Ok(new Page<NoShows>(await find.NoShows(since ?? time.GetUtcNow() - NoShowsSince, Paging.Limit(limit), ct), null));

    private static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> Get(Guid id, FindReservations find, CancellationToken ct) =>
        await find.Find(new ReservationId(id), ct) is { } found ? TypedResults.Ok(found) : Problems.NotFound("reservation");

    private static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> Release(Guid id, ReleaseReservation release, FindReservations find, CancellationToken ct, bool force = false)
    {
        var done = await release.Run(new ReservationId(id), force, ct);
        return done switch
        {
            Reservations.Release.Unknown => Problems.NotFound("reservation"),
            Reservations.Release.Over => Problems.Conflict("reservation-over", "This reservation has ended already."),
            Reservations.Release.Refused => Problems.Conflict("cancel-refused", "The station refuses to give the reservation up.", "It stays as it was; force=true ends it here all the same."),
            Reservations.Release.Done or Reservations.Release.StationWaits => TypedResults.Ok(await find.Find(new ReservationId(id), CancellationToken.None)),
            _ => throw new ArgumentOutOfRangeException(nameof(id), done, "No such outcome."),
        };
    }
}
