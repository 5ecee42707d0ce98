using System.Text.Json;
using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Stations.Quirks;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Sessions;

/// <summary>What a token is held to a station for.</summary>
public enum TokenUse
{
    /// <summary>To be let in: somebody wants to charge, or to stop.</summary>
    Ask,

    /// <summary>A session begins with it: concurrent use counts.</summary>
    Start,

    /// <summary>It ends or ended a session: what closes the door to charging does not matter.</summary>
    Stop,
}

/// <summary>
/// Decides on an id token (OCPP 1.6 §4.1, Authorize). Every decision is made on the database's state of now, in one query: a badge blocked
/// a second ago is blocked, and a budget counts what running sessions have taken.
/// </summary>
public sealed class Authorise(NpgsqlDataSource dataSource, TokenReader reader, TimeProvider time)
{
    /// <summary>Six bytes of a badge: fewer could be anybody's.</summary>
    private const int ShortestStump = 12;

    private const string AliasSql = """
        select t.uid_key from id_token_alias a join id_token t on t.id = a.id_token_id where a.tenant_id = $1 and a.alias_key = $2
        """;

    /// <summary>Decides on what a station sent, which may not be quite what is on the badge.</summary>
    public async Task<Authorisation> Decide(StationSessions station, string uid, TokenUse use, CancellationToken ct)
    {
        var meant = station.Habits.Meant(uid);
        var key = IdTokenUid.Key(meant);
        if (await Find(station, TokenSpelling.Of(key), use, ct) is { } found)
        {
            return found;
        }

        if (await Alias(station.Place.TenantId, key, ct) is { } alias && await Find(station, [("alias", alias)], use, ct) is { } known)
        {
            return known;
        }

        if (station.Habits.Quirks.IdTokenTruncated && await OnlyOneThatBegins(station.Place.TenantId, key, ct) is { } whole)
        {
            station.Habits.Count(QuirkSwitch.IdTokenTruncated);
            return await Find(station, [("shortened", whole)], use, ct) ?? Authorisation.Unknown;
        }

        return Authorisation.Unknown;
    }

    /// <summary>Decides on a registered uid at a place, before a station is asked to start.</summary>
    public async Task<Authorisation> Decide(SessionPlace place, string uid, TokenUse use, CancellationToken ct) =>
        await Find(place, [(null, IdTokenUid.Key(uid))], use, static _ => false, ct) ?? Authorisation.Unknown;

    private Task<Authorisation?> Find(StationSessions station, IReadOnlyList<(string? Spelling, string Key)> spellings, TokenUse use, CancellationToken ct) =>
        Find(station.Place, spellings, use, key => station.Active.Any(s => s.IdTokenKey == key), ct);

    private async Task<Authorisation?> Find(
        SessionPlace place, IReadOnlyList<(string? Spelling, string Key)> spellings, TokenUse use, Func<string, bool> chargesHere, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var keys = new string[spellings.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = spellings[i].Key;
        }

        if (await reader.Read(place, keys, now, ct) is not { } read)
        {
            return null;
        }

        // Whoever charges here may always be let in: to end it, or to free the cable.
        var decision = AuthorisationRules.Decide(read, new AuthorisationWish(now, place.Zone, place.SiteId?.Value, use, use == TokenUse.Ask && chargesHere(read.Token.Key)));
        return decision with { Spelling = spellings[read.Rank].Spelling };
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
    private static readonly string[] Reasons = [.. Enum.GetNames<AuthorisationReason>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
    private static readonly string[] Phases = [.. Enum.GetNames<SessionPhase>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    public static string Name(this AuthorisationStatus status) => Statuses[(int)status];

    public static string Name(this AuthorisationReason reason) => Reasons[(int)reason];

    public static string Name(this SessionPhase phase) => Phases[(int)phase];
}
