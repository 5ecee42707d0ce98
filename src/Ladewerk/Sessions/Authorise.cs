using System.Text.Json;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations.Quirks;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Sessions;

/// <summary>A decision on an id token.</summary>
public enum AuthorisationStatus
{
    /// <summary>May charge.</summary>
    Accepted,

    /// <summary>Nobody knows this token.</summary>
    Unknown,

    /// <summary>Blocked, lost, or its driver is blocked.</summary>
    Blocked,

    /// <summary>Outside its validity.</summary>
    Expired,

    /// <summary>Already charging elsewhere as often as it may.</summary>
    Concurrent,

    /// <summary>The connector is held for somebody else.</summary>
    Reserved,
}

/// <summary>A token that is known, with what hangs on it.</summary>
public sealed record KnownToken(
    IdTokenId Id,
    string Uid,
    string Key,
    string? GroupId,
    DriverId? DriverId,
    Guid? ContractId,
    BillingAccountId? BillingAccountId,
    DateTimeOffset? ValidUntil,
    int ConcurrentSessions);

/// <summary>The decision, and the token where it is known.</summary>
/// <param name="Status">May it charge.</param>
/// <param name="Token">Null where unknown.</param>
/// <param name="Spelling">How the station's spelling was understood where it was not the registered one: alias, suffix, reversed, padded, shortened; else null.</param>
public sealed record Authorisation(AuthorisationStatus Status, KnownToken? Token, string? Spelling = null);

/// <summary>Decides on an id token (OCPP 1.6 §4.1, Authorize). Every decision is made on the database's state of now: a badge blocked a second ago is blocked.</summary>
public sealed class Authorise(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string Sql = """
        select t.id, t.uid, t.uid_key, t.group_id, t.driver_id, t.contract_id, d.billing_account_id, t.valid_until, t.concurrent_sessions,
               t.status, t.valid_from, d.status, k.rank,
               (select count(*) from charging_session s where s.tenant_id = t.tenant_id and s.id_token_key = t.uid_key and s.state = 'active')
        from unnest($2) with ordinality k (key, rank)
        join id_token t on t.tenant_id = $1 and t.uid_key = k.key
        left join driver d on d.id = t.driver_id
        order by k.rank limit 1
        """;

    /// <summary>Six bytes of a badge: fewer could be anybody's.</summary>
    private const int ShortestStump = 12;

    private const string AliasSql = """
        select t.uid_key from id_token_alias a join id_token t on t.id = a.id_token_id where a.tenant_id = $1 and a.alias_key = $2
        """;

    /// <summary>Decides on what a station sent, which may not be quite what is on the badge.</summary>
    public async Task<Authorisation> Decide(StationSessions station, string uid, bool toStart, CancellationToken ct)
    {
        var decision = await Decide(station.Place.TenantId, station.Habits.Meant(uid), toStart, ct);
        if (decision.Token is not null || !station.Habits.Quirks.IdTokenTruncated || await OnlyOneThatBegins(station.Place.TenantId, IdTokenUid.Key(station.Habits.Meant(uid)), ct) is not { } key)
        {
            return decision;
        }

        station.Habits.Count(QuirkSwitch.IdTokenTruncated);
        return await Find(station.Place.TenantId, [("shortened", key)], toStart, ct) ?? decision;
    }

    /// <summary>Decides.</summary>
    /// <param name="tenant">Whose tokens.</param>
    /// <param name="uid">As the station sent it.</param>
    /// <param name="toStart">A session is about to start with it: concurrent use counts.</param>
    public async Task<Authorisation> Decide(TenantId tenant, string uid, bool toStart, CancellationToken ct)
    {
        var key = IdTokenUid.Key(uid);
        var spellings = TokenSpelling.Of(key);
        if (await Find(tenant, spellings, toStart, ct) is { } found)
        {
            return found;
        }

        return await Alias(tenant, key, ct) is { } alias && await Find(tenant, [("alias", alias)], toStart, ct) is { } known
            ? known
            : new Authorisation(AuthorisationStatus.Unknown, null);
    }

    private async Task<Authorisation?> Find(TenantId tenant, IReadOnlyList<(string? Spelling, string Key)> spellings, bool toStart, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = tenant.Value });
        command.Parameters.Add(new() { Value = spellings.Select(s => s.Key).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
        {
            return null;
        }

        var token = new KnownToken(
            new IdTokenId(row.GetGuid(0)),
            row.GetString(1),
            row.GetString(2),
            row.IsDBNull(3) ? null : row.GetString(3),
            row.IsDBNull(4) ? null : new DriverId(row.GetGuid(4)),
            row.IsDBNull(5) ? null : row.GetGuid(5),
            row.IsDBNull(6) ? null : new BillingAccountId(row.GetGuid(6)),
            row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
            row.GetInt32(8));
        var status = Judge(row.GetString(9), row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10), token, row.IsDBNull(11) ? null : row.GetString(11));
        var running = row.GetInt64(13);
        if (status == AuthorisationStatus.Accepted && toStart && token.ConcurrentSessions > 0 && running >= token.ConcurrentSessions)
        {
            status = AuthorisationStatus.Concurrent;
        }

        return new Authorisation(status, token, spellings[(int)row.GetInt64(12) - 1].Spelling);
    }

    private AuthorisationStatus Judge(string status, DateTimeOffset? validFrom, KnownToken token, string? driver)
    {
        var now = time.GetUtcNow();
        return status switch
        {
            "blocked" or "lost" => AuthorisationStatus.Blocked,
            "expired" => AuthorisationStatus.Expired,
            _ when driver is "blocked" or "closed" => AuthorisationStatus.Blocked,
            _ when token.ValidUntil < now || validFrom > now => AuthorisationStatus.Expired,
            _ => AuthorisationStatus.Accepted,
        };
    }

    /// <summary>The only badge whose number begins so; too few characters, or several badges, name none.</summary>
    private async Task<string?> OnlyOneThatBegins(TenantId tenant, string key, CancellationToken ct)
    {
        if (key.Length < ShortestStump)
        {
            return null;
        }

        await using var command = dataSource.CreateCommand("select min(uid_key) from id_token where tenant_id = $1 and starts_with(uid_key, $2) having count(*) = 1");
        command.Parameters.Add(new() { Value = tenant.Value });
        command.Parameters.Add(new() { Value = key });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    private async Task<string?> Alias(TenantId tenant, string key, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(AliasSql);
        command.Parameters.Add(new() { Value = tenant.Value });
        command.Parameters.Add(new() { Value = key });
        return (string?)await command.ExecuteScalarAsync(ct);
    }
}

/// <summary>The ways in which readers spell one badge: as registered, with a suffix, with the bytes reversed, padded, or cut.</summary>
internal static class TokenSpelling
{
    /// <summary>Keys to look for, the likeliest first.</summary>
    public static IReadOnlyList<(string? Spelling, string Key)> Of(string key)
    {
        var spellings = new List<(string? Spelling, string Key)>(5) { (null, key) };
        var suffix = key.IndexOf('_', StringComparison.Ordinal);
        if (suffix >= 8)
        {
            Add("suffix", key[..suffix]);
        }

        if (key.Length is 8 or 14 or 20 && key.All(char.IsAsciiHexDigit))
        {
            Add("reversed", Reversed(key));
        }

        if (key.Length > 8 && key.All(char.IsAsciiHexDigit))
        {
            Add("padded", key.TrimStart('0') is { Length: > 0 } bare && bare.Length % 2 == 0 ? bare : "0" + key.TrimStart('0'));
            Add("padded", key.TrimEnd('0') is { Length: >= 8 } cut && cut.Length % 2 == 0 ? cut : key.TrimEnd('0') + "0");
        }

        return spellings;

        void Add(string spelling, string other)
        {
            if (other.Length >= 8 && spellings.TrueForAll(s => s.Key != other))
            {
                spellings.Add((spelling, other));
            }
        }
    }

    private static string Reversed(string hex) => string.Create(hex.Length, hex, static (reversed, hex) =>
    {
        for (var i = 0; i < hex.Length; i += 2)
        {
            reversed[hex.Length - i - 2] = hex[i];
            reversed[hex.Length - i - 1] = hex[i + 1];
        }
    });
}

/// <summary>Names as the API shows them, without reflection on the hot path.</summary>
internal static class Names
{
    private static readonly string[] Statuses = [.. Enum.GetNames<AuthorisationStatus>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
    private static readonly string[] Phases = [.. Enum.GetNames<SessionPhase>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    public static string Name(this AuthorisationStatus status) => Statuses[(int)status];

    public static string Name(this SessionPhase phase) => Phases[(int)phase];
}
