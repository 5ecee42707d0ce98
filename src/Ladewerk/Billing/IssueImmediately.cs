using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Accounts that want an invoice per session get it as soon as the session is priced. May run any number of times: what is invoiced is not open.</summary>
internal sealed partial class IssueImmediately(LadewerkDb db, IssueInvoices issue, ILogger<IssueImmediately> logger) : IConsumer<CdrRecorded>
{
    public async Task Consume(CdrRecorded e, CancellationToken ct)
    {
        var record = await db.Set<ChargeDetailRecord>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == e.CdrId, ct);
        if (record is not { Billing: CdrBilling.Open, BillingAccountId: { } account } || !await db.Set<BillingAccount>().AnyAsync(a => a.Id == account && a.InvoiceCycle == InvoiceCycle.Immediate, ct))
        {
            return;
        }

        try
        {
            // A credit and its correction come together: both stand on the one document.
            var batch = await issue.Run([account], new IssueRange(null, record.EndedAt.AddYears(10), record.SessionId), null, wait: true, ct);
            if (batch.Skipped is [var skipped, ..])
            {
                LogWaits(e.CdrId, skipped.Reason);
            }
        }
        catch (SupplierIncompleteException incomplete)
        {
            LogWaits(e.CdrId, incomplete.Message); // it stays open for the next run
        }
    }

    [LoggerMessage(LogLevel.Warning, "Record {CdrId} is not invoiced at once: {Reason}")]
    private partial void LogWaits(CdrId cdrId, string reason);
}
