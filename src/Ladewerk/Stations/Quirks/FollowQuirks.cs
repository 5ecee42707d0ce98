using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Quirks;

/// <summary>Lets connected stations be taken by changed profiles at once. What concerns the connection itself holds from the next one on.</summary>
internal sealed class FollowQuirks(LadewerkDb db, TenantContext tenant, StationRegistry registry, QuirkProfiles profiles)
{
    /// <summary>All stations of the operator that are connected here.</summary>
    public async Task All(CancellationToken ct)
    {
        var connected = await db.Set<ChargingStation>().AsNoTracking().Where(s => s.RemovedAt == null && s.Connection != null)
            .Select(s => new { s.Id, s.Vendor, s.Model, s.FirmwareVersion, s.QuirkProfile, s.Template, s.Quirks }).ToListAsync(ct);
        foreach (var station in connected)
        {
            await One(station.Id, new QuirkChoice(new StationMake(station.Vendor, station.Model, station.FirmwareVersion), station.QuirkProfile, station.Template), station.Quirks, ct);
        }
    }

    /// <summary>One station.</summary>
    public Task One(ChargingStation station, CancellationToken ct) => One(station.Id, QuirkChoice.Of(station), station.Quirks, ct);

    private async Task One(StationId id, QuirkChoice choice, QuirkSwitches over, CancellationToken ct)
    {
        if (registry.TryGet(id, out var link))
        {
            link.Take((await profiles.Effective(tenant.Current, choice, over, ct)).Quirks);
        }
    }
}
