using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Insight;

/// <summary>Mean power of a site in a slot of time.</summary>
public sealed record SitePower(string? Site, DateTimeOffset At, decimal Kw);

/// <summary>Power by site over time, from the readings of sessions.</summary>
internal static class PowerBySite
{
    /// <summary>Slots of the given length since <paramref name="from"/>. A session's mean within a slot counts; a site's power is the sum of its sessions.</summary>
    public static Task<List<SitePower>> Read(NpgsqlDataSource data, Guid tenant, DateTimeOffset from, TimeSpan slot, CancellationToken ct) => data.Rows(
        """
        with g as (
          select id, site_id from charging_session
          where tenant_id = $1 and started_at >= $2 - interval '2 days' and (ended_at is null or ended_at >= $2)),
        m as (
          select g.site_id, g.id, date_bin($3, s.at, $2) as slot, avg(s.power_w) as watts
          from g join meter_sample s on s.session_id = g.id and s.at >= $2 where s.power_w is not null group by 1, 2, 3)
        select t.name, m.slot, (sum(m.watts) / 1000)::numeric(12, 1) from m left join site t on t.id = m.site_id group by 1, 2 order by 1, 2
        """,
        r => new SitePower(r.Get<string>(0), r.GetFieldValue<DateTimeOffset>(1), r.GetDecimal(2)),
        ct,
        tenant,
        from,
        slot);
}
