using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Dunning;

/// <summary>Holds the reminders of an invoice, while something is being cleared up with the customer.</summary>
internal sealed class HoldDunning(LadewerkDb db, AuditLog audit)
{
    /// <summary>False: there is no such invoice.</summary>
    public async Task<bool> Run(InvoiceId id, bool hold, CancellationToken ct)
    {
        if (await db.Set<Invoice>().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } invoice)
        {
            return false;
        }

        if (invoice.DunningHold != hold)
        {
            invoice.DunningHold = hold;
            audit.Record(hold ? "invoice.dunningHeld" : "invoice.dunningReleased", "invoice", invoice.Number);
            await db.SaveChangesAsync(ct);
        }

        return true;
    }
}
