using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.App;

/// <summary>A charge point's sticker.</summary>
public sealed record Sticker(ChargePoint Point, QrCode Code);

/// <summary>QR stickers as PDF: one page of A6 for each charge point of a station or site.</summary>
internal sealed class Stickers(OperatorLooks looks, PdfRenderer renderer, PointLinks links, IServiceProvider services, ILoggerFactory loggers)
{
    /// <summary>The document.</summary>
    /// <param name="request">The address by which the operator came stands in the codes: the configured public one is for stations, and may be without TLS.</param>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed.</exception>
    /// <exception cref="PdfRendererFailedException">It failed.</exception>
    public async Task<byte[]> Print(IReadOnlyList<ChargePoint> points, string title, HttpRequest request, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        var home = $"{request.Scheme}://{request.Host}";
        var stickers = new List<Sticker>(points.Count);
        foreach (var point in points)
        {
            // The code is signed; the address for people who type is not.
            var address = home + point.Href;
            stickers.Add(new Sticker(point, QrCode.Of($"{address}?s={await links.Sign(point, ct)}") with { Shown = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..] }));
        }

        await using var html = new HtmlRenderer(services, loggers);
        var page = await html.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [nameof(StickerPage.Look)] = look, [nameof(StickerPage.Stickers)] = stickers, [nameof(StickerPage.Title)] = title,
            });
            return (await html.RenderComponentAsync<StickerPage>(parameters)).ToHtmlString();
        });
        return await renderer.Render(page, ct);
    }
}

/// <summary>Where stickers are fetched.</summary>
internal static class StickerRoutes
{
    public static void MapStickers(this WebApplication app)
    {
        app.MapGet("/portal/stations/{identity}/stickers.pdf", OfStation).RequirePermission(Permission.StationsRead).ExcludeFromDescription();
        app.MapGet("/portal/sites/{id:guid}/stickers.pdf", OfSite).RequirePermission(Permission.SitesRead).ExcludeFromDescription();
    }

    public static void MapStickers(this RouteGroupBuilder api)
    {
        api.MapGet("/stations/{identity}/stickers.pdf", OfStation).RequirePermission(Permission.StationsRead).WithTags("Stations").WithSummary("QR stickers of a station's charge points, or of one (evse)");
        api.MapGet("/sites/{id:guid}/stickers.pdf", OfSite).RequirePermission(Permission.SitesRead).WithTags("Sites").WithSummary("QR stickers of a site's charge points");
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> OfStation(string identity, int? evse, HttpContext http, StationReader stations, ChargePoints points, Stickers stickers, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        var found = (await points.OfStation(station.Id, ct)).Where(p => evse is null || p.Number == evse).ToList();
        return await Print(found, station.Identity, http, stickers, ct);
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> OfSite(Guid id, HttpContext http, LadewerkDb db, ChargePoints points, Stickers stickers, CancellationToken ct)
    {
        var site = await db.Set<Site>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == new SiteId(id), ct);
        return site is null ? Problems.NotFound("site") : await Print(await points.At(site.Id, ct), site.Name, http, stickers, ct);
    }

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> Print(IReadOnlyList<ChargePoint> points, string title, HttpContext http, Stickers stickers, CancellationToken ct) => PdfAnswer.Of(
        async () => points.Count == 0 ? null : await stickers.Print(points, title, http.Request, ct), "charge point", $"qr-{new string([.. title.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')])}.pdf");
}
