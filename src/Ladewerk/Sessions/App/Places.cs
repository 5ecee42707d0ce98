using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Kernel.Text;
using Ladewerk.Tariffs;

namespace Ladewerk.Sessions.App;

/// <summary>Where a driver may charge, site by site, with what is free and what it costs them.</summary>
internal sealed class Places(ChargePoints points, AppTokens tokens, Texts t)
{
    private const long FastFrom = 50_000;

    /// <summary>All places, or those that the words name.</summary>
    public async Task<IReadOnlyList<PlaceCard>> For(Driver driver, string? words, CancellationToken ct)
    {
        var token = await tokens.Known(driver, ct);
        var cards = new List<PlaceCard>();
        foreach (var site in (await points.Open(words, ct)).GroupBy(p => p.SiteId))
        {
            var here = site.ToList();
            var first = here[0];
            var prices = new List<PriceBoard>();
            foreach (var kind in here.DistinctBy(p => (p.Identity, p.MaxPower)).Take(10))
            {
                prices.Add(await points.Price(kind, token, Texts.Language, ct));
            }

            cards.Add(new PlaceCard(
                first.SiteId!.Value.Value.ToString("N", CultureInfo.InvariantCulture), first.Place, string.Join(", ", new[] { first.Street, first.City }.OfType<string>()) is { Length: > 0 } address ? address : null,
                first.Latitude, first.Longitude, Kind(here), here.Count(p => p.CanStart), here.Count, From(prices),
                here.Exists(p => p.MaxPower?.Value >= FastFrom), here, Best(here)));
        }

        return [.. cards.OrderBy(c => c.Name, StringComparer.CurrentCulture)];
    }

    /// <summary>"0,49 €", or "ab 0,39 €" where it depends on the hour or the point.</summary>
    private string From(List<PriceBoard> prices)
    {
        var lowest = prices.Select(p => p.LowestPerKwh).Distinct(StringComparer.Ordinal).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.CurrentCulture).ToList();
        return lowest.Count > 1 || prices.Exists(p => p.IsRange) ? t["app.from", lowest[0]] : lowest[0];
    }

    private static PointState Best(List<ChargePoint> points) => points.Select(p => p.State).Min();

    private string Kind(List<ChargePoint> points)
    {
        var plugs = string.Join(", ", points.Select(p => p.Plugs(t)).Where(p => p.Length > 0).SelectMany(p => p.Split(", ")).Distinct(StringComparer.Ordinal));
        return points.Max(p => p.MaxPower?.Value) is { } most ? $"{plugs} {t["app.upTo", (most / 1000m).ToString("0.#", CultureInfo.CurrentCulture)]}".Trim() : plugs;
    }
}
