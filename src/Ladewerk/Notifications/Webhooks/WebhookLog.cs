using System.Text.Json;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Notifications.Webhooks;

/// <summary>What is sent again.</summary>
/// <param name="From">From the first message that was made at this time ...</param>
/// <param name="To">... to the last before this one.</param>
/// <param name="FailedOnly">Only what never came through.</param>
public sealed record ReplayRange(DateTimeOffset From, DateTimeOffset To, bool FailedOnly = false);

/// <summary>The delivery log: what was sent, and sending it again.</summary>
internal sealed class WebhookLog(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    /// <summary>Messages that one replay may bring.</summary>
    public const int MostReplayed = 10_000;

    /// <summary>Deliveries in a state (waiting, delivered, failed; null: all), the newest first.</summary>
    public Task<List<WebhookDelivery>> List(WebhookId webhook, string? state, long? before, int count, CancellationToken ct)
    {
        var deliveries = db.Set<WebhookDelivery>().AsNoTracking().Where(d => d.WebhookId == webhook && (before == null || d.Sequence < before));
        deliveries = state switch
        {
            "waiting" => deliveries.Where(d => d.DeliveredAt == null && d.FailedAt == null),
            "delivered" => deliveries.Where(d => d.DeliveredAt != null),
            "failed" => deliveries.Where(d => d.FailedAt != null),
            _ => deliveries,
        };
        return deliveries.OrderByDescending(d => d.Sequence).Take(count).ToListAsync(ct);
    }

    public Task<WebhookDelivery?> Find(WebhookId webhook, Guid id, CancellationToken ct) =>
        db.Set<WebhookDelivery>().AsNoTracking().FirstOrDefaultAsync(d => d.WebhookId == webhook && d.Id == id, ct);

    /// <summary>Sends one message again, with the same event id.</summary>
    public async Task<WebhookDelivery> Replay(WebhookDelivery former, CancellationToken ct)
    {
        var again = Make(former.WebhookId, former.EventId, former.Event, former.Body, isReplay: true);
        audit.Record("webhook.replayed", "webhook", former.WebhookId.ToString(), after: new { former.EventId });
        await db.SaveChangesAsync(ct);
        return again;
    }

    /// <summary>Sends the messages of a time again, each once, in their order. Gives how many.</summary>
    public async Task<int> Replay(WebhookId webhook, ReplayRange range, CancellationToken ct)
    {
        audit.Record("webhook.replayed", "webhook", webhook.ToString(), after: range);
        var (from, to, now) = (range.From.ToUniversalTime(), range.To.ToUniversalTime(), time.GetUtcNow());
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        var count = await db.Database.ExecuteSqlAsync(
            $"""
            insert into webhook_delivery (id, tenant_id, webhook_id, event_id, event, body, is_replay, created_at, available_at)
            select gen_random_uuid(), d.tenant_id, d.webhook_id, d.event_id, d.event, d.body, true, {now}, {now} from webhook_delivery d
            where d.tenant_id = {tenant.Current.Value} and d.webhook_id = {webhook.Value} and not d.is_replay and d.created_at >= {from} and d.created_at < {to} and (not {range.FailedOnly} or d.failed_at is not null)
            order by d.sequence limit {MostReplayed}
            """,
            ct);
        await transaction.CommitAsync(ct);
        return count;
    }

    /// <summary>Sends a message that says nothing.</summary>
    public async Task<WebhookDelivery> Test(WebhookId webhook, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        var slug = await db.Set<Tenant>().AsNoTracking().Where(t => t.Id == tenant.Current).Select(t => t.Slug).SingleAsync(ct);
        var body = JsonSerializer.Serialize(new { id, type = "test", occurredAt = time.GetUtcNow(), tenant = slug, data = new { } }, Columns.Json);
        var made = Make(webhook, id, "test", body, isReplay: false);
        audit.Record("webhook.tested", "webhook", webhook.ToString());
        await db.SaveChangesAsync(ct);
        return made;
    }

    private WebhookDelivery Make(WebhookId webhook, Guid eventId, string name, string body, bool isReplay)
    {
        var now = time.GetUtcNow();
        var made = new WebhookDelivery { TenantId = tenant.Current, WebhookId = webhook, EventId = eventId, Event = name, Body = body, IsReplay = isReplay, CreatedAt = now, AvailableAt = now };
        db.Add(made);
        return made;
    }
}
