using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>Makes the documents of issued invoices in the background, oldest first; what is missing stands in the database, so nothing is forgotten.</summary>
internal sealed partial class DocumentWorker(
    NpgsqlDataSource dataSource, IServiceScopeFactory scopes, BillingOptions options, LiveFeed live, ILogger<DocumentWorker> logger)
    : RoundWorker(logger)
{
    private const int BatchSize = 32;

    protected override TimeSpan Pause => options.DocumentPoll;

    // A batch in which something failed waits for the next look, so that a broken renderer is not asked in a loop.
    protected override async Task<bool> Round(CancellationToken ct) => await MakeMissing(ct) == BatchSize;

    /// <returns>How many documents were made.</returns>
    private async Task<int> MakeMissing(CancellationToken ct)
    {
        var made = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ConcurrentDocuments, CancellationToken = ct };
        await Parallel.ForEachAsync(await Missing(ct), parallel, async (missing, token) =>
        {
            if (await Make(missing.Tenant, missing.Invoice, token))
            {
                Interlocked.Increment(ref made);
            }
        });
        return made;
    }

    private async Task<List<(TenantId Tenant, InvoiceId Invoice)>> Missing(CancellationToken ct)
    {
        // Those that never failed come first; a bad one does not stand in the way of the others. A run has the machine for itself until it is through.
        await using var select = dataSource.CreateCommand("""
            select i.tenant_id, i.id from invoice i
            where i.document_state <> 'ready' and not exists (select from invoice_run r where r.id = i.run_id and r.state = 'running')
            order by (i.document_state = 'failed'), i.issued_at limit $1
            """);
        select.Parameters.Add(new() { Value = BatchSize });
        await using var reader = await select.ExecuteReaderAsync(ct);
        var missing = new List<(TenantId, InvoiceId)>();
        while (await reader.ReadAsync(ct))
        {
            missing.Add((TenantId.From(reader.GetGuid(0)), InvoiceId.From(reader.GetGuid(1))));
        }

        return missing;
    }

    private async Task<bool> Make(TenantId tenant, InvoiceId invoice, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            await scope.ServiceProvider.GetRequiredService<RenderInvoice>().Run(invoice, ct);
            await scope.ServiceProvider.GetRequiredService<MailInvoice>().Run(invoice, ct);
            live.Publish(tenant, "invoice", new { id = invoice, documentState = "ready" });
            return true;
        }
        catch (Exception failed) when (failed is PdfRendererMissingException or PdfRendererFailedException)
        {
            LogFailed(invoice, failed.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "No document for invoice {InvoiceId} yet: {Reason}")]
    private partial void LogFailed(InvoiceId invoiceId, string reason);
}
