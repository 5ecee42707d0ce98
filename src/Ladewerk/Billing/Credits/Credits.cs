using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Billing.Credits;

/// <summary>What is owed to a customer on a document: it was paid and cancelled, paid twice, or corrects more than it charges.</summary>
/// <param name="Credit">Owed, without what is on its way back.</param>
/// <param name="OnItsWay">Goes back by the payment provider at the moment.</param>
public sealed record CreditView(InvoiceId InvoiceId, string Number, InvoiceKind Kind, InvoiceState State, BillingAccountId BillingAccountId, string CustomerName, DateOnly IssuedOn, Money Credit, Money OnItsWay);

/// <summary>An invoice that an account has not paid in full.</summary>
/// <param name="Open">With reminder fees.</param>
internal sealed record OpenInvoice(Guid Id, string Number, Money Open);

/// <summary>Reads what is owed to customers.</summary>
internal sealed class FindCredits(NpgsqlDataSource data, TenantContext tenant)
{
    // The first condition is that of an index; the second finds those of whose money all went to reminder fees.
    private const string Sql = """
        select i.id, i.number, i.kind, i.state, i.billing_account_id, coalesce(i.customer->>'company', i.customer->>'name', ''), i.issued_on, i.currency, c.owed - c.asked, c.asked
        from invoice i, lateral (
          select i.paid - case when i.state = 'cancelled' then 0 else i.gross end
              + case when i.state = 'cancelled' then coalesce((select sum(amount) from reminder_fee_payment f where f.invoice_id = i.id), 0) else 0 end as owed,
            coalesce((select sum(amount) from invoice_refund r where r.invoice_id = i.id and r.state = 'asked'), 0) as asked) c
        where i.tenant_id = $1 and i.kind in ('invoice', 'correction') and i.billing_account_id is not null and c.owed > 0
          and (i.paid > case when i.state = 'cancelled' then 0 else i.gross end or (i.state = 'cancelled' and i.id in (select invoice_id from reminder_fee_payment where tenant_id = $1)))
        """;

    /// <summary>The oldest first.</summary>
    public async Task<Page<CreditView>> List(BillingAccountId? account, int? limit, string? cursor, CancellationToken ct)
    {
        var (count, skip) = (Paging.Limit(limit), int.TryParse(Paging.Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var from) ? from : 0);
        var rows = await data.Rows(
            Sql + " and ($2::uuid is null or i.billing_account_id = $2) order by i.issued_on, i.id limit $3 offset $4", Read, ct, tenant.Current.Value, account?.Value, count + 1, skip);
        return Paging.Of(rows, count, _ => (skip + count).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Of each of these accounts, in its currencies.</summary>
    public async Task<ILookup<Guid, Money>> Sums(IReadOnlyCollection<BillingAccountId> accounts, CancellationToken ct)
    {
        var rows = await data.Rows(Sql + " and i.billing_account_id = any($2)", Read, ct, tenant.Current.Value, accounts.Select(a => a.Value).ToArray());
        return rows.GroupBy(r => (r.BillingAccountId, r.Credit.Currency)).Select(g => (Account: g.Key.BillingAccountId.Value, Sum: new Money(g.Sum(r => r.Credit.Amount + r.OnItsWay.Amount), g.Key.Currency)))
            .ToLookup(g => g.Account, g => g.Sum);
    }

    /// <summary>What an account owes, the oldest first.</summary>
    public Task<List<OpenInvoice>> Open(BillingAccountId account, CancellationToken ct) => data.Rows(
        """
        select i.id, i.number, i.currency, i.gross - i.paid + greatest(0, coalesce((select sum(fee) from dunning_notice n where n.invoice_id = i.id), 0)
          - coalesce((select sum(amount) from reminder_fee_payment p where p.invoice_id = i.id), 0) - coalesce((select sum(amount) from reminder_fee_waiver w where w.invoice_id = i.id), 0))
        from invoice i where i.tenant_id = $1 and i.billing_account_id = $2 and i.kind = 'invoice' and i.state = 'issued' and i.settled_on is null and i.gross > i.paid order by i.issued_on, i.id limit 50
        """,
        r => new OpenInvoice(r.GetGuid(0), r.GetString(1), new Money(r.GetDecimal(3), r.GetString(2))), ct, tenant.Current.Value, account.Value);

    /// <param name="connection">Of the caller's transaction, which holds the document.</param>
    /// <returns>Null: nothing is owed on it.</returns>
    public async Task<CreditView?> Of(NpgsqlConnection connection, InvoiceId id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Sql + " and i.id = $2", connection) { Parameters = { new() { Value = tenant.Current.Value }, new() { Value = id.Value } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    private static CreditView Read(NpgsqlDataReader r)
    {
        var currency = r.GetString(7);
        return new CreditView(
            new InvoiceId(r.GetGuid(0)), r.GetString(1), Enum.Parse<InvoiceKind>(r.GetString(2), true), Enum.Parse<InvoiceState>(r.GetString(3), true), new BillingAccountId(r.GetGuid(4)), r.GetString(5),
            r.GetFieldValue<DateOnly>(6), new Money(r.GetDecimal(8), currency), new Money(r.GetDecimal(9), currency));
    }
}
