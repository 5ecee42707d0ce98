using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>Whether stations get a list.</summary>
/// <param name="Enabled">Null: as the next wider setting says (station, site, operator).</param>
/// <param name="SendsBlocked">List tokens that may not charge as blocked, instead of leaving them out.</param>
public sealed record ListSetting(bool? Enabled, bool SendsBlocked = false);

/// <summary>Switches local authorisation lists on and off: for a station, a site, or everywhere.</summary>
internal sealed class LocalListSettings(LadewerkDb db, NpgsqlDataSource dataSource, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    // The narrowest setting counts. A list whose setting changed is due; a station without any word has no row.
    private const string ApplySql = """
        insert into local_list (station_id, tenant_id, enabled, sends_blocked, state, due_at)
        select s.id, s.tenant_id, e.enabled, e.sends_blocked, case when e.enabled then 'pending' else 'off' end, $2
        from charging_station s
        join lateral (
          select t.enabled, t.sends_blocked from local_list_setting t
          where t.tenant_id = s.tenant_id and (t.station_id = s.id or t.site_id = s.site_id or (t.station_id is null and t.site_id is null))
          order by t.station_id nulls last, t.site_id nulls last limit 1) e on true
        where s.removed_at is null and ($1::uuid is null or s.tenant_id = $1)
        on conflict (station_id) do update
          set enabled = excluded.enabled, sends_blocked = excluded.sends_blocked, state = 'pending', due_at = excluded.due_at, failures = 0
          where (local_list.enabled, local_list.sends_blocked) is distinct from (excluded.enabled, excluded.sends_blocked)
        """;

    // The last setting that named them is gone.
    private const string OrphanSql = """
        update local_list l set enabled = false, state = 'pending', due_at = $2, failures = 0
        where l.enabled and ($1::uuid is null or l.tenant_id = $1) and not exists (
          select from local_list_setting t join charging_station s on s.id = l.station_id
          where t.tenant_id = l.tenant_id and (t.station_id = s.id or t.site_id = s.site_id or (t.station_id is null and t.site_id is null)))
        """;

    /// <summary>Sets the word of a station, of a site, or (both null) of the operator.</summary>
    public async Task Set(SiteId? site, StationId? station, string subject, ListSetting setting, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"delete from local_list_setting where tenant_id = {tenant.Current.Value} and site_id is not distinct from {site?.Value}::uuid and station_id is not distinct from {station?.Value}::uuid", ct);
        if (setting.Enabled is { } enabled)
        {
            await db.Database.ExecuteSqlAsync(
                $"insert into local_list_setting (tenant_id, site_id, station_id, enabled, sends_blocked, changed_at, changed_by) values ({tenant.Current.Value}, {site?.Value}::uuid, {station?.Value}::uuid, {enabled}, {setting.SendsBlocked}, {time.GetUtcNow()}, {actor.Name})",
                ct);
        }

        audit.Record("localList.set", site is not null ? "site" : station is not null ? "station" : "tenant", subject, after: setting);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        await Apply(dataSource, tenant.Current, time.GetUtcNow(), CancellationToken.None);
    }

    /// <summary>Works the settings out for each station (of a tenant; null: of all).</summary>
    public static async Task Apply(NpgsqlDataSource dataSource, TenantId? tenant, DateTimeOffset now, CancellationToken ct)
    {
        await dataSource.Run(ApplySql, ct, tenant?.Value, now);
        await dataSource.Run(OrphanSql, ct, tenant?.Value, now);
    }
}
