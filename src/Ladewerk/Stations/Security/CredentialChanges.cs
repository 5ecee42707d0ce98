using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Stations.Security;

/// <summary>What a command would change of how a station proves who it is.</summary>
/// <param name="Password">A new password, as it will be known.</param>
/// <param name="Generated">It came from <see cref="StationPassword.Generate"/>.</param>
/// <param name="Profile">A higher security profile.</param>
internal sealed record CredentialChange(string? Password, bool Generated, int? Profile)
{
    /// <summary>Null where the command changes no credentials.</summary>
    public static CredentialChange? Of(Command command) => command switch
    {
        ChangePassword c => new CredentialChange(c.Password, Generated: true, null),
        RaiseSecurityProfile c => new CredentialChange(null, false, c.Profile),
        ChangeConfiguration c => Of(c.Key, c.Value),
        _ => null,
    };

    /// <summary>The same for a raw request (OCPP 1.6 ChangeConfiguration).</summary>
    public static CredentialChange? Of(string action, JsonElement payload) =>
        action == "ChangeConfiguration" && payload.ValueKind == JsonValueKind.Object
            && payload.TryGetProperty("key", out var key) && payload.TryGetProperty("value", out var value)
            ? Of(key.ToString(), value.ToString()) : null;

    private static CredentialChange? Of(string key, string value) =>
        key.Equals("AuthorizationKey", StringComparison.OrdinalIgnoreCase) && value.Length > 0 ? new CredentialChange(value, false, null)
        : key.Equals("SecurityProfile", StringComparison.OrdinalIgnoreCase) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var profile) && profile is >= 1 and <= 3
            ? new CredentialChange(null, false, profile) : null;
}

/// <summary>
/// Follows a change of a station's password or security profile, so that the station can connect whatever becomes of the request: what is new
/// is stored before it is sent, what is old stays good until the station has shown the new. Security whitepaper A01 and A05.
/// </summary>
internal sealed class CredentialChanges(NpgsqlDataSource database, TimeProvider time)
{
    private const int MostPending = 8;

    /// <summary>A change under way.</summary>
    /// <param name="Hash">Of the new password, where it is one.</param>
    public sealed record Begun(StationId Station, CredentialChange Change, string? Hash);

    /// <summary>Before the request leaves. Null where too many passwords wait for their proof already.</summary>
    public async Task<Begun?> Begin(StationId station, CredentialChange change, CancellationToken ct)
    {
        if (change.Password is not { } password)
        {
            await database.Run(
                "update charging_station set pending_security_profile = $2 where id = $1 and security_profile < $2", ct, station.Value, change.Profile!.Value);
            return new Begun(station, change, null);
        }

        var hash = StationPassword.Hash(password, change.Generated);
        await using var connection = await SiteScope.Open(database, ct);
        await using var add = new NpgsqlCommand("""
            update charging_station set pending_passwords = pending_passwords || $2 where id = $1 and jsonb_array_length(pending_passwords) < $3
            """, connection);
        add.Parameters.Add(new() { Value = station.Value });
        add.Parameters.Add(new() { Value = JsonSerializer.Serialize<PendingPassword[]>([new(hash, time.GetUtcNow())], Columns.Json), NpgsqlDbType = NpgsqlDbType.Jsonb });
        add.Parameters.Add(new() { Value = MostPending });
        return await add.ExecuteNonQueryAsync(ct) == 1 ? new Begun(station, change, hash) : null;
    }

    /// <summary>Once it is known what became of it. Only a clear no takes the new back: after silence or an error the station may have taken it.</summary>
    public async Task End(Begun begun, CommandResult? result)
    {
        var (station, change, hash) = begun;
        var refused = result is CommandResult.Offline { WasSent: false } or CommandResult.Invalid or CommandResult.Answered { Status: "Rejected" or "NotSupported" };
        if (!refused)
        {
            return;
        }

        if (hash is not null)
        {
            await database.Run("""
                update charging_station set pending_passwords =
                  coalesce((select jsonb_agg(p.value order by p.nr) from jsonb_array_elements(pending_passwords) with ordinality p (value, nr) where p.value ->> 'hash' <> $2), '[]')
                where id = $1
                """, CancellationToken.None, station.Value, hash);
        }
        else
        {
            await database.Run(
                "update charging_station set pending_security_profile = null where id = $1 and pending_security_profile = $2", CancellationToken.None, station.Value, change.Profile!.Value);
        }
    }

    /// <summary>The station showed a password that was on its way: it is the one now, and those before it are no longer good.</summary>
    public Task Proved(StationId station, string hash, CancellationToken ct) => database.Run("""
        update charging_station s set password_hash = $2, password_changed_at = $3, pending_passwords =
          coalesce((select jsonb_agg(p.value order by p.nr) from jsonb_array_elements(s.pending_passwords) with ordinality p (value, nr)
                    where p.nr > (select min(q.nr) from jsonb_array_elements(s.pending_passwords) with ordinality q (value, nr) where q.value ->> 'hash' = $2)), '[]')
        where s.id = $1 and s.pending_passwords @> jsonb_build_array(jsonb_build_object('hash', $2::text))
        """, ct, station.Value, hash, time.GetUtcNow());

    /// <summary>The station connected by a higher profile that it was asked to take: lower ones are refused from now on.</summary>
    public Task Raised(StationId station, int profile, CancellationToken ct) => database.Run("""
        update charging_station set security_profile = $2, pending_security_profile = null where id = $1 and pending_security_profile = $2 and security_profile < $2
        """, ct, station.Value, profile);
}
