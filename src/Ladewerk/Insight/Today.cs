using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Insight;

/// <summary>The figures on top of the dashboard. Energy and revenue count by the day on which a session began, in the operator's zone.</summary>
/// <param name="RevenueToday">Gross, of ended sessions that are priced.</param>
public sealed record Today(
    long Stations, long Online, long Faulted, long PowerW, long CeilingW, long Charging, long Paused, long EnergyTodayWh, long Energy30Wh, decimal RevenueToday, decimal Revenue30)
{
    /// <summary>Energy of each of the last 30 days.</summary>
    public IReadOnlyList<decimal> EnergyByDay { get; init; } = [];

    /// <summary>Revenue of each of the last 30 days.</summary>
    public IReadOnlyList<decimal> RevenueByDay { get; init; } = [];

    public long Offline => Stations - Online;

    public long Sessions => Charging + Paused;

    /// <summary>Reads the figures.</summary>
    internal static async Task<Today> Read(NpgsqlDataSource data, Guid tenant, string zone, CancellationToken ct)
    {
        var figures = await data.First(
            """
            select count(*), count(n.station_id), count(*) filter (where n.station_id is not null and exists (select 1 from connector k where k.station_id = s.id and k.status = 'Faulted')),
                   coalesce(sum((select sum(e.max_power_w) from evse e where e.station_id = s.id)) filter (where n.station_id is not null), 0)::bigint
            from charging_station s left join station_connection n on n.station_id = s.id
            where s.tenant_id = $1 and s.removed_at is null
            """,
            r => (Stations: r.GetInt64(0), Online: r.GetInt64(1), Faulted: r.GetInt64(2), CeilingW: r.GetInt64(3)),
            ct,
            tenant);
        var running = await data.First(
            """
            select coalesce(sum(power_w), 0)::bigint, count(*) filter (where phase in ('starting', 'charging')), count(*) filter (where phase not in ('starting', 'charging'))
            from charging_session where tenant_id = $1 and state = 'active'
            """,
            r => (PowerW: r.GetInt64(0), Charging: r.GetInt64(1), Paused: r.GetInt64(2)),
            ct,
            tenant);
        var days = await data.Rows(
            """
            with d as (select generate_series(current_timestamp at time zone $2 - interval '29 days', current_timestamp at time zone $2, interval '1 day')::date as day),
                 g as (select (started_at at time zone $2)::date as day, sum(energy_wh)::numeric as wh, sum((cost->>'inclVat')::numeric) as gross
                       from charging_session where tenant_id = $1 and started_at >= date_trunc('day', current_timestamp at time zone $2 - interval '29 days') at time zone $2 group by 1)
            select coalesce(g.wh, 0), coalesce(g.gross, 0) from d left join g using (day) order by day
            """,
            r => (Wh: r.GetDecimal(0), Gross: r.GetDecimal(1)),
            ct,
            tenant,
            zone);
        return new Today(
            figures.Stations, figures.Online, figures.Faulted, running.PowerW, figures.CeilingW, running.Charging, running.Paused,
            (long)days[^1].Wh, (long)days.Sum(d => d.Wh), days[^1].Gross, days.Sum(d => d.Gross))
        {
            EnergyByDay = days.ConvertAll(d => d.Wh / 1000m),
            RevenueByDay = days.ConvertAll(d => d.Gross),
        };
    }
}
