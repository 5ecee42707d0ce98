using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>A station's list as the API shows it.</summary>
/// <param name="StationId">The station's identity.</param>
/// <param name="Enabled">Whether the station gets a list.</param>
/// <param name="SetBy">station, site, operator, or null where nobody has said.</param>
/// <param name="InStep">Whether the station holds what it shall hold.</param>
/// <param name="Reason">Why not: stationOffline, stationTimeout, stationError, failed, versionMismatch, notSupported, switchedOffAtStation; null while all is well.</param>
/// <param name="Explanation">The same as a sentence.</param>
/// <param name="LastVersion">Of the last message.</param>
/// <param name="StationVersion">At which we know what the station holds; null: not known.</param>
/// <param name="Entries">Tokens that the station holds.</param>
/// <param name="Wanted">Tokens that it shall hold.</param>
/// <param name="LeftOut">Tokens that found no room.</param>
/// <param name="Capacity">The most it holds; null: it has not said.</param>
/// <param name="Chunk">The most it takes in one message; null: it has not said.</param>
/// <param name="Exchanges">The last ones, newest first.</param>
public sealed record LocalListView(
    string StationId, bool Enabled, string? SetBy, bool SendsBlocked, LocalListState State, bool InStep, string? Reason, string? Explanation, int LastVersion, int? StationVersion, int Entries,
    int Wanted, int LeftOut, int? Capacity, int? Chunk, string? LastAnswer, DateTimeOffset? LastAnswerAt, DateTimeOffset? InStepAt, DateTimeOffset? CheckedAt, DateTimeOffset? DueAt,
    IReadOnlyList<ListExchangeView> Exchanges);

/// <summary>One exchange with the station.</summary>
/// <param name="Kind">version, full or differential.</param>
public sealed record ListExchangeView(DateTimeOffset At, string Kind, int? Version, int? Entries, string Answer);

/// <summary>A token on the list, masked.</summary>
/// <param name="VisualNumber">What is printed on it.</param>
/// <param name="HasGroup">Whether it is listed with a group.</param>
public sealed record ListedTokenView(string IdToken, string Status, DateTimeOffset? ExpiresAt, bool HasGroup, string? VisualNumber, string? DriverName);

/// <summary>Where lists are switched on or off.</summary>
/// <param name="Scope">operator, site or station.</param>
public sealed record ListSettingView(string Scope, SiteId? SiteId, string? Site, string? StationId, bool Enabled, bool SendsBlocked, DateTimeOffset ChangedAt, string ChangedBy);

/// <summary>Reads lists.</summary>
internal sealed class FindLocalLists(LadewerkDb db, StationRegistry registry)
{
    private const int Exchanges = 20;

    public async Task<LocalListView> Find(ChargingStation station, CancellationToken ct)
    {
        var list = await db.Set<LocalList>().AsNoTracking().SingleOrDefaultAsync(l => l.StationId == station.Id, ct);
        var entries = await db.Set<LocalListToken>().CountAsync(t => t.StationId == station.Id, ct);
        var log = await db.Set<LocalListExchange>().AsNoTracking().Where(e => e.StationId == station.Id).OrderByDescending(e => e.Id).Take(Exchanges)
            .Select(e => new ListExchangeView(e.At, e.Kind, e.Version, e.Entries, e.Answer)).ToListAsync(ct);
        var setting = await db.Set<LocalListSetting>().Where(s => s.StationId == station.Id || (s.SiteId != null && s.SiteId == station.SiteId) || (s.StationId == null && s.SiteId == null))
            .Select(s => s.StationId != null ? "station" : s.SiteId != null ? "site" : "operator").ToListAsync(ct);
        var by = setting.Contains("station") ? "station" : setting.Contains("site") ? "site" : setting.FirstOrDefault();
        return View(station.Identity, list, by, entries, log, registry.IsOnline(station.Id) || station.Connection is not null);
    }

    public async Task<Page<LocalListView>> List(bool? inStep, Guid? site, int limit, string? cursor, CancellationToken ct)
    {
        var after = Paging.Decode(cursor);
        var lists = db.Set<LocalList>().AsNoTracking().Include(l => l.Station).Where(l => l.Station!.RemovedAt == null && (l.Enabled || l.State != LocalListState.Off));
        lists = inStep is { } wanted ? lists.Where(l => (l.State == LocalListState.InStep) == wanted) : lists;
        lists = site is { } id ? lists.Where(l => l.Station!.SiteId == new SiteId(id)) : lists;
        lists = after is null ? lists : lists.Where(l => EF.Functions.GreaterThan(ValueTuple.Create(l.Station!.IdentityKey), ValueTuple.Create(after)));
        var rows = await lists.OrderBy(l => l.Station!.IdentityKey).Take(limit + 1)
            .Select(l => new { List = l, l.Station!.Identity, Online = l.Station.Connection != null, Entries = db.Set<LocalListToken>().Count(t => t.StationId == l.StationId) }).ToListAsync(ct);
        return Paging.Of([.. rows.Select(r => View(r.Identity, r.List, null, r.Entries, [], r.Online))], limit, l => StationIdentity.Key(l.StationId));
    }

    public async Task<Page<ListedTokenView>> Entries(StationId station, int limit, string? cursor, CancellationToken ct)
    {
        var after = Paging.Decode(cursor);
        var tokens = db.Set<LocalListToken>().AsNoTracking().Where(t => t.StationId == station);
        tokens = after is null ? tokens : tokens.Where(t => EF.Functions.GreaterThan(ValueTuple.Create(t.IdToken), ValueTuple.Create(after)));
        var rows = await tokens.OrderBy(t => t.IdToken).Take(limit + 1).ToListAsync(ct);
        var page = Paging.Of(rows, limit, t => t.IdToken);
        var keys = page.Items.Select(t => IdTokenUid.Key(t.IdToken)).ToList();
        var owners = await (from token in db.Set<IdToken>().Where(t => keys.Contains(t.UidKey))
                            join d in db.Set<Driver>() on token.DriverId equals (DriverId?)d.Id into drivers
                            from driver in drivers.DefaultIfEmpty()
                            select new { token.UidKey, token.VisualNumber, driver.Name }).ToDictionaryAsync(t => t.UidKey, ct);
        return new Page<ListedTokenView>(
            [
                .. page.Items.Select(t =>
                {
                    var owner = owners.GetValueOrDefault(IdTokenUid.Key(t.IdToken));
                    return new ListedTokenView(IdTokenUid.Masked(t.IdToken), t.Status, t.ExpiresAt, t.GroupId is not null, owner?.VisualNumber, owner?.Name);
                }),
            ],
            page.NextCursor);
    }

    public async Task<IReadOnlyList<ListSettingView>> Settings(CancellationToken ct) =>
        await (from setting in db.Set<LocalListSetting>()
               join s in db.Set<Site>() on setting.SiteId equals (SiteId?)s.Id into sites
               from site in sites.DefaultIfEmpty()
               join c in db.Set<ChargingStation>() on setting.StationId equals (StationId?)c.Id into stations
               from station in stations.DefaultIfEmpty()
               orderby station.Identity, site.Name
               select new ListSettingView(
                   setting.StationId != null ? "station" : setting.SiteId != null ? "site" : "operator", setting.SiteId, site.Name, station.Identity,
                   setting.Enabled, setting.SendsBlocked, setting.ChangedAt, setting.ChangedBy)).ToListAsync(ct);

    private static LocalListView View(string station, LocalList? list, string? by, int entries, IReadOnlyList<ListExchangeView> log, bool isOnline) => list is null
        ? new LocalListView(station, false, by, false, LocalListState.Off, false, null, null, 0, null, 0, 0, 0, null, null, null, null, null, null, null, log)
        : new LocalListView(
            station, list.Enabled, by, list.SendsBlocked, list.State, list.State == LocalListState.InStep, Reason(list, isOnline), Reason(list, isOnline) is { } reason ? Texts.In("en", "localLists.reason." + reason) : null,
            list.LastVersion, list.StationVersion, entries, list.Wanted, list.LeftOut, list.Capacity, list.Chunk, list.LastAnswer, list.LastAnswerAt, list.InStepAt, list.CheckedAt, list.DueAt, log);

    private static string? Reason(LocalList list, bool isOnline) => list.Reason ?? (list.State == LocalListState.Pending && !isOnline ? "stationOffline" : null);
}
