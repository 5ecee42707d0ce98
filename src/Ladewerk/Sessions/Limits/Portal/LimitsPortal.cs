using Ladewerk.Drivers;
using Ladewerk.Drivers.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Stations.Portal;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.Limits.Portal;

/// <summary>The pages of refusals, and the form of who drove.</summary>
internal static class LimitsPortal
{
    public static IServiceCollection AddLimitsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Operations, 37, "hand-stop", "refusals.title", "/portal/refusals", Permission.SessionsRead));
        services.AddSingleton(new PersonCard(20, typeof(PersonRefusals), Permission.SessionsRead));
        return services.AddSingleton(new StationCard(25, typeof(StationRefusals), Permission.SessionsRead));
    }

    public static void MapLimitsPortal(this WebApplication app) => app.MapPost("/portal/sessions/{id:guid}/driver", Drove).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();

    private static async Task<IResult> Drove(Guid id, [FromForm] string? driver, DriverChoice choice, NoteDriver note, LadewerkDb db, HttpContext http, CancellationToken ct)
    {
        var page = $"/portal/sessions/{id:D}";
        var found = string.IsNullOrWhiteSpace(driver) ? null : await choice.Find(driver, ct);
        if (found is null && !string.IsNullOrWhiteSpace(driver))
        {
            return Answer.Go(http, page + "?drove=unknown#drove");
        }

        // The vehicle that was noted by the API stays.
        var vehicle = await db.Set<ChargingSession>().Where(s => s.Id == new SessionId(id)).Select(s => s.NotedVehicleId).SingleOrDefaultAsync(ct);
        return await note.Run(new SessionId(id), new NoteDriver.Wish(found?.Id, vehicle), ct) == NoteDriver.Outcome.Noted ? Answer.Go(http, page + "?drove=noted#drove") : Problems.NotFound("session");
    }
}
