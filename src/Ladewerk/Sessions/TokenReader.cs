using System.Collections.Concurrent;
using System.Text.Json;
using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Sessions;

/// <summary>Reads all that a decision on a token needs in one query: one row for each contract that it may charge under, one where there is none.</summary>
public sealed class TokenReader(NpgsqlDataSource dataSource)
{
    private const int MostRemembered = 20_000;

    // What only some tokens have costs the others nothing: sums are built for contracts with a limit alone, codes are looked for at guests alone.
    private const string Sql = """
        with found as (
          select t.*, k.rank from unnest($2) with ordinality k (key, rank)
          join id_token t on t.tenant_id = $1 and t.uid_key = k.key
          order by k.rank limit 1)
        select t.id, t.uid, t.uid_key, t.group_id, t.driver_id, d.billing_account_id, t.valid_until, t.concurrent_sessions, t.status, t.valid_from, d.status, t.rank,
               (select count(*) from charging_session s where s.tenant_id = t.tenant_id and s.id_token_key = t.uid_key and s.state = 'active'),
               g.use_id, g.grants, g.remaining, g.valid_from, g.valid_until, g.sites, g.revoked_at is not null, g.redeemed_at, g.session_id is not null,
               c.id, c.number, c.kind, c.status, c.revision, c.sites, c.tariff_group, c.cost_centre, c.reimbursement_per_kwh, c.billing_account_id, c.valid_from, c.valid_until,
               u.energy_wh, u.money, u.sessions, r.running, c.is_public, c.terms::text
        from found t
        left join driver d on d.id = t.driver_id
        left join lateral (
          select u.id as use_id, g.grants, g.remaining, g.valid_from, g.valid_until, g.sites, g.revoked_at, u.redeemed_at, u.session_id, g.contract_id
          from code_use u join charge_code g on g.id = u.code_id
          where t.type = 'guest' and u.id_token_id = t.id limit 1) g on true
        left join lateral (
          select c.*, $3::uuid is null or coalesce((select access <> 'private' from site where id = $3), true) as is_public
          from (
            select coalesce(t.contract_id, g.contract_id) as id where t.contract_id is not null or g.contract_id is not null
            union all
            select m.contract_id from contract_driver m where m.driver_id = t.driver_id and t.contract_id is null and g.contract_id is null) m
          join contract c on c.id = m.id and c.tenant_id = t.tenant_id
          ) c on true
        left join lateral (
          select sum(s.energy_wh)::bigint as energy_wh, sum(s.cost_total) as money, count(*) as sessions
          from charging_session s where c.has_budget and s.contract_id = c.id and s.started_at >= $4) u on true
        left join lateral (
          select count(*) as running from charging_session s
          where (c.terms->>'concurrentSessions')::int > 0 and s.contract_id = c.id and s.state = 'active') r on true
        order by c.created_at desc
        """;

    private readonly ConcurrentDictionary<(Guid Contract, int Revision), ContractTerms> terms = new();

    internal async Task<TokenFacts?> Read(SessionPlace place, string[] keys, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = place.TenantId.Value });
        command.Parameters.Add(new() { Value = keys, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)place.SiteId?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = place.MonthOf(now) });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
        {
            return null;
        }

        var facts = new TokenFacts(
            Token(row), (int)row.GetInt64(11) - 1, row.GetString(8), row.MaybeTime(9), row.Get<string>(10), row.GetInt64(12), IsPublicSite: true, [], Code(row));
        if (row.IsDBNull(22))
        {
            return facts with { Token = facts.Token with { Code = facts.Code } };
        }

        var isPublic = row.GetBoolean(38);
        var contracts = new List<KnownContract>(1);
        do
        {
            contracts.Add(Contract(row));
        }
        while (await row.ReadAsync(ct));
        return facts with { Token = facts.Token with { Code = facts.Code }, IsPublicSite = isPublic, Contracts = contracts };
    }

    private static KnownToken Token(NpgsqlDataReader row) => new(
        new IdTokenId(row.GetGuid(0)),
        row.GetString(1),
        row.GetString(2),
        row.Get<string>(3),
        row.IsDBNull(4) ? null : new DriverId(row.GetGuid(4)),
        null,
        row.IsDBNull(5) ? null : new BillingAccountId(row.GetGuid(5)),
        row.MaybeTime(6),
        row.GetInt32(7));

    private static KnownCode? Code(NpgsqlDataReader row) => row.IsDBNull(13)
        ? null
        : new(
            row.GetGuid(13), row.GetString(14), row.GetDecimal(15), row.MaybeTime(16), row.MaybeTime(17), row.GetFieldValue<Guid[]>(18), row.GetBoolean(19),
            row.GetFieldValue<DateTimeOffset>(20), row.GetBoolean(21));

    private KnownContract Contract(NpgsqlDataReader row)
    {
        var offer = new ContractOffer(
            row.GetGuid(22), Enum.Parse<ContractStatus>(row.GetString(25), ignoreCase: true), row.MaybeTime(32), row.MaybeTime(33), row.GetFieldValue<Guid[]>(27),
            Terms(row.GetGuid(22), row.GetInt32(26), row, 39), new BudgetUse(new WattHours(row.Get<long>(34)), row.Get<decimal>(35), row.Get<long>(36)), row.Get<long>(37));
        return new KnownContract(
            offer, row.GetString(23), Enum.Parse<ContractKind>(row.GetString(24), ignoreCase: true), row.Get<string>(28), row.Get<string>(29), row.Maybe<decimal>(30),
            row.IsDBNull(31) ? null : new BillingAccountId(row.GetGuid(31)));
    }

    /// <summary>A revision never changes, so that it is parsed once.</summary>
    internal ContractTerms Terms(Guid contract, int revision, NpgsqlDataReader row, int column)
    {
        if (terms.TryGetValue((contract, revision), out var known))
        {
            return known;
        }

        if (terms.Count >= MostRemembered)
        {
            terms.Clear();
        }

        return terms[(contract, revision)] = JsonSerializer.Deserialize<ContractTerms>(row.GetString(column), Columns.Json)!;
    }
}
