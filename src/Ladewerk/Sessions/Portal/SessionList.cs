using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Stations;
using Npgsql;

namespace Ladewerk.Sessions.Portal;

/// <summary>What the list is narrowed to; all of it stands in the address.</summary>
/// <param name="State">active, ended, review or null.</param>
/// <param name="Station">Identity of a station.</param>
/// <param name="From">First day, in the operator's zone.</param>
/// <param name="To">Last day, in the operator's zone.</param>
/// <param name="Search">A token, a transaction number, or part of a driver's name.</param>
/// <param name="Cursor">Where a page begins.</param>
public sealed record SessionListFilter(string? State, string? Station, Guid? Site, DateOnly? From, DateOnly? To, string? Search, string? Cursor)
{
    public const int Size = 30;

    public bool IsNarrowed => State is not null || Station is not null || Site is not null || From is not null || To is not null || Search is not null;

    /// <summary>The list's address with this filter.</summary>
    public string Href(string path = "/portal/sessions") => Link.To(
        path, ("state", State), ("station", Station), ("site", Site?.ToString("D")), ("from", Day(From)), ("to", Day(To)), ("q", Search), ("cursor", Cursor));

    private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>A session in the list.</summary>
public sealed record SessionRow(
    Guid Id, long TransactionId, string Station, string? Site, int EvseNumber, int Connector, string IdToken, string? Driver, DateTimeOffset StartedAt, DateTimeOffset? EndedAt,
    bool Active, string Phase, long EnergyWh, long? PowerW, decimal? Soc, decimal? Net, decimal? Gross, string? Currency, bool NeedsReview, string ZoneName, string? StopReason)
{
    public TimeZoneInfo Zone => Show.Zone(ZoneName);
}

/// <summary>Reads the session list.</summary>
internal static class SessionList
{
    private const string Columns = """
        select g.id, g.transaction_id, s.identity, t.name, g.evse_number, g.connector_number, g.id_token, d.name, g.started_at, g.ended_at,
               g.state = 'active', g.phase, g.energy_wh, g.power_w, g.soc, (g.cost->>'exclVat')::numeric, (g.cost->>'inclVat')::numeric, g.cost->>'currency', g.needs_review, g.time_zone, g.stop_reason
        from charging_session g
        join charging_station s on s.id = g.station_id
        left join site t on t.id = g.site_id
        left join driver d on d.id = g.driver_id

        """;

    private const string Narrowed = """
        where g.tenant_id = $1 and ($2::text is null or g.state = $2) and (not $3 or g.needs_review) and ($4::text is null or s.identity_key = $4)
          and ($5::uuid is null or g.site_id = $5) and ($6::timestamptz is null or g.started_at >= $6) and ($7::timestamptz is null or g.started_at < $7)
          and ($8::text is null or g.id_token_key = $9 or g.transaction_id::text = $8 or d.name ilike '%' || $8 || '%')
          and ($10::timestamptz is null or (g.started_at, g.id) < ($10, $11::uuid))
        order by g.started_at desc, g.id desc limit $12
        """;

    public static async Task<Page<SessionRow>> Read(NpgsqlDataSource data, Guid tenant, TimeZoneInfo zone, SessionListFilter filter, int limit, CancellationToken ct)
    {
        var (at, id) = Position(Paging.Decode(filter.Cursor));
        var rows = await data.Rows(
            Columns + Narrowed,
            Row,
            ct,
            tenant,
            filter.State is "active" or "ended" ? filter.State : null,
            filter.State is "review",
            filter.Station is null ? null : StationIdentity.Key(filter.Station),
            filter.Site,
            filter.From is { } from ? Start(from, zone) : null,
            filter.To is { } to ? Start(to.AddDays(1), zone) : null,
            filter.Search,
            filter.Search is null ? "" : IdTokenUid.Key(filter.Search),
            at,
            id,
            limit + 1);
        return Paging.Of(rows, limit, r => string.Create(CultureInfo.InvariantCulture, $"{r.StartedAt.UtcTicks}|{r.Id}"));
    }

    /// <summary>How many run, how many wait for a person.</summary>
    public static async Task<(long Active, long Review)> Counts(NpgsqlDataSource data, Guid tenant, CancellationToken ct) => await data.First(
        "select (select count(*) from charging_session where tenant_id = $1 and state = 'active'), (select count(*) from charging_session where tenant_id = $1 and needs_review and state = 'ended')",
        r => (r.GetInt64(0), r.GetInt64(1)),
        ct,
        tenant);

    private static SessionRow Row(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetInt64(1), r.GetString(2), r.Get<string>(3), r.GetInt32(4), r.GetInt32(5), r.GetString(6), r.Get<string>(7), r.GetFieldValue<DateTimeOffset>(8), r.MaybeTime(9),
        r.GetBoolean(10), r.GetString(11), r.GetInt64(12), r.Maybe<long>(13), r.Maybe<decimal>(14), r.Maybe<decimal>(15), r.Maybe<decimal>(16), r.Get<string>(17), r.GetBoolean(18), r.GetString(19), r.Get<string>(20));

    private static DateTimeOffset Start(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    private static (DateTimeOffset? At, Guid? Id) Position(string? key) =>
        key?.Split('|') is [var ticks, var id] && long.TryParse(ticks, CultureInfo.InvariantCulture, out var at) && Guid.TryParse(id, out var last)
            ? (new DateTimeOffset(at, TimeSpan.Zero), last)
            : (null, null);
}
