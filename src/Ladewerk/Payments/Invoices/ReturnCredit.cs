using Ladewerk.Billing;
using Ladewerk.Billing.Credits;
using Ladewerk.Kernel;
using Ladewerk.Payments.Disputes;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Invoices;

/// <summary>
/// Gives back what is owed to a customer to the charges of the invoice that was paid by the provider: where it was cancelled, paid twice, or corrected. Never more than a charge took. First
/// the row, then the call with the row's key, then what came of it; so it may be run any number of times, and after a crash at any point.
/// </summary>
internal sealed partial class ReturnCredit(LadewerkDb db, TenantContext tenant, FindCredits credits, Collections collections, NoteInvoicePayment note, TimeProvider time, ILogger<ReturnCredit> logger)
{
    // The provider forgets keys after a day, and takes money back that the payer's bank refused for weeks.
    private static readonly TimeSpan KeysHold = TimeSpan.FromHours(20), MayFail = TimeSpan.FromDays(40);

    private DateTimeOffset Now => time.GetUtcNow();

    /// <param name="paid">The charges of the collection that took money.</param>
    public async Task Run(InvoiceCollection collection, Invoice invoice, IReadOnlyList<InvoiceCharge> paid, IContractProvider provider, CancellationToken ct)
    {
        if (paid.Count == 0)
        {
            return;
        }

        var ids = paid.Select(c => c.Id).ToList();
        var refunds = await db.Set<InvoiceRefund>().Where(r => ids.Contains(r.ChargeId)).OrderBy(r => r.AskedAt).ToListAsync(ct);
        foreach (var done in refunds.Where(r => r.State == RefundState.Done && r.DoneAt > Now - MayFail))
        {
            await CameBack(collection, paid.Single(c => c.Id == done.ChargeId), done, provider, ct);
        }

        refunds.AddRange(await Ask(invoice, paid, refunds, ct));
        foreach (var asked in refunds.Where(r => r.State == RefundState.Asked))
        {
            await Make(collection, paid.Single(c => c.Id == asked.ChargeId), asked, provider, ct);
        }
    }

    /// <summary>Notes what is to go back, of each document on which something is owed.</summary>
    private async Task<List<InvoiceRefund>> Ask(Invoice invoice, IReadOnlyList<InvoiceCharge> paid, IReadOnlyList<InvoiceRefund> before, CancellationToken ct)
    {
        var asked = new List<InvoiceRefund>();
        foreach (var document in await Documents(invoice, ct))
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.Database.ExecuteSqlAsync($"select from invoice where id = {document} for update", ct);
            var owed = (await credits.Of((NpgsqlConnection)db.Database.GetDbConnection(), new InvoiceId(document), ct))?.Credit.Amount ?? 0m;
            foreach (var charge in paid)
            {
                List<InvoiceRefund> mine = [.. before.Concat(asked).Where(r => r.ChargeId == charge.Id)];
                var amount = decimal.Min(owed, charge.Amount - mine.Where(r => r.State != RefundState.Failed).Sum(r => r.Amount));

                // What the provider refused once it refuses again: somebody must see to it.
                if (amount <= 0m || mine.Exists(r => r.State == RefundState.Failed && r.InvoiceId.Value == document) || await IsDisputed(charge, ct))
                {
                    continue;
                }

                var refund = new InvoiceRefund { TenantId = tenant.Current, ChargeId = charge.Id, InvoiceId = new InvoiceId(document), Amount = amount, AskedAt = Now };
                db.Add(refund);
                asked.Add(refund);
                owed -= amount;
            }

            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return asked;
    }

    /// <summary>The invoice, and corrections that name it.</summary>
    private Task<List<Guid>> Documents(Invoice invoice, CancellationToken ct) => db.Database.SqlQuery<Guid>(
        $"""
        select id as "Value" from invoice
        where tenant_id = {tenant.Current.Value} and billing_account_id = {invoice.BillingAccountId!.Value.Value} and currency = {invoice.Currency}
          and kind in ('invoice', 'correction') and paid > case when state = 'cancelled' then 0 else gross end
          and (id = {invoice.Id.Value} or (kind = 'correction' and preceding @> jsonb_build_array(jsonb_build_object('number', {invoice.Number}::text))))
        union select invoice_id from reminder_fee_payment where invoice_id = {invoice.Id.Value}
        order by 1
        """).ToListAsync(ct);

    /// <summary>Whether its money is gone, or may be: what a bank takes back is not given back as well.</summary>
    private Task<bool> IsDisputed(InvoiceCharge charge, CancellationToken ct) =>
        db.Set<PaymentDispute>().AnyAsync(d => d.ChargeId == charge.Id && d.State != DisputeState.Won && d.State != DisputeState.Closed && (d.State != DisputeState.Lost || d.Withdrawn > 0), ct);

    private async Task Make(InvoiceCollection collection, InvoiceCharge charge, InvoiceRefund refund, IContractProvider provider, CancellationToken ct)
    {
        ProviderRefund? made = null;
        try
        {
            made = refund.AskedAt < Now - KeysHold ? await provider.FindRefund(charge.IntentId!, refund.Id, ct) : null;
            made ??= await provider.Refund(charge.IntentId!, refund.Id, charge.Of(refund.Amount), $"ladewerk-{refund.Id:N}-refund", ct);
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Declined or ProviderFault.Invalid or ProviderFault.State)
        {
            refund.LastError = refused.Code; // disputed, too old, or given back by hand at the provider: it stays owed, and the reconciliation shows what moved
        }

        if (made is null or { IsFailed: true })
        {
            (refund.State, refund.ProviderId, refund.DoneAt) = (RefundState.Failed, made?.Id, Now);
            await collections.Save(collection, [], ct);
            LogRefused(collection.InvoiceId, refund.LastError);
            return;
        }

        // First at the document, which knows a payment that it has heard of; a crash after it does the rest again.
        var noted = await note.Run(refund.InvoiceId, new NewInvoicePayment(-refund.Amount, await collections.Today(ct), ChargeMovements.Source, made.Id), ct);
        (refund.State, refund.ProviderId, refund.DoneAt) = (RefundState.Done, made.Id, Now);
        charge.Refunded += refund.Amount;
        await collections.Save(collection, [ChargeMovements.GivenBack(charge, refund, noted.Share)], ct);
        LogGivenBack(collection.InvoiceId, charge.Number);
    }

    /// <summary>A refund may fail long after it was made, where the payer's bank does not take it: the money is ours again, and owed to the customer.</summary>
    private async Task CameBack(InvoiceCollection collection, InvoiceCharge charge, InvoiceRefund refund, IContractProvider provider, CancellationToken ct)
    {
        if (await provider.FindRefund(charge.IntentId!, refund.Id, ct) is not { IsFailed: true })
        {
            return;
        }

        await note.Run(refund.InvoiceId, new NewInvoicePayment(refund.Amount, await collections.Today(ct), ChargeMovements.Source, refund.ProviderId + ":failed") { Fees = 0m }, ct);
        (refund.State, refund.LastError) = (RefundState.Failed, "failed_later");
        charge.Refunded -= refund.Amount;
        await collections.Save(collection, [ChargeMovements.CameBack(charge, refund)], ct);
        LogRefused(collection.InvoiceId, refund.LastError);
    }

    [LoggerMessage(LogLevel.Information, "What is owed back of charge {Number} of invoice {InvoiceId} was given back")]
    private partial void LogGivenBack(InvoiceId invoiceId, int number);

    [LoggerMessage(LogLevel.Warning, "What is owed back of invoice {InvoiceId} could not be given back by the provider: {Code}")]
    private partial void LogRefused(InvoiceId invoiceId, string? code);
}

/// <summary>Has the collections looked at from whose charges a credit may go back.</summary>
internal sealed class CreditArose(NpgsqlDataSource data, TenantContext tenant, TimeProvider time) : IConsumer<InvoiceIssued>, IConsumer<InvoicePaymentNoted>
{
    public Task Consume(InvoiceIssued e, CancellationToken ct) => Ring(e.InvoiceId, ct);

    public Task Consume(InvoicePaymentNoted e, CancellationToken ct) => Ring(e.InvoiceId, ct);

    private Task<int> Ring(InvoiceId id, CancellationToken ct) => data.Run(
        """
        update invoice_collection set due_at = least(due_at, $3) where tenant_id = $1 and invoice_id in (
          select coalesce(p.id, d.id) from invoice d
          left join lateral jsonb_array_elements(case when d.kind = 'correction' then d.preceding end) e on true
          left join invoice p on p.tenant_id = d.tenant_id and p.number = e ->> 'number' and p.billing_account_id = d.billing_account_id
          where d.tenant_id = $1 and d.id = $2 and d.kind in ('invoice', 'correction') and d.paid > case when d.state = 'cancelled' then 0 else d.gross end)
        """,
        ct, tenant.Current.Value, id.Value, time.GetUtcNow());
}
