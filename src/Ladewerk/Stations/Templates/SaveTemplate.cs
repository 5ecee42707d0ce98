using System.Text.RegularExpressions;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Quirks;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Templates;

/// <summary>Makes, changes, removes and imports a tenant's own templates; stations that are connected follow their quirk profiles at once.</summary>
internal sealed partial class SaveTemplate(
    LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, KnownTemplates known, QuirkProfiles profiles, FollowQuirks follow, TimeProvider time)
{
    private const int MostKeys = 500;

    /// <summary>Makes or changes; gives what is wrong by field.</summary>
    public Task<Faults> Put(StationTemplate template, CancellationToken ct) => Import([template], ct);

    /// <summary>All of a file or none.</summary>
    public async Task<Faults> Import(IReadOnlyList<StationTemplate> templates, CancellationToken ct)
    {
        var faults = new Faults().Unless(templates.Select(t => t.Key).Distinct(StringComparer.Ordinal).Count() == templates.Count, "key", "Each key once.");
        var quirks = (await profiles.Of(tenant.Current, ct)).Select(p => p.Profile.Key).Append(QuirkProfiles.NoProfile).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < templates.Count; i++)
        {
            var at = templates.Count == 1 ? "" : $"[{i}].";
            Check(templates[i], faults, at);
            faults.Unless(templates[i].QuirkProfile is not { } named || quirks.Contains(named), at + "quirkProfile", "No such quirk profile.");
        }

        if (faults.Any)
        {
            return faults;
        }

        foreach (var template in templates)
        {
            await Store(template, ct);
        }

        await Save(ct);
        return faults;
    }

    /// <summary>False where the tenant has no own one of that key. A shipped one of the key holds again.</summary>
    public async Task<bool> Remove(string key, CancellationToken ct)
    {
        if (await db.Set<OwnTemplate>().SingleOrDefaultAsync(t => t.Key == key, ct) is not { } own)
        {
            return false;
        }

        db.Remove(own);
        audit.Record("stationTemplate.removed", "stationTemplate", key, Shown(own.Content));
        await Save(ct);
        return true;
    }

    private async Task Save(CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        known.Changed(tenant.Current);
        profiles.Changed(tenant.Current);
        await follow.All(ct);
    }

    private async Task Store(StationTemplate template, CancellationToken ct)
    {
        var own = await db.Set<OwnTemplate>().SingleOrDefaultAsync(t => t.Key == template.Key, ct);
        var before = own?.Content;
        if (own is null)
        {
            own = new OwnTemplate { TenantId = tenant.Current, Key = template.Key, Content = template, ChangedBy = actor.Name };
            db.Add(own);
        }

        (own.Content, own.ChangedAt, own.ChangedBy) = (template, time.GetUtcNow(), actor.Name);
        audit.Record(before is null ? "stationTemplate.created" : "stationTemplate.changed", "stationTemplate", template.Key, before is null ? null : Shown(before), Shown(template));
    }

    private static StationTemplate Shown(StationTemplate template) =>
        template with { Configuration = [.. (template.Configuration ?? []).Select(k => SendCommand.IsSecret(k.Key) ? k with { Value = SendCommand.Hidden } : k)] };

    private static void Check(StationTemplate t, Faults faults, string at)
    {
        var keys = t.Configuration ?? [];
        faults.Unless(KeyForm().IsMatch(t.Key), at + "key", "1 to 60 lower-case letters, digits and hyphens.")
            .Text(at + "name", t.Name).Text(at + "match.vendor", t.Match.Vendor)
            .Unless(t.Match.Models.Count is >= 1 and <= 50 && t.Match.Models.All(m => m.Length is >= 1 and <= 200), at + "match.models", "1 to 50 patterns.")
            .Short(at + "note", t.Note, 2000).Short(at + "source", t.Source, 500)
            .Unless(t.Data?.CurrentType is null or "AC1" or "AC3" or "DC", at + "data.currentType", "AC1, AC3 or DC.")
            .Unless(t.Data?.Phases is null or (>= 1 and <= 3), at + "data.phases", "1 to 3.")
            .Unless(t.Data?.MaxA is null or (> 0 and <= 2000), at + "data.maxA", "Above 0, in A.")
            .Unless(t.Data?.MaxPowerW is null or (> 0 and <= 10_000_000), at + "data.maxPowerW", "Above 0, in W.")
            .Unless(t.Data?.Evses is null or (>= 1 and <= 256), at + "data.evses", "1 to 256.")
            .Unless(t.Capabilities?.LimitUnit is null or "A" or "W", at + "capabilities.limitUnit", "A or W.")
            .Unless(t.Capabilities?.MaxStackLevel is null or (>= 0 and <= 1000), at + "capabilities.maxStackLevel", "0 to 1000.")
            .Unless(t.Capabilities?.LocalListSize is null or (>= 0 and <= 10_000_000), at + "capabilities.localListSize", "From 0; 0: keeps no list.")
            .Unless(keys.Count <= MostKeys && keys.All(k => k.Key.Trim().Length is >= 1 and <= 200 && k.Value.Length <= 5000), at + "configuration", $"At most {MostKeys} keys, each with a value.")
            .Unless(keys.Select(k => k.Key.ToUpperInvariant()).Distinct(StringComparer.Ordinal).Count() == keys.Count, at + "configuration", "Each key once.")
            .Unless(!keys.Any(k => SendCommand.IsSecret(k.Key)), at + "configuration", "Passwords are no part of a template; they are set for each station.");
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,59}$", RegexOptions.None, 1000)]
    private static partial Regex KeyForm();
}
