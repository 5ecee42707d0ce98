using Ladewerk.Billing;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>Books what an invoice, a correction or a cancellation says; what was paid at the charge point is booked already, and a statement to a host or an employee is no sale.</summary>
internal sealed class SalesOfInvoices(LadewerkDb db, TimeProvider time) : IConsumer<InvoiceIssued>
{
    public async Task Consume(InvoiceIssued e, CancellationToken ct)
    {
        if (await db.Set<Invoice>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == e.InvoiceId, ct) is not { OrganisationId: null, DriverId: null } invoice || await IsPaidAtThePoint(e.InvoiceId, ct))
        {
            return;
        }

        var movement = Movement.Sale($"sale:invoice:{invoice.Id.Value:N}", invoice.Currency, invoice.Gross, invoice.Vat) with { Invoice = invoice.Id };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await Ledger.Book((NpgsqlConnection)db.Database.GetDbConnection(), invoice.TenantId, movement, time.GetUtcNow(), ct);
        await transaction.CommitAsync(ct);
    }

    private Task<bool> IsPaidAtThePoint(InvoiceId id, CancellationToken ct) => db.Database.SqlQuery<bool>(
        $"""
        select exists (select from invoice_line l join ledger_booking b on b.tenant_id = l.tenant_id and b.key = 'sale:cdr:' || replace(l.cdr_id::text, '-', '') where l.invoice_id = {id.Value}) as "Value"
        """).SingleAsync(ct);
}
