using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Organisations;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Firmware;
using Ladewerk.Stations.Jobs;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Security;
using Ladewerk.Stations.Schedules;
using Ladewerk.Stations.Templates;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations;

/// <summary>Attempts to connect that were refused.</summary>
public sealed record RefusedView(string StationId, string Reason, string RemoteAddress, DateTimeOffset FirstAt, DateTimeOffset LastAt, long Attempts);

/// <summary>The routes of Stations.</summary>
internal static class Api
{
    public static void MapStations(this RouteGroupBuilder api)
    {
        var stations = api.MapGroup("/stations").WithTags("Stations");
        stations.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Stations by identity");
        stations.MapPost("/", Register).RequirePermission(Permission.StationsWrite).WithSummary("Register a station");
        stations.MapGet("/{id}", Get).RequirePermission(Permission.StationsRead).WithSummary("A station with its EVSEs and the state of its connectors");
        stations.MapPatch("/{id}", Patch).RequirePermission(Permission.StationsWrite).WithSummary("Change a station; what is absent stays");
        stations.MapDelete("/{id}", Remove).RequirePermission(Permission.StationsWrite).WithSummary("Off-board a station; its history stays");
        stations.MapPost("/{id}/approve", Approve).RequirePermission(Permission.StationsWrite).WithSummary("Let a station that waits for it work");
        stations.MapPost("/{id}/reject", Reject).RequirePermission(Permission.StationsWrite).WithSummary("Refuse a station that waits");
        stations.MapStationCsv();
        stations.MapCommands();
        Profiles.ProfilesApi.MapProfiles(stations);
        stations.MapMessages();
        stations.MapFiles();
        api.MapQuirks(stations);
        api.MapGet("/refused-connections", Refused).RequirePermission(Permission.StationsRead).WithTags("Stations").WithSummary("Attempts to connect that were refused, newest first");
        api.MapSites();
        api.MapOrganisations();
        api.MapFirmware();
        api.MapJobs();
        api.MapStationSecurity();
        api.MapTemplates(stations);
        api.MapSchedules();
    }

    public static ProblemHttpResult NoSuchStation() => Problems.NotFound("station");

    private static async Task<Ok<Page<StationView>>> List([AsParameters] StationFilter filter, int? limit, string? cursor, StationReader stations, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var rows = await stations.List(filter, Paging.Decode(cursor), count + 1, ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(stations.View)], count, s => StationIdentity.Key(s.Id)));
    }

    private static async Task<Results<Created<StationView>, ValidationProblem, ProblemHttpResult>> Register(NewStation request, RegisterStation register, StationReader stations, CancellationToken ct)
    {
        var outcome = await register.Run(request, ct);
        return outcome switch
        {
            { Faults: { } faults } => Problems.Invalid(faults),
            { Station: null } => Problems.Conflict("station-exists", "There already is a station of this id."),
            { Station: { } station } => TypedResults.Created($"/api/v1/stations/{Uri.EscapeDataString(station.Identity)}", stations.View(station) with { Password = outcome.GeneratedPassword }),
        };
    }

    private static async Task<Results<Ok<StationView>, ProblemHttpResult>> Get(string id, StationReader stations, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station ? TypedResults.Ok(stations.View(station)) : NoSuchStation();

    private static async Task<Results<Ok<StationView>, ValidationProblem, ProblemHttpResult>> Patch(
        string id, StationPatch patch, ChangeStation change, StationReader stations, LadewerkDb db, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return NoSuchStation();
        }

        var (password, faults) = await change.Patch(station, patch, ct);
        if (faults is not null)
        {
            return Problems.Invalid(faults);
        }

        db.ChangeTracker.Clear();
        return TypedResults.Ok(stations.View((await stations.Find(id, ct))!) with { Password = password });
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string id, ChangeStation change, StationReader stations, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return NoSuchStation();
        }

        await change.Remove(station, ct);
        return TypedResults.NoContent();
    }

    private static Task<Results<Ok<StationView>, ProblemHttpResult>> Approve(string id, ChangeStation change, StationReader stations, CancellationToken ct) =>
        Decide(id, RegistrationStatus.Accepted, change, stations, ct);

    private static Task<Results<Ok<StationView>, ProblemHttpResult>> Reject(string id, ChangeStation change, StationReader stations, CancellationToken ct) =>
        Decide(id, RegistrationStatus.Rejected, change, stations, ct);

    private static async Task<Results<Ok<StationView>, ProblemHttpResult>> Decide(string id, RegistrationStatus status, ChangeStation change, StationReader stations, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return NoSuchStation();
        }

        await change.Decide(station, status, ct);
        return TypedResults.Ok(stations.View(station));
    }

    private static async Task<Ok<Page<RefusedView>>> Refused(int? limit, LadewerkDb db, CancellationToken ct)
    {
        var rows = await db.Set<RefusedConnection>().AsNoTracking().OrderByDescending(r => r.LastAt).Take(Paging.Limit(limit))
            .Select(r => new RefusedView(r.Identity, r.Reason, r.RemoteAddress, r.FirstAt, r.LastAt, r.Attempts)).ToListAsync(ct);
        return TypedResults.Ok(new Page<RefusedView>(rows, null));
    }
}
