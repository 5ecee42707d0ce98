using System.Collections.Concurrent;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Tariffs;

/// <summary>
/// Which tariff holds. A tenant's tariffs and assignments are kept in memory and read again after a change here, and
/// after a minute (another node may have changed them); versions never change, so their documents stay.
/// </summary>
public sealed class TariffResolver(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string TariffsSql = """
        select t.id, t.name, t.kind, t.is_default, t.current_version, v.version, (v.document->>'validFrom')::timestamptz, (v.document->>'validTo')::timestamptz
        from tariff t join tariff_version v on v.tariff_id = t.id
        where t.tenant_id = $1 and t.archived_at is null
        order by t.id, v.version
        """;

    private const string AssignmentsSql = """
        select level, target, tariff_id, priority, valid_from, valid_to, created_at from tariff_assignment where tenant_id = $1
        """;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TenantId, TariffSelection> selections = new();
    private readonly ConcurrentDictionary<(Guid Id, int Version), Tariff> documents = new();
    private long changes;

    /// <summary>The tariff version that holds for a session. There always is one: a tenant without a default tariff gets one.</summary>
    public async Task<ResolvedTariff> Resolve(TariffQuestion question, CancellationToken ct) => await Answer(question, null, ct);

    /// <summary>The same, with everything that was considered.</summary>
    public async Task<TariffExplanation> Explain(TariffQuestion question, CancellationToken ct)
    {
        var steps = new List<TariffStep>();
        return new TariffExplanation(await Answer(question, steps, ct), steps);
    }

    /// <summary>The document of a version; null where there is none.</summary>
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

    /// <summary>Forgets what is known of a tenant's tariffs and assignments; called after each change.</summary>
    internal void Forget(TenantId tenant)
    {
        Interlocked.Increment(ref changes);
        selections.TryRemove(tenant, out _);
    }

    private async Task<ResolvedTariff> Answer(TariffQuestion question, List<TariffStep>? steps, CancellationToken ct)
    {
        var selection = await Selection(question.TenantId, ct);
        var (tariff, version, level, target) = selection.Choose(question, question.At ?? time.GetUtcNow(), steps);
        var document = await Document(tariff.Id.Value, version, ct)
            ?? throw new InvalidOperationException($"Version {version} of tariff {tariff.Id} is gone.");
        return new ResolvedTariff(tariff.Id.Value, version, document, level, target);
    }

    private async ValueTask<TariffSelection> Selection(TenantId tenant, CancellationToken ct)
    {
        if (selections.TryGetValue(tenant, out var known) && time.GetUtcNow() - known.ReadAt < MaxAge)
        {
            return known;
        }

        var before = Interlocked.Read(ref changes);
        var read = await Read(tenant, ct);
        if (read.Default is null)
        {
            await DefaultTariff.Ensure(dataSource, tenant, ct);
            read = await Read(tenant, ct);
        }

        // What was read while something changed may be old: it serves this once.
        return before == Interlocked.Read(ref changes) ? selections[tenant] = read : read;
    }

    private async Task<TariffSelection> Read(TenantId tenant, CancellationToken ct)
    {
        var readAt = time.GetUtcNow();
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(TariffsSql) { Parameters = { new() { Value = tenant.Value } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AssignmentsSql) { Parameters = { new() { Value = tenant.Value } } });
        await using var rows = await batch.ExecuteReaderAsync(ct);
        var tariffs = new List<KnownTariff>();
        while (await rows.ReadAsync(ct))
        {
            var id = new TariffId(rows.GetGuid(0));
            if (tariffs.Count == 0 || tariffs[^1].Id != id)
            {
                tariffs.Add(new KnownTariff(id, rows.GetString(1), Enum.Parse<TariffKind>(rows.GetString(2), ignoreCase: true), rows.GetBoolean(3), rows.GetInt32(4), new List<VersionSpan>()));
            }

            ((List<VersionSpan>)tariffs[^1].Versions).Add(new VersionSpan(rows.GetInt32(5), Instant(rows, 6), Instant(rows, 7)));
        }

        await rows.NextResultAsync(ct);
        var assignments = new List<KnownAssignment>();
        while (await rows.ReadAsync(ct))
        {
            assignments.Add(new KnownAssignment(
                Enum.Parse<AssignmentLevel>(rows.GetString(0), ignoreCase: true), rows.GetString(1), new TariffId(rows.GetGuid(2)), rows.GetInt32(3),
                Instant(rows, 4), Instant(rows, 5), rows.GetFieldValue<DateTimeOffset>(6)));
        }

        return new TariffSelection(tariffs, assignments, readAt);
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
