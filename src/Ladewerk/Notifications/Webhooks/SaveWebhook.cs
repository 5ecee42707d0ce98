using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Notifications.Webhooks;

/// <summary>A new webhook.</summary>
/// <param name="Url">https, in the public internet.</param>
/// <param name="Events">Names of the catalogue; none: all.</param>
public sealed record NewWebhook(string Name, string Url, IReadOnlyList<string>? Events = null);

/// <summary>A change of a webhook; what is absent stays.</summary>
/// <param name="Paused">false: goes on after it was paused, at once.</param>
public sealed record WebhookPatch(string? Name = null, string? Url = null, IReadOnlyList<string>? Events = null, bool? On = null, bool? Paused = null);

/// <summary>Makes, changes and removes webhooks.</summary>
internal sealed class SaveWebhook(LadewerkDb db, WebhookSecrets secrets, IOptions<OutgoingOptions> outgoing, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>Webhooks that a tenant may have.</summary>
    private const int Most = 50;

    public Task<Webhook?> Find(WebhookId id, CancellationToken ct) => db.Set<Webhook>().FirstOrDefaultAsync(w => w.Id == id, ct);

    /// <summary>Makes one; the secret is shown this once.</summary>
    public async Task<(Webhook? Made, string Secret, Faults Faults)> Create(NewWebhook request, CancellationToken ct)
    {
        var faults = Check(request.Name, request.Url, request.Events);
        faults.Unless(await db.Set<Webhook>().CountAsync(ct) < Most, "name", $"There are {Most} webhooks already.");
        if (faults.Any)
        {
            return (null, "", faults);
        }

        var secret = WebhookSignature.NewSecret();
        var made = new Webhook
        {
            TenantId = tenant.Current, Name = request.Name.Trim(), Url = request.Url.Trim(), Events = [.. request.Events ?? []], ProtectedSecret = secrets.Close(secret), CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name,
        };
        db.Add(made);
        audit.Record("webhook.created", "webhook", made.Id.ToString(), after: new { made.Name, made.Url, made.Events });
        await db.SaveChangesAsync(ct);
        return (made, secret, faults);
    }

    public async Task<Faults> Patch(Webhook webhook, WebhookPatch patch, CancellationToken ct)
    {
        var faults = Check(patch.Name ?? webhook.Name, patch.Url ?? webhook.Url, patch.Events ?? webhook.Events);
        if (faults.Any)
        {
            return faults;
        }

        var before = new { webhook.Name, webhook.Url, webhook.Events, webhook.IsOn, paused = webhook.PausedAt is not null };
        (webhook.Name, webhook.Url, webhook.Events, webhook.IsOn) = (patch.Name?.Trim() ?? webhook.Name, patch.Url?.Trim() ?? webhook.Url, patch.Events?.ToArray() ?? webhook.Events, patch.On ?? webhook.IsOn);
        if (patch.Paused is { } paused)
        {
            (webhook.PausedAt, webhook.FailingSince, webhook.RestsUntil) = (paused ? time.GetUtcNow() : null, null, null);
        }

        audit.Record("webhook.changed", "webhook", webhook.Id.ToString(), before, new { webhook.Name, webhook.Url, webhook.Events, webhook.IsOn, paused = webhook.PausedAt is not null });
        await db.SaveChangesAsync(ct);
        return faults;
    }

    /// <summary>A new secret, shown this once; the former one is worth nothing from now on.</summary>
    public async Task<string> NewSecret(Webhook webhook, CancellationToken ct)
    {
        var secret = WebhookSignature.NewSecret();
        webhook.ProtectedSecret = secrets.Close(secret);
        audit.Record("webhook.secretChanged", "webhook", webhook.Id.ToString());
        await db.SaveChangesAsync(ct);
        return secret;
    }

    public async Task Remove(Webhook webhook, CancellationToken ct)
    {
        db.Remove(webhook);
        audit.Record("webhook.removed", "webhook", webhook.Id.ToString(), new { webhook.Name, webhook.Url });
        await db.SaveChangesAsync(ct);
    }

    private Faults Check(string? name, string? url, IReadOnlyList<string>? events)
    {
        return new Faults().Text("name", name, 100).Unless(SafeHttp.IsAllowed(url?.Trim(), outgoing.Value), "url", SafePost.NoAddress)
            .Unless(events?.All(e => Catalogue.Find(e) is not null) != false, "events", "No such event.");
    }
}
