using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Firmware.Campaigns;

/// <summary>What a person may do with a campaign.</summary>
public enum CampaignWish
{
    Start,
    Pause,
    Resume,
    Cancel,
}

/// <summary>Starts, pauses, resumes and cancels campaigns.</summary>
internal sealed class SteerCampaign(LadewerkDb db, TenantContext tenant, AuditLog audit, StartCampaign start, CampaignBell bell, LiveFeed feed, TimeProvider time)
{
    /// <summary>False where its state does not allow it.</summary>
    public async Task<bool> Run(FirmwareCampaign campaign, CampaignWish wish, CancellationToken ct)
    {
        if (wish == CampaignWish.Start)
        {
            return campaign.State == CampaignState.Draft && await start.Start(campaign, ct);
        }

        var (from, to) = wish switch
        {
            CampaignWish.Pause => (CampaignState.Running, CampaignState.Paused),
            CampaignWish.Resume => (CampaignState.Paused, CampaignState.Running),
            _ => (campaign.State, CampaignState.Cancelled),
        };
        if (campaign.State != from || campaign.State is not (CampaignState.Running or CampaignState.Paused or CampaignState.Draft))
        {
            return false;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        var changed = await db.Set<FirmwareCampaign>().Where(c => c.Id == campaign.Id && c.State == from).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.State, to).SetProperty(c => c.EndedAt, to == CampaignState.Cancelled ? now : null), ct);
        if (changed == 0)
        {
            return false; // it ended in this moment
        }

        if (to == CampaignState.Cancelled)
        {
            await db.Set<CampaignStation>().Where(s => s.CampaignId == campaign.Id && s.State == PartState.Waiting)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.State, PartState.Skipped).SetProperty(s => s.Reason, "cancelled").SetProperty(s => s.EndedAt, now), ct);
        }

        audit.Record($"firmwareCampaign.{(wish switch { CampaignWish.Pause => "paused", CampaignWish.Resume => "resumed", _ => "cancelled" })}", "firmwareCampaign", campaign.Id.Value.ToString());
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        await db.Entry(campaign).ReloadAsync(ct);
        bell.Ring();
        feed.Publish(tenant.Current, "campaign", new { id = campaign.Id });
        return true;
    }
}
