using System.Collections.Concurrent;
using System.Collections.Frozen;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Tariffs.Market;

/// <summary>What came of an announcement.</summary>
/// <param name="Stored">New quarter hours.</param>
/// <param name="Kept">Quarter hours that were announced before with another price, which holds on.</param>
public sealed record Announced(int Stored, int Kept);

/// <summary>
/// The market prices of operators. A quarter hour's price is frozen when it is announced: drivers saw it, sessions were priced by it. For the same
/// reason what is announced only after its quarter hour is over is kept and shown, and prices nothing. What the next days ask is kept in memory for
/// running costs; bills read the table.
/// </summary>
public sealed class MarketPrices(NpgsqlDataSource data, TimeProvider time)
{
    private static readonly TimeSpan Behind = TimeSpan.FromDays(4);
    private readonly ConcurrentDictionary<TenantId, LiveMarket> markets = new();

    /// <summary>What an operator's running sessions are priced by; it keeps up by itself.</summary>
    public LiveMarket Live(TenantId tenant) => markets.GetOrAdd(tenant, static _ => new LiveMarket());

    /// <summary>Keeps what is new.</summary>
    /// <param name="source">Where it comes from, for people.</param>
    public async Task<Announced> Announce(TenantId tenant, IReadOnlyList<QuarterPrice> prices, string source, CancellationToken ct)
    {
        const string Insert = """
            insert into market_price (tenant_id, starts_at, price, source, announced_at)
            select $1, s, p, $4, $5 from unnest($2::timestamptz[], $3::numeric[]) as new(s, p) on conflict do nothing
            """;
        const string Differ = """
            select count(*)::int from unnest($2::timestamptz[], $3::numeric[]) as new(s, p) join market_price m on m.tenant_id = $1 and m.starts_at = s where m.price <> round(p, 7)
            """;
        var distinct = prices.DistinctBy(p => p.Start).ToList();
        var (starts, amounts) = (distinct.Select(p => p.Start.UtcDateTime).ToArray(), distinct.Select(p => p.PerKwh).ToArray());
        await using var insert = data.CreateCommand(Insert);
        insert.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Value }, Times(starts), new() { Value = amounts }, new() { Value = source }, new() { Value = time.GetUtcNow() } });
        var stored = await insert.ExecuteNonQueryAsync(ct);
        await using var differ = data.CreateCommand(Differ);
        differ.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Value }, Times(starts), new() { Value = amounts } });
        var kept = (int)(await differ.ExecuteScalarAsync(ct))!;
        if (stored > 0)
        {
            await Load(tenant, ct);
        }

        return new Announced(stored, kept);
    }

    /// <summary>What sessions pay in the quarter hours that touch a span: the prices that were known in time.</summary>
    public Task<FrozenDictionary<DateTimeOffset, decimal>> Binding(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Read("select starts_at, price from market_price where tenant_id = $1 and starts_at > $2 and starts_at < $3 and announced_at < starts_at + interval '15 minutes'", tenant, from, to, ct);

    /// <summary>All that is known of the quarter hours that touch a span, to be looked at.</summary>
    public Task<FrozenDictionary<DateTimeOffset, decimal>> Between(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Read("select starts_at, price from market_price where tenant_id = $1 and starts_at > $2 and starts_at < $3", tenant, from, to, ct);

    private async Task<FrozenDictionary<DateTimeOffset, decimal>> Read(string sql, TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        await using var command = data.CreateCommand(sql);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Value }, new() { Value = (from - QuarterPrice.Length).ToUniversalTime() }, new() { Value = to.ToUniversalTime() } });
        var prices = new Dictionary<DateTimeOffset, decimal>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            prices[reader.GetFieldValue<DateTimeOffset>(0)] = reader.GetDecimal(1);
        }

        return prices.ToFrozenDictionary();
    }

    /// <summary>Brings memory up to date with the table, for every operator who has prices.</summary>
    internal async Task LoadAll(CancellationToken ct)
    {
        await using var command = data.CreateCommand("select id from tenant t where exists (select 1 from market_price m where m.tenant_id = t.id)");
        var tenants = new List<TenantId>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                tenants.Add(new TenantId(reader.GetGuid(0)));
            }
        }

        foreach (var tenant in tenants)
        {
            await Load(tenant, ct);
        }
    }

    private async Task Load(TenantId tenant, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        Live(tenant).Prices = await Binding(tenant, now - Behind, DateTimeOffset.MaxValue, ct);
    }

    private static NpgsqlParameter Times(DateTime[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}

/// <summary>The market prices of the last days and of those ahead, as far as they are announced.</summary>
public sealed class LiveMarket
{
    /// <summary>Per kWh by the start of the quarter hour.</summary>
    public FrozenDictionary<DateTimeOffset, decimal> Prices { get; internal set; } = FrozenDictionary<DateTimeOffset, decimal>.Empty;
}
