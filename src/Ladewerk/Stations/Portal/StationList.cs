using Ladewerk.Kernel;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Stations.Portal;

/// <summary>What the list is narrowed to; all of it stands in the address.</summary>
/// <param name="Search">Part of identity, name, serial number or EVSE-ID.</param>
/// <param name="State">A summary word, see <see cref="StationRow.Summary"/>.</param>
public sealed record StationListFilter(string? Search, string? State, Guid? Site, string? Model, int Page)
{
    /// <summary>Rows of a page.</summary>
    public const int Size = 25;

    /// <summary>The list's address with this filter.</summary>
    public string Href(string path = "/portal/stations") => Link.To(
        path, ("q", Search), ("state", State), ("site", Site?.ToString("D")), ("model", Model), ("page", Page > 1 ? Page.ToString(System.Globalization.CultureInfo.InvariantCulture) : null));
}

/// <summary>A connector in the list: its state and, while it charges, the running session.</summary>
public sealed record ConnectorRow(Guid StationId, int EvseNumber, int WireNumber, string? Type, string Status, string ErrorCode, Guid? SessionId, long? PowerW);

/// <summary>A station in the list.</summary>
/// <param name="Summary">charging, available, paused, faulted, offline, reserved, preparing, unavailable or pending.</param>
public sealed record StationRow(
    Guid Id, string Identity, string? Name, string? Vendor, string? Model, string? Site, bool Online, string Summary, string? OcppVersion,
    DateTimeOffset? LastSeenAt, string? Firmware, long? MaxPowerW, decimal? LimitA)
{
    public IReadOnlyList<ConnectorRow> Connectors { get; init; } = [];

    public long TodayWh { get; init; }

    /// <summary>What it draws now.</summary>
    public long PowerW => Connectors.Sum(c => c.PowerW ?? 0);

    /// <summary>What it could draw; 0 where nobody said.</summary>
    public long CeilingW => MaxPowerW ?? 0;
}

/// <summary>A page of the list with the counts by state.</summary>
public sealed record StationListPage(
    IReadOnlyList<StationRow> Rows, long Total, IReadOnlyDictionary<string, long> ByState, IReadOnlyList<(string Value, string Text)> Sites, IReadOnlyList<string> Models, long Evses);

/// <summary>Reads the station list.</summary>
internal static class StationList
{
    // The summary of a station is its most telling connector; pending and offline beat all of them.
    private const string Summaries = """
        with k as (
          select station_id, bool_or(status = 'Faulted') as faulted, bool_or(status = 'Charging') as charging,
                 bool_or(status in ('SuspendedEV', 'SuspendedEVSE')) as paused, bool_or(status = 'Reserved') as reserved,
                 bool_or(status in ('Preparing', 'Finishing')) as preparing, bool_or(status = 'Available') as available
          from connector where tenant_id = $1 group by station_id),
        s as (
          select s.id, s.identity, s.name, s.vendor, s.model, s.site_id, t.name as site, n.station_id is not null as online,
                 case when s.registration_status = 'pending' then 'pending' when n.station_id is null then 'offline' when k.faulted then 'faulted'
                      when k.charging then 'charging' when k.paused then 'paused' when k.preparing then 'preparing'
                      when k.available then 'available' when k.reserved then 'reserved' else 'unavailable' end as summary,
                 s.ocpp_version, s.last_seen_at, s.firmware_version, s.serial_number, s.limit_a,
                 coalesce(nullif(concat_ws(' ', s.vendor, s.model), ''), '') as make
          from charging_station s
          left join station_connection n on n.station_id = s.id
          left join site t on t.id = s.site_id
          left join k on k.station_id = s.id
          where s.tenant_id = $1 and s.removed_at is null)

        """;

    private const string Narrowed = """
         from s where ($2::text is null or s.identity ilike $2 or s.name ilike $2 or s.serial_number ilike $2
              or exists (select 1 from evse e where e.station_id = s.id and e.evse_id ilike $2))
           and ($3::uuid is null or s.site_id = $3) and ($4::text is null or s.make = $4)
        """;

    public static async Task<StationListPage> Read(NpgsqlDataSource data, Guid tenant, StationListFilter filter, DateTimeOffset today, CancellationToken ct)
    {
        var search = string.IsNullOrWhiteSpace(filter.Search) ? null : "%" + Escape(filter.Search.Trim()) + "%";
        object?[] narrowing = [tenant, search, filter.Site, string.IsNullOrEmpty(filter.Model) ? null : filter.Model];
        var counts = await data.Rows(
            Summaries + "select s.summary, count(*)" + Narrowed + " group by s.summary", r => (r.GetString(0), r.GetInt64(1)), ct, narrowing);
        var rows = await data.Rows(
            Summaries + "select s.id, s.identity, s.name, s.vendor, s.model, s.site, s.online, s.summary, s.ocpp_version, s.last_seen_at, s.firmware_version, "
                + "(select sum(e.max_power_w)::bigint from evse e where e.station_id = s.id), s.limit_a" + Narrowed
                + " and ($5::text is null or s.summary = $5) order by s.identity limit $6 offset $7",
            Row,
            ct,
            [.. narrowing, filter.State, StationListFilter.Size, (filter.Page - 1) * StationListFilter.Size]);
        var sites = await data.Rows("select id, name from site where tenant_id = $1 order by name", r => (r.GetGuid(0).ToString("D"), r.GetString(1)), ct, tenant);
        var models = await data.Rows(
            "select distinct concat_ws(' ', vendor, model) from charging_station where tenant_id = $1 and removed_at is null and vendor is not null order by 1",
            r => r.GetString(0),
            ct,
            tenant);
        var evses = await data.First("select count(*) from evse e join charging_station s on s.id = e.station_id where e.tenant_id = $1 and s.removed_at is null", r => r.GetInt64(0), ct, tenant);
        var byState = counts.ToDictionary(c => c.Item1, c => c.Item2, StringComparer.Ordinal);
        var total = filter.State is null ? byState.Values.Sum() : byState.GetValueOrDefault(filter.State);
        return new StationListPage(await WithLife(data, rows, today, ct), total, byState, sites, models, evses);
    }

    private static async Task<IReadOnlyList<StationRow>> WithLife(NpgsqlDataSource data, List<StationRow> rows, DateTimeOffset today, CancellationToken ct)
    {
        var ids = rows.ConvertAll(r => r.Id).ToArray();
        var connectors = (await Connectors(data, ids, ct)).ToLookup(c => c.StationId);
        var energy = (await data.Rows(
            "select station_id, sum(energy_wh)::bigint from charging_session where station_id = any($1) and created_at >= $2 group by station_id",
            r => (r.GetGuid(0), r.GetInt64(1)),
            ct,
            ids,
            today)).ToDictionary(e => e.Item1, e => e.Item2);
        return rows.ConvertAll(r => r with { Connectors = [.. connectors[r.Id]], TodayWh = energy.GetValueOrDefault(r.Id) });
    }

    /// <summary>Connectors of these stations with their running sessions.</summary>
    public static Task<List<ConnectorRow>> Connectors(NpgsqlDataSource data, Guid[] stations, CancellationToken ct) => data.Rows(
        """
        select c.station_id, c.evse_number, c.wire_number, c.type, c.status, c.error_code, g.id, g.power_w
        from connector c
        left join lateral (
          select id, power_w from charging_session g
          where g.station_id = c.station_id and g.connector_number = c.wire_number and g.state = 'active' order by created_at desc limit 1) g on true
        where c.station_id = any($1) order by c.station_id, c.wire_number
        """,
        r => new ConnectorRow(r.GetGuid(0), r.GetInt32(1), r.GetInt32(2), r.Get<string>(3), r.GetString(4), r.GetString(5), r.Maybe<Guid>(6), r.Maybe<long>(7)),
        ct,
        stations);

    private static StationRow Row(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.Get<string>(2), r.Get<string>(3), r.Get<string>(4), r.Get<string>(5), r.GetBoolean(6), r.GetString(7), r.Get<string>(8),
        r.MaybeTime(9), r.Get<string>(10), r.Maybe<long>(11), r.Maybe<decimal>(12));

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
