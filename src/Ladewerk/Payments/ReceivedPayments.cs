using Ladewerk.Billing.Credits;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>Books what came in for invoices by transfer, or from a credit, once each; what the provider took is booked as it is taken.</summary>
internal sealed class ReceivedPayments(NpgsqlDataSource data, TimeProvider time, ILogger<ReceivedPayments> logger) : RoundWorker(logger)
{
    private const int AtOnce = 500;

    protected override TimeSpan Pause => TimeSpan.FromMinutes(1);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var due = await data.Rows(
            """
            select p.id, p.tenant_id, p.invoice_id, p.amount, i.currency, p.account, p.source from (
              select id, tenant_id, invoice_id, amount, source, created_at, 'receivable' as account from invoice_payment
              union all select id, tenant_id, invoice_id, amount, source, created_at, 'reminderFee' from reminder_fee_payment) p join invoice i on i.id = p.invoice_id
            where p.created_at > $1 and p.source <> 'stripe' and not exists (select from ledger_booking b where b.tenant_id = p.tenant_id and b.key = 'received:' || replace(p.id::text, '-', ''))
            order by p.created_at limit $2
            """,
            r => (Id: r.GetGuid(0), Tenant: new TenantId(r.GetGuid(1)), Invoice: new Billing.InvoiceId(r.GetGuid(2)), Amount: r.GetDecimal(3), Currency: r.GetString(4), Account: Enum.Parse<LedgerAccount>(r.GetString(5), true), Source: r.GetString(6)),
            ct, time.GetUtcNow().AddDays(-60), AtOnce);
        foreach (var payment in due)
        {
            await using var connection = await data.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            // A credit that is set against an invoice leaves one and comes to the other: between them it is nobody's.
            var from = payment.Source == SettleCredit.Source ? LedgerAccount.Deposit : LedgerAccount.Payout;
            var movement = new Movement($"received:{payment.Id:N}", "received", payment.Currency, [new(from, payment.Amount), new(payment.Account, -payment.Amount)]) { Invoice = payment.Invoice };
            await Ledger.Book(connection, payment.Tenant, movement, time.GetUtcNow(), ct);
            await transaction.CommitAsync(ct);
        }

        return due.Count == AtOnce;
    }
}
