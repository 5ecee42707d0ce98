using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Stations.Portal;

/// <summary>Head of a station's pages.</summary>
public sealed record StationFacts(
    Guid Id, string Identity, string? Name, string? Vendor, string? Model, string? Serial, string? Firmware, string? Site, Guid? SiteId, string ZoneName,
    string? OcppVersion, int SecurityProfile, bool HasPassword, string Registration, bool Online, DateTimeOffset? ConnectedAt, string? RemoteAddress,
    DateTimeOffset? LastSeenAt, DateTimeOffset? LastBootAt, long? ClockOffsetMs, decimal? LimitA, DateTimeOffset CreatedAt, long Sessions,
    string? FirmwareStatus, string? DiagnosticsStatus)
{
    public TimeZoneInfo Zone => Show.Zone(ZoneName);

    public string Title => Name ?? Identity;

    public string Make => string.Join(' ', new[] { Vendor, Model }.Where(w => !string.IsNullOrEmpty(w)));
}

/// <summary>A connector of the station page with what happens on it.</summary>
public sealed record ConnectorFacts(
    int EvseNumber, int WireNumber, string? EvseId, string? Type, long? MaxPowerW, string Status, string ErrorCode, string? Info, string? VendorErrorCode, DateTimeOffset? StatusAt)
{
    /// <summary>The session that runs on it.</summary>
    public RunningFacts? Running { get; init; }

    /// <summary>The last one that ended.</summary>
    public (Guid Id, long EnergyWh, DateTimeOffset EndedAt)? Last { get; init; }

    /// <summary>The last reading of its register.</summary>
    public long? MeterWh { get; init; }
}

/// <summary>A running session on a connector.</summary>
public sealed record RunningFacts(
    int Connector, Guid Id, long TransactionId, string IdToken, string? Driver, DateTimeOffset StartedAt, string Phase, long EnergyWh, long? PowerW, decimal? Soc, string? Tariff);

/// <summary>A remote command and what came of it.</summary>
public sealed record CommandFacts(Guid Id, string Command, string? Request, string? By, DateTimeOffset At, string? Outcome, string? Response, DateTimeOffset? AnsweredAt);

/// <summary>A point of a session's curve.</summary>
public sealed record CurvePoint(DateTimeOffset At, long? PowerW, decimal? Soc);

/// <summary>Reads what a station's pages show.</summary>
internal static class StationReads
{
    public static Task<StationFacts?> Head(NpgsqlDataSource data, Guid tenant, string identity, CancellationToken ct) => data.First(
        """
        select s.id, s.identity, s.name, s.vendor, s.model, s.serial_number, s.firmware_version, t.name, s.site_id, coalesce(t.time_zone, o.time_zone),
               s.ocpp_version, s.security_profile, s.password_hash is not null, s.registration_status, n.station_id is not null, n.connected_at, n.remote_address,
               s.last_seen_at, s.last_boot_at, s.clock_offset_ms, s.limit_a, s.created_at,
               (select count(*) from charging_session g where g.station_id = s.id), s.firmware_status, s.diagnostics_status
        from charging_station s
        join tenant o on o.id = s.tenant_id
        left join site t on t.id = s.site_id
        left join station_connection n on n.station_id = s.id
        where s.tenant_id = $1 and s.identity_key = $2 and s.removed_at is null
        """,
        r => new StationFacts(
            r.GetGuid(0), r.GetString(1), r.Get<string>(2), r.Get<string>(3), r.Get<string>(4), r.Get<string>(5), r.Get<string>(6), r.Get<string>(7), r.Maybe<Guid>(8), r.GetString(9),
            r.Get<string>(10), r.GetInt32(11), r.GetBoolean(12), r.GetString(13), r.GetBoolean(14), r.MaybeTime(15), r.Get<string>(16),
            r.MaybeTime(17), r.MaybeTime(18), r.Maybe<long>(19), r.Maybe<decimal>(20), r.GetFieldValue<DateTimeOffset>(21), r.GetInt64(22),
            r.Get<string>(23), r.Get<string>(24)),
        ct,
        tenant,
        StationIdentity.Key(identity));

    public static async Task<IReadOnlyList<ConnectorFacts>> Connectors(NpgsqlDataSource data, Guid station, CancellationToken ct)
    {
        var running = (await data.Rows(
            """
            select g.connector_number, g.id, g.transaction_id, g.id_token, d.name, g.started_at, g.phase, g.energy_wh, g.power_w, g.soc, f.name
            from charging_session g left join driver d on d.id = g.driver_id left join tariff f on f.id = g.tariff_id
            where g.station_id = $1 and g.state = 'active' order by g.created_at
            """,
            r => new RunningFacts(
                r.GetInt32(0), r.GetGuid(1), r.GetInt64(2), r.GetString(3), r.Get<string>(4), r.GetFieldValue<DateTimeOffset>(5), r.GetString(6), r.GetInt64(7), r.Maybe<long>(8), r.Maybe<decimal>(9),
                r.Get<string>(10)),
            ct,
            station)).ToLookup(g => g.Connector);
        var last = (await data.Rows(
            """
            select distinct on (connector_number) connector_number, id, energy_wh, ended_at, meter_stop_wh from charging_session
            where station_id = $1 and state = 'ended' and ended_at is not null order by connector_number, ended_at desc
            """,
            r => (Connector: r.GetInt32(0), Session: (r.GetGuid(1), r.GetInt64(2), r.GetFieldValue<DateTimeOffset>(3)), Meter: r.Maybe<long>(4)),
            ct,
            station)).ToDictionary(g => g.Connector);
        var connectors = await data.Rows(
            """
            select c.evse_number, c.wire_number, e.evse_id, c.type, e.max_power_w, c.status, c.error_code, c.info, c.vendor_error_code, c.status_at
            from connector c left join evse e on e.station_id = c.station_id and e.number = c.evse_number
            where c.station_id = $1 order by c.wire_number
            """,
            r => new ConnectorFacts(
                r.GetInt32(0), r.GetInt32(1), r.Get<string>(2), r.Get<string>(3), r.Maybe<long>(4), r.GetString(5), r.GetString(6), r.Get<string>(7), r.Get<string>(8), r.MaybeTime(9)),
            ct,
            station);
        return connectors.ConvertAll(c => c with
        {
            Running = running[c.WireNumber].LastOrDefault(),
            Last = last.TryGetValue(c.WireNumber, out var ended) ? ended.Session : null,
            MeterWh = last.TryGetValue(c.WireNumber, out var read) ? read.Meter : null,
        });
    }

    public static Task<List<CurvePoint>> Curve(NpgsqlDataSource data, Guid session, CancellationToken ct) => data.Rows(
        "select at, power_w, soc from meter_sample where session_id = $1 and (power_w is not null or soc is not null) order by at",
        r => new CurvePoint(r.GetFieldValue<DateTimeOffset>(0), r.Maybe<long>(1), r.Maybe<float>(2) is { } soc ? (decimal)soc : null),
        ct,
        session);

    public static Task<List<CommandFacts>> Commands(NpgsqlDataSource data, Guid station, int limit, CancellationToken ct) => data.Rows(
        "select id, command, request::text, requested_by, requested_at, outcome, response::text, answered_at from station_command where station_id = $1 order by requested_at desc limit $2",
        r => new CommandFacts(r.GetGuid(0), r.GetString(1), r.Get<string>(2), r.Get<string>(3), r.GetFieldValue<DateTimeOffset>(4), r.Get<string>(5), r.Get<string>(6), r.MaybeTime(7)),
        ct,
        station,
        limit);

    /// <summary>The configuration as last read from the station.</summary>
    public static async Task<(IReadOnlyList<ConfigurationKey> Keys, DateTimeOffset? At)> Configuration(NpgsqlDataSource data, Guid station, CancellationToken ct)
    {
        var (json, at) = await data.First(
            "select configuration::text, configuration_at from charging_station where id = $1", r => (r.Get<string>(0), r.MaybeTime(1)), ct, station);
        return (json is null ? [] : JsonSerializer.Deserialize<List<ConfigurationKey>>(json, JsonSerializerOptions.Web) ?? [], at);
    }
}

/// <summary>A configuration key as the station told it.</summary>
public sealed record ConfigurationKey(string Key, string? Value, bool Readonly);
