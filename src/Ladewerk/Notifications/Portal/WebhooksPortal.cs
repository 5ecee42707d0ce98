using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Notifications.Webhooks;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Notifications.Portal;

/// <summary>What the forms of the webhooks' pages do.</summary>
internal static class WebhooksPortal
{
    private const string Place = "/portal/settings/webhooks";

    public static void Map(WebApplication app)
    {
        var write = app.MapGroup(Place).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapGet("/add", () => Form(Place + "/add", Place, null, FormCollection.Empty, null));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}/edit", async (Guid id, SaveWebhook save, CancellationToken ct) =>
            await With(WebhookId.From(id), save, hook => Task.FromResult<IResult>(Form($"{Place}/{id}/edit", $"{Place}/{id}", hook, FormCollection.Empty, null)), ct));
        write.MapPost("/{id:guid}/edit", Edit);
        write.MapPost("/{id:guid}/test", async (Guid id, HttpContext http, SaveWebhook save, WebhookLog log, CancellationToken ct) =>
            await With(WebhookId.From(id), save, async hook =>
            {
                await log.Test(hook.Id, ct);
                return Answer.Go(http, $"{Place}/{id}");
            }, ct));
        write.MapPost("/{id:guid}/resume", async (Guid id, HttpContext http, SaveWebhook save, CancellationToken ct) =>
            await With(WebhookId.From(id), save, async hook =>
            {
                await save.Patch(hook, new WebhookPatch(Paused: false), ct);
                return Answer.Go(http, $"{Place}/{id}");
            }, ct));
        write.MapPost("/{id:guid}/remove", async (Guid id, HttpContext http, SaveWebhook save, CancellationToken ct) =>
            await With(WebhookId.From(id), save, async hook =>
            {
                await save.Remove(hook, ct);
                return Answer.Go(http, Place);
            }, ct));
        write.MapPost("/{id:guid}/secret", async (Guid id, SaveWebhook save, CancellationToken ct) =>
            await With(WebhookId.From(id), save, async hook => (IResult)Made(hook, await save.NewSecret(hook, ct)), ct));
        write.MapPost("/{id:guid}/deliveries/{delivery:guid}/replay", ReplayOne);
        write.MapPost("/{id:guid}/replay", ReplayMany);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, SaveWebhook save, CancellationToken ct)
    {
        var (made, secret, faults) = await save.Create(new NewWebhook(form["name"].ToString(), form["url"].ToString(), [.. form["events"].OfType<string>()]), ct);
        return made is null ? Form(Place + "/add", Place, null, form, faults) : Made(made, secret);
    }

    private static async Task<IResult> Edit(Guid id, [FromForm] IFormCollection form, HttpContext http, SaveWebhook save, CancellationToken ct)
    {
        if (await save.Find(WebhookId.From(id), ct) is not { } hook)
        {
            return Missing();
        }

        var faults = await save.Patch(hook, new WebhookPatch(form["name"].ToString(), form["url"].ToString(), [.. form["events"].OfType<string>()], form["on"] == "true"), ct);
        return faults.Any ? Form($"{Place}/{id}/edit", $"{Place}/{id}", hook, form, faults) : Answer.Go(http, $"{Place}/{id}");
    }

    private static async Task<IResult> ReplayOne(Guid id, Guid delivery, HttpContext http, WebhookLog log, CancellationToken ct)
    {
        if (await log.Find(WebhookId.From(id), delivery, ct) is not { } found)
        {
            return Missing();
        }

        await log.Replay(found, ct);
        return Answer.Go(http, $"{Place}/{id}");
    }

    /// <summary>The form's times are those of the operator's zone.</summary>
    private static async Task<IResult> ReplayMany(Guid id, [FromForm] IFormCollection form, HttpContext http, SaveWebhook save, WebhookLog log, Reader reader, CancellationToken ct)
    {
        var zone = (await reader.Operator()).Zone;
        if (await save.Find(WebhookId.From(id), ct) is null)
        {
            return Missing();
        }

        if (Time(form["from"], zone) is { } from && Time(form["to"], zone) is { } to && from < to)
        {
            await log.Replay(WebhookId.From(id), new ReplayRange(from, to, form["failedOnly"] == "true"), ct);
        }

        return Answer.Go(http, $"{Place}/{id}");
    }

    private static DateTimeOffset? Time(string? text, TimeZoneInfo zone) =>
        DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) && !zone.IsInvalidTime(local) ? new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime() : null;

    private static async Task<IResult> With(WebhookId hookId, SaveWebhook save, Func<Webhook, Task<IResult>> act, CancellationToken ct) => await save.Find(hookId, ct) is { } hook ? await act(hook) : Missing();

    private static ProblemHttpResult Missing() => Problems.NotFound("webhook");

    private static RazorComponentResult<AnswerPage> Made(Webhook hook, string secret) => Answer.Page<WebhookMadeView>(
        StatusCodes.Status200OK, (nameof(WebhookMadeView.Name), hook.Name), (nameof(WebhookMadeView.Secret), secret), (nameof(WebhookMadeView.Back), $"{Place}/{hook.Id}"));

    private static RazorComponentResult<AnswerPage> Form(string action, string back, Webhook? hook, IFormCollection sent, Faults? faults)
    {
        var isSent = sent.Count > 0;
        return Answer.Page<WebhookForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(WebhookForm.Action), action), (nameof(WebhookForm.Back), back), (nameof(WebhookForm.IsNew), hook is null),
            (nameof(WebhookForm.Name), isSent ? sent["name"].ToString() : hook?.Name), (nameof(WebhookForm.Url), isSent ? sent["url"].ToString() : hook?.Url),
            (nameof(WebhookForm.Events), isSent ? [.. sent["events"].OfType<string>()] : hook?.Events ?? []), (nameof(WebhookForm.IsOn), isSent ? sent["on"] == "true" : hook?.IsOn ?? true),
            (nameof(WebhookForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }
}
