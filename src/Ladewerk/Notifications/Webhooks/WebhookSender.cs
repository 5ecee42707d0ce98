using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Notifications.Webhooks;

/// <summary>
/// Delivers to webhooks, each at least once and in order: a failed delivery holds back the later ones of the same webhook, never those of
/// another. Each webhook has a worker of its own while it has something to get.
/// </summary>
internal sealed partial class WebhookSender(
    NpgsqlDataSource data, SafePost post, WebhookSecrets secrets, NotificationOptions options, TimeProvider time, ILogger<WebhookSender> logger) : RoundWorker(logger)
{
    private const int MostAtOnce = 32, MostOfOne = 50;

    /// <summary>A receiver that answers "no" (4xx) so often to one message does not get it any more.</summary>
    private const int Refusals = 8;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2), LongestPause = TimeSpan.FromHours(1);

    private const string Claim = """
        update webhook set rests_until = $2 where id in (
          select w.id from webhook w
          where w.is_on and w.paused_at is null and (w.rests_until is null or w.rests_until <= $1) and w.id <> all($3)
            and exists (select 1 from webhook_delivery d where d.webhook_id = w.id and d.delivered_at is null and d.failed_at is null)
          limit $4 for update skip locked)
        returning id, tenant_id, url, protected_secret
        """;

    private const string Next = """
        select id, event_id, event, body, attempts, sequence from webhook_delivery
        where webhook_id = $1 and delivered_at is null and failed_at is null order by sequence limit 1
        """;

    private readonly ConcurrentDictionary<Guid, Task> atWork = new();

    protected override TimeSpan Pause => options.Every / 4;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await Begin(ct);
        return false;
    }

    protected override Task End() => Task.WhenAll(atWork.Values);

    private async Task Begin(CancellationToken ct)
    {
        foreach (var (id, _) in atWork.Where(w => w.Value.IsCompleted))
        {
            atWork.TryRemove(id, out _);
        }

        if (atWork.Count >= MostAtOnce)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var hook in await data.Rows(Claim, r => new Hook(r.GetGuid(0), TenantId.From(r.GetGuid(1)), r.GetString(2), r.GetString(3)), ct, now, now + Lease, atWork.Keys.ToArray(), MostAtOnce - atWork.Count))
        {
            atWork[hook.Id] = Task.Run(() => Work(hook, ct), CancellationToken.None);
        }
    }

    /// <summary>Delivers what one webhook has to get, until it fails or has all.</summary>
    private async Task Work(Hook hook, CancellationToken ct)
    {
        try
        {
            for (var i = 0; i < MostOfOne; i++)
            {
                var next = await data.Rows(Next, r => new Message(r.GetGuid(0), r.GetGuid(1), r.GetString(2), r.GetString(3), r.GetInt32(4), r.GetInt64(5)), ct, hook.Id);
                if (next is not [var message])
                {
                    break;
                }

                var outcome = await Send(hook, message, ct);
                if (!await Settle(hook, message, outcome, ct))
                {
                    return;
                }
            }

            await data.Run("update webhook set rests_until = null where id = $1", ct, hook.Id);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await GiveBack(hook);
        }
        catch (Exception failed)
        {
            LogLater(failed, hook.Id); // the lease ends, and somebody goes on
        }
    }

    // This node ends: another, or the next start, goes on at once. Where even that fails, the lease ends.
    private async Task GiveBack(Hook hook)
    {
        try
        {
            await data.Run("update webhook set rests_until = null where id = $1", CancellationToken.None, hook.Id);
        }
        catch (NpgsqlException gone)
        {
            LogLater(gone, hook.Id);
        }
    }

    private Task<PostOutcome> Send(Hook hook, Message message, CancellationToken ct) => post.Send(
        HttpMethod.Post, hook.Url, message.Body,
        request =>
        {
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Ladewerk-Webhook", "1"));
            request.Headers.Add("Ladewerk-Event", message.Event);
            request.Headers.Add("Ladewerk-Event-Id", message.EventId.ToString());
            request.Headers.Add("Ladewerk-Sequence", message.Sequence.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add(WebhookSignature.Header, WebhookSignature.Of(secrets.Open(hook.Secret), time.GetUtcNow(), message.Body));
        },
        options.WebhookTimeout, ct);

    /// <summary>Writes down what came of it. Gives whether the webhook may get the next.</summary>
    private async Task<bool> Settle(Hook hook, Message message, PostOutcome outcome, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var delivered = outcome.Status is >= 200 and < 300;
        var refused = outcome.Status is >= 400 and < 500 and not (408 or 410 or 429) && message.Attempts + 1 >= Refusals;
        await data.Run(
            "update webhook_delivery set attempts = attempts + 1, status = $2, answer = $3, took_ms = $4, delivered_at = $5, failed_at = $6 where id = $1",
            ct, message.Id, Of(outcome.Status, NpgsqlDbType.Integer), outcome.Answer, outcome.TookMs, Of(delivered ? now : null, NpgsqlDbType.TimestampTz), Of(refused ? now : null, NpgsqlDbType.TimestampTz));
        if (delivered || refused)
        {
            await data.Run("update webhook set failing_since = case when $3 then null else failing_since end, rests_until = $2 where id = $1", ct, hook.Id, now + Lease, delivered);
            return true;
        }

        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, options.WebhookRetry.Ticks << Math.Min(message.Attempts, 12)));
        var paused = await data.Rows(
            """
            update webhook set failing_since = coalesce(failing_since, $2), rests_until = $3,
              paused_at = case when $4 or coalesce(failing_since, $2) <= $5 then $2 end
            where id = $1 returning paused_at is not null
            """,
            r => r.GetBoolean(0), ct, hook.Id, now, now + pause, outcome.Status == (int)HttpStatusCode.Gone, now - options.WebhookPauseAfter);
        LogFailed(hook.Id, message.Id, message.Attempts + 1, outcome.Status);
        if (paused is [true])
        {
            LogPaused(hook.Id);
            await using var connection = await data.OpenConnectionAsync(ct);
            var facts = new NoticeFacts { Detail = "webhook" };
            await NoticeStore.Raise(connection, hook.Tenant, [new Notice(Catalogue.WorkParked, $"webhook:{hook.Id:N}:{now:yyyyMMddHH}", now, facts) { Href = $"/portal/settings/webhooks/{hook.Id:D}" }], now, ct);
        }

        return false;
    }

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    [LoggerMessage(LogLevel.Information, "Webhook {WebhookId}: delivery {DeliveryId} failed, attempt {Attempt}, status {Status}")]
    private partial void LogFailed(Guid webhookId, Guid deliveryId, int attempt, int? status);

    [LoggerMessage(LogLevel.Warning, "Webhook {WebhookId} has failed for too long and is paused")]
    private partial void LogPaused(Guid webhookId);

    [LoggerMessage(LogLevel.Debug, "Webhook {WebhookId} goes on later")]
    private partial void LogLater(Exception failed, Guid webhookId);


    private sealed record Hook(Guid Id, TenantId Tenant, string Url, string Secret);

    private sealed record Message(Guid Id, Guid EventId, string Event, string Body, int Attempts, long Sequence);
}
