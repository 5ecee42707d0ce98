using System.Globalization;
using Ladewerk.Billing.Retention;
using Ladewerk.Billing.Statements;
using Ladewerk.Billing.Subscriptions;
using Ladewerk.Billing.Sync;
using Ladewerk.Billing.Templates;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Sessions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Ladewerk.Billing;

/// <summary>Which records to list.</summary>
/// <param name="Billing">open, invoiced, offset or none.</param>
public sealed record CdrFilter(Guid? SessionId = null, Guid? BillingAccountId = null, string? Billing = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Which invoices to list.</summary>
/// <param name="Kind">invoice, correction or cancellation.</param>
/// <param name="State">issued or cancelled.</param>
/// <param name="Q">Part of the number or of the customer's name.</param>
public sealed record InvoiceFilter(
    Guid? BillingAccountId = null, string? Kind = null, string? State = null, Guid? RunId = null, DateOnly? From = null, DateOnly? To = null, string? Q = null);

/// <summary>The routes of Billing.</summary>
internal static class Api
{
    public static void MapBilling(this RouteGroupBuilder api)
    {
        var billing = api.MapGroup("").OfModule(Module.Billing).WithTags("Billing");
        billing.MapGet("/cdrs", ListCdrs).RequirePermission(Permission.BillingRead).WithSummary("Charge detail records, latest end first");
        billing.MapGet("/cdrs/{id:guid}", GetCdr).RequirePermission(Permission.BillingRead).WithSummary("One charge detail record");

        api.MapBillingOffice();
        Credits.CreditsApi.MapCredits(api);
        api.MapStatements();
        api.MapSubscriptions();
        api.MapSync();
        api.MapRetention();
        api.MapTemplates();
        var invoices = billing.MapGroup("/invoices");
        invoices.MapGet("/", ListInvoices).RequirePermission(Permission.BillingRead).WithSummary("Invoices, newest first");
        invoices.MapPost("/run", StartRun).RequirePermission(Permission.BillingWrite).WithSummary("Invoice what is open: 200 when done, 202 while it works");
        invoices.MapGet("/runs", ListRuns).RequirePermission(Permission.BillingRead).WithSummary("The last 100 runs, newest first");
        invoices.MapGet("/runs/{id:guid}", GetRun).RequirePermission(Permission.BillingRead).WithSummary("A run and how far it is");
        invoices.MapPost("/runs/{id:guid}/stop", StopRun).RequirePermission(Permission.BillingWrite).WithSummary("Stop a run; what it issued stays");
        invoices.MapPost("/runs/{id:guid}/resume", ResumeRun).RequirePermission(Permission.BillingWrite).WithSummary("Go on with a run that was stopped or has failed");
        invoices.MapGet("/{id:guid}", GetInvoice).RequirePermission(Permission.BillingRead).WithSummary("One invoice in full");
        invoices.MapGet("/{id:guid}.pdf", GetPdf).RequirePermission(Permission.BillingRead).WithSummary("The invoice as PDF/A-3; the same bytes ever after")
            .Produces(StatusCodes.Status200OK, contentType: "application/pdf");
        invoices.MapGet("/{id:guid}.xml", GetXml).RequirePermission(Permission.BillingRead).WithSummary("The invoice as EN 16931 XML (CII): ZUGFeRD, or XRechnung where the buyer has a reference; the same bytes ever after")
            .Produces(StatusCodes.Status200OK, contentType: "application/xml");
        invoices.MapPost("/{id:guid}/cancel", Cancel).RequirePermission(Permission.BillingWrite).WithSummary("Issue the cancellation invoice; asked again, the same one");
    }

    /// <summary>Records by the filter, one more than the limit.</summary>
    internal static Task<List<ChargeDetailRecord>> Cdrs(LadewerkDb db, CdrFilter f, int limit, string? cursor, CancellationToken ct)
    {
        var rows = db.Set<ChargeDetailRecord>().AsNoTracking();
        rows = f.SessionId is { } session ? rows.Where(r => r.SessionId == new SessionId(session)) : rows;
        rows = f.BillingAccountId is { } account ? rows.Where(r => r.BillingAccountId == new BillingAccountId(account)) : rows;
        rows = Word<CdrBilling>(f.Billing) is { } billing ? rows.Where(r => r.Billing == billing) : rows;
        rows = f.From is { } from ? rows.Where(r => r.EndedAt >= from.ToUniversalTime()) : rows;
        rows = f.To is { } to ? rows.Where(r => r.EndedAt < to.ToUniversalTime()) : rows;
        if (KeyOf(cursor) is var (at, id))
        {
            rows = rows.Where(r => EF.Functions.LessThan(ValueTuple.Create(r.EndedAt, r.Id), ValueTuple.Create(at, new CdrId(id))));
        }

        return rows.OrderByDescending(r => r.EndedAt).ThenByDescending(r => r.Id).Take(limit + 1).ToListAsync(ct);
    }

    /// <summary>Invoices by the filter, one more than the limit.</summary>
    internal static Task<List<Invoice>> Invoices(LadewerkDb db, InvoiceFilter f, int limit, string? cursor, CancellationToken ct)
    {
        var rows = db.Set<Invoice>().AsNoTracking();
        if (!string.IsNullOrWhiteSpace(f.Q))
        {
            var like = "%" + f.Q.Trim().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";
            rows = db.Set<Invoice>().FromSql($"select * from invoice where number ilike {like} or customer->>'name' ilike {like} or customer->>'company' ilike {like}").AsNoTracking();
        }

        rows = f.BillingAccountId is { } account ? rows.Where(i => i.BillingAccountId == new BillingAccountId(account)) : rows;
        rows = Word<InvoiceKind>(f.Kind) is { } kind ? rows.Where(i => i.Kind == kind) : rows;
        rows = Word<InvoiceState>(f.State) is { } state ? rows.Where(i => i.State == state) : rows;
        rows = f.RunId is { } run ? rows.Where(i => i.RunId == run) : rows;
        rows = f.From is { } from ? rows.Where(i => i.IssuedOn >= from) : rows;
        rows = f.To is { } to ? rows.Where(i => i.IssuedOn <= to) : rows;
        if (KeyOf(cursor) is var (at, id))
        {
            rows = rows.Where(i => EF.Functions.LessThan(ValueTuple.Create(i.IssuedAt, i.Id), ValueTuple.Create(at, new InvoiceId(id))));
        }

        return rows.OrderByDescending(i => i.IssuedAt).ThenByDescending(i => i.Id).Take(limit + 1).ToListAsync(ct);
    }

    /// <summary>The sort key of a list's last row, for its cursor.</summary>
    internal static string Key(DateTimeOffset at, Guid id) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}|{id}");

    /// <summary>A filter's word; an unknown one finds nothing, as a value that no row has.</summary>
    private static T? Word<T>(string? text)
        where T : struct, Enum => string.IsNullOrEmpty(text) ? null : Enum.TryParse<T>(text, ignoreCase: true, out var word) && Enum.IsDefined(word) ? word : (T)(object)-1;

    internal static (DateTimeOffset At, Guid Id)? KeyOf(string? cursor) =>
        Paging.Decode(cursor)?.Split('|') is [var ticks, var guid]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTime.MaxValue.Ticks && Guid.TryParse(guid, out var id)
            ? (new DateTimeOffset(at, TimeSpan.Zero), id)
            : null;

    private static async Task<Ok<Page<CdrView>>> ListCdrs([AsParameters] CdrFilter filter, int? limit, string? cursor, ReadInvoices read, CancellationToken ct) =>
        TypedResults.Ok(await read.Records(filter, Paging.Limit(limit), cursor, ct));

    private static async Task<Results<Ok<CdrView>, ProblemHttpResult>> GetCdr(Guid id, LadewerkDb db, CancellationToken ct) =>
        await db.Set<ChargeDetailRecord>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == new CdrId(id), ct) is { } record
            ? TypedResults.Ok(CdrView.Of(record))
            : Problems.NotFound("charge detail record");

    private static async Task<Ok<Page<InvoiceSummary>>> ListInvoices([AsParameters] InvoiceFilter filter, int? limit, string? cursor, ReadInvoices read, CancellationToken ct) =>
        TypedResults.Ok(await read.Page(filter, Paging.Limit(limit), cursor, ct));

    private static async Task<Results<Ok<InvoiceDetail>, ProblemHttpResult>> GetInvoice(Guid id, ReadInvoices read, CancellationToken ct) =>
        await read.Detail(new InvoiceId(id), ct) is { } invoice ? TypedResults.Ok(invoice) : Problems.NotFound("invoice");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetPdf(Guid id, RenderInvoice render, HttpContext http, CancellationToken ct)
    {
        try
        {
            if (await render.Run(new InvoiceId(id), ct) is not { } document)
            {
                return Problems.NotFound("invoice");
            }

            return FileOf(document, http, "inline");
        }
        catch (PdfRendererMissingException missing)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "pdf-renderer-missing", "The invoice is issued; its document waits for the PDF program.", missing.Message);
        }
        catch (PdfRendererFailedException failed)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "pdf-renderer-failed", "The invoice is issued; its document could not be made and is tried again.", failed.Message);
        }
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetXml(Guid id, RenderInvoice render, HttpContext http, CancellationToken ct) =>
        await render.Xml(new InvoiceId(id), ct) is { } document ? FileOf(document, http, "attachment") : Problems.NotFound("XML of this invoice");

    /// <summary>A stored document with its digest as its tag.</summary>
    internal static FileContentHttpResult FileOf(InvoiceDocument document, HttpContext http, string kind)
    {
        var disposition = new ContentDispositionHeaderValue(kind);
        disposition.SetHttpFileName(document.FileName);
        http.Response.Headers.ContentDisposition = disposition.ToString();
        return TypedResults.File(document.Content, document.ContentType, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(document.Sha256)}\""));
    }

    private static async Task<Results<Ok<RunView>, Ok<RunPreview>, Accepted<RunView>, ValidationProblem, ProblemHttpResult>> StartRun(
        RunRequest? request, StartInvoiceRun start, InvoiceRunner runner, ReadInvoices read, BillingOptions options, CancellationToken ct)
    {
        request ??= new RunRequest();
        switch (await start.Run(request, ct))
        {
            case StartResult.Started { Run: var run } when request.DryRun:
                return TypedResults.Ok(await start.Preview(run, ct));
            case StartResult.Started { Run: var run }:
                var ended = await runner.EnqueueAndWait(run.TenantId, run.Id, options.RunAnswer, ct);
                var view = (await read.Run(run.Id, ct))!;
                return ended ? TypedResults.Ok(view) : TypedResults.Accepted($"/api/v1/invoices/runs/{run.Id}", view);
            case StartResult.Invalid { Errors: var errors }:
                return Problems.Invalid(errors);
            case StartResult.SupplierIncomplete { Missing: var missing }:
                return SupplierIncomplete(missing);
            default:
                throw new InvalidOperationException("Unknown result of a start.");
        }
    }

    private static async Task<Ok<Page<RunView>>> ListRuns(LadewerkDb db, ReadInvoices read, CancellationToken ct) =>
        TypedResults.Ok(new Page<RunView>(await read.Runs(db.Set<InvoiceRun>().OrderByDescending(r => r.CreatedAt).Take(100), ct), null));

    private static async Task<Results<Ok<RunView>, ProblemHttpResult>> GetRun(Guid id, ReadInvoices read, CancellationToken ct) =>
        await read.Run(id, ct) is { } run ? TypedResults.Ok(run) : Problems.NotFound("invoice run");

    private static async Task<Results<Ok<RunView>, ProblemHttpResult>> StopRun(Guid id, StopInvoiceRun stop, ReadInvoices read, CancellationToken ct)
    {
        await stop.Run(id, ct);
        return await read.Run(id, ct) is { } run ? TypedResults.Ok(run) : Problems.NotFound("invoice run");
    }

    private static async Task<Results<Accepted<RunView>, ProblemHttpResult>> ResumeRun(
        Guid id, ResumeInvoiceRun resume, InvoiceRunner runner, TenantContext tenant, ReadInvoices read, CancellationToken ct)
    {
        if (await resume.Run(id, ct))
        {
            await runner.Enqueue(tenant.Current, id, ct);
            return TypedResults.Accepted($"/api/v1/invoices/runs/{id}", (await read.Run(id, ct))!);
        }

        return await read.Run(id, ct) is null ? Problems.NotFound("invoice run") : Problems.Conflict("not-stopped", "Only a run that was stopped or has failed can be taken up again.");
    }

    private static async Task<Results<Created<InvoiceDetail>, ProblemHttpResult>> Cancel(Guid id, CancelRequest? request, CancelInvoice cancel, ReadInvoices read, CancellationToken ct)
    {
        try
        {
            return await cancel.Run(new InvoiceId(id), request ?? new CancelRequest(), ct) switch
            {
                CancelResult.Cancelled done => TypedResults.Created($"/api/v1/invoices/{done.Cancellation.Value}", await read.Detail(done.Cancellation, ct)),
                CancelResult.NotFound => Problems.NotFound("invoice"),
                CancelResult.NotCancellable => Problems.Conflict("not-cancellable", "A cancellation invoice cannot be cancelled; issue a new invoice instead."),
                _ => throw new InvalidOperationException("Unknown result of a cancellation."),
            };
        }
        catch (SupplierIncompleteException incomplete)
        {
            return SupplierIncomplete(incomplete.Missing);
        }
    }

    internal static ProblemHttpResult SupplierIncomplete(IReadOnlyList<string> missing) => Problems.Of(
        StatusCodes.Status409Conflict, "supplier-incomplete", "The operator's details lack what the law demands of an invoice (§14 UStG).",
        $"Missing in the tenant's profile: {string.Join(", ", missing)}.", new Dictionary<string, object?>(StringComparer.Ordinal) { ["missing"] = missing });
}
