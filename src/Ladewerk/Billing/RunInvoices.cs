using Ladewerk.Billing.Subscriptions;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>
/// Works off one run: accounts in batches, each batch in a transaction of its own. What is invoiced is not open any more, so a run that was
/// killed is simply run again, and parallel runs share the accounts between them.
/// </summary>
internal sealed partial class RunInvoices(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, LiveFeed live, ILogger<RunInvoices> logger)
{
    private const int Attempts = 4;

    /// <summary>Accounts of one transaction: large enough that round trips do not count, small enough that memory stays flat and a stop is quick.</summary>
    private const int BatchSize = 200;

    /// <summary>Runs to the end, or until it is stopped or cancelled. Takes up a run that was interrupted.</summary>
    public async Task Run(TenantId tenant, Guid runId, CancellationToken ct)
    {
        // Held by this connection: another node leaves the run alone for as long as this one works on it.
        await using var holder = await Again(runId, () => Hold(runId, ct), ct);
        if (holder is null)
        {
            return;
        }

        try
        {
            if (await Again(runId, () => Begin(tenant, runId, ct), ct) is { } run)
            {
                await WorkOrFail(run, ct);
            }
        }
        finally
        {
            await Release(holder, runId);
        }
    }

    private async Task WorkOrFail(InvoiceRun run, CancellationToken ct)
    {
        try
        {
            await Work(run, ct);
        }
        catch (Exception failed) when (failed is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            LogFailed(failed, run.Id);
            await End(run, RunState.Failed, failed.Message, CancellationToken.None);
        }
    }

    private async Task Work(InvoiceRun run, CancellationToken ct)
    {
        var range = new IssueRange(run.FromAt, run.ToAt);
        var busy = new List<BillingAccountId>();
        await Again(run.Id, () => PostFees(run, ct), ct);
        var accounts = await Again(run.Id, () => AccountsOf(run, range, ct), ct);
        await Progress(run, accounts.Count, 0, [], ct);
        foreach (var batch in accounts.Chunk(BatchSize))
        {
            if (await Batch(run, batch, range, wait: false, ct) is not { } result)
            {
                return;
            }

            busy.AddRange(result.Busy);
        }

        foreach (var batch in busy.Chunk(BatchSize))
        {
            if (await Batch(run, batch, range, wait: true, ct) is null)
            {
                return;
            }
        }

        await End(run, RunState.Finished, null, ct);
    }

    /// <summary>Null: somebody has stopped the run.</summary>
    private async Task<IssueBatch?> Batch(InvoiceRun run, BillingAccountId[] accounts, IssueRange range, bool wait, CancellationToken ct)
    {
        var result = await IssueOrSplit(run, accounts, range, wait, ct);
        var done = accounts.Length - (wait ? 0 : result.Busy.Count);
        return await Progress(run, null, done, result.Skipped, ct) ? result : null;
    }

    /// <summary>One account that cannot be invoiced must not hold up the others of its batch: then each is tried alone.</summary>
    private async Task<IssueBatch> IssueOrSplit(InvoiceRun run, BillingAccountId[] accounts, IssueRange range, bool wait, CancellationToken ct)
    {
        try
        {
            return await Issue(run, accounts, range, wait, ct);
        }
        catch (Exception failed) when (failed is not (OperationCanceledException or SupplierIncompleteException) && !IsTransient(failed))
        {
            if (accounts is [var only])
            {
                LogSkipped(failed, run.Id, only);
                return new IssueBatch([], [new SkippedAccount(only, await NameOf(run.TenantId, only, ct), SkippedAccount.Failed)], []);
            }

            LogSplit(run.Id, accounts.Length, failed.Message);
        }

        var (skipped, busy) = (new List<SkippedAccount>(), new List<BillingAccountId>());
        foreach (var account in accounts)
        {
            var single = await IssueOrSplit(run, [account], range, wait, ct);
            skipped.AddRange(single.Skipped);
            busy.AddRange(single.Busy);
        }

        return new IssueBatch([], skipped, busy);
    }

    private async Task<IssueBatch> Issue(InvoiceRun run, BillingAccountId[] accounts, IssueRange range, bool wait, CancellationToken ct)
    {
        // Rolled back with its numbers where the connection was lost; a commit whose answer was lost has left nothing open.
        return await Again(run.Id, Once, ct);

        async Task<IssueBatch> Once()
        {
            await using var scope = Scope(run.TenantId);
            return await scope.ServiceProvider.GetRequiredService<IssueInvoices>().Run(accounts, range, run.Id, wait, ct);
        }
    }

    private async Task<string> NameOf(TenantId tenant, BillingAccountId account, CancellationToken ct)
    {
        await using var scope = Scope(tenant);
        return await scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<BillingAccount>().Where(a => a.Id == account).Select(a => a.Name).SingleOrDefaultAsync(ct) ?? "";
    }

    private async Task<T> Again<T>(Guid runId, Func<Task<T>> work, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception broken) when (IsTransient(broken) && attempt < Attempts)
            {
                LogRetry(runId, broken.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), time, ct);
            }
        }
    }

    private static bool IsTransient(Exception e) =>
        e is NpgsqlException { IsTransient: true } or PostgresException { SqlState: "57P01" or "40001" or "40P01" }
        || (e is NpgsqlException { InnerException: IOException }) || (e.InnerException is { } inner && IsTransient(inner));

    private async Task<int> PostFees(InvoiceRun run, CancellationToken ct)
    {
        await using var scope = Scope(run.TenantId);
        return await scope.ServiceProvider.GetRequiredService<PostSubscriptions>().Run(ct);
    }

    private async Task<List<BillingAccountId>> AccountsOf(InvoiceRun run, IssueRange range, CancellationToken ct)
    {
        await using var scope = Scope(run.TenantId);
        var db = scope.ServiceProvider.GetRequiredService<LadewerkDb>();
        var open = IssueInvoices.Open(db, range, run.BillingAccountId).Select(r => r.BillingAccountId!.Value);
        open = open.Union(IssueInvoices.OpenFees(db, range, run.BillingAccountId).Select(c => c.BillingAccountId));
        if (run.ForMonth is not null)
        {
            var monthly = db.Set<BillingAccount>().Where(a => a.InvoiceCycle != InvoiceCycle.OnDemand);
            open = open.Where(id => monthly.Any(a => a.Id == id));
        }

        return await open.OrderBy(id => id).ToListAsync(ct);
    }

    private async Task<InvoiceRun?> Begin(TenantId tenant, Guid runId, CancellationToken ct)
    {
        await using var scope = Scope(tenant);
        var db = scope.ServiceProvider.GetRequiredService<LadewerkDb>();
        var run = await db.Set<InvoiceRun>().SingleOrDefaultAsync(r => r.Id == runId, ct);
        if (run is not { State: RunState.Waiting or RunState.Running })
        {
            return null;
        }

        run.State = RunState.Running;
        run.StartedAt ??= time.GetUtcNow();
        run.AccountsDone = 0;
        run.Skipped = [];
        await db.SaveChangesAsync(ct);
        return run;
    }

    private async Task<bool> Progress(InvoiceRun run, int? accounts, int done, IReadOnlyList<SkippedAccount> skipped, CancellationToken ct)
    {
        var running = await Again(run.Id, () => Count(run, accounts, done, skipped, ct), ct);
        live.Publish(run.TenantId, "invoice", new { id = run.Id });
        return running;
    }

    /// <summary>False where the run is not running any more.</summary>
    private async Task<bool> Count(InvoiceRun run, int? accounts, int done, IReadOnlyList<SkippedAccount> skipped, CancellationToken ct)
    {
        await using var update = dataSource.CreateCommand("""
            update invoice_run set accounts = coalesce($2, accounts), accounts_done = accounts_done + $3, skipped = skipped || $4
            where id = $1 and state = 'running'
            """);
        update.Parameters.Add(new() { Value = run.Id });
        update.Parameters.Add(new() { Value = (object?)accounts ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer });
        update.Parameters.Add(new() { Value = done });
        update.Parameters.Add(new() { Value = System.Text.Json.JsonSerializer.Serialize(skipped, Columns.Json), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb });
        return await update.ExecuteNonQueryAsync(ct) == 1;
    }

    private Task<bool> End(InvoiceRun run, RunState state, string? error, CancellationToken ct) => Again(run.Id, () => Ended(run, state, error, ct), ct);

    private async Task<bool> Ended(InvoiceRun run, RunState state, string? error, CancellationToken ct)
    {
        await using var scope = Scope(run.TenantId);
        var now = time.GetUtcNow();
        await scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<InvoiceRun>()
            .Where(r => r.Id == run.Id && r.State == RunState.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, state).SetProperty(r => r.Error, error).SetProperty(r => r.FinishedAt, now), ct);
        live.Publish(run.TenantId, "invoice", new { id = run.Id });
        LogEnded(run.Id, state);
        return true;
    }

    /// <summary>The connection that holds the run; null: another one works on it.</summary>
    private async Task<NpgsqlConnection?> Hold(Guid runId, CancellationToken ct)
    {
        var connection = await dataSource.OpenConnectionAsync(ct);
        var held = false;
        try
        {
            await using var hold = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 7))", connection) { Parameters = { new() { Value = runId.ToString() } } };
            held = (bool)(await hold.ExecuteScalarAsync(ct))!;
        }
        finally
        {
            if (!held)
            {
                await connection.DisposeAsync();
            }
        }

        return held ? connection : null;
    }

    private async Task Release(NpgsqlConnection connection, Guid runId)
    {
        try
        {
            await using var release = new NpgsqlCommand("select pg_advisory_unlock(hashtextextended($1, 7))", connection) { Parameters = { new() { Value = runId.ToString() } } };
            await release.ExecuteScalarAsync(CancellationToken.None);
        }
        catch (Exception gone) when (gone is NpgsqlException or InvalidOperationException)
        {
            LogHolderGone(runId, gone.Message); // the server let go of the lock with the connection
        }
    }

    private AsyncServiceScope Scope(TenantId tenant)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        return scope;
    }

    [LoggerMessage(LogLevel.Error, "Invoice run {RunId} cannot invoice account {AccountId}")]
    private partial void LogSkipped(Exception failed, Guid runId, BillingAccountId accountId);

    [LoggerMessage(LogLevel.Warning, "Invoice run {RunId} tries {Count} accounts one by one ({Reason})")]
    private partial void LogSplit(Guid runId, int count, string reason);

    [LoggerMessage(LogLevel.Information, "Invoice run {RunId} ended: {State}")]
    private partial void LogEnded(Guid runId, RunState state);

    [LoggerMessage(LogLevel.Information, "Invoice run {RunId} lost the connection that held it ({Reason})")]
    private partial void LogHolderGone(Guid runId, string reason);

    [LoggerMessage(LogLevel.Error, "Invoice run {RunId} failed")]
    private partial void LogFailed(Exception failed, Guid runId);

    [LoggerMessage(LogLevel.Warning, "Invoice run {RunId} lost the database and tries again ({Reason})")]
    private partial void LogRetry(Guid runId, string reason);
}
