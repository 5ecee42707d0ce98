using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Billing.Templates;

/// <summary>A version of the style sheet as the API shows it.</summary>
/// <param name="Css">Null in lists.</param>
public sealed record TemplateView(int Version, bool IsActive, string? Comment, DateTimeOffset CreatedAt, string CreatedBy, string? Css)
{
    internal static TemplateView Of(InvoiceTemplate t, bool withCss) => new(t.Version, t.IsActive, t.Comment, t.CreatedAt, t.CreatedBy, withCss ? t.Css : null);
}

/// <summary><c>/billing/templates</c></summary>
internal static class TemplatesApi
{
    public static void MapTemplates(this RouteGroupBuilder api)
    {
        var templates = api.MapGroup("/billing/templates").OfModule(Module.Billing).WithTags("Billing");
        templates.MapGet("/", async (SaveTemplate save, CancellationToken ct) => TypedResults.Ok(new Page<TemplateView>([.. (await save.List(ct)).Select(t => TemplateView.Of(t, withCss: false))], null)))
            .RequirePermission(Permission.BillingRead).WithSummary("Versions of the operator's style sheet for documents, newest first");
        templates.MapGet("/{version}", Get).RequirePermission(Permission.BillingRead).WithSummary("One version");
        templates.MapPost("/", Save).RequirePermission(Permission.BillingWrite).WithSummary("Save the next version and take it into use");
        templates.MapPost("/{version}/activate", Activate).RequirePermission(Permission.BillingWrite).WithSummary("Take a version into use again; 0: the product's own looks");
        templates.MapPost("/preview", Preview).RequirePermission(Permission.BillingWrite).WithSummary("The newest invoice with a style sheet; nothing is stored").Produces(StatusCodes.Status200OK, contentType: "application/pdf");
        api.MapGet("/invoices/{id:guid}/remade.pdf", Remade).OfModule(Module.Billing).WithTags("Billing").RequirePermission(Permission.BillingRead)
            .WithSummary("The invoice's document made once more as it was: the same page, style sheets, colours and logo").Produces(StatusCodes.Status200OK, contentType: "application/pdf");
    }

    /// <summary>A document that is made now, or why it cannot be.</summary>
    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Made(Func<Task<byte[]?>> make, string name)
    {
        try
        {
            return await make() is { } pdf ? TypedResults.File(pdf, "application/pdf", name) : Problems.NotFound("invoice");
        }
        catch (Exception failed) when (failed is PdfRendererMissingException or PdfRendererFailedException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "pdf-renderer-failed", "The document could not be made.", failed.Message);
        }
    }

    private static async Task<Results<Ok<TemplateView>, ProblemHttpResult>> Get(int version, SaveTemplate save, CancellationToken ct) =>
        await save.Find(version, ct) is { } template ? TypedResults.Ok(TemplateView.Of(template, withCss: true)) : Problems.NotFound("template");

    private static async Task<Results<Created<TemplateView>, ValidationProblem>> Save(TemplateWish body, SaveTemplate save, CancellationToken ct)
    {
        var (saved, faults) = await save.Run(body, ct);
        return saved is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/billing/templates/{saved.Version}", TemplateView.Of(saved, withCss: true));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Activate(int version, SaveTemplate save, CancellationToken ct) =>
        await save.Activate(version, ct) ? TypedResults.NoContent() : Problems.NotFound("template");

    private static async Task<Results<FileContentHttpResult, ValidationProblem, ProblemHttpResult>> Preview(TemplateWish body, RenderInvoice render, CancellationToken ct)
    {
        if (SaveTemplate.Check(body) is { Any: true } faults)
        {
            return Problems.Invalid(faults.Errors);
        }

        return (await Made(() => render.Preview(body.Css, ct), "preview.pdf")).Result switch
        {
            FileContentHttpResult file => file,
            ProblemHttpResult problem => problem,
            _ => throw new InvalidOperationException("No such answer."),
        };
    }

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> Remade(Guid id, RenderInvoice render, CancellationToken ct) => Made(() => render.Again(new InvoiceId(id), ct), "remade.pdf");
}
