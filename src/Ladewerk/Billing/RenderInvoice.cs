using System.Security.Cryptography;
using Ladewerk.Billing.EInvoices;
using Ladewerk.Billing.Templates;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Makes an invoice's documents once and keeps them; whoever asks later gets the same bytes. The XML comes first, the PDF holds it.</summary>
internal sealed class RenderInvoice(LadewerkDb db, PdfRenderer renderer, BrandReader brands, BillingOptions options, TimeProvider time, IServiceProvider services, ILoggerFactory loggers)
{
    /// <summary>The stored PDF, made now where it is not there yet; null: the tenant has no such invoice.</summary>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed; the invoice stays issued, the document waits.</exception>
    /// <exception cref="PdfRendererFailedException">WeasyPrint failed; the invoice stays issued, the document is tried again.</exception>
    public async Task<InvoiceDocument?> Run(InvoiceId id, CancellationToken ct)
    {
        if (await Stored(id, InvoiceDocument.Pdf, ct) is { } stored)
        {
            return stored;
        }

        if (await Facts(id, ct) is not { } facts)
        {
            return null;
        }

        var xml = await Xml(facts, ct);
        try
        {
            var view = await View(facts, ct);
            await Store(facts.Invoice, InvoiceDocument.Pdf, "application/pdf", await Pdf(view, xml, ct), view.Version, ct);
            await Note(id, DocumentState.Ready, null, ct);
        }
        catch (Exception failed) when (failed is PdfRendererMissingException or PdfRendererFailedException)
        {
            await Note(id, failed is PdfRendererMissingException ? DocumentState.Pending : DocumentState.Failed, failed.Message, ct);
            throw;
        }

        return await Stored(id, InvoiceDocument.Pdf, ct);
    }

    /// <summary>The stored XML, made now where it is not there yet; null: there is no such invoice, or it is none that is handed over as XML.</summary>
    public async Task<InvoiceDocument?> Xml(InvoiceId id, CancellationToken ct) =>
        await Stored(id, InvoiceDocument.Xml, ct) ?? (await Facts(id, ct) is { } facts ? await Xml(facts, ct) : null);

    private async Task<InvoiceDocument?> Xml(InvoiceFacts facts, CancellationToken ct)
    {
        if (InvoiceProfile.Of(facts.Invoice) is not { } profile)
        {
            return null;
        }

        if (await Stored(facts.Invoice.Id, InvoiceDocument.Xml, ct) is null)
        {
            await Store(facts.Invoice, InvoiceDocument.Xml, "application/xml", CiiInvoice.Write(facts.Invoice, facts.Records, profile), null, ct);
        }

        return await Stored(facts.Invoice.Id, InvoiceDocument.Xml, ct);
    }

    private async Task<byte[]> Pdf(InvoiceView view, InvoiceDocument? xml, CancellationToken ct)
    {
        var html = await Html(view);
        if (xml is null || InvoiceProfile.Of(view.Invoice) is not { } profile)
        {
            return await renderer.Render(html, ct);
        }

        // A renderer that builds its files in another way attaches the XML itself, without the metadata.
        return PdfAttachment.Add(await renderer.Render(html, ct), xml.Content, profile, view.Invoice.IssuedAt)
            ?? await renderer.Render(html, ct, (profile.FileName, xml.Content));
    }

    /// <summary>The page that is printed.</summary>
    private async Task<string> Html(InvoiceView view)
    {
        await using var html = new HtmlRenderer(services, loggers);
        return await html.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(InvoicePage.View)] = view });
            return (await html.RenderComponentAsync<InvoicePage>(parameters)).ToHtmlString();
        });
    }

    private async Task<InvoiceView> View(InvoiceFacts facts, CancellationToken ct)
    {
        var brand = await brands.Of(facts.Invoice.TenantId, ct);
        return new InvoiceView(facts.Invoice, facts.Records, facts.Cancels, brand, await StyleOf(brand, ct));
    }

    private async Task<InvoiceFacts?> Facts(InvoiceId id, CancellationToken ct)
    {
        if (await db.Set<Invoice>().AsNoTracking().Include(i => i.Lines).SingleOrDefaultAsync(i => i.Id == id, ct) is not { } invoice)
        {
            return null;
        }

        var ids = invoice.Lines.Where(line => line.CdrId is not null).Select(line => line.CdrId!.Value).Distinct().ToList();
        var records = await db.Set<ChargeDetailRecord>().AsNoTracking().Where(r => ids.Contains(r.Id)).ToDictionaryAsync(r => r.Id, ct);
        var cancels = invoice.CancelsId is not { } cancelled
            ? null
            : await db.Set<Invoice>().Where(i => i.Id == cancelled).Select(i => new { i.Number, i.IssuedOn }).SingleAsync(ct);
        return new InvoiceFacts(invoice, records, cancels is null ? null : (cancels.Number, cancels.IssuedOn));
    }

    private async Task<string?> StyleOf(Brand brand, CancellationToken ct)
    {
        var file = options.StyleDirectory is { } folder ? Path.Combine(folder, brand.Slug + ".css") : null;
        return File.Exists(file) ? await File.ReadAllTextAsync(file, ct) : null;
    }

    // Two at once make two documents, and the first one stays.
    private Task<int> Store(Invoice invoice, string format, string contentType, byte[] content, string? template, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        insert into invoice_document (invoice_id, format, tenant_id, file_name, content_type, content, sha256, template, created_at)
        values ({invoice.Id.Value}, {format}, {invoice.TenantId.Value}, {invoice.Number + "." + format}, {contentType}, {content},
                {SHA256.HashData(content)}, {template}, {time.GetUtcNow()})
        on conflict do nothing
        """,
        ct);

    private Task<int> Note(InvoiceId id, DocumentState state, string? error, CancellationToken ct) => db.Set<Invoice>()
        .Where(i => i.Id == id && i.DocumentState != DocumentState.Ready)
        .ExecuteUpdateAsync(set => set.SetProperty(i => i.DocumentState, state).SetProperty(i => i.DocumentError, error), ct);

    private Task<InvoiceDocument?> Stored(InvoiceId id, string format, CancellationToken ct) => db.Set<InvoiceDocument>().AsNoTracking()
        .SingleOrDefaultAsync(d => d.InvoiceId == id && d.Format == format, ct);

    private sealed record InvoiceFacts(Invoice Invoice, IReadOnlyDictionary<CdrId, ChargeDetailRecord> Records, (string Number, DateOnly IssuedOn)? Cancels);
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
