using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Firmware.Campaigns;

/// <summary>How many stations of a campaign, or of a wave, are where.</summary>
public sealed record PartCounts(int Total, int Waiting, int Clearing, int Updating, int Soaking, int Succeeded, int Failed, int Skipped)
{
    /// <summary>Have their result.</summary>
    public int Done => Succeeded + Failed + Skipped;
}

/// <summary>A wave; 0 is the canary.</summary>
public sealed record WaveView(int Wave, PartCounts Stations);

/// <summary>A campaign as the API shows it.</summary>
/// <param name="StopReason">Why it stopped by itself: canary, canaryUnproven, failures or knownBad.</param>
/// <param name="StopDetail">The station, or failed/done.</param>
public sealed record CampaignView(
    CampaignId Id, string Name, FirmwareId FirmwareId, string Vendor, string ModelPattern, string Version, CampaignState State, int Wave, string? StopReason, string? StopDetail,
    CampaignSelection Selection, CampaignPolicy Policy, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? WaveAt, DateTimeOffset? EndedAt,
    PartCounts Stations, IReadOnlyList<WaveView> Waves);

/// <summary>A station's part in a campaign.</summary>
/// <param name="Version">What it reports; once it has its result, what it reported then.</param>
/// <param name="UpdateState">How far its update is.</param>
/// <param name="Status">The station's last word about it.</param>
public sealed record CampaignStationView(
    string StationId, string? Name, string? Site, int Wave, int Position, PartState State, string? Reason, string? FromVersion, string? Version, Guid? UpdateId, UpdateState? UpdateState, string? Status,
    bool Online, bool OutOfService, DateTimeOffset? TakenAt, DateTimeOffset? InstalledAt, DateTimeOffset? EndedAt);

/// <summary>Reads campaigns as the API and the pages show them.</summary>
internal sealed class CampaignReader(LadewerkDb db, StationRegistry registry)
{
    public Task<FirmwareCampaign?> Find(Guid id, CancellationToken ct) => db.Set<FirmwareCampaign>().SingleOrDefaultAsync(c => c.Id == new CampaignId(id), ct);

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<CampaignView>> List(Guid? before, int count, CancellationToken ct)
    {
        var wanted = db.Set<FirmwareCampaign>().AsNoTracking();
        wanted = before is { } last ? wanted.Where(c => EF.Functions.LessThan(ValueTuple.Create(c.Id), ValueTuple.Create(new CampaignId(last)))) : wanted;
        return await View(await wanted.OrderByDescending(c => c.Id).Take(count).ToListAsync(ct), ct);
    }

    public async Task<CampaignView> View(FirmwareCampaign campaign, CancellationToken ct) => (await View([campaign], ct))[0];

    /// <summary>A campaign's stations in their order, those after a position.</summary>
    public async Task<IReadOnlyList<CampaignStationView>> Stations(CampaignId campaign, PartState? state, int after, int count, CancellationToken ct)
    {
        var rows = await (from p in db.Set<CampaignStation>().AsNoTracking()
                          where p.CampaignId == campaign && p.Position > after && (state == null || p.State == state)
                          join s in db.Set<ChargingStation>().Include(s => s.Site) on p.StationId equals s.Id
                          join u in db.Set<FirmwareUpdate>() on p.UpdateId equals u.Id into updates
                          from u in updates.DefaultIfEmpty()
                          orderby p.Position
                          select new { p, s.Identity, s.Name, Site = s.Site!.Name, s.FirmwareVersion, Update = (UpdateState?)u.State, u.Status, u.ReportedVersion }).Take(count).ToListAsync(ct);
        return
        [
            .. rows.Select(r => new CampaignStationView(
                r.Identity, r.Name, r.Site, r.p.Wave, r.p.Position, r.p.State, r.p.Reason, r.p.FromVersion, r.p.EndedAt is null ? r.FirmwareVersion : r.ReportedVersion ?? r.p.FromVersion, r.p.UpdateId, r.Update, r.Status, registry.IsOnline(r.p.StationId),
                r.p.OutOfService, r.p.TakenAt, r.p.InstalledAt, r.p.EndedAt)),
        ];
    }

    private async Task<IReadOnlyList<CampaignView>> View(IReadOnlyList<FirmwareCampaign> campaigns, CancellationToken ct)
    {
        var (ids, images) = (campaigns.Select(c => c.Id).ToList(), campaigns.Select(c => c.FirmwareId).ToList());
        var firmware = await db.Set<FirmwareImage>().AsNoTracking().Where(f => images.Contains(f.Id)).ToDictionaryAsync(f => f.Id, ct);
        var counts = (await db.Set<CampaignStation>().AsNoTracking().Where(s => ids.Contains(s.CampaignId)).GroupBy(s => new { s.CampaignId, s.Wave, s.State })
            .Select(g => new { g.Key.CampaignId, g.Key.Wave, g.Key.State, Count = g.Count() }).ToListAsync(ct)).ToLookup(g => g.CampaignId, g => (g.Wave, g.State, g.Count));
        return
        [
            .. campaigns.Select(c => new CampaignView(
                c.Id, c.Name, c.FirmwareId, firmware[c.FirmwareId].Vendor, firmware[c.FirmwareId].ModelPattern, firmware[c.FirmwareId].Version, c.State, c.Wave, c.StopReason, c.StopDetail, c.Selection,
                c.Policy, c.CreatedBy, c.CreatedAt, c.StartedAt, c.WaveAt, c.EndedAt, Sum(counts[c.Id]),
                [.. counts[c.Id].GroupBy(n => n.Wave).OrderBy(w => w.Key).Select(w => new WaveView(w.Key, Sum(w)))])),
        ];
    }

    private static PartCounts Sum(IEnumerable<(int Wave, PartState State, int Count)> counts)
    {
        var by = counts.GroupBy(c => c.State).ToDictionary(g => g.Key, g => g.Sum(c => c.Count));
        int Of(PartState state) => by.GetValueOrDefault(state);
        return new(by.Values.Sum(), Of(PartState.Waiting), Of(PartState.Clearing), Of(PartState.Updating), Of(PartState.Soaking), Of(PartState.Succeeded), Of(PartState.Failed), Of(PartState.Skipped));
    }
}
