using Ladewerk.Kernel;
using Ladewerk.Stations;
using Npgsql;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>What a station shall hold.</summary>
/// <param name="Tokens">The most important first; no more than fit.</param>
/// <param name="LeftOut">Tokens that found no room, or are too long for the station's protocol.</param>
/// <param name="ChangesAt">When it changes by itself, because a token becomes valid.</param>
internal sealed record Wanted(IReadOnlyList<ListedToken> Tokens, int LeftOut, DateTimeOffset? ChangesAt);

/// <summary>Finds the tokens of a tenant that belong on a station's list.</summary>
internal sealed class WantedList(NpgsqlDataSource dataSource, TimeProvider time)
{
    private static readonly TimeSpan UsedSince = TimeSpan.FromDays(180);

    // A reader reads the bare number; other tokens are compared as they are written. What is never held to a reader needs no place.
    // A station that decides alone must not open what a contract closes: of badges with contracts only those are listed that one of them lets
    // charge here at any time, or that the operator wants to charge offline all the same.
    private const string TokensSql = """
        select t.id, case when t.type in ('ISO14443', 'ISO15693') then t.uid_key else t.uid end, t.group_id, t.valid_from, t.valid_until,
          case when t.status in ('blocked', 'lost') or d.status in ('blocked', 'closed') then 'blocked' when t.status = 'expired' then 'expired' else 'accepted' end
        from id_token t left join driver d on d.id = t.driver_id
        left join site here on here.id = $2
        where t.tenant_id = $1 and t.type not in ('app', 'guest')
          and (t.status in ('blocked', 'lost', 'expired') or d.status in ('blocked', 'closed')
            or (coalesce(d.status, 'active') = 'active'
              and (not exists (select from contract c where c.id = t.contract_id)
                and (t.contract_id is not null or not exists (select from contract_driver m where m.driver_id = t.driver_id))
              or exists (
                select from contract c
                where (c.id = t.contract_id or (t.contract_id is null and c.id in (select contract_id from contract_driver m where m.driver_id = t.driver_id)))
                  and c.status = 'active' and not c.is_limited and coalesce(c.valid_from, '-infinity') <= $3 and coalesce(c.valid_until, 'infinity') > $3
                  and (case when c.sites = '{}' then coalesce(here.access, 'public') <> 'private' else $2 = any(c.sites) end)))))
        order by t.created_at desc, t.id
        """;

    private const string UsedSql = """
        select id_token_id, max(started_at) filter (where site_id = $2), max(started_at) from charging_session
        where tenant_id = $1 and started_at >= $3 and id_token_id is not null group by id_token_id
        """;

    private sealed record Row(Guid Id, string Token, string? Group, DateTimeOffset? From, DateTimeOffset? Until, string Status);

    /// <param name="sendsBlocked">Tokens that may not charge are listed as such.</param>
    public async Task<Wanted> Of(ChargingStation station, bool sendsBlocked, int capacity, int tokenLength, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var rows = await dataSource.Rows(
            TokensSql, r => new Row(r.GetGuid(0), r.GetString(1), r.Get<string>(2), r.MaybeTime(3), r.MaybeTime(4), r.GetString(5)), ct, station.TenantId.Value, station.SiteId?.Value ?? Guid.Empty, now);
        var listed = rows.Where(r => !(r.From > now)).Select(r => r.Until <= now ? r with { Status = r.Status == "blocked" ? r.Status : "expired" } : r)
            .Where(r => sendsBlocked || r.Status == "accepted").DistinctBy(r => r.Token, StringComparer.OrdinalIgnoreCase).ToList();
        var sayable = listed.Where(r => r.Token.Length <= tokenLength && r.Token.Length > 0).ToList();
        if (sayable.Count > capacity)
        {
            var used = await Used(station, now, ct);
            sayable = [.. sayable.OrderByDescending(r => r.Status == "accepted").ThenByDescending(r => used.GetValueOrDefault(r.Id).Here).ThenByDescending(r => used.GetValueOrDefault(r.Id).Anywhere).Take(capacity)];
        }

        var starts = rows.Where(r => r.From > now).Select(r => r.From).Concat(rows.Where(r => r.Until > now).Select(r => r.Until)).Min();
        return new Wanted(
            [.. sayable.Select(r => new ListedToken(r.Token, r.Status, r.Until, r.Group is { } group && group.Length <= tokenLength ? group : null))],
            listed.Count - sayable.Count,
            starts);
    }

    private async Task<Dictionary<Guid, (DateTimeOffset? Here, DateTimeOffset? Anywhere)>> Used(ChargingStation station, DateTimeOffset now, CancellationToken ct) =>
        (await dataSource.Rows(UsedSql, r => (r.GetGuid(0), r.MaybeTime(1), r.MaybeTime(2)), ct, station.TenantId.Value, station.SiteId?.Value ?? Guid.Empty, now - UsedSince))
        .ToDictionary(r => r.Item1, r => (r.Item2, r.Item3));
}
