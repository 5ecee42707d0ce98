using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>Holds the provider's movements of the last days against ours, and books what only the provider knows: what went to the bank, and its own fees. Run again, it says the same.</summary>
internal sealed partial class ReconcilePayments(LadewerkDb db, TenantContext tenant, IPaymentProviders providers, IEnumerable<IBookedMovements> booked, AuditLog audit, TimeProvider time, ILogger<ReconcilePayments> logger)
{
    // Movements appear late at times: each day is looked at more than once.
    private static readonly TimeSpan Back = TimeSpan.FromDays(3);

    /// <summary>Up to now; null where the operator has no provider, or somebody else is at it.</summary>
    public async Task<PaymentReconciliation?> Run(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (await providers.Current(ct) is not { } provider || await Claim(now, ct) is not { } run)
        {
            return null;
        }

        try
        {
            var movements = new List<ProviderMovement>();
            await foreach (var movement in provider.Movements(run.FromAt, run.ToAt, ct))
            {
                movements.Add(movement);
            }

            var currency = await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.Currency).SingleAsync(ct);
            var (differences, matched) = ReconciliationRules.Compare(movements, await Payments(movements, run, ct), await Others(movements, ct), await Expected(run, ct), run.FromAt, run.ToAt, currency);
            (run.Movements, run.Matched, run.Findings, run.State, run.Error) = (movements.Count, matched, differences, ReconciliationState.Done, null);
            await Finish(run, movements, ct);
            LogDone(run.Day, movements.Count, differences.Count);
        }
        catch (PaymentProviderException failed)
        {
            (run.State, run.Error) = (ReconciliationState.Failed, failed.Message);
            await Finish(run, [], ct);
        }

        return run;
    }

    /// <summary>The day's row, taken by one; what a dead node began is begun anew.</summary>
    private async Task<PaymentReconciliation?> Claim(DateTimeOffset now, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        var ids = await db.Database.SqlQuery<Guid>(
            $"""
            insert into payment_reconciliation (id, tenant_id, day, state, from_at, to_at, started_at) values ({Guid.CreateVersion7()}, {tenant.Current.Value}, {day}, 'running', {now - Back}, {now}, {now})
            on conflict (tenant_id, day) do update set state = 'running', from_at = excluded.from_at, to_at = excluded.to_at, started_at = excluded.started_at
            where payment_reconciliation.state <> 'running' or payment_reconciliation.started_at < excluded.started_at - interval '15 minutes'
            returning id as "Value"
            """).ToListAsync(ct);
        return ids is [var id] ? await db.Set<PaymentReconciliation>().SingleAsync(r => r.Id == id, ct) : null;
    }

    private async Task<Dictionary<string, BookedPayment>> Payments(List<ProviderMovement> movements, PaymentReconciliation run, CancellationToken ct)
    {
        var named = movements.Select(m => m.Source).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        var rows = await db.Set<Payment>().AsNoTracking()
            .Where(p => p.State == PaymentState.Captured && p.IntentId != null && (named.Contains(p.IntentId) || (p.FinishedAt >= run.FromAt && p.FinishedAt < run.ToAt)))
            .Select(p => new { p.Id, p.IntentId, p.Captured, p.Fee, p.FinishedAt }).ToListAsync(ct);
        return rows.ToDictionary(p => p.IntentId!, p => new BookedPayment(p.Id.Value, p.IntentId!, p.Captured, p.Fee, p.FinishedAt ?? run.ToAt), StringComparer.Ordinal);
    }

    private async Task<List<ExpectedMovement>> Expected(PaymentReconciliation run, CancellationToken ct)
    {
        var (from, to) = ReconciliationRules.MustBeThere(run.FromAt, run.ToAt);
        var all = new List<ExpectedMovement>();
        foreach (var books in booked)
        {
            all.AddRange(await books.Within(from, to, ct));
        }

        return all;
    }

    private async Task<Dictionary<string, decimal>> Others(List<ProviderMovement> movements, CancellationToken ct)
    {
        var named = movements.SelectMany(m => new[] { m.Source, m.Id }).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        var all = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var books in booked)
        {
            foreach (var (source, amount) in await books.Of(named, ct))
            {
                all[source] = amount;
            }
        }

        return all;
    }

    private async Task Finish(PaymentReconciliation run, IEnumerable<ProviderMovement> movements, CancellationToken ct)
    {
        run.FinishedAt = time.GetUtcNow();
        audit.Record("payments.reconciled", "reconciliation", run.Day.ToString("O", System.Globalization.CultureInfo.InvariantCulture), after: new { run.State, run.Movements, differences = run.Findings.Count });
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        foreach (var movement in movements)
        {
            if (ReconciliationRules.OnlyThere(movement) is { } there)
            {
                await Ledger.Book((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, there, movement.At, ct);
            }
        }

        await transaction.CommitAsync(ct);
    }

    [LoggerMessage(LogLevel.Information, "Reconciliation of {Day}: {Movements} movements, {Differences} differences")]
    private partial void LogDone(DateOnly day, int movements, int differences);
}

/// <summary>What went back to guests.</summary>
internal sealed class RefundBooks(NpgsqlDataSource data, TenantContext tenant) : IBookedMovements
{
    public async Task<IReadOnlyDictionary<string, decimal>> Of(string[] sources, CancellationToken ct) =>
        (await data.Rows("select provider_id, -amount from payment_refund where tenant_id = $1 and provider_id = any($2)", r => (Id: r.GetString(0), Amount: r.GetDecimal(1)), ct, tenant.Current.Value, sources))
        .ToDictionary(r => r.Id, r => r.Amount, StringComparer.Ordinal);

    public async Task<IReadOnlyList<ExpectedMovement>> Within(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => await data.Rows(
        "select provider_id, -amount from payment_refund where tenant_id = $1 and state = 'done' and provider_id is not null and done_at >= $2 and done_at < $3",
        r => new ExpectedMovement(r.GetString(0), r.GetDecimal(1)), ct, tenant.Current.Value, from, to);
}

/// <summary>Reconciles every operator that takes cards, each night.</summary>
internal sealed class ReconciliationWorker(NpgsqlDataSource data, IServiceScopeFactory scopes, TimeProvider time, ILogger<ReconciliationWorker> logger) : RoundWorker(logger)
{
    /// <summary>The hour (UTC) from which on the night's run is made.</summary>
    private const int From = 2;

    protected override TimeSpan Pause => TimeSpan.FromMinutes(15);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (now.Hour < From)
        {
            return false;
        }

        var due = await data.Rows(
            """
            select distinct p.tenant_id from (
              select tenant_id, created_at from payment union all select tenant_id, created_at from invoice_charge) p
            where p.created_at > $1 and not exists (
              select from payment_reconciliation r where r.tenant_id = p.tenant_id and r.day = $2 and (r.state = 'done' or r.started_at > $3))
            """,
            r => new TenantId(r.GetGuid(0)), ct, now.AddDays(-40), DateOnly.FromDateTime(now.UtcDateTime), now.AddHours(-1));
        foreach (var tenant in due)
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            await scope.ServiceProvider.GetRequiredService<ReconcilePayments>().Run(ct);
        }

        return false;
    }
}
