using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Notifications.Webhooks;

/// <summary>A webhook as the API shows it; its secret never.</summary>
/// <param name="State">on, off or paused.</param>
public sealed record WebhookView(WebhookId Id, string Name, string Url, IReadOnlyList<string> Events, string State, DateTimeOffset? FailingSince, DateTimeOffset? PausedAt, DateTimeOffset CreatedAt, string CreatedBy);

/// <summary>A new webhook or secret; the secret is shown this once.</summary>
public sealed record WebhookMade(WebhookView Webhook, string Secret);

/// <summary>A delivery as the API shows it.</summary>
/// <param name="Body">What was sent, to the letter; null in lists.</param>
public sealed record DeliveryView(
    Guid Id, long Sequence, Guid EventId, string Event, string State, bool IsReplay, int Attempts, int? Status, string? Answer, int? TookMs, DateTimeOffset CreatedAt, DateTimeOffset? DeliveredAt, DateTimeOffset? FailedAt, string? Body);

/// <summary>How many are sent again.</summary>
public sealed record Replayed(int Count);

/// <summary><c>/webhooks</c></summary>
internal static class WebhooksApi
{
    public static void MapWebhooks(this RouteGroupBuilder api)
    {
        var hooks = api.MapGroup("/webhooks").WithTags("Webhooks");
        hooks.MapGet("/", List).RequirePermission(Permission.SettingsRead).WithSummary("Webhooks of the operator");
        hooks.MapPost("/", Create).RequirePermission(Permission.SettingsWrite).WithSummary("Create a webhook; its secret is shown this once");
        hooks.MapGet("/{id:guid}", Get).RequirePermission(Permission.SettingsRead).WithSummary("One webhook");
        hooks.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.SettingsWrite).WithSummary("Change, switch off, or let a paused one go on");
        hooks.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.SettingsWrite).WithSummary("Remove with its log");
        hooks.MapPost("/{id:guid}/secret", NewSecret).RequirePermission(Permission.SettingsWrite).WithSummary("A new secret, shown this once");
        hooks.MapPost("/{id:guid}/test", Test).RequirePermission(Permission.SettingsWrite).WithSummary("Send a test message");
        hooks.MapGet("/{id:guid}/deliveries", Deliveries).RequirePermission(Permission.SettingsRead).WithSummary("The delivery log, newest first");
        hooks.MapGet("/{id:guid}/deliveries/{delivery:guid}", Delivery).RequirePermission(Permission.SettingsRead).WithSummary("One delivery with its body");
        hooks.MapPost("/{id:guid}/deliveries/{delivery:guid}/replay", Replay).RequirePermission(Permission.SettingsWrite).WithSummary("Send one message again");
        hooks.MapPost("/{id:guid}/replay", ReplayRange).RequirePermission(Permission.SettingsWrite).WithSummary("Send the messages of a time again");
    }

    public static WebhookView View(Webhook w) => new(w.Id, w.Name, w.Url, w.Events, !w.IsOn ? "off" : w.PausedAt is not null ? "paused" : "on", w.FailingSince, w.PausedAt, w.CreatedAt, w.CreatedBy);

    public static DeliveryView View(WebhookDelivery d, bool withBody = false) => new(
        d.Id, d.Sequence, d.EventId, d.Event, StateOf(d), d.IsReplay, d.Attempts, d.Status, d.Answer, d.TookMs, d.CreatedAt, d.DeliveredAt, d.FailedAt, withBody ? d.Body : null);

    /// <summary>waiting, delivered or failed.</summary>
    public static string StateOf(WebhookDelivery d) => d.DeliveredAt is not null ? "delivered" : d.FailedAt is not null ? "failed" : "waiting";

    private static async Task<Ok<Page<WebhookView>>> List(LadewerkDb db, CancellationToken ct) =>
        TypedResults.Ok(new Page<WebhookView>([.. (await db.Set<Webhook>().AsNoTracking().OrderBy(w => w.CreatedAt).ToListAsync(ct)).Select(View)], null));

    private static async Task<Results<Created<WebhookMade>, ValidationProblem>> Create(NewWebhook body, SaveWebhook save, CancellationToken ct)
    {
        var (made, secret, faults) = await save.Create(body, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/webhooks/{made.Id}", new WebhookMade(View(made), secret));
    }

    private static async Task<Results<Ok<WebhookView>, ProblemHttpResult>> Get(Guid id, SaveWebhook save, CancellationToken ct) =>
        await save.Find(WebhookId.From(id), ct) is { } webhook ? TypedResults.Ok(View(webhook)) : Missing();

    private static async Task<Results<Ok<WebhookView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, WebhookPatch body, SaveWebhook save, CancellationToken ct)
    {
        if (await save.Find(WebhookId.From(id), ct) is not { } webhook)
        {
            return Missing();
        }

        var faults = await save.Patch(webhook, body, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(webhook));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, SaveWebhook save, CancellationToken ct)
    {
        if (await save.Find(WebhookId.From(id), ct) is not { } webhook)
        {
            return Missing();
        }

        await save.Remove(webhook, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<WebhookMade>, ProblemHttpResult>> NewSecret(Guid id, SaveWebhook save, CancellationToken ct) =>
        await save.Find(WebhookId.From(id), ct) is { } webhook ? TypedResults.Ok(new WebhookMade(View(webhook), await save.NewSecret(webhook, ct))) : Missing();

    private static async Task<Results<Accepted<DeliveryView>, ProblemHttpResult>> Test(Guid id, SaveWebhook save, WebhookLog log, CancellationToken ct) =>
        await save.Find(WebhookId.From(id), ct) is { } webhook ? Sent(await log.Test(webhook.Id, ct)) : Missing();

    private static async Task<Results<Ok<Page<DeliveryView>>, ProblemHttpResult>> Deliveries(Guid id, string? state, string? cursor, int? limit, SaveWebhook save, WebhookLog log, CancellationToken ct)
    {
        if (await save.Find(WebhookId.From(id), ct) is null)
        {
            return Missing();
        }

        var count = Paging.Limit(limit);
        long? before = long.TryParse(Paging.Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
        var rows = await log.List(WebhookId.From(id), state, before, count + 1, ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(d => View(d))], count, d => d.Sequence.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Delivery(Guid id, Guid delivery, WebhookLog log, CancellationToken ct) =>
        await log.Find(WebhookId.From(id), delivery, ct) is { } found ? TypedResults.Ok(View(found, withBody: true)) : Missing();

    private static async Task<Results<Accepted<DeliveryView>, ProblemHttpResult>> Replay(Guid id, Guid delivery, WebhookLog log, CancellationToken ct) =>
        await log.Find(WebhookId.From(id), delivery, ct) is { } found ? Sent(await log.Replay(found, ct)) : Missing();

    private static async Task<Results<Ok<Replayed>, ValidationProblem, ProblemHttpResult>> ReplayRange(Guid id, ReplayRange body, SaveWebhook save, WebhookLog log, CancellationToken ct)
    {
        if (await save.Find(WebhookId.From(id), ct) is null)
        {
            return Missing();
        }

        return body.To <= body.From ? Problems.Invalid("to", "After the beginning.") : TypedResults.Ok(new Replayed(await log.Replay(WebhookId.From(id), body, ct)));
    }

    private static Accepted<DeliveryView> Sent(WebhookDelivery made) => TypedResults.Accepted((string?)null, View(made));

    private static ProblemHttpResult Missing() => Problems.NotFound("webhook");
}
