using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>Tells tariffs of stations and drivers.</summary>
internal sealed class TariffPlaces(LadewerkDb db, TenantContext tenant, BadgeContract contracts) : ITariffPlaces
{
    private sealed record Row(string Identity, string? Name, SiteId? Site, string? Access, int Number, string? EvseId, Watts? MaxPower);

    public async Task<TariffQuestion?> Question(string evse, string? token, CancellationToken ct)
    {
        var rows = await Evses().ToListAsync(ct);
        if (rows.Find(row => Is(row, evse)) is not { } place)
        {
            return null;
        }

        var key = token is null ? null : IdTokenUid.Key(token);
        var badge = key is null ? null : await db.Set<IdToken>().AsNoTracking().FirstOrDefaultAsync(known => known.UidKey == key, ct);
        var contract = badge is null ? null : await contracts.Of(badge, place.Site?.Value, place.Access is not "private", ct);
        return new TariffQuestion(tenant.Current, contract?.Id.Value ?? badge?.ContractId, contract?.TariffGroup ?? badge?.GroupId, place.EvseId, place.Identity, place.Site?.Value) { EvseNumber = place.Number };
    }

    public async Task<IReadOnlyList<TariffTarget>> Targets(CancellationToken ct)
    {
        var targets = new List<TariffTarget> { new(AssignmentLevel.Tenant, "", "") };
        var sites = await db.Set<Site>().AsNoTracking().OrderBy(site => site.Name).ToListAsync(ct);
        targets.AddRange(sites.Select(site => new TariffTarget(AssignmentLevel.Site, site.Id.Value.ToString(), site.Name)));
        var rows = await Evses().ToListAsync(ct);
        targets.AddRange(rows.DistinctBy(row => row.Identity).Select(row => new TariffTarget(AssignmentLevel.Station, row.Identity, row.Name ?? row.Identity)));
        targets.AddRange(rows.Select(row => new TariffTarget(AssignmentLevel.Evse, row.EvseId ?? Named(row), Named(row))));
        var groups = await db.Set<IdToken>().Where(token => token.GroupId != null).Select(token => token.GroupId!)
            .Union(db.Set<Contract>().Where(contract => contract.TariffGroup != null).Select(contract => contract.TariffGroup!)).OrderBy(group => group).ToListAsync(ct);
        targets.AddRange(groups.Select(group => new TariffTarget(AssignmentLevel.Group, group, group)));
        return targets;
    }

    public async Task<IReadOnlyList<TariffPlace>?> Reach(AssignmentLevel level, string target, CancellationToken ct)
    {
        switch (level)
        {
            case AssignmentLevel.Tenant when target.Length == 0:
                return Places(await Evses().ToListAsync(ct));
            case AssignmentLevel.Site when Guid.TryParse(target, out var id):
                var site = new SiteId(id);
                return await db.Set<Site>().AnyAsync(known => known.Id == site, ct) ? Places((await Evses().ToListAsync(ct)).Where(row => row.Site == site)) : null;
            case AssignmentLevel.Station:
                var key = StationIdentity.Key(target);
                var known = await db.Set<ChargingStation>().AnyAsync(station => station.IdentityKey == key && station.RemovedAt == null, ct);
                return known ? Places((await Evses().ToListAsync(ct)).Where(row => StationIdentity.Key(row.Identity) == key)) : null;
            case AssignmentLevel.Evse:
                var evses = (await Evses().ToListAsync(ct)).Where(row => Is(row, target) && !row.Identity.Equals(target, StringComparison.OrdinalIgnoreCase)).ToList();
                return evses.Count > 0 ? Places(evses) : null;
            case AssignmentLevel.Group when target.Length > 0:
                return [];
            case AssignmentLevel.Contract when Guid.TryParse(target, out var contract):
                return await db.Set<Contract>().AnyAsync(known => known.Id == new ContractId(contract), ct) ? [] : null;
            default:
                return null;
        }
    }

    private IQueryable<Row> Evses() =>
        from station in db.Set<ChargingStation>().AsNoTracking()
        where station.RemovedAt == null
        join evse in db.Set<Evse>() on station.Id equals evse.StationId
        orderby station.Identity, evse.Number
        select new Row(station.Identity, station.Name, station.SiteId, station.Site!.Access, evse.Number, evse.EvseId, evse.MaxPowerW);

    private static List<TariffPlace> Places(IEnumerable<Row> rows) =>
        [.. rows.Select(row => new TariffPlace(Named(row), row.Access is null or "public", row.MaxPower?.Value / 1000m))];

    private static string Named(Row row) => FormattableString.Invariant($"{row.Identity}/{row.Number}");

    private static bool Is(Row row, string name) =>
        name.Equals(row.EvseId, StringComparison.OrdinalIgnoreCase)
        || name.Equals(Named(row), StringComparison.OrdinalIgnoreCase)
        || name.Equals(row.Identity, StringComparison.OrdinalIgnoreCase);
}
