using System.Globalization;
using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Badges.App;

/// <summary>An order as its driver sees it.</summary>
/// <param name="Day">When it was ordered.</param>
public sealed record OwnOrder(Guid Id, BadgeOrderState State, string Day, string Address);

/// <summary>The driver app's pages of ordering a badge.</summary>
internal static class BadgesApp
{
    private const string Home = "/app/badges";

    /// <param name="typing">The rate limit of typed numbers.</param>
    public static void MapBadgesApp(this RouteGroupBuilder pages, string typing)
    {
        pages.MapGet("/badges/order", Form);
        pages.MapPost("/badges/order", Order).RequireRateLimiting(typing);
        pages.MapPost("/badges/orders/{id:guid}/cancel", Cancel);
        pages.MapPost("/badges/orders/{id:guid}/activate", Activate).RequireRateLimiting(typing);
    }

    /// <summary>What is on its way to the driver, and whether another may be ordered.</summary>
    public static async Task<(IReadOnlyList<OwnOrder> Orders, bool MayOrder)> Of(Driver driver, LadewerkDb db, CancellationToken ct)
    {
        var rules = await db.Set<BadgeOrderRules>().AsNoTracking().SingleOrDefaultAsync(ct);
        var open = await db.Set<BadgeOrder>().AsNoTracking().Where(o => o.DriverId == driver.Id && (o.State == BadgeOrderState.Ordered || o.State == BadgeOrderState.Sent)).OrderBy(o => o.Id).ToListAsync(ct);
        return ([.. open.Select(o => new OwnOrder(o.Id.Value, o.State, o.OrderedAt.ToString(Texts.Language == "de" ? "d. MMMM yyyy" : "d MMMM yyyy", CultureInfo.CurrentCulture), $"{o.Recipient}, {o.Street}, {o.PostalCode} {o.City}"))],
            rules is { IsOpen: true } && open.Count(o => o.State == BadgeOrderState.Ordered) < rules.MostOpen);
    }

    private static async Task<IResult> Form(CurrentDriver current, OperatorLooks looks, LadewerkDb db, SaveBadgeOrderRules rules, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        if (await current.Find(ct) is not { } driver)
        {
            return new RazorComponentResult<NoDriverPage>(new { Look = look });
        }

        if (!(await rules.Current(ct)).IsOpen)
        {
            return TypedResults.Redirect(Home);
        }

        var payer = driver.BillingAccountId is { } account ? await db.Set<BillingAccount>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == account, ct) : null;
        return Page(look, BadgeAddress.Of(driver, payer), await rules.Current(ct), null);
    }

    private static async Task<IResult> Order([FromForm] IFormCollection form, CurrentDriver current, OperatorLooks looks, OrderBadge order, SaveBadgeOrderRules rules, Texts t, CancellationToken ct)
    {
        if (await current.Find(ct) is not { Status: "active" } driver)
        {
            return Problems.NotFound("driver");
        }

        var address = new BadgeAddress(form["recipient"], form["company"], form["street"], form["postalCode"], form["city"], form["country"]);
        var (outcome, _, _) = await order.Run(driver, address, byOperator: false, ct);
        return outcome switch
        {
            OrderBadge.Outcome.Ordered => TypedResults.Redirect(Home),
            OrderBadge.Outcome.Invalid => Page(await looks.Current(ct), address, await rules.Current(ct), t["badges.order.invalid"]),
            OrderBadge.Outcome.TooMany => Page(await looks.Current(ct), address, await rules.Current(ct), t["badges.order.tooMany"]),
            _ => Page(await looks.Current(ct), address, await rules.Current(ct), t["badges.order.closed"]),
        };
    }

    private static async Task<IResult> Cancel(Guid id, CurrentDriver current, OrderBadge order, CancellationToken ct) => await current.Find(ct) is { } driver
        ? await order.Cancel(new BadgeOrderId(id), driver.Id, ct) ? TypedResults.Redirect(Home) : Problems.NotFound("order")
        : Problems.NotFound("driver");

    private static async Task<IResult> Activate(Guid id, [FromForm] string? number, CurrentDriver current, LadewerkDb db, SaveIdToken save, CancellationToken ct)
    {
        if (await current.Find(ct) is not { Status: "active" } driver || await Sent(new BadgeOrderId(id), driver, db, ct) is not { } badge)
        {
            return Problems.NotFound("order");
        }

        // Who has the badge in hand reads its number off it.
        var typed = PrintedNumber.Plain(number);
        var right = typed.Length > 0 && (typed == PrintedNumber.Plain(badge.VisualNumber) || IdTokenUid.Key(typed) == badge.UidKey);
        return right && !(await save.Patch(badge, new IdTokenPatch { Status = IdTokenStatus.Accepted }, ct)).Any ? TypedResults.Redirect(Home) : TypedResults.Redirect(Home + "?fault=number");
    }

    private static async Task<IdToken?> Sent(BadgeOrderId id, Driver driver, LadewerkDb db, CancellationToken ct) =>
        await db.Set<BadgeOrder>().AsNoTracking().SingleOrDefaultAsync(o => o.Id == id && o.DriverId == driver.Id && o.State == BadgeOrderState.Sent, ct) is { IdTokenId: { } token }
            ? await db.Set<IdToken>().SingleOrDefaultAsync(t => t.Id == token && t.DriverId == driver.Id && t.AwaitsActivation && t.Status == IdTokenStatus.Blocked, ct)
            : null;

    private static RazorComponentResult<OrderBadgePage> Page(OperatorLook look, BadgeAddress address, BadgeOrderRulesView rules, string? fault) =>
        new(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(OrderBadgePage.Look)] = look, [nameof(OrderBadgePage.Address)] = address, [nameof(OrderBadgePage.Price)] = Texts.Language == "de" ? rules.PriceDe : rules.PriceEn ?? rules.PriceDe, [nameof(OrderBadgePage.Fault)] = fault,
        })
        { StatusCode = fault is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
}
