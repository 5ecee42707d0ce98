using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Notifications.Push;

/// <summary>Hands messages to the push services of browsers (RFC 8030), encrypted for each; a browser that is gone is forgotten.</summary>
internal sealed partial class PushSender(
    NpgsqlDataSource data, IHttpClientFactory clients, PushKeys keys, SiteAddress site, NotificationOptions options, IOptions<OutgoingOptions> outgoing, TimeProvider time, ILogger<PushSender> logger) : RoundWorker(logger)
{
    private const int BatchSize = 50, Attempts = 6;

    private const string Take = """
        update push_message m set available_at = $1 + interval '2 minutes', attempts = attempts + 1
        from push_subscription s
        where s.id = m.subscription_id and m.id in (select id from push_message where available_at <= $1 order by available_at limit $2 for update skip locked)
        returning m.id, m.tenant_id, m.body, m.is_urgent, m.expires_at, m.attempts, s.id, s.endpoint, s.public_key, s.secret
        """;

    protected override TimeSpan Pause => options.Every / 2;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var due = await data.Rows(
            Take,
            r => new Due(r.GetGuid(0), TenantId.From(r.GetGuid(1)), r.GetString(2), r.GetBoolean(3), r.GetFieldValue<DateTimeOffset>(4), r.GetInt32(5), r.GetGuid(6), r.GetString(7), r.GetFieldValue<byte[]>(8), r.GetFieldValue<byte[]>(9)),
            ct, time.GetUtcNow(), BatchSize);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct }, async (message, token) =>
        {
            try
            {
                await Deliver(message, token);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                LogLater(failed, message.Id); // its lease ends; the others of the batch go out
            }
        });
        return due.Count == BatchSize;
    }

    private async Task Deliver(Due message, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var status = message.ExpiresAt <= now ? HttpStatusCode.OK : await Send(message, now, ct);
        if (status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            await data.Run("delete from push_subscription where id = $1", ct, message.Subscription); // its messages go with it
            LogGone(message.Subscription);
        }
        else if ((int?)status is >= 200 and < 300)
        {
            await data.Run("update push_subscription set last_sent_at = $2 where id = $1", ct, message.Subscription, now);
            await data.Run("delete from push_message where id = $1", ct, message.Id);
        }
        else if (message.Attempts >= Attempts || status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            await data.Run("delete from push_message where id = $1", ct, message.Id);
            LogGivenUp(message.Id, (int?)status);
        }
        else
        {
            await data.Run("update push_message set available_at = $2 where id = $1", ct, message.Id, now + TimeSpan.FromSeconds(15 * Math.Pow(3, message.Attempts)));
        }
    }

    private async Task<HttpStatusCode?> Send(Due message, DateTimeOffset now, CancellationToken ct)
    {
        if (!SafeHttp.IsAllowed(message.Endpoint, outgoing.Value))
        {
            return HttpStatusCode.Gone;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.WebhookTimeout);
        try
        {
            using var key = await keys.Key(message.Tenant, ct);
            using var content = new ByteArrayContent(PushCrypto.Encrypt(Encoding.UTF8.GetBytes(keys.Open(message.Body)), message.Key, message.Secret));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            content.Headers.ContentEncoding.Add("aes128gcm");
            using var post = new HttpRequestMessage(HttpMethod.Post, message.Endpoint) { Content = content };
            post.Headers.TryAddWithoutValidation("Authorization", Vapid.Authorization(new Uri(message.Endpoint), key, site.Base, now));
            post.Headers.Add("TTL", ((int)(message.ExpiresAt - now).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture));
            post.Headers.Add("Urgency", message.IsUrgent ? "high" : "normal");
            using var client = clients.CreateClient(SafeHttp.ClientName);
            using var answer = await client.SendAsync(post, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return answer.StatusCode;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            return null;
        }
        catch (CryptographicException)
        {
            return HttpStatusCode.Gone; // a key that nobody can encrypt for
        }
    }

    [LoggerMessage(LogLevel.Information, "Browser {SubscriptionId} wants no more messages and is forgotten")]
    private partial void LogGone(Guid subscriptionId);

    [LoggerMessage(LogLevel.Warning, "Push message {MessageId} is given up, status {Status}")]
    private partial void LogGivenUp(Guid messageId, int? status);

    [LoggerMessage(LogLevel.Error, "Push message {MessageId} goes out later")]
    private partial void LogLater(Exception failed, Guid messageId);

    private sealed record Due(Guid Id, TenantId Tenant, string Body, bool IsUrgent, DateTimeOffset ExpiresAt, int Attempts, Guid Subscription, string Endpoint, byte[] Key, byte[] Secret);
}
