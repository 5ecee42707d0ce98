using System.Globalization;
using System.Text;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Drivers.Badges.Portal;

/// <summary>The operator's pages of orders and batches, and what their forms do.</summary>
internal static class BadgesPortal
{
    private const string Orders = "/portal/badge-orders", Batches = "/portal/badge-batches", Groups = "/portal/badge-groups";

    /// <summary>A file of more than this is no list of badges.</summary>
    private const int MostBytes = 4_000_000;

    /// <summary>States of orders as the API writes them.</summary>
    public static readonly string[] States = [.. Enum.GetValues<BadgeOrderState>().Select(Name)];

    public static string Name(BadgeOrderState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    public static string Href(BadgeBatchId id) => $"{Batches}/{id.Value:D}";

    public static IServiceCollection AddBadgesPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Customers, 21, "mail", "badges.orders.nav", Orders, Permission.DriversRead)
        {
            Count = (scope, ct) => scope.GetRequiredService<NpgsqlDataSource>().First(
                "select count(*) from badge_order where tenant_id = $1 and state = 'ordered'", r => r.GetInt64(0), ct, scope.GetRequiredService<TenantContext>().Current.Value),
        });
        services.AddSingleton(new NavEntry(NavGroup.Customers, 23, "users", "badges.groups", Groups, Permission.DriversRead));
        return services.AddSingleton(new NavEntry(NavGroup.Customers, 22, "versions", "badges.batches.nav", Batches, Permission.DriversRead));
    }

    public static void MapBadgesPortal(this WebApplication app)
    {
        app.MapGet(Orders + "/addresses.csv", Addresses).RequirePermission(Permission.DriversRead).ExcludeFromDescription();
        var settings = app.MapGroup("").RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        settings.MapGet(Orders + "/rules", async (SaveBadgeOrderRules rules, Texts t, CancellationToken ct) => RulesForm(t, await rules.Current(ct), null));
        settings.MapPost(Orders + "/rules", SetRules);
        var write = app.MapGroup("").RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapPost(Orders + "/{id:guid}/send", Send);
        write.MapPost(Orders + "/{id:guid}/cancel", async (Guid id, OrderBadge order, HttpContext http, CancellationToken ct) =>
            Answer.Go(http, await order.Cancel(new BadgeOrderId(id), null, ct) ? Orders : Orders + "?fault=late"));
        write.MapPost(Groups + "/block", async ([FromForm] string? groupId, BadgeGroups groups, HttpContext http, CancellationToken ct) =>
            await groups.Block(groupId ?? "", ct) is null ? (IResult)Problems.NotFound("group") : Answer.Go(http, Groups));
        write.MapGet(Batches + "/add", () => Answer.Page<BatchForm>(StatusCodes.Status200OK));
        write.MapPost(Batches + "/add", AddBatch);
        write.MapPost(Batches + "/{id:guid}/block", (Guid id, BadgeBatches batches, HttpContext http, CancellationToken ct) => Change(id, batches, http, b => batches.Block(b, ct), ct));
        write.MapPost(Batches + "/{id:guid}/group", ([FromForm] string? groupId, Guid id, BadgeBatches batches, HttpContext http, CancellationToken ct) =>
            Change(id, batches, http, b => batches.Group(b, Cut(groupId, IdTokenUid.MaxLength), ct), ct));
        write.MapPost(Batches + "/{id:guid}/expiry", async ([FromForm] string? validUntil, Guid id, BadgeBatches batches, Reader reader, HttpContext http, CancellationToken ct) =>
        {
            var until = Until(validUntil, (await reader.Operator()).Zone);
            return await Change(id, batches, http, b => batches.Expire(b, until, ct), ct);
        });
    }

    private static async Task<FileContentHttpResult> Addresses(string? state, FindBadgeOrders orders, CancellationToken ct) => TypedResults.File(
        Encoding.UTF8.GetBytes(await orders.Addresses(
            Named<BadgeOrderState>.TryParse(state, null, out var wanted) ? wanted.Value : BadgeOrderState.Ordered, CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator is "," ? ';' : ',', ct)),
        "text/csv; charset=utf-8", "badge-orders.csv");

    private static async Task<IResult> Send(Guid id, [FromForm] string? badge, [FromForm] string? activation, SendBadge send, HttpContext http, CancellationToken ct) =>
        await send.Run(new BadgeOrderId(id), badge, activation != "atOnce", ct) switch
        {
            SendBadge.Outcome.Sent => Answer.Go(http, Orders + "?sent=true"),
            SendBadge.Outcome.NoSuchBadge => Answer.Go(http, Link.To(Orders, ("fault", "badge"), ("order", id.ToString("D")), ("typed", Cut(badge, 50)))),
            SendBadge.Outcome.NotOpen => Answer.Go(http, Orders + "?fault=late"),
            _ => Problems.NotFound("badge order"),
        };

    private static async Task<IResult> SetRules([FromForm] IFormCollection form, SaveBadgeOrderRules rules, HttpContext http, Texts t, CancellationToken ct)
    {
        var wish = new BadgeOrderRulesView(
            form["isOpen"] == "true", Cut(form["priceDe"], 1000), Cut(form["priceEn"], 1000), form["byDriver"] != "false",
            int.TryParse(form["mostOpen"], NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : 0);
        return await rules.Run(wish, ct) is { Any: true } faults ? RulesForm(t, wish, faults) : Answer.Go(http, Orders);
    }

    private static async Task<IResult> AddBatch([FromForm] IFormCollection form, BadgeBatches batches, Reader reader, HttpContext http, CancellationToken ct)
    {
        var lines = form["lines"].ToString();
        if (form.Files.GetFile("file") is { Length: > 0 and <= MostBytes } file)
        {
            using var text = new StreamReader(file.OpenReadStream(), Encoding.UTF8);
            lines = await text.ReadToEndAsync(ct);
        }

        var (made, faults) = await batches.Create(
            new NewBadgeBatch(form["name"].ToString(), Lines: lines, FirstNumber: Cut(form["firstNumber"], 50), GroupId: Cut(form["groupId"], 1000), ValidUntil: Until(form["validUntil"], (await reader.Operator()).Zone), Note: Cut(form["note"], 2000)),
            ct);
        return made is not null
            ? Answer.Go(http, Href(made.Id))
            : Answer.Page<BatchForm>(StatusCodes.Status422UnprocessableEntity, (nameof(BatchForm.Sent), form), (nameof(BatchForm.Errors), FaultWords.Say(faults.Errors)));
    }

    private static async Task<IResult> Change(Guid id, BadgeBatches batches, HttpContext http, Func<BadgeBatch, Task<int>> change, CancellationToken ct) =>
        await batches.Find(new BadgeBatchId(id), ct) is { } batch
            ? Answer.Go(http, Link.To(Href(batch.Id), ("changed", (await change(batch)).ToString(CultureInfo.InvariantCulture))))
            : Problems.NotFound("batch");

    private static RazorComponentResult<AnswerPage> RulesForm(Texts t, BadgeOrderRulesView rules, Faults? faults)
    {
        List<FormField> fields =
        [
            new("isOpen", t["badges.rules.open"], rules.IsOpen ? "true" : "false") { Options = [("true", t["badges.rules.yes"]), ("false", t["badges.rules.no"])] },
            new("byDriver", t["badges.rules.activation"], rules.ByDriver ? "true" : "false") { Options = [("true", t["badges.activation.driver"]), ("false", t["badges.activation.atOnce"])], Hint = t["badges.rules.activation.hint"] },
            new("priceDe", t["badges.rules.priceDe"], rules.PriceDe) { Hint = t["badges.rules.price.hint"] },
            new("priceEn", t["badges.rules.priceEn"], rules.PriceEn),
            new("mostOpen", t["badges.rules.most"], rules.MostOpen.ToString(CultureInfo.InvariantCulture), "number") { Required = true },
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), t["badges.rules"]), (nameof(EntityForm.Action), Orders + "/rules"), (nameof(EntityForm.Back), Orders), (nameof(EntityForm.Fields), fields),
            (nameof(EntityForm.Crumbs), new[] { (t["badges.orders"], (string?)Orders) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }

    private static string? Cut(string? text, int most) => text?.Trim() is { Length: > 0 } there ? there[..Math.Min(there.Length, most)] : null;

    /// <summary>Through the day that was entered, in the operator's zone.</summary>
    private static DateTimeOffset? Until(string? text, TimeZoneInfo zone)
    {
        if (!DateOnly.TryParse(text, CultureInfo.InvariantCulture, out var day))
        {
            return null;
        }

        var end = day.ToDateTime(new TimeOnly(23, 59, 59));
        return new DateTimeOffset(end, zone.GetUtcOffset(end));
    }
}
