using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Notifications.Push;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Notifications.Portal;

/// <summary>The pages of feed, preferences, mail and rules, and what their forms do.</summary>
internal static class NotificationsPortal
{
    private const string Feed = "/portal/notifications", Own = "/portal/account/notifications", Mail = "/portal/settings/mail", Rules = "/portal/settings/notifications";

    public static IServiceCollection AddNotificationsPortal(this IServiceCollection services) => services
        .AddSingleton(new HeaderPart(typeof(Bell)))
        .AddSingleton(new NavEntry(NavGroup.System, 12, "bell", "notifications.rules", Rules, Permission.SettingsRead))
        .AddSingleton(new NavEntry(NavGroup.System, 13, "mail", "notifications.mail", Mail, Permission.SettingsRead))
        .AddSingleton(new NavEntry(NavGroup.System, 14, "arrows-exchange", "notifications.webhooks", "/portal/settings/webhooks", Permission.SettingsRead));

    public static void MapNotificationsPortal(this WebApplication app)
    {
        var own = app.MapGroup("").ExcludeFromDescription();
        own.MapGet(Feed + "/bell", () => Answer.Part<Bell>());
        own.MapPost(Feed + "/read", Read);
        own.MapPost(Own, SaveOwn);
        own.MapPost(Own + "/browsers/{id:guid}/remove", RemoveBrowser);
        var write = app.MapGroup("").RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapPost(Mail + "/test", SendTest);
        write.MapPost(Mail + "/{id:guid}/retry", async (Guid id, HttpContext http, MailOffice office, CancellationToken ct) =>
            await office.Retry(MailId.From(id), ct) ? Answer.Go(http, Mail) : Problems.NotFound("parked mail"));
        write.MapPost(Rules, SaveRules);
        WebhooksPortal.Map(app);
        app.MapGet(UnsubscribeLink.Path + "{token}", UnsubscribeForm).AllowAnonymous().ExcludeFromDescription();
        // A mail provider presses the button for its customer (RFC 8058): it has no token of ours, and the link itself is the proof.
        app.MapPost(UnsubscribeLink.Path + "{token}", UnsubscribeNow).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
    }

    private static async Task<IResult> Read(ClaimsPrincipal user, HttpContext http, FeedReader feed, CancellationToken ct)
    {
        if (FeedReader.Person(user) is { } me)
        {
            await feed.Read(me, null, null, ct);
        }

        return Answer.Go(http, Feed);
    }

    private static async Task<IResult> SaveOwn([FromForm] IFormCollection form, ClaimsPrincipal user, HttpContext http, ChangePreferences change, CancellationToken ct)
    {
        if (FeedReader.Person(user) is not { } me)
        {
            return Problems.NotFound("account");
        }

        var faults = await change.Run(me, PreferencesPost.Read(form), ct);
        if (faults.Any)
        {
            return Answer.Page<OwnNotifications>(StatusCodes.Status422UnprocessableEntity, (nameof(OwnNotifications.Errors), faults.Errors));
        }

        return Answer.Go(http, Own + "?done=1");
    }

    private static async Task<IResult> RemoveBrowser(Guid id, HttpContext http, PushSubscriptions browsers, CancellationToken ct) =>
        FeedReader.Person(http.User) is { } me && await browsers.Remove(me, id, ct) ? Answer.Go(http, Own) : Problems.NotFound("subscription");

    private static async Task<IResult> SaveRules([FromForm] IFormCollection form, HttpContext http, ChangeRules change, CancellationToken ct)
    {
        var (_, faults) = await change.Run(
            new RulesBody(PreferencesPost.Channels(form), [.. form["silent"].OfType<string>()], PreferencesPost.Number(form["idleAfterMinutes"]) ?? 15, PreferencesPost.Number(form["pauseMinutes"]), PreferencesPost.Number(form["gatherSeconds"])), ct);
        return faults.Any ? Answer.Page<RulesView>(StatusCodes.Status422UnprocessableEntity, (nameof(RulesView.Errors), faults.Errors)) : Answer.Go(http, Rules + "?done=1");
    }

    private static async Task<IResult> SendTest([FromForm] string? to, HttpContext http, MailOffice office, CancellationToken ct)
    {
        if (!MailQueue.IsAddress(to))
        {
            return Problems.Invalid("to", "Not an e-mail address.");
        }

        await office.SendTest(to!, ct);
        return Answer.Go(http, Mail + "?done=test");
    }

    private static async Task<IResult> UnsubscribeForm(string token, UnsubscribeLink links, NpgsqlDataSource data, HttpContext http, CancellationToken ct) =>
        links.Read(token) is { } unwanted
            ? Page(StatusCodes.Status200OK, http, await data.First("select name from tenant where id = $1", r => r.GetString(0), ct, unwanted.Tenant.Value), unwanted.Event, done: false)
            : Page(StatusCodes.Status404NotFound, http, null, null, done: false);

    private static async Task<IResult> UnsubscribeNow(string token, UnsubscribeLink links, Unsubscribe unsubscribe, HttpContext http, CancellationToken ct)
    {
        if (links.Read(token) is not { } unwanted)
        {
            return Page(StatusCodes.Status404NotFound, http, null, null, done: false);
        }

        await unsubscribe.Run(unwanted, ct);
        return Page(StatusCodes.Status200OK, http, null, null, done: true);
    }

    private static RazorComponentResult<UnsubscribePage> Page(int status, HttpContext http, string? sender, string? e, bool done) => new(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        [nameof(UnsubscribePage.Here)] = http.Request.Path.Value, [nameof(UnsubscribePage.Sender)] = sender, [nameof(UnsubscribePage.Event)] = e, [nameof(UnsubscribePage.Done)] = done,
    })
    { StatusCode = status };
}
