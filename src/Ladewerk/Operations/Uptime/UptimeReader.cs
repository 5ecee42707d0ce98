using Ladewerk.Kernel;
using Ladewerk.Stations;
using Npgsql;

namespace Ladewerk.Operations.Uptime;

/// <summary>The uptime of one charge point.</summary>
public sealed record EvseUptime(Guid Station, string StationId, int Evse, string? EvseId, Guid? SiteId, string? Site, UptimeFigure Figure);

/// <summary>Which charge points are looked at.</summary>
public sealed record UptimeScope(Guid? Site = null, string? Station = null);

/// <summary>Reads uptime figures: the sums of all states in one query, the few outages that touch an exclusion in another.</summary>
public sealed class UptimeReader(NpgsqlDataSource data, TenantContext tenant, TimeProvider time)
{
    private const string Scope = """
         from evse_interval i
         join charging_station s on s.id = i.station_id
         left join site t on t.id = s.site_id
         where i.tenant_id = $1 and i.from_at < $3 and (i.to_at is null or i.to_at > $2) and ($4::uuid is null or s.site_id = $4) and ($5::text is null or s.identity_key = $5)
        """;

    private const string Sums = """
        select i.station_id, s.identity, i.evse_number, (select e.evse_id from evse e where e.station_id = i.station_id and e.number = i.evse_number), t.id, t.name, i.state,
               extract(epoch from sum(least(coalesce(i.to_at, $3), $3) - greatest(i.from_at, $2)))::float8
        """ + Scope + " group by 1, 2, 3, 4, 5, 6, 7 order by t.name nulls last, s.identity, i.evse_number";

    private const string Outages = """
        select i.station_id, i.evse_number, i.state, i.from_at, coalesce(i.to_at, $3), x.from_at, x.to_at
        from (select i.*, s.site_id
        """ + Scope + """
         and i.state in ('faulted', 'unavailable', 'offline')) i
        join uptime_exclusion x on x.tenant_id = $1 and x.from_at < coalesce(i.to_at, $3) and x.to_at > i.from_at
          and (x.station_id = i.station_id or (x.station_id is null and x.site_id = i.site_id)) and (x.evse_number is null or x.evse_number = i.evse_number)
        """;

    /// <summary>Each charge point that was known in the period; what lies in the future does not count.</summary>
    public async Task<List<EvseUptime>> Read(DateTimeOffset from, DateTimeOffset to, UptimeScope scope, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        object?[] values = [tenant.Current.Value, from.ToUniversalTime(), (to < now ? to : now).ToUniversalTime(), scope.Site, scope.Station is { } station ? StationIdentity.Key(station) : null];
        var sums = await data.Rows(
            Sums,
            r => (Evse: new EvseUptime(r.GetGuid(0), r.GetString(1), r.GetInt32(2), r.Get<string>(3), r.Maybe<Guid>(4), r.Get<string>(5), UptimeFigure.None), State: r.GetString(6), Seconds: r.GetDouble(7)),
            ct,
            values);
        var excluded = (await data.Rows(
            Outages,
            r => (Place: (r.GetGuid(0), r.GetInt32(1)), Stretch: new Stretch(r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.GetFieldValue<DateTimeOffset>(4)), Free: (r.GetFieldValue<DateTimeOffset>(5), r.GetFieldValue<DateTimeOffset>(6))),
            ct,
            values)).ToLookup(o => o.Place);
        return
        [
            .. sums.GroupBy(s => (s.Evse.Station, s.Evse.Evse)).Select(group => group.First().Evse with
            {
                Figure = group.Aggregate(UptimeFigure.None, (sum, s) => sum + UptimeFigure.Of([new Stretch(s.State, from, from.AddSeconds(s.Seconds))], [], from, from.AddSeconds(s.Seconds)))
                    with { Excluded = excluded[group.Key].GroupBy(o => o.Stretch).Sum(o => UptimeFigure.Of([o.Key], [.. o.Select(x => x.Free)], from, to).Excluded) },
            }),
        ];
    }

    /// <summary>The stretches of the charge points of a station, for its strip.</summary>
    public async Task<ILookup<int, Stretch>> Stretches(string station, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => (await data.Rows(
        "select i.evse_number, i.state, greatest(i.from_at, $2), least(coalesce(i.to_at, $3), $3), i.detail" + Scope + " order by i.evse_number, i.from_at",
        r => (Evse: r.GetInt32(0), Stretch: new Stretch(r.GetString(1), r.GetFieldValue<DateTimeOffset>(2), r.GetFieldValue<DateTimeOffset>(3), r.Get<string>(4))),
        ct,
        tenant.Current.Value,
        from,
        to < time.GetUtcNow() ? to : time.GetUtcNow(),
        null,
        StationIdentity.Key(station))).ToLookup(r => r.Evse, r => r.Stretch);

    /// <summary>The share of time each day's charge points together could be used; days are cut at <paramref name="days"/>.</summary>
    public async Task<List<(DateTimeOffset From, decimal? Percent)>> Daily(IReadOnlyList<DateTimeOffset> days, UptimeScope scope, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var rows = await data.Rows(
            """
            select d.n, extract(epoch from sum(least(coalesce(i.to_at, $3), $3, d.b) - greatest(i.from_at, $2, d.a)))::float8,
                   extract(epoch from sum(least(coalesce(i.to_at, $3), $3, d.b) - greatest(i.from_at, $2, d.a)) filter (where i.state in ('faulted', 'unavailable', 'offline')))::float8
            from unnest($6::timestamptz[], $7::timestamptz[]) with ordinality as d (a, b, n)
            join lateral (select i.*
            """ + Scope + """
             and i.from_at < d.b and (i.to_at is null or i.to_at > d.a)) i on true
            where least(coalesce(i.to_at, $3), $3, d.b) > greatest(i.from_at, d.a)
            group by d.n order by d.n
            """,
            r => (Day: r.GetInt64(0), Known: r.GetDouble(1), Out: r.Maybe<double>(2) ?? 0),
            ct,
            tenant.Current.Value,
            days[0],
            days[^1] < now ? days[^1] : now,
            scope.Site,
            scope.Station is { } station ? StationIdentity.Key(station) : null,
            days.SkipLast(1).ToArray(),
            days.Skip(1).ToArray());
        var known = rows.ToDictionary(r => r.Day);
        return [.. days.SkipLast(1).Select((day, i) => (day, known.TryGetValue(i + 1, out var r) && r.Known > 0 ? decimal.Round(100m * (decimal)(1 - (r.Out / r.Known)), 2) : (decimal?)null))];
    }
}
