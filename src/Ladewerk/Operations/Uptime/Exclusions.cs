using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Operations.Uptime;

/// <summary>Why time does not count.</summary>
public enum ExclusionReason
{
    /// <summary>Planned and announced.</summary>
    Maintenance,

    /// <summary>Power cut, vandalism, natural disaster: beyond the operator's power.</summary>
    ForceMajeure,
}

/// <summary>Time that does not count against uptime, to be entered.</summary>
/// <param name="SiteId">All of a site; or <paramref name="StationId"/>.</param>
/// <param name="StationId">Identity of a station.</param>
/// <param name="EvseId">One charge point of the station by its number; null: all.</param>
public sealed record NewExclusion(ExclusionReason Reason, DateTimeOffset From, DateTimeOffset To, Guid? SiteId = null, string? StationId = null, int? EvseId = null, string? Note = null);

/// <summary>Time that does not count.</summary>
public sealed record ExclusionView(Guid Id, string Reason, DateTimeOffset From, DateTimeOffset To, Guid? SiteId, string? Site, string? StationId, int? EvseId, string? Note, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary>Planned maintenance and force majeure, marked by a person.</summary>
internal sealed class Exclusions(NpgsqlDataSource data, TenantContext tenant, Actor actor, AuditLog audit, LadewerkDb db, TimeProvider time)
{
    /// <summary>Those that touch a period, latest first.</summary>
    public Task<List<ExclusionView>> List(DateTimeOffset from, DateTimeOffset to, int count, CancellationToken ct) => data.Rows(
        """
        select x.id, x.reason, x.from_at, x.to_at, x.site_id, t.name, s.identity, x.evse_number, x.note, x.created_by, x.created_at
        from uptime_exclusion x left join site t on t.id = x.site_id left join charging_station s on s.id = x.station_id
        where x.tenant_id = $1 and x.from_at < $3 and x.to_at > $2 order by x.from_at desc limit $4
        """,
        r => new ExclusionView(
            r.GetGuid(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2), r.GetFieldValue<DateTimeOffset>(3), r.Maybe<Guid>(4), r.Get<string>(5), r.Get<string>(6), r.Maybe<int>(7), r.Get<string>(8), r.GetString(9),
            r.GetFieldValue<DateTimeOffset>(10)),
        ct,
        tenant.Current.Value,
        from.ToUniversalTime(),
        to.ToUniversalTime(),
        count);

    public async Task<(Guid? Id, Faults Faults)> Add(NewExclusion wish, CancellationToken ct)
    {
        var faults = new Faults();
        faults.Unless(wish.To > wish.From, "to", "After the beginning.");
        faults.Short("note", wish.Note, 500);
        var station = wish.StationId is { } identity ? await db.Set<ChargingStation>().Where(s => s.IdentityKey == StationIdentity.Key(identity) && s.RemovedAt == null).Select(s => (StationId?)s.Id).SingleOrDefaultAsync(ct) : null;
        var site = wish.SiteId is { } id && await db.Set<Site>().AnyAsync(s => s.Id == new SiteId(id), ct) ? wish.SiteId : null;
        faults.Unless(wish.StationId is null || station is not null, "stationId", "No such station.");
        faults.Unless(wish.SiteId is null || site is not null, "siteId", "No such site.");
        faults.Unless(wish.StationId is null != wish.SiteId is null, "siteId", "Either a site or a station.");
        faults.Unless(wish.EvseId is null or > 0, "evseId", "An integer of at least 1.");
        if (faults.Any)
        {
            return (null, faults);
        }

        var made = Guid.CreateVersion7();
        await data.Run(
            """
            insert into uptime_exclusion (id, tenant_id, site_id, station_id, evse_number, reason, note, from_at, to_at, created_at, created_by)
            values ($1, $2, $3::uuid, $4::uuid, $5::int, $6, $7::text, $8, $9, $10, $11)
            """,
            ct,
            made, tenant.Current.Value, site, station?.Value, wish.EvseId, System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(wish.Reason.ToString()), wish.Note,
            wish.From.ToUniversalTime(), wish.To.ToUniversalTime(), time.GetUtcNow(), actor.Name);
        audit.Record("uptimeExclusion.created", "uptimeExclusion", made.ToString(), after: wish);
        await db.SaveChangesAsync(ct);
        return (made, faults);
    }

    public async Task<bool> Remove(Guid id, CancellationToken ct)
    {
        if (await data.Run("delete from uptime_exclusion where tenant_id = $1 and id = $2", ct, tenant.Current.Value, id) == 0)
        {
            return false;
        }

        audit.Record("uptimeExclusion.removed", "uptimeExclusion", id.ToString());
        await db.SaveChangesAsync(ct);
        return true;
    }
}
