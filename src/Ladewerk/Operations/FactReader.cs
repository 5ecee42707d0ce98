using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Stations.Firmware;
using Npgsql;

namespace Ladewerk.Operations;

/// <summary>Reads what the rules look at: one query for each kind of fact, whatever the number of stations. What cannot be a symptom is not read.</summary>
internal sealed class FactReader(NpgsqlDataSource data)
{
    private const string StationsSql = """
        select s.id, s.registration_status, nullif(concat_ws(' ', s.vendor, s.model), ''), s.created_at, n.connected_at, s.last_seen_at, s.heartbeat_interval_seconds, s.clock_offset_ms,
               coalesce(l.times, 0), l.first, coalesce(b.times, 0), b.first
        from charging_station s
        left join station_connection n on n.station_id = s.id
        left join (select station_id, count(*) as times, min(at) as first from connection_log where tenant_id = $1 and event = 'connected' and at > $2 - $3::interval group by 1) l on l.station_id = s.id
        left join (select station_id, count(*) as times, min(at) as first from station_boot where tenant_id = $1 and at > $2 - $4::interval group by 1) b on b.station_id = s.id
        where s.tenant_id = $1 and s.removed_at is null
          and (n.station_id is null or s.last_seen_at < $2 - interval '20 seconds' or abs(s.clock_offset_ms) > 1000 or l.times > 1 or b.times > 1)
        """;

    private const string ConnectorsSql = """
        select c.station_id, c.wire_number, c.status, coalesce(c.status_at, s.created_at), c.error_code, nullif(concat_ws(' ', c.vendor_error_code, c.info), ''), g.id, n.station_id is not null
        from connector c
        join charging_station s on s.id = c.station_id and s.removed_at is null
        left join station_connection n on n.station_id = c.station_id
        left join charging_session g on g.station_id = c.station_id and g.connector_number = c.wire_number and g.state = 'active'
        where c.tenant_id = $1 and c.status not in ('Available', 'Unavailable', 'Reserved')
        """;

    private const string SessionsSql = """
        select g.station_id, g.connector_number, g.id, g.transaction_id, g.phase, g.started_at, g.last_sample_at, n.station_id is not null
        from charging_session g left join station_connection n on n.station_id = g.station_id
        where g.tenant_id = $1 and g.state = 'active'
        """;

    private const string StartsSql = """
        select k.station_id, k.connector, k.requested_at, k.requested_by,
               exists (select 1 from charging_session g where g.station_id = k.station_id and g.created_at >= k.requested_at - interval '2 seconds' and (k.connector is null or g.connector_number = k.connector)),
               c.status, c.status_at
        from (select r.*, coalesce((r.request->>'connectorNumber')::int, (r.request->>'connectorId')::int,
                (select min(o.wire_number) from connector o where o.station_id = r.station_id and o.evse_number = (r.request->>'evseNumber')::int)) as connector
              from station_command r
              where r.tenant_id = $1 and r.command in ('remote-start', 'RemoteStartTransaction') and r.outcome = 'Accepted' and r.requested_at > $2 - $3::interval) k
        left join connector c on c.station_id = k.station_id and c.wire_number = k.connector
        """;

    private const string StraysSql = """
        select station_id, connector, min(at), max(at), (max(energy_wh) - min(energy_wh))::bigint, max(power_w)
        from meter_sample
        where tenant_id = $1 and session_id is null and connector > 0 and received_at > $2 - $3::interval and (energy_wh is not null or power_w is not null)
        group by 1, 2
        """;

    private const string FaultsSql = """
        select station_id, evse_number, count(*), min(from_at), max(from_at), (array_agg(detail order by from_at desc))[1]
        from evse_interval where tenant_id = $1 and state = 'faulted' and from_at > $2 - $3::interval group by 1, 2
        """;

    // The least that flowed, summed over the sessions that a limit binds, is what flowed at least. Of one purpose the highest level counts.
    private const string LimitsSql = """
        with p as (
          select distinct on (station_id, connector, purpose) station_id, connector, (profile->>'inWatts')::boolean as watts, (profile->'periods'->0->>'limit')::numeric as most, set_at
          from station_profile
          where tenant_id = $1 and (purpose = 'stationMaximum' or (purpose = 'transactionDefault' and connector > 0))
            and jsonb_array_length(profile->'periods') = 1 and profile->>'recurrence' is null and profile->>'durationSeconds' is null
          order by station_id, connector, purpose, stack_level desc),
        r as (
          select g.station_id, g.connector_number, count(*) as times, min(m.received_at) as oldest, min(greatest(m.l1_a, m.l2_a, m.l3_a))::numeric as amperes, min(m.power_w)::numeric as watts
          from charging_session g
          join charging_station s on s.id = g.station_id
          join meter_sample m on m.session_id = g.id and m.received_at > $2 - $3::interval and (m.power_w is not null or m.l1_a is not null)
            and m.at > $2 - $3::interval - interval '5 minutes' + least(interval '0', coalesce(s.clock_offset_ms, 0) * interval '1 millisecond')
          where g.tenant_id = $1 and g.state = 'active' and g.station_id in (select station_id from p)
          group by 1, 2)
        select p.station_id, nullif(p.connector, 0), case when not p.watts then p.most end, case when p.watts then p.most end, p.set_at, sum(r.amperes), sum(r.watts), min(r.times), min(r.oldest)
        from p join r on r.station_id = p.station_id and (p.connector = 0 or r.connector_number = p.connector)
        group by p.station_id, p.connector, p.watts, p.most, p.set_at
        """;

    private static readonly string PapersSql = $"""
        (select 'review', g.id::text, g.station_id, coalesce(g.ended_at, g.started_at), g.id, g.transaction_id, array_to_string(g.review_reasons, ','), g.energy_wh::numeric, null
         from charging_session g where g.tenant_id = $1 and g.needs_review and g.state = 'ended')
        union all
        (select 'pending', s.id::text, s.id, s.created_at, null, null, nullif(concat_ws(' ', s.vendor, s.model), ''), null, null
         from charging_station s where s.tenant_id = $1 and s.removed_at is null and s.registration_status = 'pending')
        union all
        (select 'refused', lower(r.identity), (select s.id from charging_station s where s.tenant_id = $1 and s.removed_at is null and s.identity_key = r.identity_key), min(r.first_at), null, sum(r.attempts)::bigint,
                (array_agg(r.reason order by r.last_at desc))[1], null, r.identity || ' ' || (array_agg(r.remote_address order by r.last_at desc))[1]
         from refused_connection r where r.tenant_id = $1 and r.last_at > $2 - interval '24 hours' group by r.identity, r.identity_key)
        union all
        (select 'unmatched', coalesce(i.station_id::text, '-') || '/' || i.kind, (select s.id from charging_station s where s.id = i.station_id), min(i.at), null, count(*), i.kind, null, null
         from review_item i where i.tenant_id = $1 and i.resolved_at is null group by i.station_id, i.kind)
        union all
        (select 'parked', o.type, null, min(o.parked_at), null, count(*), o.type, null, null
         from outbox o where o.tenant_id = $1 and o.parked_at is not null group by o.type)
        union all
        (select 'securityAlarm', e.station_id::text || '/' || e.type, e.station_id, min(e.received_at), null, count(*), e.type, null, null
         from security_event e where e.tenant_id = $1 and e.severity = 'alarm' and e.acknowledged_at is null group by e.station_id, e.type)
        union all
        (select distinct on (s.id) 'badFirmware', s.id::text, s.id, greatest(b.created_at, s.last_boot_at), null, null, s.firmware_version, null, b.reason
         from charging_station s
         join bad_firmware_version b on b.tenant_id = s.tenant_id and {Versions.SameSql("b.version", "s.firmware_version")}
           and {Versions.SameVendorSql("b.vendor", "s.vendor")} and {Versions.MatchesSql("b.model_pattern", "s.model")}
         where s.tenant_id = $1 and s.removed_at is null order by s.id, b.created_at)
        union all
        (select 'configurationDrift', t.station_id::text, t.station_id, coalesce(t.stopped_at, t.checked_at, t.booted_at, $2), null, t.differences, t.stopped, null, null
         from station_template_state t join charging_station s on s.id = t.station_id and s.removed_at is null
         where t.tenant_id = $1 and (t.verdict = 'differs' or t.stopped is not null))
        union all
        (select 'localListBehind', l.station_id::text, l.station_id, coalesce(l.last_answer_at, l.checked_at, $2), null, l.wanted, coalesce(l.reason, l.last_answer), null, null
         from local_list l join charging_station s on s.id = l.station_id and s.removed_at is null
         where l.tenant_id = $1 and l.enabled and l.state = 'failed')
        union all
        (select 'meterKey', k.id::text, k.station_id, k.seen_at, null, k.evse_number, left(k.fingerprint, 16), null, null
         from meter_key k join charging_station s on s.id = k.station_id and s.removed_at is null where k.tenant_id = $1 and k.state = 'alarm')
        union all
        (select 'calibration', m.station_id::text || '/' || m.evse_number, m.station_id, greatest((m.calibrated_until - 90)::timestamp at time zone 'UTC', m.updated_at), null, m.evse_number, to_char(m.calibrated_until, 'YYYY-MM-DD'), null, null
         from meter m join charging_station s on s.id = m.station_id and s.removed_at is null where m.tenant_id = $1 and m.calibrated_until < ($2::timestamptz)::date + 90)
        union all
        (select 'terminalOffline', t.id::text, (select p.station_id from terminal_point p where p.terminal_id = t.id order by p.station_id limit 1), coalesce(t.seen_at, t.created_at) + interval '10 minutes', null, null, t.label, null, null
         from payment_terminal t where t.tenant_id = $1 and t.removed_at is null and not t.online and coalesce(t.seen_at, t.created_at) < $2 - interval '10 minutes')
        """;

    /// <summary>All facts of a tenant, as of <paramref name="now"/>.</summary>
    public async Task<WatchFacts> Read(TenantId tenant, WatchPolicies policies, DateTimeOffset now, CancellationToken ct) => new()
    {
        Stations = await data.Rows(StationsSql, Station, ct, tenant.Value, now, policies[FindingKind.Flapping].Within, policies[FindingKind.BootLoop].Within),
        Connectors = await data.Rows(ConnectorsSql, Connector, ct, tenant.Value),
        Sessions = await data.Rows(SessionsSql, Session, ct, tenant.Value),
        Starts = await data.Rows(StartsSql, Start, ct, tenant.Value, now, Rules.StartRules.Shown),
        Strays = await data.Rows(StraysSql, Stray, ct, tenant.Value, now, policies[FindingKind.EnergyWithoutSession].Within),
        Faults = await data.Rows(FaultsSql, Faults, ct, tenant.Value, now, policies[FindingKind.RepeatedFaults].Within),
        Limits = await data.Rows(LimitsSql, Limit, ct, tenant.Value, now, policies[FindingKind.LimitIgnored].After),
        Papers = await data.Rows(PapersSql, Paper, ct, tenant.Value, now),
    };

    private static StationFact Station(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.Get<string>(2), r.GetFieldValue<DateTimeOffset>(3), r.MaybeTime(4), r.MaybeTime(5), TimeSpan.FromSeconds(r.GetInt32(6)),
        r.Maybe<long>(7) is { } offset ? TimeSpan.FromMilliseconds(offset) : null, r.GetInt64(8), r.MaybeTime(9), r.GetInt64(10), r.MaybeTime(11));

    private static ConnectorFact Connector(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetInt32(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.GetString(4), r.Get<string>(5), r.Maybe<Guid>(6), r.GetBoolean(7));

    private static SessionFact Session(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetInt32(1), r.GetGuid(2), r.GetInt64(3), r.GetString(4), r.GetFieldValue<DateTimeOffset>(5), r.MaybeTime(6), r.GetBoolean(7));

    private static StartFact Start(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.Maybe<int>(1), r.GetFieldValue<DateTimeOffset>(2), r.Get<string>(3), r.GetBoolean(4), r.Get<string>(5), r.MaybeTime(6));

    private static StrayFact Stray(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetInt32(1), r.GetFieldValue<DateTimeOffset>(2), r.GetFieldValue<DateTimeOffset>(3), r.Maybe<long>(4), r.Maybe<long>(5));

    private static FaultsFact Faults(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetInt32(1), r.GetInt64(2), r.GetFieldValue<DateTimeOffset>(3), r.GetFieldValue<DateTimeOffset>(4), r.Get<string>(5));

    private static LimitFact Limit(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.Maybe<int>(1), r.Maybe<decimal>(2), r.Maybe<decimal>(3), r.GetFieldValue<DateTimeOffset>(4), r.Maybe<decimal>(5), r.Maybe<decimal>(6), r.GetInt64(7),
        r.GetFieldValue<DateTimeOffset>(8));

    private static PaperFact Paper(NpgsqlDataReader r)
    {
        var kind = FindingKind.Find(r.GetString(0)) ?? throw new InvalidOperationException("The query names a kind that does not exist.");
        return new PaperFact(
            kind, string.Create(CultureInfo.InvariantCulture, $"{kind.Name}/{r.GetString(1)}"), r.Maybe<Guid>(2), r.GetFieldValue<DateTimeOffset>(3), r.Maybe<Guid>(4),
            new FindingFacts(r.Maybe<long>(5), r.Get<string>(6), r.Maybe<decimal>(7), r.Get<string>(8)));
    }
}
