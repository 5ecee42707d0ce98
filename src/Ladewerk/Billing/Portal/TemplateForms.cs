using Ladewerk.Billing.Templates;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Billing.Portal;

/// <summary>What the forms of the templates' page do.</summary>
internal static class TemplateForms
{
    private const string Address = "/portal/billing/template";

    public static void MapTemplateForms(this WebApplication app)
    {
        var write = app.MapGroup(Address).OfModule(Kernel.Http.Module.Billing).RequirePermission(Permission.BillingWrite).ExcludeFromDescription();
        write.MapPost("/save", Save);
        write.MapPost("/preview", Preview);
        write.MapPost("/{version}/use", async (int version, SaveTemplate save, HttpContext http, CancellationToken ct) =>
            await save.Activate(version, ct) ? Answer.Go(http, Address) : Problems.NotFound("template"));
    }

    private static async Task<IResult> Save([FromForm] IFormCollection form, SaveTemplate save, HttpContext http, CancellationToken ct)
    {
        var (saved, _) = await save.Run(Typed(form), ct);
        return Answer.Go(http, saved is null ? Address + "?fault=css" : Address);
    }

    private static async Task<IResult> Preview([FromForm] IFormCollection form, RenderInvoice render, CancellationToken ct)
    {
        var wish = Typed(form);
        return SaveTemplate.Check(wish).Any ? TypedResults.LocalRedirect(Address + "?fault=css") : (await TemplatesApi.Made(() => render.Preview(wish.Css, ct), "preview.pdf")).Result;
    }

    // A form sends line ends of its own.
    private static TemplateWish Typed(IFormCollection form) => new(form["css"].ToString().Replace("\r\n", "\n", StringComparison.Ordinal), form["comment"]);
}
