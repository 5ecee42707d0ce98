using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>How notifications run (configuration section <c>Notifications</c>).</summary>
public sealed class NotificationOptions
{
    /// <summary>How often it looks for what there is to tell.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the feed goes back.</summary>
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(90);

    /// <summary>A webhook that answers nothing for so long has failed this once.</summary>
    public TimeSpan WebhookTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A webhook that has failed for so long is paused until a person looks.</summary>
    public TimeSpan WebhookPauseAfter { get; set; } = TimeSpan.FromDays(3);

    /// <summary>The first pause after a failed attempt; it doubles up to an hour.</summary>
    public TimeSpan WebhookRetry { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// Every few seconds, for each tenant: what has happened, whom to tell, which mails are due. Everything lies in tables, so it goes on after
/// a crash where it stood; of several nodes one does it.
/// </summary>
internal sealed partial class NotificationSweep(
    NpgsqlDataSource data, IServiceScopeFactory scopes, NotificationOptions options, LiveFeed feed, TimeProvider time, ILogger<NotificationSweep> logger) : RoundWorker(logger)
{
    private const int LockSpace = 0x0F1E;
    private DateTimeOffset hourlyAt;

    protected override TimeSpan Pause => options.Every;

    /// <summary>Looks at all tenants; one that fails does not keep the others from their news.</summary>
    protected override async Task<bool> Round(CancellationToken ct)
    {
        var hourly = time.GetUtcNow() - hourlyAt >= TimeSpan.FromHours(1);
        hourlyAt = hourly ? time.GetUtcNow() : hourlyAt;
        foreach (var tenant in await data.Rows("select id from tenant", r => TenantId.From(r.GetGuid(0)), ct))
        {
            try
            {
                await Sweep(tenant, hourly, ct);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                LogLater(failed, tenant, failed.Message);
            }
        }

        return false;
    }

    /// <summary>One look at one tenant.</summary>
    internal async Task Sweep(TenantId tenant, bool hourly, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<TenantContext>().Use(tenant);
        var db = services.GetRequiredService<LadewerkDb>();
        var now = time.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if ((await connection.Rows("select pg_try_advisory_xact_lock($1, hashtext($2))", r => r.GetBoolean(0), ct, LockSpace, tenant.ToString())) is not [true])
        {
            return; // another node does it
        }

        var rules = await services.GetRequiredService<PreferenceStore>().Rules(ct);
        var facts = (await connection.Rows(
            "select time_zone, exists (select 1 from webhook w where w.tenant_id = t.id and w.is_on) from tenant t where id = $1", r => (Zone: r.GetString(0), Webhooks: r.GetBoolean(1)), ct, tenant.Value))[0];
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(facts.Zone, out var found) ? found : TimeZoneInfo.Utc;
        await SessionScan.Run(connection, tenant, TimeSpan.FromMinutes(rules.IdleAfterMinutes), facts.Webhooks, now, ct);
        await OperatorScan.FindingsOf(connection, tenant, now, ct);
        if (hourly)
        {
            await OperatorScan.CertificatesOf(connection, tenant, now, ct);
            await Tidy(connection, tenant, now, ct);
        }

        var told = await services.GetRequiredService<Tell>().Run(connection, rules, zone, now, ct);
        await services.GetRequiredService<MailOut>().Run(connection, zone, now, ct);
        await transaction.CommitAsync(ct);
        foreach (var person in told)
        {
            feed.Publish(tenant, "notification", new { person });
        }
    }

    private async Task Tidy(NpgsqlConnection connection, TenantId tenant, DateTimeOffset now, CancellationToken ct)
    {
        var old = now - options.Keep;
        await connection.Run("delete from notification where tenant_id = $1 and created_at < $2 and mail_at is null", ct, tenant.Value, old);
        await connection.Run("delete from notice where tenant_id = $1 and told_at < $2", ct, tenant.Value, old);
        await connection.Run("delete from session_notice m using charging_session s where m.tenant_id = $1 and m.settled and s.id = m.session_id and s.ended_at < $2", ct, tenant.Value, old);
        await connection.Run("delete from webhook_delivery where tenant_id = $1 and created_at < $2 and (delivered_at is not null or failed_at is not null)", ct, tenant.Value, now - TimeSpan.FromDays(30));
    }

    [LoggerMessage(LogLevel.Warning, "Notifications of tenant {Tenant} come later: {Reason}")]
    private partial void LogLater(Exception failed, TenantId tenant, string reason);
}
