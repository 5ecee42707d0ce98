using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tariffs.Market;

/// <summary>A quarter hour's price as the API shows it.</summary>
/// <param name="Price">Per kWh, net, in the operator's currency.</param>
public sealed record MarketPriceView(DateTimeOffset Start, string Price);

/// <summary>Prices to announce.</summary>
/// <param name="Price">Per kWh, net.</param>
public sealed record NewMarketPrice(DateTimeOffset Start, decimal Price);

/// <summary>Prices that another system knows.</summary>
public sealed record NewMarketPrices(IReadOnlyList<NewMarketPrice> Prices, string? Source = null);

/// <summary>A source as the API shows it; its key is never shown.</summary>
public sealed record MarketFeedView(MarketFeedKind Kind, string Address, bool HasSecret, DateTimeOffset? FetchedAt, DateTimeOffset? FailedAt, string? Failure)
{
    internal static MarketFeedView Of(MarketFeed feed) => new(feed.Kind, feed.Address, feed.SecretSealed is not null, feed.FetchedAt, feed.FailedAt, feed.Failure);
}

/// <summary><c>/market-prices</c> and <c>/market-feed</c></summary>
internal static class MarketApi
{
    private const int Most = 20_000;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    public static void MapMarket(this RouteGroupBuilder api)
    {
        var prices = api.MapGroup("/market-prices").WithTags("Market prices");
        prices.MapGet("/", List).RequirePermission(Permission.TariffsRead).WithSummary("Market prices by quarter hour, at most 31 days; without from, from now on");
        prices.MapPost("/", Add).RequirePermission(Permission.TariffsWrite).WithSummary("Announce prices; a quarter hour that was announced keeps its price");
        var feed = api.MapGroup("/market-feed").WithTags("Market prices");
        feed.MapGet("/", Feed).RequirePermission(Permission.TariffsRead).WithSummary("Where market prices come from");
        feed.MapPut("/", SetFeed).RequirePermission(Permission.TariffsWrite).WithSummary("Let market prices come from a file or an address: ENTSO-E XML, JSON or CSV");
        feed.MapDelete("/", EndFeed).RequirePermission(Permission.TariffsWrite).WithSummary("Fetch no more; known prices stay");
    }

    private static async Task<Results<Ok<Page<MarketPriceView>>, ValidationProblem>> List(DateTimeOffset? from, DateTimeOffset? to, MarketPrices prices, TenantContext tenant, TimeProvider time, CancellationToken ct)
    {
        var begin = from ?? time.GetUtcNow();
        var end = to ?? begin + Longest;
        if (end <= begin || end - begin > Longest)
        {
            return Problems.Invalid("to", "After from, at most 31 days.");
        }

        var found = await prices.Between(tenant.Current, begin, end, ct);
        return TypedResults.Ok(new Page<MarketPriceView>([.. found.OrderBy(p => p.Key).Select(p => new MarketPriceView(p.Key, p.Value.ToString("0.0######", CultureInfo.InvariantCulture)))], null));
    }

    private static async Task<Results<Ok<Announced>, ValidationProblem>> Add(NewMarketPrices request, MarketPrices prices, TenantContext tenant, AuditLog audit, LadewerkDb db, CancellationToken ct)
    {
        var faults = new Faults().Short("source", request.Source, 100).Unless(request.Prices.Count is > 0 and <= Most, "prices", "1 to 20000.")
            .Unless(request.Prices.All(p => QuarterPrice.IsStart(p.Start)), "prices", "Each starts with a quarter hour.").Unless(request.Prices.All(p => Math.Abs(p.Price) <= 100m), "prices", "Per kWh.");
        if (faults.Any)
        {
            return Problems.Invalid(faults.Errors);
        }

        audit.Record("marketPrices.announced", "marketPrices", tenant.Current.Value.ToString(), after: new { quarters = request.Prices.Count, request.Source });
        await db.SaveChangesAsync(ct);
        return TypedResults.Ok(await prices.Announce(tenant.Current, [.. request.Prices.Select(p => new QuarterPrice(p.Start.ToUniversalTime(), p.Price))], request.Source ?? "API", ct));
    }

    private static async Task<Results<Ok<MarketFeedView>, ProblemHttpResult>> Feed(LadewerkDb db, CancellationToken ct) =>
        await db.Set<MarketFeed>().AsNoTracking().SingleOrDefaultAsync(ct) is { } feed ? TypedResults.Ok(MarketFeedView.Of(feed)) : Problems.NotFound("market feed");

    private static async Task<Results<Ok<MarketFeedView>, ValidationProblem>> SetFeed(MarketFeedWish wish, SaveMarketFeed save, CancellationToken ct)
    {
        var (feed, faults) = await save.Run(wish, ct);
        return feed is null ? Problems.Invalid(faults.Errors) : TypedResults.Ok(MarketFeedView.Of(feed));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndFeed(SaveMarketFeed save, CancellationToken ct) => await save.End(ct) ? TypedResults.NoContent() : Problems.NotFound("market feed");
}
