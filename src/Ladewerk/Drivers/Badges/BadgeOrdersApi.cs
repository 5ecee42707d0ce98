using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Badges;

/// <summary>An order for a driver.</summary>
/// <param name="Address">Where it goes; absent: as the account that pays has it.</param>
public sealed record NewBadgeOrder(DriverId DriverId, BadgeAddress? Address = null);

/// <summary>Which badge was sent.</summary>
/// <param name="Badge">Uid or printed number of a badge in stock.</param>
/// <param name="ByDriver">Whether it charges only once the driver has typed its number; absent: as the rules say.</param>
public sealed record SentBadge(string Badge, bool? ByDriver = null);

/// <summary><c>/badge-orders</c></summary>
internal static class BadgeOrdersApi
{
    public static void MapBadgeOrders(this RouteGroupBuilder api)
    {
        var orders = api.MapGroup("/badge-orders").WithTags("Badge orders");
        orders.MapGet("/", List).RequirePermission(Permission.DriversRead).WithSummary("Badges that drivers ordered, the newest first");
        orders.MapPost("/", Create).RequirePermission(Permission.DriversWrite).WithSummary("Order a badge for a driver");
        orders.MapGet("/addresses.csv", Addresses).RequirePermission(Permission.DriversRead).WithSummary("Addresses of orders in a state, to be printed on letters");
        orders.MapGet("/rules", async (SaveBadgeOrderRules rules, CancellationToken ct) => TypedResults.Ok(await rules.Current(ct))).RequirePermission(Permission.DriversRead).WithSummary("Whether and how drivers may order");
        orders.MapPut("/rules", SetRules).RequirePermission(Permission.SettingsWrite).WithSummary("Set whether and how drivers may order");
        orders.MapGet("/{id:guid}", Get).RequirePermission(Permission.DriversRead).WithSummary("An order");
        orders.MapPost("/{id:guid}/send", Send).RequirePermission(Permission.DriversWrite).WithSummary("Give a badge from stock to who ordered it, and note that it was sent");
        orders.MapPost("/{id:guid}/cancel", Cancel).RequirePermission(Permission.DriversWrite).WithSummary("Refuse an order that was not sent");
    }

    private static async Task<Ok<Page<BadgeOrderView>>> List(Named<BadgeOrderState>? state, Guid? driverId, int? limit, string? cursor, FindBadgeOrders find, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        BadgeOrderId? after = Guid.TryParse(Paging.Decode(cursor), out var last) ? new BadgeOrderId(last) : null;
        var rows = await find.Run(state?.Value, driverId is { } driver ? new DriverId(driver) : null, after, count + 1, ct);
        return TypedResults.Ok(Paging.Of(rows, count, o => o.Id.Value.ToString()));
    }

    private static async Task<Results<Created<BadgeOrderView>, ValidationProblem, ProblemHttpResult>> Create(NewBadgeOrder request, OrderBadge order, FindBadgeOrders find, LadewerkDb db, CancellationToken ct)
    {
        if (await db.Set<Driver>().SingleOrDefaultAsync(d => d.Id == request.DriverId && d.Status == "active", ct) is not { } driver)
        {
            return Problems.Invalid("driverId", "No such driver, or not an active one.");
        }

        var address = request.Address ?? BadgeAddress.Of(driver, driver.BillingAccountId is { } payer ? await db.Set<BillingAccount>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == payer, ct) : null);
        var (outcome, made, faults) = await order.Run(driver, address, byOperator: true, ct);
        return (outcome, made) switch
        {
            (OrderBadge.Outcome.Ordered, { } one) => TypedResults.Created($"/api/v1/badge-orders/{one.Id.Value}", await find.One(one.Id, ct)),
            (OrderBadge.Outcome.Invalid, _) => Problems.Invalid(faults.Errors),
            _ => Problems.Conflict("too-many-orders", "The driver has an order that waits already."),
        };
    }

    private static async Task<FileContentHttpResult> Addresses(Named<BadgeOrderState>? state, FindBadgeOrders find, CancellationToken ct) =>
        TypedResults.File(Encoding.UTF8.GetBytes(await find.Addresses(state?.Value ?? BadgeOrderState.Ordered, ',', ct)), "text/csv; charset=utf-8", "badge-orders.csv");

    private static async Task<Results<Ok<BadgeOrderRulesView>, ValidationProblem>> SetRules(BadgeOrderRulesView request, SaveBadgeOrderRules rules, CancellationToken ct) =>
        await rules.Run(request, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(await rules.Current(ct));

    private static async Task<Results<Ok<BadgeOrderView>, ProblemHttpResult>> Get(Guid id, FindBadgeOrders find, CancellationToken ct) =>
        await find.One(new BadgeOrderId(id), ct) is { } order ? TypedResults.Ok(order) : Problems.NotFound("badge order");

    private static async Task<Results<Ok<BadgeOrderView>, ValidationProblem, ProblemHttpResult>> Send(Guid id, SentBadge request, SendBadge send, SaveBadgeOrderRules rules, FindBadgeOrders find, CancellationToken ct) =>
        await send.Run(new BadgeOrderId(id), request.Badge, request.ByDriver ?? (await rules.Current(ct)).ByDriver, ct) switch
        {
            SendBadge.Outcome.Sent => TypedResults.Ok((await find.One(new BadgeOrderId(id), ct))!),
            SendBadge.Outcome.NoSuchBadge => Problems.Invalid("badge", "No such badge in stock."),
            SendBadge.Outcome.NotOpen => Problems.Conflict("order-not-open", "The order was sent or taken back already."),
            _ => Problems.NotFound("badge order"),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> Cancel(Guid id, OrderBadge order, FindBadgeOrders find, CancellationToken ct)
    {
        if (await order.Cancel(new BadgeOrderId(id), null, ct))
        {
            return TypedResults.NoContent();
        }

        return await find.One(new BadgeOrderId(id), ct) is null ? Problems.NotFound("badge order") : Problems.Conflict("order-not-open", "The order was sent or taken back already.");
    }
}
