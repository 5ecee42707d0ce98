using System.Runtime.CompilerServices;
using Ladewerk.Billing.Dunning;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>Money that came in for an invoice, or went back (negative).</summary>
/// <param name="Source">transfer, or the name of the payment provider.</param>
/// <param name="Reference">Unique per source: the same payment noted again changes nothing.</param>
public sealed record NewInvoicePayment(decimal Amount, DateOnly ReceivedOn, string Source, string Reference)
{
    /// <summary>What of it was asked for as reminder fees; null: nobody has said, and the law decides.</summary>
    public decimal? Fees { get; init; }
}

/// <summary>An invoice is paid in full.</summary>
/// <param name="Payments">How many payments it took, those that went back among them.</param>
public sealed record InvoiceSettled(InvoiceId InvoiceId, int Payments = 0) : IEvent
{
    public static string Type => "invoiceSettled";
}

/// <summary>Money came in for an invoice, or went back.</summary>
public sealed record InvoicePaymentNoted(InvoiceId InvoiceId) : IEvent
{
    public static string Type => "invoicePaymentNoted";
}

/// <summary>What came of noting a payment.</summary>
internal enum PaymentNote
{
    Noted,

    /// <summary>It was known already.</summary>
    Known,
    NoSuchInvoice,
}

/// <summary>A payment as it was noted, now or before.</summary>
internal sealed record NotedPayment(PaymentNote Note, FeeShare Share);

/// <summary>Notes what was paid for an invoice and its reminder fees. What is paid in full is settled: no reminders, and badges that were blocked for it come back.</summary>
internal sealed class NoteInvoicePayment(LadewerkDb db, TenantContext tenant, ReminderFees fees, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>In the caller's transaction where there is one.</summary>
    public async Task<NotedPayment> Run(InvoiceId id, NewInvoicePayment payment, CancellationToken ct)
    {
        await using var transaction = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(ct) : null;
        if (await db.Set<Invoice>().FromSql($"select * from invoice where id = {id.Value} for update").SingleOrDefaultAsync(ct) is not { } invoice)
        {
            return new NotedPayment(PaymentNote.NoSuchInvoice, FeeShare.None);
        }

        await db.Entry(invoice).ReloadAsync(ct); // as it is under the lock, whatever this unit of work had read before
        if (await Known(payment, ct) is { } known)
        {
            return new NotedPayment(PaymentNote.Known, known);
        }

        var share = FeeShare.Of(payment.Amount, invoice.Gross - invoice.Paid, invoice.Paid, await fees.Of(id, ct), payment.Fees);
        if (!await Insert("invoice_payment", id, payment, share.Invoice, ct) || !await Insert("reminder_fee_payment", id, payment, share.Fees, ct))
        {
            return new NotedPayment(PaymentNote.Known, FeeShare.None); // another invoice's
        }

        var wasSettled = invoice.SettledOn is not null;
        invoice.Paid += share.Invoice;
        invoice.SettledOn = invoice.Paid >= invoice.Gross ? invoice.SettledOn ?? payment.ReceivedOn : null;
        audit.Record("invoice.paymentNoted", "invoice", invoice.Number, after: payment with { Fees = share.Fees });
        await db.SaveChangesAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new InvoicePaymentNoted(id), ct);
        if (!wasSettled && invoice.SettledOn is not null)
        {
            var payments = await db.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from invoice_payment where invoice_id = {id.Value}").SingleAsync(ct);
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new InvoiceSettled(id, payments), ct);
        }

        if (transaction is not null)
        {
            await transaction.CommitAsync(ct);
        }

        return new NotedPayment(PaymentNote.Noted, share);
    }

    /// <summary>How a payment was shared that has been noted before.</summary>
    private async Task<FeeShare?> Known(NewInvoicePayment payment, CancellationToken ct)
    {
        var found = await db.Database.SqlQuery<FeeShare>(
            $"""
            select coalesce(sum(amount) filter (where not is_fee), 0) as invoice, coalesce(sum(amount) filter (where is_fee), 0) as fees from (
              select amount, false as is_fee from invoice_payment where tenant_id = {tenant.Current.Value} and source = {payment.Source} and reference = {payment.Reference}
              union all select amount, true from reminder_fee_payment where tenant_id = {tenant.Current.Value} and source = {payment.Source} and reference = {payment.Reference}) p
            """).ToListAsync(ct);
        return found is [var share] && share != FeeShare.None ? share : null;
    }

    /// <returns>False: the reference is another invoice's.</returns>
    private async Task<bool> Insert(string table, InvoiceId id, NewInvoicePayment payment, decimal amount, CancellationToken ct) => amount == 0m || await db.Database.ExecuteSqlAsync(
        FormattableStringFactory.Create(
            $$"""
            insert into {{table}} (id, tenant_id, invoice_id, amount, received_on, source, reference, created_at, created_by)
            values ({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}) on conflict (tenant_id, source, reference) do nothing
            """,
            Guid.CreateVersion7(), tenant.Current.Value, id.Value, amount, payment.ReceivedOn, payment.Source, payment.Reference, time.GetUtcNow(), actor.Name),
        ct) == 1;
}
