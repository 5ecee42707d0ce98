using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Insight;

/// <summary>Something that happened.</summary>
/// <param name="Kind">started, ended, connected, disconnected, faulted or command.</param>
public sealed record Happening(DateTimeOffset At, string Kind, string Station, Guid? Id, long? Value, decimal? Amount, string? Detail, string? More);

/// <summary>Reads what happened lately, newest first.</summary>
internal static class Happenings
{
    public static Task<List<Happening>> Read(NpgsqlDataSource data, Guid tenant, int limit, CancellationToken ct) => data.Rows(
        """
        select h.at, h.kind, s.identity, h.id, h.value, h.amount, h.detail, h.more from (
          (select started_at as at, 'started' as kind, station_id, id, power_w as value, null::numeric as amount, id_token as detail, null::text as more
           from charging_session where tenant_id = $1 order by started_at desc limit $2)
          union all
          (select ended_at, 'ended', station_id, id, energy_wh, (cost->>'inclVat')::numeric, stop_reason, cost->>'currency'
           from charging_session where tenant_id = $1 and state = 'ended' and started_at > current_timestamp - interval '3 days' order by ended_at desc nulls last limit $2)
          union all
          (select l.at, l.event, l.station_id, null, null, null, l.detail, null
           from (select id from charging_station where tenant_id = $1 and removed_at is null) own
           join lateral (select at, event, detail, station_id from connection_log where station_id = own.id and event <> 'superseded' and at > current_timestamp - interval '1 day' order by at desc limit 3) l on true
           order by l.at desc limit $2)
          union all
          (select status_at, 'faulted', station_id, null, wire_number, null, error_code, null
           from connector where tenant_id = $1 and status = 'Faulted' and status_at is not null order by status_at desc limit $2)
          union all
          (select k.requested_at, 'command', k.station_id, null, null, null, k.command, coalesce(k.outcome, '') || ' · ' || coalesce(k.requested_by, '')
           from (select id from charging_station where tenant_id = $1 and removed_at is null) own
           join lateral (select * from station_command where station_id = own.id and requested_at > current_timestamp - interval '1 day' order by requested_at desc limit 3) k on true
           order by k.requested_at desc limit $2)
        ) h join charging_station s on s.id = h.station_id
        where h.at is not null order by h.at desc limit $2
        """,
        r => new Happening(r.GetFieldValue<DateTimeOffset>(0), r.GetString(1), r.GetString(2), r.Maybe<Guid>(3), r.Maybe<long>(4), r.Maybe<decimal>(5), r.Get<string>(6), r.Get<string>(7)),
        ct,
        tenant,
        limit);
}
