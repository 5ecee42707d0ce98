using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Insight;

/// <summary>Something that needs a person.</summary>
/// <param name="Kind">fault, review, offline, refused, pending, parked or unmatched.</param>
/// <param name="Station">Identity of the station concerned, where there is one.</param>
/// <param name="Since">Since when.</param>
/// <param name="Number">Connector, transaction, attempts, or how many, by kind.</param>
/// <param name="Detail">Error code, review reasons, refusal reason, event type, by kind.</param>
/// <param name="Id">The thing itself, where it has an id.</param>
/// <param name="Value">Wh of a session to review.</param>
public sealed record Finding(string Kind, string? Station, DateTimeOffset Since, long Number, string? Detail, Guid? Id, long? Value, string? Place);

/// <summary>Reads what needs a person, the most important first.</summary>
internal static class Findings
{
    // A station that is silent for a moment (restart, changed network) is nobody's business yet.
    private const int QuietMinutes = 5;

    private const string All = """
        select * from (
          (select 1 as rank, 'fault' as kind, s.identity as station, coalesce(c.status_at, s.created_at) as since, c.wire_number::bigint as number, c.error_code as detail, null::uuid as id, null::bigint as value,
                  concat_ws(' · ', t.name, nullif(concat_ws(' ', c.vendor_error_code, c.info), '')) as place
           from connector c join charging_station s on s.id = c.station_id join station_connection n on n.station_id = s.id left join site t on t.id = s.site_id
           where c.tenant_id = $1 and c.status = 'Faulted' and s.removed_at is null)
          union all
          (select 2, 'review', s.identity, coalesce(g.ended_at, g.started_at), g.transaction_id, array_to_string(g.review_reasons, ','), g.id, g.energy_wh, t.name
           from charging_session g join charging_station s on s.id = g.station_id left join site t on t.id = g.site_id
           where g.tenant_id = $1 and g.needs_review and g.state = 'ended')
          union all
          (select 3, 'offline', s.identity, coalesce(s.last_seen_at, s.created_at), 1, null, null, null, t.name
           from charging_station s left join site t on t.id = s.site_id
           where s.tenant_id = $1 and s.removed_at is null and s.registration_status = 'accepted' and s.last_seen_at < $2 - make_interval(mins => $3)
             and not exists (select 1 from station_connection n where n.station_id = s.id))
          union all
          (select 4, 'pending', s.identity, s.created_at, 1, concat_ws(' ', s.vendor, s.model), null, null, null
           from charging_station s where s.tenant_id = $1 and s.removed_at is null and s.registration_status = 'pending')
          union all
          (select 5, 'refused', r.identity, max(r.last_at), sum(r.attempts)::bigint, (array_agg(r.reason order by r.last_at desc))[1], null, null, (array_agg(r.remote_address order by r.last_at desc))[1]
           from refused_connection r where r.tenant_id = $1 and r.last_at > $2 - interval '24 hours' group by r.identity)
          union all
          (select 6, 'unmatched', s.identity, max(i.at), count(*), i.kind, null, null, null
           from review_item i left join charging_station s on s.id = i.station_id where i.tenant_id = $1 and i.resolved_at is null group by s.identity, i.kind)
          union all
          (select 7, 'parked', null, min(o.parked_at), count(*), o.type, null, null, null
           from outbox o where o.tenant_id = $1 and o.parked_at is not null group by o.type)
        ) f
        """;

    public static Task<List<Finding>> Read(NpgsqlDataSource data, Guid tenant, DateTimeOffset now, int limit, CancellationToken ct) => data.Rows(
        All + " order by rank, since desc limit $4",
        r => new Finding(r.GetString(1), r.Get<string>(2), r.GetFieldValue<DateTimeOffset>(3), r.GetInt64(4), r.Get<string>(5), r.Maybe<Guid>(6), r.Maybe<long>(7), r.Get<string>(8)),
        ct,
        tenant,
        now,
        QuietMinutes,
        limit);

    public static Task<long> Count(NpgsqlDataSource data, Guid tenant, DateTimeOffset now, CancellationToken ct) => data.First(
        $"select count(*) from ({All}) a", r => r.GetInt64(0), ct, tenant, now, QuietMinutes);
}
