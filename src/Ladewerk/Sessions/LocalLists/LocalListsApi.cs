using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.LocalLists;

/// <summary><c>/stations/{id}/local-list</c> and <c>/local-lists</c></summary>
internal static class LocalListsApi
{
    public static void MapLocalLists(this RouteGroupBuilder api)
    {
        var station = api.MapGroup("/stations/{id}/local-list").WithTags("Local lists");
        station.MapGet("/", Get).RequirePermission(Permission.StationsRead).WithSummary("What a station authorises by itself, and how far it is in step");
        station.MapGet("/entries", Entries).RequirePermission(Permission.DriversRead).WithSummary("The tokens that the station holds, masked");
        station.MapPut("/", SetStation).RequirePermission(Permission.StationsWrite).WithSummary("Switch the station's list on or off; null: as its site or the operator says");
        station.MapPost("/sync", Sync).RequirePermission(Permission.StationsCommand).WithSummary("Compare versions now and send what differs");
        var lists = api.MapGroup("/local-lists").WithTags("Local lists");
        lists.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Lists by station");
        lists.MapGet("/settings", Settings).RequirePermission(Permission.StationsRead).WithSummary("Where lists are switched on and off");
        lists.MapPut("/settings", SetAll).RequirePermission(Permission.StationsWrite).WithSummary("Switch lists on or off for all stations that have no word of their own");
        lists.MapPut("/settings/{siteId:guid}", SetSite).RequirePermission(Permission.StationsWrite).WithSummary("Switch lists on or off for a site");
    }

    private static async Task<Results<Ok<LocalListView>, ProblemHttpResult>> Get(string id, StationReader stations, FindLocalLists find, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station ? TypedResults.Ok(await find.Find(station, ct)) : Problems.NotFound("station");

    private static async Task<Results<Ok<Page<ListedTokenView>>, ProblemHttpResult>> Entries(string id, StationReader stations, FindLocalLists find, CancellationToken ct, int? limit = null, string? cursor = null) =>
        await stations.Find(id, ct) is { } station ? TypedResults.Ok(await find.Entries(station.Id, Paging.Limit(limit), cursor, ct)) : Problems.NotFound("station");

    private static async Task<Results<Ok<LocalListView>, ProblemHttpResult>> SetStation(string id, ListSetting setting, StationReader stations, LocalListSettings settings, FindLocalLists find, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        await settings.Set(null, station.Id, station.Identity, setting, ct);
        return TypedResults.Ok(await find.Find(station, ct));
    }

    private static async Task<Results<Ok<LocalListView>, ProblemHttpResult>> Sync(
        string id, StationReader stations, StationRegistry registry, ListStore store, SyncLocalList sync, FindLocalLists find, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        var list = await find.Find(station, ct);
        if (!list.Enabled)
        {
            return Problems.Conflict("local-list-off", "This station's list is switched off.");
        }

        if (!registry.IsOnline(station.Id))
        {
            return Problems.Conflict(SendCommand.Offline, "The station is not connected.", "Its list is brought into step when it is back.");
        }

        if (!await store.Take(station.Id, ct))
        {
            return Problems.Conflict("local-list-busy", "The list is just being sent.");
        }

        await sync.Sync(station.Id, compare: true, CancellationToken.None);
        return TypedResults.Ok(await find.Find(station, CancellationToken.None));
    }

    private static async Task<Ok<Page<LocalListView>>> List(FindLocalLists find, CancellationToken ct, bool? inStep = null, Guid? siteId = null, int? limit = null, string? cursor = null) =>
        TypedResults.Ok(await find.List(inStep, siteId, Paging.Limit(limit), cursor, ct));

    private static async Task<Ok<Page<ListSettingView>>> Settings(FindLocalLists find, CancellationToken ct) => TypedResults.Ok(new Page<ListSettingView>(await find.Settings(ct), null));

    private static async Task<NoContent> SetAll(ListSetting setting, LocalListSettings settings, TenantContext tenant, CancellationToken ct)
    {
        await settings.Set(null, null, tenant.Current.ToString(), setting, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> SetSite(Guid siteId, ListSetting setting, LocalListSettings settings, LadewerkDb db, CancellationToken ct)
    {
        if (!await db.Set<Site>().AnyAsync(s => s.Id == new SiteId(siteId), ct))
        {
            return Problems.NotFound("site");
        }

        await settings.Set(new SiteId(siteId), null, siteId.ToString(), setting, ct);
        return TypedResults.NoContent();
    }
}
