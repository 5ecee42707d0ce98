using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Tariffs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Sessions.App;

/// <summary>Points of one place that cost the same.</summary>
/// <param name="Kinds">What is there, such as "Typ 2, bis 22 kW", each with how many.</param>
public sealed record PricedPoints(PriceBoard Price, IReadOnlyList<(string Kind, int Points)> Kinds);

/// <summary>A place with its ad-hoc prices.</summary>
public sealed record PricedPlace(string Name, string? Address, IReadOnlyList<PricedPoints> Prices);

/// <summary>An operator's price list.</summary>
public sealed record PriceListModel(OperatorLook Look, IReadOnlyList<PricedPlace> Places, DateTimeOffset At, TimeZoneInfo Zone);

/// <summary><c>/prices/{tenant}</c>: what charging without a contract costs at each public place, for everybody (AFIR art. 5, PAngV §14).</summary>
internal static class PriceList
{
    public static void MapPriceList(this WebApplication app) => app.MapGet("/prices/{slug}", Show).AllowAnonymous().ExcludeFromDescription().RequireRateLimiting(GuestPages.Writes);

    private static async Task<IResult> Show(string slug, HttpContext http, BrandReader brands, TenantContext tenant, ChargePoints points, OperatorLooks looks, Texts texts, TimeProvider time, CancellationToken ct)
    {
        if (await brands.Find(slug, ct) is not { } brand)
        {
            return Problems.NotFound("operator");
        }

        tenant.Use(brand.Tenant);
        var places = new List<PricedPlace>();
        var open = await points.Open(null, ct);
        foreach (var place in open.GroupBy(p => (p.SiteId, p.Place)))
        {
            var prices = new List<(PriceBoard Price, ChargePoint Point)>();
            foreach (var point in place)
            {
                prices.Add((await points.Price(point, null, Texts.Language, ct), point));
            }

            var (first, groups) = (place.First(), prices.GroupBy(p => string.Join('|', p.Price.Rows.Select(r => r.Amount + r.Condition)), StringComparer.Ordinal));
            places.Add(new PricedPlace(
                place.Key.Place, string.Join(", ", new[] { first.Street, first.City }.Where(part => !string.IsNullOrEmpty(part))) is { Length: > 0 } address ? address : null,
                [.. groups.Select(g => new PricedPoints(g.First().Price, [.. g.CountBy(p => p.Point.Kind(texts)).Select(k => (k.Key, k.Value))]))]));
        }

        http.Response.Headers.CacheControl = "public, max-age=60";
        var zone = LiveViews.Zone(open is [var any, ..] ? any.TimeZone : "Europe/Berlin");
        return new RazorComponentResult<PriceListPage>(new { Model = new PriceListModel(await looks.Current(ct), places, time.GetUtcNow(), zone) });
    }
}
