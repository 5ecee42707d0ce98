using Ladewerk.Billing;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Payouts;

/// <summary>Books what a statement owes to a host or an employee, or what its cancellation takes back, and notes that it is to be paid out.</summary>
internal sealed class StatementPayables(LadewerkDb db, PaymentAccounts accounts, TimeProvider time) : IConsumer<InvoiceIssued>
{
    public async Task Consume(InvoiceIssued e, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);

        // Whoever cancels it waits until the payout is there to be cancelled.
        if (await db.Set<Invoice>().FromSql($"select * from invoice where id = {e.InvoiceId.Value} for share").AsNoTracking().SingleOrDefaultAsync(ct) is not { } invoice || (invoice.OrganisationId is null && invoice.DriverId is null))
        {
            return;
        }

        var now = time.GetUtcNow();
        await Ledger.Book((NpgsqlConnection)db.Database.GetDbConnection(), invoice.TenantId, Owed(invoice), now, ct);
        if (invoice.Kind == InvoiceKind.SelfBilling)
        {
            await Note(invoice, now, ct);
        }
        else if (invoice.CancelsId is { } cancelled)
        {
            await Withdraw(cancelled, now, ct);
        }

        await transaction.CommitAsync(ct);
    }

    private static Movement Owed(Invoice i) =>
        new($"statement:{i.Id.Value:N}", "statement", i.Currency, [new(LedgerAccount.Expense, i.Net), new(LedgerAccount.InputVat, i.Vat), new(LedgerAccount.Payable, -i.Gross)]) { Invoice = i.Id };

    private async Task Note(Invoice i, DateTimeOffset now, CancellationToken ct)
    {
        var state = i.State == InvoiceState.Issued ? "waiting" : "cancelled";
        var due = (await accounts.Settings(ct)).PayoutsAutomatic && i.DueOn is { } on ? new DateTimeOffset(on.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : (DateTimeOffset?)null;
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into payout (id, tenant_id, invoice_id, organisation_id, driver_id, currency, amount, state, created_at, due_at)
            select {PayoutId.New().Value}, {i.TenantId.Value}, {i.Id.Value}, {i.OrganisationId}::uuid, {i.DriverId?.Value}::uuid, {i.Currency}, {i.Gross}, {state}, {now}, {due}::timestamptz where {i.Gross} > 0
            on conflict (invoice_id) do nothing
            """,
            ct);
    }

    /// <summary>What has been released is looked at by the worker: it knows whether the money is on its way.</summary>
    private Task<int> Withdraw(InvoiceId statement, DateTimeOffset now, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        update payout set state = case when state = 'released' then state else 'cancelled' end, due_at = case when state = 'released' then {now}::timestamptz end, finished_at = case when state <> 'released' then {now}::timestamptz end
        where invoice_id = {statement.Value} and state in ('waiting', 'failed', 'released')
        """,
        ct);
}
