using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Drivers.Vouchers.Portal;

/// <summary>A code on paper.</summary>
/// <param name="What">Whom it is for, or what it gives.</param>
/// <param name="Link">Where it leads.</param>
public sealed record CodeSlip(string What, string Code, string? Until, QrCode Link);

/// <summary>Vouchers and guests' codes as PDF, to hand out.</summary>
internal sealed class CodeSlips(FindCodes codes, BrandReader brands, TenantContext tenant, PdfRenderer renderer, Reader reader, Texts texts, IServiceProvider services, ILoggerFactory loggers)
{
    /// <summary>Codes of one document: 30 sheets of A4.</summary>
    public const int Most = 240;

    /// <summary>Part <paramref name="part"/> (from 1) of a batch; null where there is no such batch or part.</summary>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed.</exception>
    public async Task<byte[]?> Batch(CodeBatchId id, int part, HttpRequest request, CancellationToken ct)
    {
        var open = (await codes.OfBatch(id, ct))?.Where(c => !c.Revoked).Skip((part - 1) * Most).Take(Most).ToList();
        return open is { Count: > 0 } ? await Print(open, request, ct) : null;
    }

    /// <summary>A guest's; null where there is none.</summary>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed.</exception>
    public async Task<byte[]?> Guest(ChargeCodeId id, HttpRequest request, CancellationToken ct) =>
        await codes.Guest(id, ct) is { Revoked: false } code ? await Print([code], request, ct) : null;

    private async Task<byte[]> Print(IReadOnlyList<CodeView> found, HttpRequest request, CancellationToken ct)
    {
        var (brand, zone) = (await brands.Of(tenant.Current, ct), (await reader.Operator()).Zone);
        var slips = found.Select(code => Of(code, $"{request.Scheme}://{request.Host}", zone)).ToList();
        await using var html = new HtmlRenderer(services, loggers);
        var page = await html.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [nameof(CodeSlipPage.Brand)] = brand, [nameof(CodeSlipPage.Slips)] = slips, [nameof(CodeSlipPage.Title)] = texts["vouchers.title"],
            });
            return (await html.RenderComponentAsync<CodeSlipPage>(parameters)).ToHtmlString();
        });
        return await renderer.Render(page, ct);
    }

    private CodeSlip Of(CodeView code, string home, TimeZoneInfo zone) =>
        new(CodeWords.Worth(code, texts), code.Code, CodeWords.Until(code, zone), QrCode.Of($"{home}/v/{code.Code}"));
}

/// <summary>Where printed codes are fetched.</summary>
internal static class CodeSlipRoutes
{
    public static void MapCodeSlips(this WebApplication app)
    {
        app.MapGet("/portal/vouchers/{id:guid}/codes.pdf", OfBatch).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        app.MapGet("/portal/guests/{id:guid}.pdf", OfGuest).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
    }

    public static void MapCodeSlips(this RouteGroupBuilder api)
    {
        api.MapGet("/vouchers/{id:guid}/codes.pdf", OfBatch).RequirePermission(Permission.DriversWrite).WithTags("Vouchers").WithSummary("The codes of a batch to hand out, eight to a sheet; 240 codes a part");
        api.MapGet("/guest-codes/{id:guid}.pdf", OfGuest).RequirePermission(Permission.DriversWrite).WithTags("Guest codes").WithSummary("A guest's code to hand out");
    }

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> OfBatch(Guid id, int? part, HttpContext http, CodeSlips slips, CancellationToken ct) =>
        PdfAnswer.Of(() => slips.Batch(new CodeBatchId(id), Math.Max(part ?? 1, 1), http.Request, ct), "batch", "vouchers.pdf");

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> OfGuest(Guid id, HttpContext http, CodeSlips slips, CancellationToken ct) =>
        PdfAnswer.Of(() => slips.Guest(new ChargeCodeId(id), http.Request, ct), "guest code", "guest.pdf");
}
