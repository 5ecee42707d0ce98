using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Takes up a run that was stopped or has failed: what it issued stays, it goes on with the rest.</summary>
internal sealed class ResumeInvoiceRun(LadewerkDb db, AuditLog audit)
{
    /// <summary>False: there is no such run, or it is at work or finished.</summary>
    public async Task<bool> Run(Guid id, CancellationToken ct)
    {
        var resumed = await db.Set<InvoiceRun>()
            .Where(r => r.Id == id && (r.State == RunState.Stopped || r.State == RunState.Failed))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RunState.Waiting).SetProperty(r => r.FinishedAt, (DateTimeOffset?)null).SetProperty(r => r.Error, (string?)null), ct);
        if (resumed > 0)
        {
            audit.Record("invoices.resumeRun", "invoiceRun", id.ToString());
            await db.SaveChangesAsync(ct);
        }

        return resumed > 0;
    }
}
