using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>Money that came in for an invoice, or went back (negative).</summary>
/// <param name="Source">transfer, or the name of the payment provider.</param>
/// <param name="Reference">Unique per source: the same payment noted again changes nothing.</param>
public sealed record NewInvoicePayment(decimal Amount, DateOnly ReceivedOn, string Source, string Reference);

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

/// <summary>Notes what was paid for an invoice. What is paid in full is settled: no reminders, and badges that were blocked for it come back.</summary>
internal sealed class NoteInvoicePayment(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    public async Task<PaymentNote> Run(InvoiceId id, NewInvoicePayment payment, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Set<Invoice>().FromSql($"select * from invoice where id = {id.Value} for update").SingleOrDefaultAsync(ct) is not { } invoice)
        {
            return PaymentNote.NoSuchInvoice;
        }

        await db.Entry(invoice).ReloadAsync(ct); // as it is under the lock, whatever this unit of work had read before
        var added = await db.Database.ExecuteSqlAsync(
            $"""
            insert into invoice_payment (id, tenant_id, invoice_id, amount, received_on, source, reference, created_at, created_by)
            values ({Guid.CreateVersion7()}, {tenant.Current.Value}, {id.Value}, {payment.Amount}, {payment.ReceivedOn}, {payment.Source}, {payment.Reference}, {time.GetUtcNow()}, {actor.Name})
            on conflict (tenant_id, source, reference) do nothing
            """,
            ct);
        if (added == 0)
        {
            return PaymentNote.Known;
        }

        var wasSettled = invoice.SettledOn is not null;
        invoice.Paid += payment.Amount;
        invoice.SettledOn = invoice.Paid >= invoice.Gross ? invoice.SettledOn ?? payment.ReceivedOn : null;
        audit.Record("invoice.paymentNoted", "invoice", invoice.Number, after: payment);
        await db.SaveChangesAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new InvoicePaymentNoted(id), ct);
        if (!wasSettled && invoice.SettledOn is not null)
        {
            var payments = await db.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from invoice_payment where invoice_id = {id.Value}").SingleAsync(ct);
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new InvoiceSettled(id, payments), ct);
        }

        await transaction.CommitAsync(ct);
        return PaymentNote.Noted;
    }
}
