using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Quirks;

/// <summary>A profile as the operator wants it. In place of a shipped one where the key is of one.</summary>
public sealed record QuirkProfileWish
{
    /// <summary>Made of the name where absent; not read where the address says it.</summary>
    public string? Key { get; init; }
    public string? Name { get; init; }
    public string? NameDe { get; init; }

    /// <summary>Pattern with * and ?, alternatives behind |; null: any.</summary>
    public string? Vendor { get; init; }
    public string? Model { get; init; }
    public string? Firmware { get; init; }
    public IReadOnlyList<string>? Habits { get; init; }

    /// <summary>By name; what is absent says nothing.</summary>
    public JsonElement? Switches { get; init; }
    public string? Note { get; init; }
    public string? NoteDe { get; init; }

    /// <summary>False: kept, and taken for no station.</summary>
    public bool Enabled { get; init; } = true;
}

/// <summary>Makes, changes and removes an operator's quirk profiles; stations that are connected follow at once.</summary>
internal sealed class SaveQuirkProfile(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, QuirkProfiles profiles, FollowQuirks follow, TimeProvider time)
{
    /// <summary>The profile as it holds now; null where there is none of that key.</summary>
    public async Task<OperatorProfile?> Find(string key, CancellationToken ct) => (await profiles.Of(tenant.Current, ct)).FirstOrDefault(p => p.Profile.Key == key);

    /// <summary>Makes an own profile. A key that is taken is a fault.</summary>
    public async Task<(OperatorProfile? Made, Faults Faults)> Create(QuirkProfileWish wish, CancellationToken ct)
    {
        var key = wish.Key is { Length: > 0 } given ? given : QuirkRules.Slug(wish.Name ?? "");
        return await Find(key, ct) is not null ? (null, new Faults().Add("key", "There already is a profile of this key.")) : await Put(key, wish, ct);
    }

    /// <summary>Makes or changes the profile of a key; a shipped one gets a copy of the operator's.</summary>
    public async Task<(OperatorProfile? Made, Faults Faults)> Put(string key, QuirkProfileWish wish, CancellationToken ct)
    {
        var faults = new Faults();
        var profile = Profile(key, wish, faults);
        if (profile is null || faults.Any)
        {
            return (null, faults);
        }

        await Store(profile, wish.Enabled, ct);
        await Save(ct);
        return ((await Find(key, ct))!, faults);
    }

    /// <summary>Takes many at once, all or none. Those that are shipped unchanged are left out.</summary>
    public async Task<(int Taken, Faults Faults)> Import(IReadOnlyList<QuirkProfileWish> wishes, CancellationToken ct)
    {
        var faults = new Faults();
        var read = new List<(QuirkProfile Profile, bool Enabled)>();
        for (var i = 0; i < wishes.Count; i++)
        {
            var own = new Faults();
            if (Profile(wishes[i].Key is { Length: > 0 } key ? key : QuirkRules.Slug(wishes[i].Name ?? ""), wishes[i], own) is { } profile && !own.Any)
            {
                read.Add((profile, wishes[i].Enabled));
            }

            foreach (var (field, errors) in own.Errors)
            {
                faults.Add($"[{i}].{field}", errors[0]);
            }
        }

        if (faults.Any)
        {
            return (0, faults);
        }

        var taken = read.Where(r => !IsShipped(r.Profile, r.Enabled)).ToList();
        foreach (var (profile, enabled) in taken)
        {
            await Store(profile, enabled, ct);
        }

        await Save(ct);
        return (taken.Count, faults);
    }

    /// <summary>Removes an own profile, or the copy of a shipped one, which then holds again. False where there is neither.</summary>
    public async Task<bool> Remove(string key, CancellationToken ct)
    {
        if (await db.Set<StoredQuirkProfile>().SingleOrDefaultAsync(p => p.Key == key, ct) is not { } stored)
        {
            return false;
        }

        db.Remove(stored);
        audit.Record("quirkProfile.removed", "quirkProfile", key, before: stored.Definition);
        await Save(ct);
        return true;
    }

    private static QuirkProfile? Profile(string key, QuirkProfileWish wish, Faults faults)
    {
        if (QuirkRules.Read(wish.Switches, faults) is not { } switches)
        {
            return null;
        }

        var profile = new QuirkProfile
        {
            Key = key, Name = wish.Name?.Trim() ?? "", NameDe = Text(wish.NameDe), Vendor = Text(wish.Vendor), Model = Text(wish.Model), Firmware = Text(wish.Firmware),
            Habits = [.. (wish.Habits ?? []).Distinct(StringComparer.Ordinal)], Switches = switches, Note = Text(wish.Note), NoteDe = Text(wish.NoteDe),
        };
        QuirkRules.Check(profile, faults);
        return profile;
    }

    private static bool IsShipped(QuirkProfile profile, bool enabled) =>
        enabled && QuirkProfiles.Shipped.FirstOrDefault(s => s.Key == profile.Key) is { } shipped && Json(shipped) == Json(profile);

    private static string Json(QuirkProfile profile) => JsonSerializer.Serialize(profile, QuirkJson.Options);

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private async Task Store(QuirkProfile profile, bool enabled, CancellationToken ct)
    {
        var stored = await db.Set<StoredQuirkProfile>().SingleOrDefaultAsync(p => p.Key == profile.Key, ct);
        var before = stored is null ? null : new { stored.Definition, stored.Enabled };
        if (stored is null)
        {
            db.Add(stored = new StoredQuirkProfile { TenantId = tenant.Current, Key = profile.Key, Definition = profile });
        }

        (stored.Definition, stored.Enabled, stored.ChangedAt, stored.ChangedBy) = (profile, enabled, time.GetUtcNow(), actor.Name);
        audit.Record(before is null ? "quirkProfile.created" : "quirkProfile.changed", "quirkProfile", profile.Key, before, new { Definition = profile, Enabled = enabled });
    }

    private async Task Save(CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        profiles.Changed(tenant.Current);
        await follow.All(ct);
    }
}
