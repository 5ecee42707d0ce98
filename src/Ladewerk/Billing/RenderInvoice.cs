using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Ladewerk.Billing.EInvoices;
using Ladewerk.Billing.Templates;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Makes an invoice's documents once and keeps them; whoever asks later gets the same bytes. The XML comes first, the PDF holds it.</summary>
internal sealed class RenderInvoice(LadewerkDb db, TenantContext tenant, PdfRenderer renderer, LookBook looks, TimeProvider time, IServiceProvider services, ILoggerFactory loggers)
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
            var look = await looks.Now(facts.Invoice.TenantId, ct);
            await looks.Keep(facts.Invoice.TenantId, look, ct);
            var source = await Source(facts, look);
            await Store(facts.Invoice, InvoiceDocument.Pdf, "application/pdf", await Pdf(facts.Invoice, look.Dress(source), xml, ct), look.Digest, Packed(source), ct);
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
            await Store(facts.Invoice, InvoiceDocument.Xml, "application/xml", CiiInvoice.Write(facts.Invoice, facts.Records, profile), null, null, ct);
        }

        return await Stored(facts.Invoice.Id, InvoiceDocument.Xml, ct);
    }

    /// <summary>
    /// The document made once more as it was: the page that was printed then, with the looks of then and the stored XML. Null: there is no such invoice, or its document
    /// has not been made yet, or it was made before pages were kept.
    /// </summary>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed.</exception>
    /// <exception cref="PdfRendererFailedException">WeasyPrint failed.</exception>
    public async Task<byte[]?> Again(InvoiceId id, CancellationToken ct)
    {
        if (await Stored(id, InvoiceDocument.Pdf, ct) is not { Source: { } source, Template: { } template } || await looks.Kept(template, ct) is not { } look
            || await db.Set<Invoice>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } invoice)
        {
            return null;
        }

        return await Pdf(invoice, look.Dress(Unpacked(source)), await Stored(id, InvoiceDocument.Xml, ct), ct);
    }

    /// <summary>The newest invoice with a style sheet that is being tried; nothing is stored. Null: there is no invoice yet.</summary>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed.</exception>
    /// <exception cref="PdfRendererFailedException">WeasyPrint failed.</exception>
    public async Task<byte[]?> Preview(string css, CancellationToken ct)
    {
        var newest = await db.Set<Invoice>().Where(i => i.Kind == InvoiceKind.Invoice).OrderByDescending(i => i.IssuedAt).ThenByDescending(i => i.Id).Select(i => (InvoiceId?)i.Id).FirstOrDefaultAsync(ct);
        if (newest is not { } id || await Facts(id, ct) is not { } facts)
        {
            return null;
        }

        var look = await looks.Now(tenant.Current, ct, css);
        return await renderer.Render(look.Dress(await Source(facts, look)), ct);
    }

    private async Task<byte[]> Pdf(Invoice invoice, string html, InvoiceDocument? xml, CancellationToken ct)
    {
        if (xml is null || InvoiceProfile.Of(invoice) is not { } profile)
        {
            return await renderer.Render(html, ct);
        }

        // A renderer that builds its files in another way attaches the XML itself, without the metadata.
        return PdfAttachment.Add(await renderer.Render(html, ct), xml.Content, profile, invoice.IssuedAt)
            ?? await renderer.Render(html, ct, (profile.FileName, xml.Content));
    }

    /// <summary>The page that is printed, without its looks.</summary>
    private async Task<string> Source(InvoiceFacts facts, InvoiceLook look)
    {
        var view = new InvoiceView(facts.Invoice, facts.Records, facts.Cancels, look.Logo is not null);
        await using var html = new HtmlRenderer(services, loggers);
        return await html.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(InvoicePage.View)] = view });
            return (await html.RenderComponentAsync<InvoicePage>(parameters)).ToHtmlString();
        });
    }

    private static byte[] Packed(string source)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes(source));
        }

        return packed.ToArray();
    }

    private static string Unpacked(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        return reader.ReadToEnd();
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

    // Two at once make two documents, and the first one stays.
    private Task<int> Store(Invoice invoice, string format, string contentType, byte[] content, string? template, byte[]? source, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        insert into invoice_document (invoice_id, format, tenant_id, file_name, content_type, content, sha256, template, source, created_at)
        values ({invoice.Id.Value}, {format}, {invoice.TenantId.Value}, {invoice.Number + "." + format}, {contentType}, {content},
                {SHA256.HashData(content)}, {template}, {source}, {time.GetUtcNow()})
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
