using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>Two ways to the same sum.</summary>
/// <param name="What">recorded, chargedAtPoint, invoiced, captured, refunded, fees, received, statements, paidOut, owed or reminderFees.</param>
/// <param name="Documents">By charge detail records, invoices and payments.</param>
/// <param name="Ledger">By the ledger; for recorded, by the lines of invoices.</param>
public sealed record AgreementRow(string What, Money Documents, Money Ledger)
{
    public bool Agrees => Documents == Ledger;
}

/// <summary>
/// Proves that the sums of charge detail records, invoices, payments and ledger agree. What was issued a moment ago may still be on its way to the ledger; what
/// was booked of documents that were removed after their eight years is left out, as they are.
/// </summary>
internal sealed class Agreement(NpgsqlDataSource data, TenantContext tenant)
{
    private const string Sql = """
        with t as (select id, currency from tenant where id = $1),
        booked as (
          select b.kind, b.key, e.account, e.amount from ledger_booking b join ledger_entry e on e.booking_id = b.id join t on t.id = b.tenant_id and t.currency = e.currency
          where b.invoice_id is null or exists (select from invoice i where i.id = b.invoice_id)),
        at_point as (select l.invoice_id from invoice_line l join t on t.id = l.tenant_id where exists (
          select from ledger_booking b where b.tenant_id = l.tenant_id and b.key = 'sale:cdr:' || replace(l.cdr_id::text, '-', ''))),
        sold as (select i.* from invoice i join t on t.id = i.tenant_id and t.currency = i.currency where i.organisation_id is null and i.driver_id is null),
        -- Of a record either the gross or the net amount was agreed; that one stands on its invoice to the cent.
        carried as (
          select coalesce(c.incl_vat, c.excl_vat) as gross, c.excl_vat as net, l.gross as line_gross, l.net as line_net
          from (select c.* from charge_detail_record c join sold i on i.id = c.invoice_id and i.state = 'issued') c
          full join (select l.cdr_id, sum(l.gross) as gross, sum(l.net) as net from invoice_line l join sold i on i.id = l.invoice_id and i.state = 'issued' and i.kind <> 'cancellation' where l.cdr_id is not null group by 1) l
            on l.cdr_id = c.id)
        select t.currency, x.what, coalesce(x.documents, 0), coalesce(x.ledger, 0) from t, lateral (values
          (0, 'recorded', (select sum(case when gross = line_gross then gross else net end) from carried), (select sum(case when gross = line_gross then gross else line_net end) from carried)),
          (1, 'chargedAtPoint',
            (select sum(coalesce(c.incl_vat, c.excl_vat)) from payment p join charge_detail_record c on c.id = p.cdr_id where p.tenant_id = t.id and p.currency = t.currency and p.state in ('captured', 'released')),
            (select -sum(amount) from booked where account in ('revenue', 'vat') and key like 'sale:cdr:%')),
          (2, 'invoiced',
            (select sum(gross) from sold i where i.id not in (select invoice_id from at_point)),
            (select -sum(amount) from booked where account in ('revenue', 'vat') and key like 'sale:invoice:%')),
          (3, 'captured', (select sum(captured) from payment p where p.tenant_id = t.id and p.currency = t.currency), (select sum(amount) from booked where kind = 'capture' and account = 'provider')),
          (4, 'refunded', (select sum(refunded) from payment p where p.tenant_id = t.id and p.currency = t.currency), (select -sum(amount) from booked where kind = 'refund' and account = 'provider')),
          (5, 'fees',
            (select coalesce((select sum(fee) from payment p where p.tenant_id = t.id and p.currency = t.currency), 0) + coalesce((select sum(fee) from invoice_charge c where c.tenant_id = t.id and c.currency = t.currency), 0)
              + coalesce((select sum(fee) from payment_dispute d where d.tenant_id = t.id and d.currency = t.currency), 0)),
            (select sum(amount) from booked where account = 'fee' and key like 'fee:%')),
          (6, 'received', (select sum(r.amount) from invoice_payment r join invoice i on i.id = r.invoice_id where r.tenant_id = t.id and i.currency = t.currency), (select -sum(amount) from booked where kind = 'received' and account = 'receivable')),
          (7, 'statements', (select sum(gross) from invoice i where i.tenant_id = t.id and i.currency = t.currency and (i.organisation_id is not null or i.driver_id is not null)), (select -sum(amount) from booked where kind = 'statement' and account = 'payable')),
          (8, 'paidOut', (select sum(amount - returned) from payout p where p.tenant_id = t.id and p.currency = t.currency and p.state in ('sent', 'paidOtherwise')), (select sum(amount) from booked where kind in ('transfer', 'paidOut') and account = 'payable')),
          (9, 'owed',
            coalesce((select sum(gross) from sold i where i.id not in (select invoice_id from at_point)), 0)
            - coalesce((select sum(r.amount) from invoice_payment r join sold i on i.id = r.invoice_id), 0)
            - coalesce((select sum(r.amount) from payment_refund r join payment p on p.id = r.payment_id where p.tenant_id = t.id and p.currency = t.currency and r.asked_by = 'correction' and r.state <> 'done'), 0),
            (select sum(amount) from booked where account = 'receivable')),
          (10, 'reminderFees', (select sum(r.amount) from reminder_fee_payment r join invoice i on i.id = r.invoice_id where r.tenant_id = t.id and i.currency = t.currency), (select -sum(amount) from booked where account = 'reminderFee'))
        ) x (position, what, documents, ledger) order by x.position
        """;

    public Task<List<AgreementRow>> Run(CancellationToken ct) => data.Rows(
        Sql, r => new AgreementRow(r.GetString(1), new Money(r.GetDecimal(2), r.GetString(0)), new Money(r.GetDecimal(3), r.GetString(0))), ct, tenant.Current.Value);
}
