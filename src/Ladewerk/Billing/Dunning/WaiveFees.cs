using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Dunning;

/// <param name="Reason">In the words of who does it.</param>
public sealed record FeeWaiver(string? Reason = null);

/// <summary>Asks no more for the reminder fees that are owed on an invoice. What was paid already stays paid.</summary>
internal sealed class WaiveFees(LadewerkDb db, TenantContext tenant, ReminderFees fees, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <returns>What was waived, 0 where nothing was owed; null: there is no such invoice.</returns>
    public async Task<decimal?> Run(InvoiceId id, FeeWaiver wish, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Set<Invoice>().FromSql($"select * from invoice where id = {id.Value} for update").AsNoTracking().SingleOrDefaultAsync(ct) is not { } invoice)
        {
            return null;
        }

        var owed = (await fees.Of(id, ct)).Owed;
        if (owed > 0m)
        {
            var reason = string.IsNullOrWhiteSpace(wish.Reason) ? null : wish.Reason.Trim();
            await db.Database.ExecuteSqlAsync(
                $"""
                insert into reminder_fee_waiver (id, tenant_id, invoice_id, amount, reason, created_at, created_by)
                values ({Guid.CreateVersion7()}, {tenant.Current.Value}, {id.Value}, {owed}, {reason}, {time.GetUtcNow()}, {actor.Name})
                """,
                ct);
            audit.Record("invoice.feesWaived", "invoice", invoice.Number, after: new { amount = owed, reason });
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return owed;
    }
}
