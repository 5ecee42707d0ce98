using System.Collections.Concurrent;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Security;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Stations;

/// <summary>A station as it is needed to let it in.</summary>
public sealed record KnownStation(
    StationId Id,
    TenantId TenantId,
    string Identity,
    StationCredentials Credentials,
    RegistrationStatus Registration,
    SiteId? SiteId,
    string TimeZone,
    int HeartbeatIntervalSeconds,
    StationQuirks Quirks,
    IReadOnlyDictionary<string, long> Leniencies,
    IReadOnlyList<KnownConnector> Connectors);

/// <summary>A registered connector.</summary>
public sealed record KnownConnector(int WireNumber, int EvseNumber, int Number, string? Type, string? EvseId, Watts? MaxPower, string Status);

/// <summary>Finds stations by the identity in their address.</summary>
public sealed class StationDirectory(NpgsqlDataSource dataSource, QuirkProfiles profiles)
{
    private const string Sql = """
        select s.id, s.tenant_id, s.identity, s.password_hash, s.security_profile, s.registration_status, s.site_id,
               coalesce(site.time_zone, t.time_zone), s.heartbeat_interval_seconds, s.quirks::text, s.leniencies::text,
               s.vendor, s.model, s.firmware_version, s.quirk_profile,
               c.wire_number, c.evse_number, c.number, c.type, e.evse_id, e.max_power_w, c.status,
               s.pending_passwords::text, s.pending_security_profile, coalesce(ss.lowest_profile, 0), s.template
        from charging_station s
        join tenant t on t.id = s.tenant_id
        left join site on site.id = s.site_id
        left join security_settings ss on ss.tenant_id = s.tenant_id
        left join connector c on c.station_id = s.id
        left join evse e on e.station_id = s.id and e.number = c.evse_number
        where t.slug = $1 and t.suspended_at is null and s.identity_key = $2 and s.removed_at is null
        order by c.wire_number
        """;

    // Raised by keep_to_plan(), see Migrations/0028_tenants.sql.
    private const string BeyondPlan = "LW402";
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
        Habits? habits = null;
        var connectors = new List<KnownConnector>();
        while (await row.ReadAsync(ct))
        {
            station ??= Station(row, connectors);
            habits ??= new Habits(new QuirkChoice(new StationMake(Text(row, 11), Text(row, 12), Text(row, 13)), Text(row, 14), Text(row, 25)), QuirkSwitches.Parse(row.GetString(9)));
            if (!row.IsDBNull(15))
            {
                connectors.Add(new KnownConnector(row.GetInt32(15), row.GetInt32(16), row.GetInt32(17), Text(row, 18), Text(row, 19), row.IsDBNull(20) ? null : new Watts(row.GetInt64(20)), row.GetString(21)));
            }
        }

        return station is null ? null : station with { Quirks = await Quirks(station.TenantId, habits!, ct) };
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
    /// <returns>False where the operator's plan allows no more stations.</returns>
    public async Task<bool> Register(TenantId tenant, string identity, RegistrationStatus status, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            insert into charging_station (id, tenant_id, identity, identity_key, registration_status, security_profile) values ($1, $2, $3, $4, $5, 0) on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = StationId.New().Value });
        command.Parameters.Add(new() { Value = tenant.Value });
        command.Parameters.Add(new() { Value = identity });
        command.Parameters.Add(new() { Value = StationIdentity.Key(identity) });
        command.Parameters.Add(new() { Value = JsonNamingPolicy.CamelCase.ConvertName(status.ToString()) });
        try
        {
            await command.ExecuteNonQueryAsync(ct);
            return true;
        }
        catch (PostgresException full) when (full.SqlState == BeyondPlan)
        {
            return false;
        }
    }

    /// <summary>Whether a station that boots may work, as it stands now, and how it is taken by what it says of itself.</summary>
    public async Task<(RegistrationStatus Registration, StationQuirks Quirks)> Boot(TenantId tenant, StationId id, StationMake make, CancellationToken ct)
    {
        RegistrationStatus registration;
        Habits habits;
        await using (var command = dataSource.CreateCommand("select registration_status, quirk_profile, quirks::text, firmware_version, template from charging_station where id = $1"))
        {
            command.Parameters.Add(new() { Value = id.Value });
            await using var row = await command.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            registration = Enum.Parse<RegistrationStatus>(row.GetString(0), ignoreCase: true);
            habits = new Habits(new QuirkChoice(make with { Firmware = make.Firmware ?? Text(row, 3) }, Text(row, 1), Text(row, 4)), QuirkSwitches.Parse(row.GetString(2)));
        }

        return (registration, await Quirks(tenant, habits, ct));
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
        new StationCredentials(
            Text(row, 3), row.GetString(22) is var pending && pending == "[]" ? [] : JsonSerializer.Deserialize<List<PendingPassword>>(pending, Columns.Json)!,
            row.GetInt32(4), row.IsDBNull(23) ? null : row.GetInt32(23), row.GetInt32(24)),
        Enum.Parse<RegistrationStatus>(row.GetString(5), ignoreCase: true),
        row.IsDBNull(6) ? null : new SiteId(row.GetGuid(6)),
        row.GetString(7),
        row.GetInt32(8),
        StationQuirks.None,
        row.GetString(10) is var leniencies && leniencies == "{}" ? NoLeniencies : JsonSerializer.Deserialize<Dictionary<string, long>>(leniencies, Columns.Json)!,
        connectors);

    private async ValueTask<StationQuirks> Quirks(TenantId tenant, Habits habits, CancellationToken ct) =>
        (await profiles.Effective(tenant, habits.Choice, habits.Override, ct)).Quirks;

    private sealed record Habits(QuirkChoice Choice, QuirkSwitches Override);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
