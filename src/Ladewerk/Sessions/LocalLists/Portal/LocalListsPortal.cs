using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Stations;
using Ladewerk.Stations.Portal;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Sessions.LocalLists.Portal;

/// <summary>The operator's pages of local lists, and what their forms do.</summary>
internal static class LocalListsPortal
{
    private const string Path = "local-list";

    public static IServiceCollection AddLocalListsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Customers, 30, "list", "localLists.title", "/portal/local-lists", Permission.StationsRead));
        return services.AddSingleton(new StationTab(55, Path, "localLists.tab", Permission.StationsRead));
    }

    public static void MapLocalListsPortal(this WebApplication app)
    {
        var pages = app.MapGroup("/portal").ExcludeFromDescription();
        pages.MapPost($"/stations/{{identity}}/{Path}/sync", Sync).RequirePermission(Permission.StationsCommand);
        pages.MapPost($"/stations/{{identity}}/{Path}", SetStation).RequirePermission(Permission.StationsWrite);
        pages.MapPost("/local-lists/settings", Set).RequirePermission(Permission.StationsWrite);
    }

    private static async Task<IResult> Sync(
        string identity, StationReader stations, StationRegistry registry, ListStore store, SyncLocalList sync, Reader reader, NpgsqlDataSource data, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        string? said = null;
        if (!registry.IsOnline(station.Id))
        {
            said = "localLists.reason.stationOffline";
        }
        else if (await store.Take(station.Id, ct))
        {
            await sync.Sync(station.Id, compare: true, CancellationToken.None);
        }
        else
        {
            said = "localLists.busy";
        }

        return await Show(station.Identity, said, reader, data, http, ct);
    }

    private static async Task<IResult> SetStation(
        string identity, [FromForm] IFormCollection form, StationReader stations, LocalListSettings settings, Reader reader, NpgsqlDataSource data, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        await settings.Set(null, station.Id, station.Identity, Wish(form), ct);
        return await Show(station.Identity, null, reader, data, http, ct);
    }

    private static async Task<IResult> Set([FromForm] IFormCollection form, LocalListSettings settings, LadewerkDb db, TenantContext tenant, HttpContext http, CancellationToken ct)
    {
        var site = Guid.TryParse(form["site"], out var id) ? new SiteId(id) : (SiteId?)null;
        if (site is { } chosen && !await db.Set<Site>().AnyAsync(s => s.Id == chosen, ct))
        {
            return Problems.NotFound("site");
        }

        await settings.Set(site, null, site?.Value.ToString() ?? tenant.Current.ToString(), Wish(form), ct);
        return Answer.Go(http, "/portal/local-lists");
    }

    private static async Task<IResult> Show(string identity, string? said, Reader reader, NpgsqlDataSource data, HttpContext http, CancellationToken ct)
    {
        if (!http.Request.WantsPart())
        {
            return TypedResults.Redirect(Link.Station(identity, Path));
        }

        var facts = await StationReads.Head(data, reader.TenantId, identity, ct) ?? throw new InvalidOperationException("The station was just read.");
        return Answer.Part<LocalListPanel>((nameof(LocalListPanel.Station), facts), (nameof(LocalListPanel.Said), said));
    }

    private static ListSetting Wish(IFormCollection form) => new(bool.TryParse(form["enabled"], out var on) ? on : null, form["sendsBlocked"] == "true");
}

/// <summary>How states of lists look.</summary>
internal static class LocalListLooks
{
    public static Look Of(LocalListView list) => list.State switch
    {
        LocalListState.Off => new("s-of", "circle-dashed", "localLists.state.off"),
        LocalListState.Pending => new("s-su", "clock", "localLists.state.pending"),
        LocalListState.InStep => new("s-av", "circle-check", "localLists.state.inStep"),
        LocalListState.Failed => new("s-fa", "circle-x", "localLists.state.failed"),
        LocalListState.NotSupported => new("s-of", "ban", "localLists.state.notSupported"),
        _ => throw new ArgumentOutOfRangeException(nameof(list), list.State, "No such state."),
    };

    /// <summary>The tone of a station's answer: a yes or a version, or something else.</summary>
    public static string Tone(string answer) => answer == "Accepted" ? "s-av" : answer.All(char.IsAsciiDigit) ? "s-br" : "s-fa";
}
