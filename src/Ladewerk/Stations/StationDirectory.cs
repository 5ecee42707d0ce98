using System.Collections.Concurrent;
using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Stations;

/// <summary>A station as it is needed to let it in.</summary>
public sealed record KnownStation(
    StationId Id,
    TenantId TenantId,
    string Identity,
    string? PasswordHash,
    int SecurityProfile,
    RegistrationStatus Registration,
    SiteId? SiteId,
    string TimeZone,
    int HeartbeatIntervalSeconds,
    StationQuirks Quirks,
    IReadOnlyDictionary<string, long> Leniencies,
    IReadOnlyList<KnownConnector> Connectors);

/// <summary>A registered connector.</summary>
public sealed record KnownConnector(int WireNumber, int EvseNumber, int Number, string? Type, string? EvseId, Watts? MaxPower, string Status);

/// <summary>Habits of a station that must be known to read it right.</summary>
public sealed record StationQuirks
{
    /// <summary>As the standard says.</summary>
    public static readonly StationQuirks None = new();

    /// <summary>By what energy values are multiplied: 1000 for a station that sends kWh as Wh.</summary>
    public decimal EnergyFactor { get; init; } = 1;

    /// <summary>The protocol of a station that offers none, such as <c>ocpp1.6</c>.</summary>
    public string? DefaultProtocol { get; init; }
}

/// <summary>Finds stations by the identity in their address.</summary>
public sealed class StationDirectory(NpgsqlDataSource dataSource)
{
    private const string Sql = """
        select s.id, s.tenant_id, s.identity, s.password_hash, s.security_profile, s.registration_status, s.site_id,
               coalesce(site.time_zone, t.time_zone), s.heartbeat_interval_seconds, s.quirks::text, s.leniencies::text,
               c.wire_number, c.evse_number, c.number, c.type, e.evse_id, e.max_power_w, c.status
        from charging_station s
        join tenant t on t.id = s.tenant_id
        left join site on site.id = s.site_id
        left join connector c on c.station_id = s.id
        left join evse e on e.station_id = s.id and e.number = c.evse_number
        where t.slug = $1 and s.identity_key = $2 and s.removed_at is null
        order by c.wire_number
        """;

    private static readonly Dictionary<string, long> NoLeniencies = [];

    private readonly ConcurrentDictionary<string, TenantId> tenants = new(StringComparer.Ordinal); // a tenant keeps its slug

    /// <summary>The station of a tenant; null where it is not registered.</summary>
    public async Task<KnownStation?> Find(string tenantSlug, string identity, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = tenantSlug });
        command.Parameters.Add(new() { Value = StationIdentity.Key(identity) });
        await using var row = await command.ExecuteReaderAsync(ct);
        KnownStation? station = null;
        var connectors = new List<KnownConnector>();
        while (await row.ReadAsync(ct))
        {
            station ??= Station(row, connectors);
            if (!row.IsDBNull(11))
            {
                connectors.Add(new KnownConnector(row.GetInt32(11), row.GetInt32(12), row.GetInt32(13), Text(row, 14), Text(row, 15), row.IsDBNull(16) ? null : new Watts(row.GetInt64(16)), row.GetString(17)));
            }
        }

        return station;
    }

    /// <summary>The tenant behind a name in an address.</summary>
    public async Task<TenantId?> Tenant(string slug, CancellationToken ct)
    {
        if (tenants.TryGetValue(slug, out var known))
        {
            return known;
        }

        await using var command = dataSource.CreateCommand("select id from tenant where slug = $1");
        command.Parameters.Add(new() { Value = slug });
        return await command.ExecuteScalarAsync(ct) is Guid id ? tenants.GetOrAdd(slug, new TenantId(id)) : null;
    }

    /// <summary>Registers a station that dialled in without being known (onboarding Open or Pending).</summary>
    public async Task Register(TenantId tenant, string identity, RegistrationStatus status, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            insert into charging_station (id, tenant_id, identity, identity_key, registration_status, security_profile) values ($1, $2, $3, $4, $5, 0) on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = StationId.New().Value });
        command.Parameters.Add(new() { Value = tenant.Value });
        command.Parameters.Add(new() { Value = identity });
        command.Parameters.Add(new() { Value = StationIdentity.Key(identity) });
        command.Parameters.Add(new() { Value = JsonNamingPolicy.CamelCase.ConvertName(status.ToString()) });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Whether the station may work, as it stands now.</summary>
    public async Task<RegistrationStatus> Registration(StationId id, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("select registration_status from charging_station where id = $1");
        command.Parameters.Add(new() { Value = id.Value });
        return Enum.Parse<RegistrationStatus>((string)(await command.ExecuteScalarAsync(ct))!, ignoreCase: true);
    }

    /// <summary>Remembers an attempt that was refused, one row for each identity, reason and address.</summary>
    public async Task Refused(TenantId tenant, string identity, string reason, string remoteAddress, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            insert into refused_connection (tenant_id, identity_key, identity, reason, remote_address, first_at, last_at) values ($1, $2, $3, $4, $5, $6, $6)
            on conflict (tenant_id, identity_key, reason, remote_address) do update set attempts = refused_connection.attempts + 1, last_at = excluded.last_at, identity = excluded.identity
            """);
        command.Parameters.Add(new() { Value = tenant.Value });
        command.Parameters.Add(new() { Value = StationIdentity.Key(identity) });
        command.Parameters.Add(new() { Value = identity });
        command.Parameters.Add(new() { Value = reason });
        command.Parameters.Add(new() { Value = remoteAddress });
        command.Parameters.Add(new() { Value = at, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Forgets where stations were connected: this node has just started and holds no socket.</summary>
    public async Task ClearConnections(string node, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("delete from station_connection where node = $1");
        command.Parameters.Add(new() { Value = node });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static KnownStation Station(NpgsqlDataReader row, List<KnownConnector> connectors) => new(
        new StationId(row.GetGuid(0)),
        new TenantId(row.GetGuid(1)),
        row.GetString(2),
        Text(row, 3),
        row.GetInt32(4),
        Enum.Parse<RegistrationStatus>(row.GetString(5), ignoreCase: true),
        row.IsDBNull(6) ? null : new SiteId(row.GetGuid(6)),
        row.GetString(7),
        row.GetInt32(8),
        row.GetString(9) is var quirks && quirks == "{}" ? StationQuirks.None : JsonSerializer.Deserialize<StationQuirks>(quirks, Columns.Json)!,
        row.GetString(10) is var leniencies && leniencies == "{}" ? NoLeniencies : JsonSerializer.Deserialize<Dictionary<string, long>>(leniencies, Columns.Json)!,
        connectors);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
