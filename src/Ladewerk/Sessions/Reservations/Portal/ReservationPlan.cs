using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Sessions.Reservations.Portal;

/// <summary>What the reservations page shows; all of it stands in the address.</summary>
/// <param name="IsWeek">A week from the day's Monday; else the day.</param>
/// <param name="Day">In the operator's zone.</param>
public sealed record PlanView(bool IsWeek, DateOnly Day, Guid? Site)
{
    public DateOnly First => IsWeek ? Day.AddDays(-(((int)Day.DayOfWeek + 6) % 7)) : Day;

    public int Days => IsWeek ? 7 : 1;

    public string Href => Link.To("/portal/reservations", ("view", IsWeek ? "week" : null), ("day", Text(Day)), ("site", Site?.ToString("D")));

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static PlanView Of(string? view, string? day, string? site, DateTimeOffset now, TimeZoneInfo zone) => new(
        view == "week",
        DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var chosen) ? chosen : DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime),
        Guid.TryParse(site, out var id) ? id : null);

    /// <summary>Midnight at which a day begins.</summary>
    public static DateTimeOffset Midnight(DateOnly day, TimeZoneInfo zone)
    {
        var at = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(at, zone.GetUtcOffset(at)).ToUniversalTime();
    }
}

/// <summary>A reservation on a page.</summary>
public sealed record PlannedReservation(
    Guid Id, string Station, string? Name, string? Site, int? Evse, string? EvseId, string IdToken, string? Driver, DateTimeOffset From, DateTimeOffset To, ReservationState State, string? Reason, string ZoneName)
{
    public TimeZoneInfo Zone => Show.Zone(ZoneName);

    public string Who => Driver ?? Show.Masked(IdToken);

    public string Title => Name ?? Station;

    public string Href => $"/portal/reservations/{Id:D}";
}

/// <summary>A row of the plan.</summary>
/// <param name="Evse">Null: any of the station's.</param>
public sealed record PlanRow(string Station, string Title, int? Evse, string? EvseId, IReadOnlyList<PlannedReservation> Reservations);

/// <summary>Reads what the reservations page shows.</summary>
internal static class ReservationPlan
{
    /// <summary>More EVSEs are only shown where something is reserved.</summary>
    private const int MostRows = 60;
    private const int MostReservations = 500;

    private const string Columns = """
        select r.id, s.identity, s.name, t.name, r.evse_number, e.evse_id, r.id_token, d.name, r.starts_at, r.expires_at, r.state, r.reason, coalesce(t.time_zone, o.time_zone)
        from reservation r
        join charging_station s on s.id = r.station_id
        join tenant o on o.id = r.tenant_id
        left join site t on t.id = s.site_id
        left join evse e on e.station_id = r.station_id and e.number = r.evse_number
        left join driver d on d.id = r.driver_id

        """;

    /// <summary>What is or was reserved within a time, in its order.</summary>
    public static Task<List<PlannedReservation>> Within(NpgsqlDataSource data, Guid tenant, Guid? site, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => data.Rows(
        Columns + "where r.tenant_id = $1 and r.starts_at < $3 and r.expires_at > $2 and ($4::uuid is null or s.site_id = $4) order by r.starts_at, r.id limit $5",
        Read, ct, tenant, from, to, site, MostReservations);

    /// <summary>A station's open reservations, the next first.</summary>
    public static Task<List<PlannedReservation>> Open(NpgsqlDataSource data, Guid station, int limit, CancellationToken ct) => data.Rows(
        Columns + "where r.station_id = $1 and r.state in ('planned', 'sent', 'active') order by r.starts_at, r.id limit $2", Read, ct, station, limit);

    /// <summary>A row for each EVSE, and one for a station of which any is reserved. The flag says that free ones are left out.</summary>
    public static async Task<(IReadOnlyList<PlanRow> Rows, bool LeavesOut)> Rows(NpgsqlDataSource data, Guid tenant, Guid? site, IReadOnlyList<PlannedReservation> reservations, CancellationToken ct)
    {
        var evses = await data.Rows(
            """
            select s.identity, coalesce(s.name, s.identity), c.evse_number, max(e.evse_id) from charging_station s
            join connector c on c.station_id = s.id left join evse e on e.station_id = s.id and e.number = c.evse_number
            where s.tenant_id = $1 and s.removed_at is null and ($2::uuid is null or s.site_id = $2) group by s.identity, s.name, c.evse_number order by 2, 3
            """,
            r => (Station: r.GetString(0), Title: r.GetString(1), Evse: r.GetInt32(2), EvseId: r.Get<string>(3)), ct, tenant, site);
        var shown = reservations.Where(r => r.State is not (ReservationState.Cancelled or ReservationState.Rejected)).ToLookup(r => (r.Station, r.Evse));
        var rows = new List<PlanRow>();
        foreach (var station in evses.GroupBy(e => (e.Station, e.Title)))
        {
            if (shown[(station.Key.Station, null)].ToList() is { Count: > 0 } any)
            {
                rows.Add(new PlanRow(station.Key.Station, station.Key.Title, null, null, any));
            }

            rows.AddRange(station.Select(e => new PlanRow(e.Station, e.Title, e.Evse, e.EvseId, [.. shown[(e.Station, e.Evse)]])));
        }

        var busy = rows.Where(r => r.Reservations.Count > 0).ToList();
        return rows.Count <= MostRows ? (rows, false) : (busy, true);
    }

    /// <summary>How many did not come with this driver's reservations.</summary>
    public static Task<long> NoShows(NpgsqlDataSource data, Guid driver, CancellationToken ct) =>
        data.First("select count(*) from reservation where driver_id = $1 and state = 'noShow'", r => r.GetInt64(0), ct, driver);

    private static PlannedReservation Read(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.Get<string>(2), r.Get<string>(3), r.Maybe<int>(4), r.Get<string>(5), r.GetString(6), r.Get<string>(7),
        r.GetFieldValue<DateTimeOffset>(8), r.GetFieldValue<DateTimeOffset>(9), Enum.Parse<ReservationState>(r.GetString(10), ignoreCase: true), r.Get<string>(11), r.GetString(12));
}

/// <summary>How states of reservations look.</summary>
internal static class ReservationLooks
{
    public static Look Of(ReservationState state) => state switch
    {
        ReservationState.Planned => new("s-br", "calendar-time", "reservations.state.planned"),
        ReservationState.Sent => new("s-su", "send", "reservations.state.sent"),
        ReservationState.Active => new("s-re", "lock", "reservations.state.active"),
        ReservationState.Fulfilled => new("s-av", "circle-check", "reservations.state.fulfilled"),
        ReservationState.Expired => new("s-of", "hourglass", "reservations.state.expired"),
        ReservationState.Cancelled => new("s-of", "ban", "reservations.state.cancelled"),
        ReservationState.Rejected => new("s-fa", "circle-x", "reservations.state.rejected"),
        ReservationState.NoShow => new("s-su", "eye-off", "reservations.state.noShow"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };
}
