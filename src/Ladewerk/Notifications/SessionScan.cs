using System.Globalization;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>
/// Finds what there is to tell drivers of their sessions. It compares what is stored with what was told, in one statement for all sessions of
/// a tenant, so that the way of a station's message stays free of it and nothing is lost while the server is down.
/// </summary>
internal static class SessionScan
{
    /// <summary>Sessions that run are noticed here; those that came whole are noticed by the event of their end.</summary>
    private const string Notice = """
        insert into session_notice (session_id, tenant_id, phase, since)
        select s.id, s.tenant_id, '', $2 from charging_session s
        where s.tenant_id = $1 and s.state = 'active' and (s.driver_id is not null or $3) and not exists (select 1 from session_notice m where m.session_id = s.id)
        on conflict do nothing
        """;

    private const string Standing = """
        select m.session_id, m.phase, m.since, m.told, s.state = 'ended', s.phase, s.started_at, s.ended_at, s.energy_wh, s.soc, s.stop_reason,
               s.cost is not null or s.needs_review or coalesce(s.ended_at, s.created_at) < $2 - interval '2 minutes', s.cost->>'inclVat', s.cost->>'currency',
               s.driver_id, s.site_id, s.station_id, t.identity, t.name, p.name, s.time_zone, s.connector_number,
               coalesce((q.settings->>'targetSoc')::numeric, 80),
               case when v.document::text like '%PARKING_TIME%' then coalesce((jsonb_path_query_first(v.document, '$.**.grace.minutes') #>> '{}')::numeric, 0) end
        from session_notice m
        join charging_session s on s.id = m.session_id
        join charging_station t on t.id = s.station_id
        left join site p on p.id = s.site_id
        left join driver d on d.id = s.driver_id
        left join notification_preference q on q.tenant_id = m.tenant_id and q.person_id = coalesce(d.account_id, d.id)
        left join tariff_version v on v.tariff_id = s.tariff_id and v.version = s.tariff_version
        where m.tenant_id = $1 and not m.settled
          and (s.phase <> m.phase or s.state = 'ended' or s.phase in ('suspendedByVehicle', 'finishing') or (s.soc is not null and not 'targetReached' = any(m.told)))
        limit 2000
        """;

    /// <summary>Looks at one tenant, in the transaction of <paramref name="connection"/>.</summary>
    /// <param name="alsoNobodys">Also sessions that belong to no driver: other systems want to know of them.</param>
    public static async Task<int> Run(NpgsqlConnection connection, TenantId tenant, TimeSpan idleAfter, bool alsoNobodys, DateTimeOffset now, CancellationToken ct)
    {
        await connection.Run(Notice, ct, tenant.Value, now, alsoNobodys);
        var notices = new List<Notice>();
        var marks = new List<(Guid Session, SessionMark Mark, bool Settled)>();
        foreach (var row in await connection.Rows(Standing, Seen.Read, ct, tenant.Value, now))
        {
            var (news, mark, settled) = SessionNews.Decide(row.Mark, row.Standing, row.Target, row.Grace is { } grace ? TimeSpan.FromMinutes((double)grace) : idleAfter, now);
            notices.AddRange(news.Select(e => row.Notice(e, now)));
            if (settled || news.Count > 0 || mark.Phase != row.Mark.Phase)
            {
                marks.Add((row.Id, mark, settled));
            }
        }

        foreach (var (session, mark, settled) in marks)
        {
            await connection.Run("update session_notice set phase = $2, since = $3, told = $4, settled = $5 where session_id = $1", ct, session, mark.Phase, mark.Since, mark.Told.ToArray(), settled);
        }

        return await NoticeStore.Raise(connection, tenant, notices, now, ct);
    }

    private sealed record Seen(Guid Id, SessionMark Mark, SessionStanding Standing, decimal Target, decimal? Grace, NoticeFacts Facts, Guid? Driver, Guid? Site, Guid Station)
    {
        public static Seen Read(NpgsqlDataReader row) => new(
            row.GetGuid(0),
            new(row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<string[]>(3)),
            new(row.GetBoolean(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6), row.GetInt64(8), row.Maybe<decimal>(9), row.Get<string>(10), row.GetBoolean(11)),
            row.GetDecimal(22),
            row.Maybe<decimal>(23),
            new()
            {
                Station = row.GetString(17), StationName = row.Get<string>(18), Site = row.Get<string>(19), TimeZone = row.GetString(20), Connector = row.GetInt32(21),
                StartedAt = row.GetFieldValue<DateTimeOffset>(6), EndedAt = row.MaybeTime(7), EnergyWh = row.GetInt64(8), Soc = row.Maybe<decimal>(9), Detail = row.Get<string>(10),
                Cost = row.Get<string>(12) is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : null, Currency = row.Get<string>(13),
            },
            row.Maybe<Guid>(14),
            row.Maybe<Guid>(15),
            row.GetGuid(16));

        /// <summary>A pause that comes and goes is told once in ten minutes.</summary>
        public Notice Notice(NoticeEvent e, DateTimeOffset now)
        {
            var turn = e == Catalogue.EnergyPaused || e == Catalogue.EnergyResumed ? string.Create(CultureInfo.InvariantCulture, $":{now.ToUnixTimeSeconds() / 600}") : "";
            return new(e, $"{e.Name}:{Id:N}{turn}", now, Facts) { Driver = Driver, Site = Site, Station = Station, Session = Id, Href = $"/portal/sessions/{Id:D}" };
        }
    }
}
