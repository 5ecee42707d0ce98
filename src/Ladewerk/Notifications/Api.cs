using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Notifications.Push;
using Ladewerk.Notifications.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Notifications;

/// <summary>An event of the catalogue as the API shows it.</summary>
/// <param name="Audience">driver, or the permission of those who are told.</param>
/// <param name="Channels">Where neither operator nor person has said anything.</param>
public sealed record CatalogueView(string Name, string Audience, IReadOnlyList<string> Channels, bool Urgent);

/// <summary>Preferences as the API shows them; times of day as HH:mm:ss in the operator's zone.</summary>
public sealed record PreferencesView(IReadOnlyDictionary<string, IReadOnlyList<string>> Events, TimeOnly? QuietFrom, TimeOnly? QuietTo, TimeOnly? SummaryAt, int TargetSoc);

/// <summary>A change of preferences; what is absent stays.</summary>
public sealed record PreferencesBody
{
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Events { get; init; }
    public Optional<TimeOnly?> QuietFrom { get; init; }
    public Optional<TimeOnly?> QuietTo { get; init; }
    public Optional<TimeOnly?> SummaryAt { get; init; }
    public int? TargetSoc { get; init; }
}

/// <summary>The operator's rules.</summary>
/// <param name="Defaults">By event: the channels where a person has said nothing; an event that is absent has the catalogue's.</param>
/// <param name="Silent">Events of which nobody is told.</param>
public sealed record RulesBody(IReadOnlyDictionary<string, IReadOnlyList<string>>? Defaults = null, IReadOnlyList<string>? Silent = null, int IdleAfterMinutes = 15, int? PauseMinutes = null, int? GatherSeconds = null);

/// <summary>One to be marked; absent: all.</summary>
public sealed record ReadBody(Guid? Id = null);

/// <summary>A mail in the queue or sent; never what it says.</summary>
public sealed record MailView(MailId Id, string Kind, string Recipient, string State, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset AvailableAt, DateTimeOffset? SentAt, DateTimeOffset? ParkedAt, string? LastError);

/// <summary>How mail stands.</summary>
/// <param name="Trouble">Why the server cannot be reached; null: nothing is known against it.</param>
public sealed record MailStateView(bool Configured, string? From, string? Trouble, long Waiting, long Parked, long SentToday);

/// <summary><c>/notifications</c> and <c>/mails</c></summary>
internal static class Api
{
    public static void MapNotifications(this RouteGroupBuilder api)
    {
        var own = api.MapGroup("/notifications").WithTags("Notifications");
        own.MapGet("/", List).WithSummary("One's own feed, newest first");
        own.MapGet("/unread", async (ClaimsPrincipal user, FeedReader feed, CancellationToken ct) => TypedResults.Ok(new { count = FeedReader.Person(user) is { } me ? await feed.Unread(me, null, ct) : 0 })).WithSummary("How many are not read");
        own.MapPost("/read", Read).WithSummary("Mark one or all as read");
        own.MapGet("/catalogue", () => TypedResults.Ok(new Page<CatalogueView>([.. Catalogue.All.Select(e => new CatalogueView(e.Name, e.Permission ?? "driver", Names(e.Channels), e.Urgent))], null))).WithSummary("Everything that people are told of");
        own.MapGet("/preferences", Preferences).WithSummary("One's own preferences");
        own.MapPatch("/preferences", Patch).WithSummary("Change one's own preferences");
        own.MapGet("/rules", async (PreferenceStore store, CancellationToken ct) => TypedResults.Ok(View(await store.Rules(ct)))).RequirePermission(Permission.SettingsRead).WithSummary("The operator's rules");
        own.MapPut("/rules", SaveRules).RequirePermission(Permission.SettingsWrite).WithSummary("Set the operator's rules");

        api.MapWebhooks();
        api.MapPush();
        var mails = api.MapGroup("/mails").WithTags("Mail");
        mails.MapGet("/", Mails).RequirePermission(Permission.SettingsRead).WithSummary("Mails waiting, parked and sent, newest first");
        mails.MapGet("/state", async (MailOffice office, CancellationToken ct) => TypedResults.Ok(await office.State(ct))).RequirePermission(Permission.SettingsRead).WithSummary("How mail stands");
        mails.MapPost("/{id:guid}/retry", async Task<Results<NoContent, ProblemHttpResult>> (Guid id, MailOffice office, CancellationToken ct) => await office.Retry(MailId.From(id), ct) ? TypedResults.NoContent() : Problems.NotFound("parked mail"))
            .RequirePermission(Permission.SettingsWrite).WithSummary("Send a parked mail again");
        mails.MapPost("/test", SendTest).RequirePermission(Permission.SettingsWrite).WithSummary("Send a test mail");
    }

    /// <summary>Channels as words.</summary>
    public static IReadOnlyList<string> Names(Channels channels) =>
        [.. new[] { (Channels.Feed, "feed"), (Channels.Mail, "mail"), (Channels.Push, "push") }.Where(c => channels.HasFlag(c.Item1)).Select(c => c.Item2)];

    private static async Task<Results<Ok<Page<FeedItem>>, ProblemHttpResult>> List(ClaimsPrincipal user, bool? unread, string? cursor, int? limit, FeedReader feed, CancellationToken ct)
    {
        if (FeedReader.Person(user) is not { } me)
        {
            return NoPerson();
        }

        var count = Paging.Limit(limit);
        var items = await feed.List(me, unread == true, null, Guid.TryParse(Paging.Decode(cursor), out var after) ? after : null, count + 1, ct);
        return TypedResults.Ok(Paging.Of(items, count, i => i.Id.ToString()));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Read(ClaimsPrincipal user, ReadBody body, FeedReader feed, CancellationToken ct)
    {
        if (FeedReader.Person(user) is not { } me)
        {
            return NoPerson();
        }

        await feed.Read(me, body.Id, null, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<PreferencesView>, ProblemHttpResult>> Preferences(ClaimsPrincipal user, PreferenceStore store, CancellationToken ct) =>
        FeedReader.Person(user) is { } me ? TypedResults.Ok(await View(me, store, ct)) : NoPerson();

    private static async Task<Results<Ok<PreferencesView>, ValidationProblem, ProblemHttpResult>> Patch(ClaimsPrincipal user, PreferencesBody body, ChangePreferences change, PreferenceStore store, CancellationToken ct)
    {
        if (FeedReader.Person(user) is not { } me)
        {
            return NoPerson();
        }

        var faults = await change.Run(me, body, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(await View(me, store, ct));
    }

    private static async Task<PreferencesView> View(Guid me, PreferenceStore store, CancellationToken ct)
    {
        var (wish, rules) = (await store.Of(me, ct), await store.Rules(ct));
        return new(Catalogue.All.ToDictionary(e => e.Name, e => Names(wish.For(e, rules)), StringComparer.Ordinal), wish.QuietFrom, wish.QuietTo, wish.SummaryAt, wish.TargetSoc);
    }

    private static async Task<Results<Ok<RulesBody>, ValidationProblem>> SaveRules(RulesBody body, ChangeRules change, CancellationToken ct)
    {
        var (rules, faults) = await change.Run(body, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(rules));
    }

    private static RulesBody View(NotificationRules rules) => new(rules.Defaults.ToDictionary(d => d.Key, d => Names(d.Value), StringComparer.Ordinal), rules.Silent, rules.IdleAfterMinutes, rules.PauseMinutes, rules.GatherSeconds);

    private static async Task<Ok<Page<MailView>>> Mails(string? state, string? cursor, int? limit, MailOffice office, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(await office.List(state, Guid.TryParse(Paging.Decode(cursor), out var after) ? after : null, count + 1, ct), count, m => m.Id.ToString()));
    }

    private static async Task<Results<Accepted, ValidationProblem>> SendTest(TestMail body, MailOffice office, CancellationToken ct)
    {
        if (!MailQueue.IsAddress(body.To))
        {
            return Problems.Invalid("to", "Not an e-mail address.");
        }

        await office.SendTest(body.To, ct);
        return TypedResults.Accepted((string?)null);
    }

    private static ProblemHttpResult NoPerson() => Problems.Of(StatusCodes.Status409Conflict, "no-person", "An API key has no feed and no preferences: sign in as a person.");
}

/// <summary>Where a test mail goes.</summary>
public sealed record TestMail(string To);
