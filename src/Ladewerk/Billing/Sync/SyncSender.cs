using System.Net.Http.Headers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Billing.Sync;

/// <summary>
/// Sends to other systems, each message at least once and in order: one that does not come through holds back the later ones of the same target, one that is
/// refused again and again is put aside. Targets do not wait for each other.
/// </summary>
internal sealed partial class SyncSender(
    NpgsqlDataSource data, SafePost post, SyncSecrets secrets, BillingOptions options, TimeProvider time, ILogger<SyncSender> logger) : RoundWorker(logger)
{
    private const int MostAtOnce = 8, MostOfOne = 200;

    /// <summary>A receiver that answers "no" (4xx) so often to one message does not get it any more.</summary>
    private const int Refusals = 5;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2), LongestPause = TimeSpan.FromHours(1), Kept = TimeSpan.FromDays(90);

    private const string Claim = """
        update sync_target set rests_until = $2 where id in (
          select t.id from sync_target t
          where t.is_on and t.paused_at is null and (t.rests_until is null or t.rests_until <= $1)
            and exists (select 1 from sync_item i where i.target_id = t.id and i.delivered_at is null and i.failed_at is null)
          limit $3 for update skip locked)
        returning id, header_name, protected_secret
        """;

    private const string Next = """
        select id, object, method, url, body, attempts, sequence from sync_item
        where target_id = $1 and delivered_at is null and failed_at is null order by sequence limit 1
        """;

    protected override TimeSpan Pause => options.SyncPoll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await data.Run("delete from sync_item where created_at < $1 and delivered_at is not null", ct, now - Kept);
        var claimed = await data.Rows(Claim, r => new Target(r.GetGuid(0), r.GetString(1), r.Get<string>(2)), ct, now, now + Lease, MostAtOnce);
        await Task.WhenAll(claimed.Select(target => Work(target, ct)));
        return claimed.Count == MostAtOnce;
    }

    private async Task Work(Target target, CancellationToken ct)
    {
        try
        {
            for (var i = 0; i < MostOfOne; i++)
            {
                var next = await data.Rows(Next, r => new Message(r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.Get<string>(4), r.GetInt32(5), r.GetInt64(6)), ct, target.Id);
                if (next is not [var message])
                {
                    break;
                }

                if (!await Settle(target, message, await Send(target, message, ct), ct))
                {
                    return;
                }
            }

            await data.Run("update sync_target set rests_until = null where id = $1", ct, target.Id);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The node ends: the next start goes on at once.
            await data.Run("update sync_target set rests_until = null where id = $1", CancellationToken.None, target.Id);
        }
    }

    private Task<PostOutcome> Send(Target target, Message message, CancellationToken ct) => post.Send(
        new HttpMethod(message.Method), message.Url, message.Body,
        request =>
        {
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Ladewerk-Sync", "1"));
            request.Headers.Add("Idempotency-Key", message.Id.ToString());
            request.Headers.Add("Ladewerk-Object", message.Object);
            request.Headers.Add("Ladewerk-Sequence", message.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (target.Secret is { } secret)
            {
                request.Headers.TryAddWithoutValidation(target.Header, secrets.Open(secret));
            }
        },
        options.SyncTimeout, ct);

    /// <summary>Writes down what came of it. Gives whether the target may get the next.</summary>
    private async Task<bool> Settle(Target target, Message message, PostOutcome outcome, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        // What is gone there already is removed.
        var delivered = outcome.Status is >= 200 and < 300 || (message.Method == "DELETE" && outcome.Status is 404 or 410);
        // 401 and 403 are about the secret, not about the message.
        var refused = !delivered && outcome.Status is >= 400 and < 500 and not (401 or 403 or 408 or 425 or 429) && message.Attempts + 1 >= Refusals;
        await data.Run(
            "update sync_item set attempts = attempts + 1, status = $2, answer = $3, took_ms = $4, delivered_at = $5, failed_at = $6 where id = $1",
            ct, message.Id, Of(outcome.Status, NpgsqlDbType.Integer), Of(outcome.Answer, NpgsqlDbType.Text), outcome.TookMs, Of(delivered ? now : null, NpgsqlDbType.TimestampTz), Of(refused ? now : null, NpgsqlDbType.TimestampTz));
        if (delivered || refused)
        {
            await data.Run("update sync_target set failing_since = case when $3 then null else failing_since end, rests_until = $2 where id = $1", ct, target.Id, now + Lease, delivered);
            return true;
        }

        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, options.SyncRetry.Ticks << Math.Min(message.Attempts, 12)));
        await data.Run(
            "update sync_target set failing_since = coalesce(failing_since, $2), rests_until = $3, paused_at = case when coalesce(failing_since, $2) <= $4 then $2 end where id = $1",
            ct, target.Id, now, now + pause, now - options.SyncPauseAfter);
        LogFailed(target.Id, message.Id, message.Attempts + 1, outcome.Status);
        return false;
    }

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    [LoggerMessage(LogLevel.Information, "Sync target {TargetId}: message {ItemId} failed, attempt {Attempt}, status {Status}")]
    private partial void LogFailed(Guid targetId, Guid itemId, int attempt, int? status);

    private sealed record Target(Guid Id, string Header, string? Secret);

    private sealed record Message(Guid Id, string Object, string Method, string Url, string? Body, int Attempts, long Sequence);
}
