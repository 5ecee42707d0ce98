using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Firmware;

/// <summary>The list of versions that are never offered.</summary>
internal sealed class BadFirmware(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>Adds a version; one that is on the list already stays as it is.</summary>
    public async Task<(BadFirmwareVersion? Made, Faults Faults)> Add(NewBadVersion wish, Guid? campaign, CancellationToken ct)
    {
        var faults = new Faults().Text("vendor", wish.Vendor, 100).Text("version", wish.Version, 100).Short("modelPattern", wish.ModelPattern, 100).Short("reason", wish.Reason, 1000);
        if (faults.Any)
        {
            return (null, faults);
        }

        var pattern = string.IsNullOrWhiteSpace(wish.ModelPattern) ? "*" : wish.ModelPattern.Trim();
        var there = (await db.Set<BadFirmwareVersion>().ToListAsync(ct)).FirstOrDefault(b => Versions.Same(b.Version, wish.Version)
            && string.Equals(b.Vendor, wish.Vendor.Trim(), StringComparison.OrdinalIgnoreCase) && string.Equals(b.ModelPattern, pattern, StringComparison.OrdinalIgnoreCase));
        if (there is not null)
        {
            return (there, faults);
        }

        var bad = new BadFirmwareVersion
        {
            TenantId = tenant.Current, Vendor = wish.Vendor.Trim(), ModelPattern = pattern, Version = wish.Version.Trim(), Reason = wish.Reason?.Trim() ?? "", CampaignId = campaign, CreatedBy = actor.Name,
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(bad);
        audit.Record("firmwareVersion.markedBad", "firmwareVersion", bad.Id.ToString(), after: new { bad.Vendor, bad.ModelPattern, bad.Version, bad.Reason, bad.CampaignId });
        await db.SaveChangesAsync(ct);
        return (bad, faults);
    }

    public async Task<bool> Remove(Guid id, CancellationToken ct)
    {
        if (await db.Set<BadFirmwareVersion>().SingleOrDefaultAsync(b => b.Id == id, ct) is not { } bad)
        {
            return false;
        }

        db.Remove(bad);
        audit.Record("firmwareVersion.allowed", "firmwareVersion", id.ToString(), new { bad.Vendor, bad.ModelPattern, bad.Version });
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Whether a bad version is that of a firmware, for any of the models it is for.</summary>
    public static bool Concerns(BadFirmwareVersion bad, FirmwareImage firmware) =>
        Versions.Same(bad.Version, firmware.Version) && string.Equals(bad.Vendor, firmware.Vendor, StringComparison.OrdinalIgnoreCase)
        && (Versions.Matches(bad.ModelPattern, firmware.ModelPattern) || Versions.Matches(firmware.ModelPattern, bad.ModelPattern));

    /// <summary>Identities of the stations that run a bad version, by the entry of the list.</summary>
    public static async Task<ILookup<Guid, string>> Running(LadewerkDb db, IReadOnlyList<BadFirmwareVersion> bad, CancellationToken ct)
    {
        var versions = bad.Select(b => b.Version).ToList();
        var stations = versions.Count == 0 ? [] : await db.Set<ChargingStation>().AsNoTracking().Where(s => s.RemovedAt == null && s.FirmwareVersion != null).OrderBy(s => s.IdentityKey)
            .Select(s => new { s.Identity, s.Vendor, s.Model, s.FirmwareVersion }).ToListAsync(ct);
        return (from b in bad from s in stations where b.Covers(s.Vendor, s.Model, s.FirmwareVersion) select (b.Id, s.Identity)).ToLookup(p => p.Id, p => p.Identity);
    }
}
