using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Stations.Firmware;

/// <summary>Follows open updates by what stations report, by their introductions and by the clock.</summary>
internal sealed partial class TrackUpdates(NpgsqlDataSource data, IServiceScopeFactory scopes, LiveFeed feed, CampaignBell campaigns, TimeProvider time, ILogger<TrackUpdates> logger)
{
    /// <summary>One that nobody sent any more: the process ended in between. A campaign's planner sends its own again.</summary>
    private static readonly TimeSpan Interrupted = TimeSpan.FromMinutes(2);

    /// <summary>Brings every open update up to date.</summary>
    public async Task Run(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await data.Run(
            "update firmware_update set state = 'failed', reason = 'interrupted', updated_at = $1, ended_at = $1 where ended_at is null and sent_at is null and campaign_id is null and requested_at < $2",
            ct, now, now - Interrupted);
        foreach (var update in (await Open(ct)).GroupBy(u => u.Id))
        {
            var first = update.First();
            var facts = new UpdateFacts(
                first.SentAt, first.Until, first.From, first.Target, [.. update.Select(u => u.Report).OfType<StationReport>()], first.Version, first.BootedAt, first.IsOnline, first.IsAsked);
            await Apply(first, facts, UpdateProgress.Of(facts, now), now, ct);
        }
    }

    private async Task Apply(OpenUpdate update, UpdateFacts facts, UpdateStep step, DateTimeOffset now, CancellationToken ct)
    {
        var (state, status) = (System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(step.State.ToString()), facts.Reports is [.., var word] ? word.Status : null);
        if ((state, status) != (update.State, update.Status) || step.IsEnd)
        {
            await data.Run(
                """
                update firmware_update set state = $2, status = coalesce($3::text, status), reason = $4::text, updated_at = $5, ended_at = case when $6 then $5 else null end,
                  reported_version = case when $6 then $7::text else null end
                where id = $1 and ended_at is null
                """,
                ct, update.Id, state, status, step.Reason, now, step.IsEnd, update.Version);
            feed.Publish(update.Tenant, "maintenance", new { stationId = update.Station, id = update.Id });
            if (step.IsEnd)
            {
                LogEnded(update.Id, step.State, step.Reason);
                campaigns.Ring();
            }
        }

        if (step.AskVersion && await data.Run("update firmware_update set asked_at = $2 where id = $1 and asked_at is null", ct, update.Id, now) == 1)
        {
            await AskVersion(update, ct);
        }
    }

    private async Task AskVersion(OpenUpdate update, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(update.Tenant);
        if (await scope.ServiceProvider.GetRequiredService<StationReader>().Find(update.Station, ct) is { } station)
        {
            await scope.ServiceProvider.GetRequiredService<SendCommand>().Run(station, new TriggerMessage("BootNotification"), ct);
        }
    }

    private Task<List<OpenUpdate>> Open(CancellationToken ct) => data.Rows(
        """
        select u.id, u.tenant_id, s.identity, u.sent_at, greatest(u.retrieve_at, u.sent_at) + u.within, u.from_version, u.target_version, s.firmware_version, s.last_boot_at,
               n.station_id is not null, u.asked_at is not null, u.state, u.status, p.at, p.request_id, p.status
        from firmware_update u
        join charging_station s on s.id = u.station_id
        left join station_connection n on n.station_id = s.id
        left join station_report p on p.station_id = u.station_id and p.kind = 'firmware' and p.at >= u.requested_at and (p.request_id is null or p.request_id = u.number)
        where u.ended_at is null and u.sent_at is not null order by u.requested_at, p.id
        """,
        r => new OpenUpdate(
            r.GetGuid(0), TenantId.From(r.GetGuid(1)), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.GetFieldValue<DateTimeOffset>(4), r.Get<string>(5), r.GetString(6), r.Get<string>(7),
            r.MaybeTime(8), r.GetBoolean(9), r.GetBoolean(10), r.GetString(11), r.Get<string>(12), r.MaybeTime(13) is { } at ? new StationReport(at, r.Maybe<int>(14), r.GetString(15)) : null),
        ct);

    [LoggerMessage(LogLevel.Information, "Firmware update {UpdateId} ended: {State} {Reason}")]
    private partial void LogEnded(Guid updateId, UpdateState state, string? reason);

    private sealed record OpenUpdate(
        Guid Id, TenantId Tenant, string Station, DateTimeOffset SentAt, DateTimeOffset Until, string? From, string Target, string? Version, DateTimeOffset? BootedAt, bool IsOnline, bool IsAsked,
        string State, string? Status, StationReport? Report);
}
