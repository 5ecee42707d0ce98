using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations.Quirks;

/// <summary>What is chosen for one station.</summary>
/// <param name="Profile">Key of a profile; <c>none</c> takes no profile; <c>match</c> follows vendor, model and firmware whatever the template says; null leaves it to the template, and then to these.</param>
/// <param name="Override">Switches for this station alone, by name.</param>
public sealed record StationQuirksWish(string? Profile = null, JsonElement? Override = null);

/// <summary>Chooses the quirk profile of a station, and its override.</summary>
internal sealed class ChangeQuirks(LadewerkDb db, TenantContext tenant, AuditLog audit, QuirkProfiles profiles, FollowQuirks follow)
{
    /// <summary>What holds for a station now.</summary>
    public ValueTask<EffectiveQuirks> Effective(ChargingStation station, CancellationToken ct) =>
        profiles.Effective(tenant.Current, QuirkChoice.Of(station), station.Quirks, ct);

    /// <summary>Chooses; says what is wrong by field.</summary>
    public async Task<Faults> Run(ChargingStation station, StationQuirksWish wish, CancellationToken ct)
    {
        var faults = new Faults();
        var over = QuirkRules.Read(wish.Override, faults);
        var chosen = string.IsNullOrWhiteSpace(wish.Profile) ? null : wish.Profile.Trim();
        faults.Unless(chosen is null or QuirkProfiles.NoProfile or QuirkProfiles.ByMake || (await profiles.Of(tenant.Current, ct)).Any(p => p.Profile.Key == chosen), "profile", "No such profile.");
        if (over is not null)
        {
            QuirkRules.Check(over, faults);
        }

        if (faults.Any || over is null)
        {
            return faults;
        }

        var before = new { station.QuirkProfile, station.Quirks };
        (station.QuirkProfile, station.Quirks) = (chosen, over);
        audit.Record("station.quirksChanged", "station", station.Identity, before, new { station.QuirkProfile, station.Quirks });
        await db.SaveChangesAsync(ct);
        await follow.One(station, ct);
        return faults;
    }
}
