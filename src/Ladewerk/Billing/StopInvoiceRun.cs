using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Stops a run before its next account. What it has issued stays; a new run takes up the rest.</summary>
internal sealed class StopInvoiceRun(LadewerkDb db, AuditLog audit, TimeProvider time)
{
    public async Task Run(Guid id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var stopped = await db.Set<InvoiceRun>()
            .Where(r => r.Id == id && (r.State == RunState.Waiting || r.State == RunState.Running))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RunState.Stopped).SetProperty(r => r.FinishedAt, now), ct);
        if (stopped > 0)
        {
            audit.Record("invoices.stopRun", "invoiceRun", id.ToString());
            await db.SaveChangesAsync(ct);
        }
    }
}
