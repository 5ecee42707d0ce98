using System.Collections.Concurrent;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Tariffs;

/// <summary>Who charges where: what assignments may name. Null where it does not apply.</summary>
public sealed record TariffQuestion(TenantId TenantId, Guid? ContractId, string? GroupId, string? EvseId, string StationIdentity, Guid? SiteId);

/// <summary>The tariff that holds, and by which assignment.</summary>
/// <param name="TariffId">Null only while the tenant has no default tariff yet.</param>
/// <param name="Level">contract, group, evse, station, circuit, site, organisation, tenant; default where no assignment matched.</param>
public sealed record ResolvedTariff(Guid? TariffId, int? Version, Tariff? Tariff, string Level, string Target);

/// <summary>
/// Which tariff holds: the most specific assignment, within one level the highest priority, then the newest; else the tenant's default.
/// Versions never change, so their documents are remembered.
/// </summary>
public sealed class TariffResolver(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string Sql = """
        select t.id, t.current_version, a.level, a.target
        from unnest($2, $3) with ordinality q (level, target, rank)
        join tariff_assignment a on a.tenant_id = $1 and a.level = q.level and lower(a.target) = lower(q.target)
        join tariff t on t.id = a.tariff_id and t.archived_at is null
        where (a.valid_from is null or a.valid_from <= $4) and (a.valid_to is null or a.valid_to > $4)
        order by q.rank, a.priority desc, a.created_at desc limit 1
        """;

    private const string DefaultSql = "select id, current_version, 'default', '' from tariff where tenant_id = $1 and is_default and archived_at is null";

    private readonly ConcurrentDictionary<(Guid Id, int Version), Tariff> documents = new();

    /// <summary>Finds the tariff that holds now.</summary>
    public async Task<ResolvedTariff> Resolve(TariffQuestion question, CancellationToken ct)
    {
        await using var batch = dataSource.CreateBatch();
        var (levels, targets) = Candidates(question);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                new() { Value = question.TenantId.Value },
                new() { Value = levels, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = targets, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = time.GetUtcNow() },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DefaultSql) { Parameters = { new() { Value = question.TenantId.Value } } });
        await using var rows = await batch.ExecuteReaderAsync(ct);
        do
        {
            if (await rows.ReadAsync(ct))
            {
                var (id, version, level, target) = (rows.GetGuid(0), rows.GetInt32(1), rows.GetString(2), rows.GetString(3));
                await rows.CloseAsync();
                return new ResolvedTariff(id, version, await Document(id, version, ct), level, target);
            }
        }
        while (await rows.NextResultAsync(ct));

        return new ResolvedTariff(null, null, null, "none", "");
    }

    /// <summary>The document of a version.</summary>
    public async ValueTask<Tariff?> Document(Guid id, int version, CancellationToken ct)
    {
        if (documents.TryGetValue((id, version), out var known))
        {
            return known;
        }

        await using var command = dataSource.CreateCommand("select document::text from tariff_version where tariff_id = $1 and version = $2");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = version });
        return await command.ExecuteScalarAsync(ct) is string json ? documents.GetOrAdd((id, version), TariffJson.Read(json)) : null;
    }

    private static (string[] Levels, string[] Targets) Candidates(TariffQuestion q)
    {
        (string Level, string? Target)[] all =
        [
            ("contract", q.ContractId?.ToString()),
            ("group", q.GroupId),
            ("evse", q.EvseId),
            ("station", q.StationIdentity),
            ("site", q.SiteId?.ToString()),
            ("tenant", ""),
        ];
        var named = all.Where(c => c.Target is not null).ToArray();
        return ([.. named.Select(c => c.Level)], [.. named.Select(c => c.Target!)]);
    }
}
