using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Firmware.Campaigns;

/// <summary>Does one step of a campaign. What it finds otherwise than the decision saw it, it leaves for the next one.</summary>
internal sealed class DoStep(LadewerkDb db, Actor actor, AuditLog audit, StartUpdate start, SendUpdate send, SendCommand commands, BadFirmware bad, TimeProvider time)
{
    public Task Run(CampaignId campaign, CampaignStep step, CancellationToken ct) => step switch
    {
        CampaignStep.Begin s => Begin(campaign, s.Station, ct),
        CampaignStep.Tell s => Tell(campaign, s.Station, ct),
        CampaignStep.Clear s => Clear(campaign, s.Station, ct),
        CampaignStep.Restore s => Restore(campaign, s.Station, ct),
        CampaignStep.Return s => Set(campaign, s.Station, PartState.Waiting, null, ct),
        CampaignStep.Soak s => Soak(campaign, s, ct),
        CampaignStep.Succeed s => Set(campaign, s.Station, PartState.Succeeded, null, ct),
        CampaignStep.Fail s => Set(campaign, s.Station, PartState.Failed, s.Reason, ct),
        CampaignStep.Skip s => Set(campaign, s.Station, PartState.Skipped, s.Reason, ct),
        CampaignStep.NextWave s => NextWave(campaign, s.Wave, ct),
        CampaignStep.Stop s => Stop(campaign, s, ct),
        CampaignStep.Complete => End(campaign, CampaignState.Completed, null, null, ct),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "No such step."),
    };

    private async Task Begin(CampaignId campaignId, StationId stationId, CancellationToken ct)
    {
        var (campaign, firmware, station) = await Load(campaignId, stationId, ct);
        actor.Use("system", campaign.Name, null);
        var update = start.Make(station, firmware, campaign.Policy.Signed ?? firmware.IsSigned, null, TimeSpan.FromMinutes(campaign.Policy.InstallWithinMinutes), campaignId.Value);
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            // Held, so that a pause or a cancellation comes before it or after it.
            var runs = await db.Set<FirmwareCampaign>().FromSql($"select * from firmware_campaign where id = {campaignId.Value} and state = 'running' for share").AsNoTracking().AnyAsync(ct);
            var part = await Part(campaignId, stationId, ct);
            if (!runs || part is not { State: PartState.Waiting or PartState.Clearing } || await db.Set<FirmwareUpdate>().AnyAsync(u => u.StationId == stationId && u.EndedAt == null, ct))
            {
                return;
            }

            db.Add(update);
            (part.State, part.UpdateId, part.TakenAt, part.Reason) = (PartState.Updating, update.Id, time.GetUtcNow(), null);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }

        await send.Run(update, firmware, station, ct);
    }

    /// <summary>The process ended between the decision and the word to the station.</summary>
    private async Task Tell(CampaignId campaignId, StationId stationId, CancellationToken ct)
    {
        var (campaign, firmware, station) = await Load(campaignId, stationId, ct);
        actor.Use("system", campaign.Name, null);
        if (await Part(campaignId, stationId, ct) is not { UpdateId: { } id } || await db.Set<FirmwareUpdate>().SingleOrDefaultAsync(u => u.Id == id && u.SentAt == null && u.EndedAt == null, ct) is not { } update)
        {
            return;
        }

        // It may have heard us before the end: one that has spoken of its update since is not told again.
        if (await db.Database.SqlQuery<int>(
            $"select 1 as \"Value\" from station_report where station_id = {stationId.Value} and kind = 'firmware' and at >= {update.RequestedAt} and status <> 'Idle' and (request_id is null or request_id = {update.Number})").AnyAsync(ct))
        {
            update.SentAt = update.RequestedAt;
            await db.SaveChangesAsync(ct);
            return;
        }

        await send.Run(update, firmware, station, ct);
    }

    private async Task Clear(CampaignId campaignId, StationId stationId, CancellationToken ct)
    {
        var (campaign, _, station) = await Load(campaignId, stationId, ct);
        if (await Part(campaignId, stationId, ct) is not { State: PartState.Waiting } part)
        {
            return;
        }

        // Written before it is said: what we may have taken out of service is put back, also after a crash. What a person took out stays out.
        (part.State, part.TakenAt, part.OutOfService) = (PartState.Clearing, time.GetUtcNow(), station.Connectors.Exists(c => c.Status != "Unavailable"));
        await db.SaveChangesAsync(ct);
        actor.Use("system", campaign.Name, null);
        await commands.Run(station, new ChangeAvailability(null, Operative: false), ct);
    }

    private async Task Restore(CampaignId campaignId, StationId stationId, CancellationToken ct)
    {
        var (campaign, _, station) = await Load(campaignId, stationId, ct);
        actor.Use("system", campaign.Name, null);
        if (await commands.Run(station, new ChangeAvailability(null, Operative: true), ct) is CommandResult.Answered or CommandResult.Refused)
        {
            await db.Set<CampaignStation>().Where(s => s.CampaignId == campaignId && s.StationId == stationId).ExecuteUpdateAsync(set => set.SetProperty(s => s.OutOfService, false), ct);
        }
    }

    private async Task Set(CampaignId campaign, StationId station, PartState state, string? reason, CancellationToken ct)
    {
        if (await Part(campaign, station, ct) is { EndedAt: null } part)
        {
            (part.State, part.Reason, part.EndedAt) = (state, reason, state == PartState.Waiting ? null : time.GetUtcNow());
            await db.SaveChangesAsync(ct);
        }
    }

    private async Task Soak(CampaignId campaign, CampaignStep.Soak step, CancellationToken ct)
    {
        if (await Part(campaign, step.Station, ct) is { State: PartState.Updating } part)
        {
            (part.State, part.InstalledAt) = (PartState.Soaking, step.InstalledAt);
            await db.SaveChangesAsync(ct);
        }
    }

    private Task<int> NextWave(CampaignId campaign, int wave, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return db.Set<FirmwareCampaign>().Where(c => c.Id == campaign && c.Wave < wave && c.State == CampaignState.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.Wave, wave).SetProperty(c => c.WaveAt, now), ct);
    }

    private async Task Stop(CampaignId campaignId, CampaignStep.Stop stop, CancellationToken ct)
    {
        var detail = Guid.TryParse(stop.Detail, out var id)
            ? await db.Set<ChargingStation>().Where(s => s.Id == new StationId(id)).Select(s => s.Identity).SingleOrDefaultAsync(ct)
            : stop.Detail;
        if (!await End(campaignId, CampaignState.Stopped, stop.Reason, detail, ct))
        {
            return;
        }

        var campaign = await db.Set<FirmwareCampaign>().AsNoTracking().SingleAsync(c => c.Id == campaignId, ct);
        if (campaign.Policy.MarkBad && stop.Reason is "canary" or "failures")
        {
            var firmware = await db.Set<FirmwareImage>().AsNoTracking().SingleAsync(f => f.Id == campaign.FirmwareId, ct);
            actor.Use("system", campaign.Name, null);
            await bad.Add(new NewBadVersion(firmware.Vendor, firmware.Version, firmware.ModelPattern, $"{campaign.Name}: {stop.Reason} {detail}"), campaignId.Value, ct);
        }
    }

    /// <summary>False where it has ended already.</summary>
    private async Task<bool> End(CampaignId campaign, CampaignState state, string? reason, string? detail, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        var ended = await db.Set<FirmwareCampaign>().Where(c => c.Id == campaign && (c.State == CampaignState.Running || c.State == CampaignState.Paused)).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.State, state).SetProperty(c => c.StopReason, reason).SetProperty(c => c.StopDetail, detail).SetProperty(c => c.EndedAt, now), ct);
        if (ended == 0)
        {
            return false;
        }

        await db.Set<CampaignStation>().Where(s => s.CampaignId == campaign && s.State == PartState.Waiting)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.State, PartState.Skipped).SetProperty(s => s.Reason, "stopped").SetProperty(s => s.EndedAt, now), ct);
        audit.Record(state == CampaignState.Stopped ? "firmwareCampaign.stopped" : "firmwareCampaign.completed", "firmwareCampaign", campaign.Value.ToString(), after: new { reason, detail });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private Task<CampaignStation?> Part(CampaignId campaign, StationId station, CancellationToken ct) =>
        db.Set<CampaignStation>().SingleOrDefaultAsync(s => s.CampaignId == campaign && s.StationId == station, ct);

    private async Task<(FirmwareCampaign Campaign, FirmwareImage Firmware, ChargingStation Station)> Load(CampaignId campaignId, StationId stationId, CancellationToken ct)
    {
        var campaign = await db.Set<FirmwareCampaign>().AsNoTracking().SingleAsync(c => c.Id == campaignId, ct);
        var firmware = await db.Set<FirmwareImage>().AsNoTracking().SingleAsync(f => f.Id == campaign.FirmwareId, ct);
        return (campaign, firmware, await db.Set<ChargingStation>().Include(s => s.Connectors).SingleAsync(s => s.Id == stationId, ct));
    }
}
