using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Stations.Firmware.Campaigns;

/// <summary>
/// Works off campaigns: reads where each stands, lets <see cref="CampaignRules"/> decide, and does it. All state is in tables; one planner at a
/// time holds a campaign's lease, and another takes over when it is not renewed. Each step may be repeated after a crash.
/// </summary>
internal sealed partial class RunCampaigns(NpgsqlDataSource data, IServiceScopeFactory scopes, StationRegistry registry, CampaignBell bell, LiveFeed feed, TimeProvider time, ILogger<RunCampaigns> logger)
    : RoundWorker(logger, bell)
{
    private const int AtOnce = 24;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Longer than a station may take to answer.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(75);

    private readonly Guid planner = Guid.CreateVersion7();

    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        foreach (var (campaign, tenant) in await Take(ct))
        {
            await Plan(campaign, tenant, ct);
        }

        return false;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await data.Run("update firmware_campaign set planner = null, leased_until = null where planner = $1", cancellationToken, planner);
    }

    private Task<List<(CampaignId Campaign, TenantId Tenant)>> Take(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return data.Rows(
            """
            update firmware_campaign set planner = $1, leased_until = $2 where id in (
              select c.id from firmware_campaign c
              where (c.planner is null or c.planner = $1 or c.leased_until < $3)
                and (c.state in ('running', 'paused')
                  or exists (select 1 from campaign_station s where s.campaign_id = c.id and (s.out_of_service or s.state in ('clearing', 'updating', 'soaking'))))
              for update skip locked)
            returning id, tenant_id
            """,
            r => (CampaignId.From(r.GetGuid(0)), TenantId.From(r.GetGuid(1))), ct, planner, now + Lease, now);
    }

    private async Task Plan(CampaignId campaign, TenantId tenant, CancellationToken ct)
    {
        if (await Read(campaign, ct) is not { } facts)
        {
            return;
        }

        var steps = CampaignRules.Decide(facts, time.GetUtcNow());
        await Parallel.ForEachAsync(steps, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (step, token) =>
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            await scope.ServiceProvider.GetRequiredService<DoStep>().Run(campaign, step, token);
        });
        foreach (var step in steps.Where(s => s is CampaignStep.Stop or CampaignStep.Complete or CampaignStep.NextWave))
        {
            LogStep(campaign.Value, step);
            Ring();
        }

        if (steps.Count > 0)
        {
            feed.Publish(tenant, "campaign", new { id = campaign });
        }
    }

    private async Task<CampaignFacts?> Read(CampaignId campaign, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var found = await data.First(
            $"""
            select c.policy::text, c.state, c.wave, c.wave_at, t.time_zone,
              exists (select 1 from bad_firmware_version b join firmware f on f.id = c.firmware_id
                      where b.tenant_id = c.tenant_id and {Versions.SameVendorSql("b.vendor", "f.vendor")} and {Versions.SameSql("b.version", "f.version")}
                        and ({Versions.MatchesSql("b.model_pattern", "f.model_pattern")} or {Versions.MatchesSql("f.model_pattern", "b.model_pattern")}))
            from firmware_campaign c join tenant t on t.id = c.tenant_id where c.id = $1
            """,
            r => new Header(System.Text.Json.JsonSerializer.Deserialize<CampaignPolicy>(r.GetString(0), Columns.Json)!, Enum.Parse<CampaignState>(r.GetString(1), ignoreCase: true), r.GetInt32(2),
                r.MaybeTime(3) ?? now, r.GetString(4), r.GetBoolean(5)),
            ct, campaign.Value);
        if (found is not { } header)
        {
            return null;
        }

        var windows = new Dictionary<string, bool>(StringComparer.Ordinal);
        var parts = await data.Rows(
            """
            select p.station_id, p.wave, p.position, p.state, p.out_of_service, p.installed_at, u.state, u.reason, u.ended_at, u.sent_at is not null, t.time_zone,
              p.ended_at is null and (exists (select 1 from charging_session g where g.station_id = p.station_id and g.state = 'active')
                or exists (select 1 from firmware_update o where o.station_id = p.station_id and o.ended_at is null and o.id is distinct from p.update_id)),
              case when p.state = 'soaking' then (select max(c.status_at) from connector c where c.station_id = p.station_id and c.status = 'Faulted') end
            from campaign_station p
            join charging_station s on s.id = p.station_id
            left join site t on t.id = s.site_id
            left join firmware_update u on u.id = p.update_id
            where p.campaign_id = $1 order by p.position
            """,
            r => new PartFacts(StationId.From(r.GetGuid(0)), r.GetInt32(1), r.GetInt32(2), Enum.Parse<PartState>(r.GetString(3), ignoreCase: true))
            {
                OutOfService = r.GetBoolean(4), InstalledAt = r.MaybeTime(5), Update = r.Get<string>(6) is { } update ? Enum.Parse<UpdateState>(update, ignoreCase: true) : null, UpdateReason = r.Get<string>(7),
                UpdateEndedAt = r.MaybeTime(8), IsSent = r.GetBoolean(9), InWindow = IsOpen(header, r.Get<string>(10), windows, now), IsBusy = r.GetBoolean(11), FaultAt = r.MaybeTime(12),
                IsOnline = registry.IsOnline(StationId.From(r.GetGuid(0))),
            },
            ct, campaign.Value);
        return new CampaignFacts(header.Policy, header.State, header.Wave, header.WaveAt, header.IsKnownBad, parts);
    }

    private static bool IsOpen(Header header, string? siteZone, Dictionary<string, bool> known, DateTimeOffset now)
    {
        var zone = siteZone ?? header.TimeZone;
        if (!known.TryGetValue(zone, out var isOpen))
        {
            known[zone] = isOpen = CampaignRules.IsOpen(header.Policy.Window, now, TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : TimeZoneInfo.Utc);
        }

        return isOpen;
    }

    [LoggerMessage(LogLevel.Information, "Firmware campaign {CampaignId}: {Step}")]
    private partial void LogStep(Guid campaignId, CampaignStep step);

    [LoggerMessage(LogLevel.Error, "Firmware campaigns could not be planned; trying again")]
    private partial void LogFailed(Exception failed);

    private sealed record Header(CampaignPolicy Policy, CampaignState State, int Wave, DateTimeOffset WaveAt, string TimeZone, bool IsKnownBad);
}
