using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Kernel;

/// <summary>How events are delivered.</summary>
public sealed class OutboxOptions
{
    /// <summary>Tries before an event is parked for a person.</summary>
    public int MaxAttempts { get; set; } = 12;

    /// <summary>Events taken at once.</summary>
    public int BatchSize { get; set; } = 64;

    /// <summary>Events delivered at the same time; few, because stations come first.</summary>
    public int Parallel { get; set; } = 2;

    /// <summary>How long a taken event is hidden from other nodes; a node that dies holds it no longer.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often it looks when nobody rang.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// Delivers events to their consumers, each at least once: retried with back-off, parked after <see cref="OutboxOptions.MaxAttempts"/>
/// and shown to the operator. A consumer that has succeeded is not run again because another failed.
/// </summary>
public sealed partial class OutboxDispatcher(
    NpgsqlDataSource dataSource,
    ConsumerTable consumers,
    IServiceScopeFactory scopes,
    GroupCommit commits,
    OutboxOptions options,
    ILogger<OutboxDispatcher> logger) : RoundWorker(logger)
{
    private const string TakeSql = """
        update outbox set available_at = now() + $2, attempts = attempts + 1
        where id in (select id from outbox where parked_at is null and available_at <= now() order by available_at, id limit $1 for update skip locked)
        returning id, tenant_id, type, payload, attempts, done
        """;

    protected override TimeSpan Pause => options.Poll;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        commits.Committed += Ring;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task<bool> Round(CancellationToken ct) => await DeliverDue(ct) == options.BatchSize;

    private async Task<int> DeliverDue(CancellationToken ct)
    {
        var due = await Take(ct);
        var left = new ConcurrentDictionary<long, Taken>(due.Select(e => KeyValuePair.Create(e.Id, e)));
        try
        {
            await System.Threading.Tasks.Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = ct }, async (e, token) =>
            {
                await Deliver(e, token);
                left.TryRemove(e.Id, out _);
            });
        }
        finally
        {
            await GiveBack(left.Keys);
        }

        return due.Count;
    }

    /// <summary>What was taken and not delivered, because the host stops or the database went away, waits for nobody's lease.</summary>
    private async Task GiveBack(ICollection<long> left)
    {
        if (left.Count > 0)
        {
            await using var update = dataSource.CreateCommand("update outbox set available_at = now(), attempts = attempts - 1 where id = any($1)");
            update.Parameters.Add(new() { Value = left.ToArray() });
            await update.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task<List<Taken>> Take(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(TakeSql);
        command.Parameters.Add(new() { Value = options.BatchSize });
        command.Parameters.Add(new() { Value = options.Lease });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<Taken>();
        while (await reader.ReadAsync(ct))
        {
            due.Add(new Taken(reader.GetInt64(0), TenantId.From(reader.GetGuid(1)), reader.GetString(2), reader.GetString(3), reader.GetInt32(4), reader.GetFieldValue<string[]>(5)));
        }

        due.Sort((a, b) => a.Id.CompareTo(b.Id));
        return due;
    }

    private async Task Deliver(Taken e, CancellationToken ct)
    {
        var done = e.Done.ToList();
        foreach (var (name, run) in consumers.For(e.Type))
        {
            if (done.Contains(name))
            {
                continue;
            }

            try
            {
                await using var scope = scopes.CreateAsyncScope();
                scope.ServiceProvider.GetRequiredService<TenantContext>().Use(e.Tenant);
                await run(scope.ServiceProvider, e.Payload, ct);
                done.Add(name);
            }
            catch (Exception failed) when (failed is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                LogFailed(failed, name, e.Type, e.Id, e.Attempts);
                await Postpone(e, done, $"{name}: {failed.Message}", ct);
                return;
            }
        }

        await using var delete = dataSource.CreateCommand("delete from outbox where id = $1");
        delete.Parameters.Add(new() { Value = e.Id });
        await delete.ExecuteNonQueryAsync(ct);
    }

    private async Task Postpone(Taken e, List<string> done, string error, CancellationToken ct)
    {
        await using var update = dataSource.CreateCommand(
            "update outbox set available_at = now() + $2, done = $3, last_error = $4, parked_at = case when $5 then now() end where id = $1");
        update.Parameters.Add(new() { Value = e.Id });
        update.Parameters.Add(new() { Value = TimeSpan.FromSeconds(Math.Min(3600, Math.Pow(2, e.Attempts))) });
        update.Parameters.Add(new() { Value = done.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        update.Parameters.Add(new() { Value = error });
        update.Parameters.Add(new() { Value = e.Attempts >= options.MaxAttempts });
        await update.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(LogLevel.Error, "{Consumer} failed on {EventType} {EventId}, attempt {Attempt}")]
    private partial void LogFailed(Exception failed, string consumer, string eventType, long eventId, int attempt);

    private sealed record Taken(long Id, TenantId Tenant, string Type, string Payload, int Attempts, string[] Done);
}
