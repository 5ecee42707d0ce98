using System.Globalization;
using Ladewerk.DriverApp;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Billing.App;

/// <summary>The list page.</summary>
/// <param name="Next">Where older ones are found.</param>
/// <param name="Today">The day at the operator's.</param>
public sealed record OwnInvoicesModel(OperatorLook Look, IReadOnlyList<Invoice> Invoices, string? Next, DateOnly Today);

/// <summary>Something that a capability shows above the driver's invoices; registered like an <see cref="AppLink"/>.</summary>
/// <param name="Component">Without parameters; reads by itself.</param>
public sealed record OwnInvoicesPart(Type Component);

/// <summary>The driver app's pages of invoices: <c>/app/invoices</c>. What is not the signed-in driver's own answers 404.</summary>
internal static class InvoicesApp
{
    public const string Here = "/app/invoices";

    public static IServiceCollection AddInvoicesApp(this IServiceCollection services) => services.AddScoped<OwnInvoices>()
        .AddSingleton(new AppLink(10, "doc", "billing.app.title", Here, Module.Billing)).AddSingleton(new HistoryLink(20, "billing.app.title", Here, Module.Billing));

    public static void MapInvoicesApp(this WebApplication app)
    {
        var pages = app.MapGroup(Here).OfModule(Module.Billing).RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("", List);
        pages.MapGet("/{id:guid}.pdf", Pdf);
        pages.MapGet("/{id:guid}.xml", Xml);
    }

    private static async Task<IResult> List(string? before, CurrentDriver current, OwnInvoices own, OperatorLooks looks, LadewerkDb db, TenantContext tenant, TimeProvider time, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        if (await current.Find(ct) is not { } driver)
        {
            return new RazorComponentResult<NoDriverPage>(new { Look = look });
        }

        var at = DateTimeOffset.TryParse(before, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var parsed) ? parsed.ToUniversalTime() : (DateTimeOffset?)null;
        var found = await own.Before(driver, at, ct);
        var shown = found.Take(OwnInvoices.Shown).ToList();
        var next = found.Count > OwnInvoices.Shown ? shown[^1].IssuedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) : null;
        return new RazorComponentResult<OwnInvoicesPage>(new { Model = new OwnInvoicesModel(look, shown, next, await BillingApi.Today(db, tenant, time, ct)) });
    }

    private static async Task<IResult> Pdf(Guid id, CurrentDriver current, OwnInvoices own, RenderInvoice render, HttpContext http, CancellationToken ct)
    {
        if (!await Mine(id, current, own, ct))
        {
            return Problems.NotFound("invoice");
        }

        try
        {
            return await render.Run(new InvoiceId(id), ct) is { } document ? Api.FileOf(document, http, "inline") : Problems.NotFound("invoice");
        }
        catch (Exception failed) when (failed is PdfRendererMissingException or PdfRendererFailedException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "pdf-not-ready", "The invoice is issued; its document follows.", null);
        }
    }

    private static async Task<IResult> Xml(Guid id, CurrentDriver current, OwnInvoices own, RenderInvoice render, HttpContext http, CancellationToken ct) =>
        await Mine(id, current, own, ct) && await render.Xml(new InvoiceId(id), ct) is { } document ? Api.FileOf(document, http, "attachment") : Problems.NotFound("invoice");

    private static async Task<bool> Mine(Guid id, CurrentDriver current, OwnInvoices own, CancellationToken ct) =>
        await current.Find(ct) is { } driver && await own.IsOwn(driver, new InvoiceId(id), ct);
}
