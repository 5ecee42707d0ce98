using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Stations.Firmware.Campaigns;

/// <summary>A campaign to make.</summary>
/// <param name="Start">Whether it begins at once.</param>
public sealed record NewCampaign(string Name, FirmwareId FirmwareId, CampaignSelection? Selection = null, CampaignPolicy? Policy = null, bool Start = true);

/// <summary>A station that a selection finds.</summary>
public sealed record Candidate(StationId Id, string Identity, string? Name, string? Model, string? Version, string? Site, bool IsOnline);

/// <summary>Makes campaigns and begins them.</summary>
internal sealed class StartCampaign(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, Actor actor, AuditLog audit, CampaignBell bell, TimeProvider time)
{
    public async Task<(FirmwareCampaign? Made, Faults Faults)> Create(NewCampaign wish, CancellationToken ct)
    {
        var policy = wish.Policy ?? new CampaignPolicy();
        var firmware = await db.Set<FirmwareImage>().AsNoTracking().SingleOrDefaultAsync(f => f.Id == wish.FirmwareId && f.RetiredAt == null, ct);
        var faults = Check(wish, policy).Unless(firmware is not null, "firmwareId", "No such firmware.");
        var candidates = firmware is null ? [] : await Find(firmware, wish.Selection ?? new(), ct);
        if (firmware is not null)
        {
            faults.Unless(firmware.HasImage, "firmwareId", "It has neither an image nor an address yet.")
                .Unless(policy.Signed is not true || firmware.IsSigned, "policy.signed", "This firmware has no signature.")
                .Unless(!await IsKnownBad(firmware, ct), "firmwareId", "This version is known to be bad.")
                .Unless(candidates.Count > 0, "selection", "No station fits.");
        }

        if (faults.Any)
        {
            return (null, faults);
        }

        var campaign = new FirmwareCampaign
        {
            TenantId = tenant.Current, Name = wish.Name.Trim(), FirmwareId = wish.FirmwareId, Selection = wish.Selection ?? new(), Policy = policy, CreatedBy = actor.Name, CreatedAt = time.GetUtcNow(),
        };
        db.Add(campaign);
        audit.Record("firmwareCampaign.created", "firmwareCampaign", campaign.Id.Value.ToString(), after: wish);
        if (wish.Start)
        {
            Begin(campaign, candidates);
        }

        await db.SaveChangesAsync(ct);
        bell.Ring();
        return (campaign, faults);
    }

    /// <summary>Begins a draft with the stations that fit now; false: none does.</summary>
    public async Task<bool> Start(FirmwareCampaign campaign, CancellationToken ct)
    {
        var firmware = await db.Set<FirmwareImage>().AsNoTracking().SingleAsync(f => f.Id == campaign.FirmwareId, ct);
        var candidates = firmware.RetiredAt is null && firmware.HasImage && !await IsKnownBad(firmware, ct) ? await Find(firmware, campaign.Selection, ct) : [];
        if (candidates.Count == 0)
        {
            return false;
        }

        Begin(campaign, candidates);
        await db.SaveChangesAsync(ct);
        bell.Ring();
        return true;
    }

    /// <summary>Stations that a campaign would update, in the order in which it would: the chosen canaries, those online, those where nobody charges, then by identity.</summary>
    public async Task<IReadOnlyList<Candidate>> Find(FirmwareImage firmware, CampaignSelection selection, CancellationToken ct)
    {
        var wanted = Keys(selection.Stations);
        var canaries = Keys(selection.Canaries);
        var stations = await db.Set<ChargingStation>().AsNoTracking().Where(s => s.RemovedAt == null && s.Vendor != null).Include(s => s.Site).Include(s => s.Connection).ToListAsync(ct);
        var busy = (await data.Rows("select station_id from charging_session where tenant_id = $1 and state = 'active'", r => StationId.From(r.GetGuid(0)), ct, tenant.Current.Value)).ToHashSet();
        return
        [
            .. from s in stations
               where firmware.Fits(s.Vendor, s.Model) && !Versions.Same(s.FirmwareVersion, firmware.Version)
               where string.IsNullOrWhiteSpace(selection.Model) || Versions.Matches(selection.Model, s.Model ?? "")
               where selection.SiteIds is not { Count: > 0 } sites || (s.SiteId is { } site && sites.Contains(site.Value))
               where selection.Versions is not { Count: > 0 } versions || versions.Any(v => Versions.Same(v, s.FirmwareVersion))
               where wanted.Count == 0 || wanted.Contains(s.IdentityKey)
               orderby canaries.Contains(s.IdentityKey) descending, s.Connection is not null descending, busy.Contains(s.Id), s.IdentityKey
               select new Candidate(s.Id, s.Identity, s.Name, s.Model, s.FirmwareVersion, s.Site?.Name, s.Connection is not null),
        ];
    }

    private async Task<bool> IsKnownBad(FirmwareImage firmware, CancellationToken ct) =>
        (await db.Set<BadFirmwareVersion>().AsNoTracking().ToListAsync(ct)).Exists(b => BadFirmware.Concerns(b, firmware));

    private void Begin(FirmwareCampaign campaign, IReadOnlyList<Candidate> candidates)
    {
        var now = time.GetUtcNow();
        (campaign.State, campaign.StartedAt, campaign.WaveAt) = (CampaignState.Running, now, now);
        var canary = Math.Min(campaign.Policy.Canary, candidates.Count);
        campaign.Wave = canary > 0 ? 0 : 1;
        db.AddRange(candidates.Select((c, i) => new CampaignStation
        {
            CampaignId = campaign.Id, StationId = c.Id, TenantId = tenant.Current, Position = i, FromVersion = c.Version,
            Wave = i < canary ? 0 : 1 + (campaign.Policy.WaveSize is { } size ? (i - canary) / size : 0),
        }));
        audit.Record("firmwareCampaign.started", "firmwareCampaign", campaign.Id.Value.ToString(), after: new { stations = candidates.Count, canary });
    }

    private static Faults Check(NewCampaign wish, CampaignPolicy p) => new Faults().Text("name", wish.Name)
        .Unless(p.Canary is >= 0 and <= 1000, "policy.canary", "0 to 1000.")
        .Unless(p.CanarySoakMinutes is >= 0 and <= 20_160, "policy.canarySoakMinutes", "0 to 20160.")
        .Unless(p.SoakMinutes is >= 0 and <= 20_160, "policy.soakMinutes", "0 to 20160.")
        .Unless(p.WaveSize is null or >= 1, "policy.waveSize", "At least 1.")
        .Unless(p.Parallel is >= 1 and <= 200, "policy.parallel", "1 to 200.")
        .Unless(p.InstallWithinMinutes is >= 1 and <= 2_880, "policy.installWithinMinutes", "1 to 2880.")
        .Unless(p.MaxFailurePercent is >= 0 and <= 100, "policy.maxFailurePercent", "0 to 100.")
        .Unless(p.WaitHours is >= 1 and <= 2_160, "policy.waitHours", "1 to 2160.");

    private static HashSet<string> Keys(IReadOnlyList<string>? identities) => [.. (identities ?? []).Select(StationIdentity.Key)];
}
