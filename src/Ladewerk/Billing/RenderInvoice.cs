using System.Security.Cryptography;
using Ladewerk.Billing.Templates;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Makes an invoice's PDF once and keeps it; whoever asks later gets the same bytes.</summary>
internal sealed class RenderInvoice(LadewerkDb db, PdfRenderer renderer, BrandReader brands, BillingOptions options, TimeProvider time, IServiceProvider services, ILoggerFactory loggers)
{
    /// <summary>The stored document, made now where it is not there yet; null: the tenant has no such invoice.</summary>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed; the invoice stays issued, the document waits.</exception>
    /// <exception cref="PdfRendererFailedException">WeasyPrint failed; the invoice stays issued, the document is tried again.</exception>
    public async Task<InvoiceDocument?> Run(InvoiceId id, CancellationToken ct)
    {
        if (await Stored(id, ct) is { } stored)
        {
            return stored;
        }

        var invoice = await db.Set<Invoice>().AsNoTracking().Include(i => i.Lines).SingleOrDefaultAsync(i => i.Id == id, ct);
        if (invoice is null)
        {
            return null;
        }

        try
        {
            var content = await renderer.Render(await Html(invoice, ct), ct);
            await Store(invoice, content, ct);
        }
        catch (Exception failed) when (failed is PdfRendererMissingException or PdfRendererFailedException)
        {
            await Note(id, failed is PdfRendererMissingException ? DocumentState.Pending : DocumentState.Failed, failed.Message, ct);
            throw;
        }

        return await Stored(id, ct);
    }

    /// <summary>The page that is printed.</summary>
    internal async Task<string> Html(Invoice invoice, CancellationToken ct)
    {
        var view = await View(invoice, ct);
        await using var html = new HtmlRenderer(services, loggers);
        return await html.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(InvoicePage.View)] = view });
            return (await html.RenderComponentAsync<InvoicePage>(parameters)).ToHtmlString();
        });
    }

    private async Task<InvoiceView> View(Invoice invoice, CancellationToken ct)
    {
        var brand = await brands.Of(invoice.TenantId, ct);
        var ids = invoice.Lines.Select(line => line.CdrId).Distinct().ToList();
        var records = await db.Set<ChargeDetailRecord>().AsNoTracking().Where(r => ids.Contains(r.Id)).ToDictionaryAsync(r => r.Id, ct);
        var cancels = invoice.CancelsId is not { } cancelled
            ? null
            : await db.Set<Invoice>().Where(i => i.Id == cancelled).Select(i => new { i.Number, i.IssuedOn }).SingleAsync(ct);
        return new InvoiceView(invoice, records, cancels is null ? null : (cancels.Number, cancels.IssuedOn), brand, await StyleOf(brand, ct));
    }

    private async Task<string?> StyleOf(Brand brand, CancellationToken ct)
    {
        var file = options.StyleDirectory is { } folder ? Path.Combine(folder, brand.Slug + ".css") : null;
        return File.Exists(file) ? await File.ReadAllTextAsync(file, ct) : null;
    }

    private async Task Store(Invoice invoice, byte[] content, CancellationToken ct)
    {
        // Two at once make two documents, and the first one stays.
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into invoice_document (invoice_id, format, tenant_id, file_name, content_type, content, sha256, created_at)
            values ({invoice.Id.Value}, {InvoiceDocument.Pdf}, {invoice.TenantId.Value}, {invoice.Number + ".pdf"}, {"application/pdf"}, {content},
                    {SHA256.HashData(content)}, {time.GetUtcNow()})
            on conflict do nothing
            """,
            ct);
        await Note(invoice.Id, DocumentState.Ready, null, ct);
    }

    private Task<int> Note(InvoiceId id, DocumentState state, string? error, CancellationToken ct) => db.Set<Invoice>()
        .Where(i => i.Id == id && i.DocumentState != DocumentState.Ready)
        .ExecuteUpdateAsync(set => set.SetProperty(i => i.DocumentState, state).SetProperty(i => i.DocumentError, error), ct);

    private Task<InvoiceDocument?> Stored(InvoiceId id, CancellationToken ct) => db.Set<InvoiceDocument>().AsNoTracking()
        .SingleOrDefaultAsync(d => d.InvoiceId == id && d.Format == InvoiceDocument.Pdf, ct);
}

/// <summary>Tells the document worker that there is a new invoice; the making itself must not hold up other events.</summary>
internal sealed class QueueDocument(DocumentWorker worker) : IConsumer<InvoiceIssued>
{
    public Task Consume(InvoiceIssued e, CancellationToken ct)
    {
        worker.Ring();
        return Task.CompletedTask;
    }
}
