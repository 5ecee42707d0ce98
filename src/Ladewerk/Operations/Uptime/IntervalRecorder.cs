using Npgsql;

namespace Ladewerk.Operations.Uptime;

/// <summary>
/// Notes since when a charge point is in which state. It compares what connectors and sockets say now with the open stretch of each charge point and
/// writes only where they differ, in two statements for all stations together, so the stations' own messages cost nothing more. The time of a change
/// is the one that the status or the socket brought, not the time of the look; states that lasted less than a look apart leave no trace.
/// </summary>
internal static class IntervalRecorder
{
    /// <summary>After a start stations need a while to come back: before that nobody is called offline.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromMinutes(3);

    /// <summary>A break shorter than this is nobody's outage.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    // The best of its connectors speaks for a charge point: one vehicle at a time needs one that works.
    private const string Present = """
        with present as (
          select e.tenant_id, e.station_id, e.number as evse,
                 case when n.station_id is null then 'offline'
                      when bool_or(c.status in ('Preparing', 'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing', 'Reserved')) then 'inUse'
                      when bool_or(c.status = 'Available') then 'available'
                      when bool_or(c.status = 'Faulted') then 'faulted'
                      else 'unavailable' end as state,
                 least($1, case when n.station_id is null then s.last_seen_at else greatest(max(c.status_at), n.connected_at) end) as since,
                 max(c.error_code) filter (where c.status = 'Faulted') as detail
          from evse e
          join charging_station s on s.id = e.station_id
          join connector c on c.station_id = e.station_id and c.evse_number = e.number
          left join station_connection n on n.station_id = e.station_id
          where s.removed_at is null and s.last_seen_at is not null and c.status_at is not null
            and (n.station_id is not null or ($2 and s.last_seen_at < $1 - $3::interval))
          group by e.tenant_id, e.station_id, e.number, n.station_id, n.connected_at, s.last_seen_at)
        """;

    private const string Close = Present + """

        update evse_interval i set to_at = greatest(i.from_at, p.since)
        from present p where i.station_id = p.station_id and i.evse_number = p.evse and i.to_at is null and i.state <> p.state
        """;

    private const string Open = Present + """

        insert into evse_interval (tenant_id, station_id, evse_number, state, detail, from_at)
        select p.tenant_id, p.station_id, p.evse, p.state, p.detail,
               greatest(p.since, (select max(i.to_at) from evse_interval i where i.station_id = p.station_id and i.evse_number = p.evse))
        from present p
        where not exists (select 1 from evse_interval i where i.station_id = p.station_id and i.evse_number = p.evse and i.to_at is null)
        on conflict do nothing
        """;

    private const string Removed = """
        update evse_interval i set to_at = greatest(i.from_at, s.removed_at) from charging_station s where s.id = i.station_id and i.to_at is null and s.removed_at is not null
        """;

    /// <summary>Brings the stretches of all tenants to now.</summary>
    public static async Task Record(NpgsqlDataSource data, DateTimeOffset startedAt, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var sql in new[] { Close, Open })
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = now }, new() { Value = now - startedAt >= Settle }, new() { Value = Grace } } };
            await command.ExecuteNonQueryAsync(ct);
        }

        await using var removed = new NpgsqlCommand(Removed, connection);
        await removed.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }
}
