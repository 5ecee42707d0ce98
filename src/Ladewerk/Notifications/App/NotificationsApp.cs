using Ladewerk.DriverApp;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Notifications.Push;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Notifications.App;

/// <summary>What the driver's page of notifications shows.</summary>
/// <param name="Older">From where older ones go on; null: there are none.</param>
/// <param name="First">Whether it begins with the newest.</param>
public sealed record DriverNews(IReadOnlyList<FeedItem> Items, Guid? Older, bool First, long Unread, Preferences Wish, NotificationRules Rules, IReadOnlyList<PushSubscriptionView> Browsers, TimeZoneInfo Zone, DateTimeOffset Now);

/// <summary>The driver app's page of notifications: what there was, how they want to hear of it, and on which devices.</summary>
internal static class NotificationsApp
{
    public const string Place = "/app/notifications";

    private const int Shown = 10;

    public static IServiceCollection AddNotificationsApp(this IServiceCollection services) => services.AddSingleton(new FramePart(typeof(AppBell))).AddSingleton(new AppLink(5, "bell", "notifications.title", Place));

    public static void MapNotificationsApp(this WebApplication app)
    {
        var pages = app.MapGroup(Place).RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("", Page);
        pages.MapPost("", Save);
        pages.MapPost("/read", Read);
        pages.MapPost("/browsers/{id:guid}/remove", Remove);
    }

    private static Task<IResult> Page(Guid? after, string? done, HttpContext http, CancellationToken ct) => Show(http, after, done == "1", false, ct);

    private static async Task<IResult> Save([FromForm] IFormCollection form, HttpContext http, ChangePreferences change, CancellationToken ct)
    {
        if (await Me(http, ct) is not { } me)
        {
            return Problems.NotFound("driver");
        }

        var wish = PreferencesPost.Read(form);
        var events = wish.Events!.Where(e => Catalogue.ForDrivers.Contains(e.Key, StringComparer.Ordinal)).ToDictionary(StringComparer.Ordinal);
        var faults = await change.Run(me, wish with { Events = events }, ct);
        return faults.Any ? await Show(http, null, false, true, ct) : TypedResults.Redirect(Place + "?done=1");
    }

    private static async Task<IResult> Read(HttpContext http, FeedReader feed, CancellationToken ct)
    {
        if (await Me(http, ct) is not { } me)
        {
            return Problems.NotFound("driver");
        }

        await feed.Read(me, null, Catalogue.ForDrivers, ct);
        return TypedResults.Redirect(Place);
    }

    private static async Task<IResult> Remove(Guid id, HttpContext http, PushSubscriptions browsers, CancellationToken ct) =>
        await Me(http, ct) is { } me && await browsers.Remove(me, id, ct) ? TypedResults.Redirect(Place + "#devices") : Problems.NotFound("subscription");

    /// <summary>The account of the driver who signed in; null where nobody is one.</summary>
    private static async Task<Guid?> Me(HttpContext http, CancellationToken ct) => (await http.RequestServices.GetRequiredService<CurrentDriver>().Find(ct))?.AccountId;

    private static async Task<IResult> Show(HttpContext http, Guid? after, bool saved, bool wrong, CancellationToken ct)
    {
        var services = http.RequestServices;
        var look = await services.GetRequiredService<OperatorLooks>().Current(ct);
        if (await Me(http, ct) is not { } me)
        {
            return new RazorComponentResult<NoDriverPage>(new { Look = look });
        }

        var (feed, store) = (services.GetRequiredService<FeedReader>(), services.GetRequiredService<PreferenceStore>());
        var items = await feed.List(me, false, Catalogue.ForDrivers, after, Shown + 1, ct);
        var zone = await services.GetRequiredService<NpgsqlDataSource>().First("select time_zone from tenant where id = $1", r => r.GetString(0), ct, look.Tenant.Value);
        var news = new DriverNews(
            [.. items.Take(Shown)], items.Count > Shown ? items[Shown - 1].Id : null, after is null, await feed.Unread(me, Catalogue.ForDrivers, ct), await store.Of(me, ct), await store.Rules(ct),
            await services.GetRequiredService<PushSubscriptions>().Of(me, ct), zone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var here) ? here : TimeZoneInfo.Utc,
            services.GetRequiredService<TimeProvider>().GetUtcNow());
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(DriverNotificationsPage.Look)] = look, [nameof(DriverNotificationsPage.News)] = news, [nameof(DriverNotificationsPage.Saved)] = saved, [nameof(DriverNotificationsPage.Wrong)] = wrong,
        };
        return new RazorComponentResult<DriverNotificationsPage>(parameters) { StatusCode = wrong ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK };
    }
}
