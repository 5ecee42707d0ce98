using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations.Templates;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Quirks;

/// <summary>A quirk profile as the API shows it.</summary>
/// <param name="Origin">shipped, changed (a copy stands in place of the shipped one), own.</param>
/// <param name="Stations">For how many stations it holds.</param>
public sealed record QuirkProfileView(
    string Key, string Name, string? NameDe, string? Vendor, string? Model, string? Firmware, IReadOnlyList<string> Habits, QuirkSwitches Switches,
    string? Note, string? NoteDe, QuirkOrigin Origin, bool Enabled, long Stations);

/// <summary>One effective switch of a station.</summary>
/// <param name="Source">Key of the profile that says so, or <c>override</c>.</param>
/// <param name="Used">How often it did something since the station is known.</param>
public sealed record SwitchView(string Name, object Value, string Source, long Used);

/// <summary>Something that had to be forgiven in a station's messages.</summary>
/// <param name="Text">In plain words, in the language of the request.</param>
public sealed record LeniencyView(string Name, string Text, long Count);

/// <summary>A template that names a quirk profile.</summary>
/// <param name="Profile">Key of the profile, or <c>none</c>.</param>
public sealed record QuirkTemplateView(string Key, string Name, string Profile);

/// <summary>What holds for a station, and why.</summary>
/// <param name="Profile">As the operator chose it; null leaves it to the template, and then to vendor, model and firmware.</param>
/// <param name="ChosenBy">Who decided which profiles hold: operator, template or match (vendor, model and firmware).</param>
/// <param name="Template">The station's template where it names a profile, in force or not.</param>
/// <param name="Applied">The profiles that hold, the one with the last word last.</param>
public sealed record StationQuirksView(
    string? Profile, QuirkChooser ChosenBy, QuirkTemplateView? Template, IReadOnlyList<QuirkProfileView> Applied, QuirkSwitches Override, IReadOnlyList<SwitchView> Switches, IReadOnlyList<LeniencyView> Leniencies);

/// <summary>Reads profiles and stations' quirks as the API and the pages show them.</summary>
internal sealed class QuirkReader(LadewerkDb db, TenantContext tenant, QuirkProfiles profiles, ChangeQuirks quirks, Texts texts, KnownTemplates templates)
{
    /// <summary>All profiles by name, narrowed by a text in name, note, pattern or habit.</summary>
    public async Task<IReadOnlyList<QuirkProfileView>> List(string? q, CancellationToken ct)
    {
        var all = await profiles.Of(tenant.Current, ct);
        var counts = await Counts(all, ct);
        return [.. all.Where(p => Matches(p.Profile, q)).Select(p => View(p, counts.GetValueOrDefault(p.Profile.Key)))];
    }

    /// <summary>One profile; null where there is none of that key.</summary>
    public async Task<QuirkProfileView?> Find(string key, CancellationToken ct) => (await List(null, ct)).FirstOrDefault(p => p.Key == key);

    /// <summary>What holds for a station.</summary>
    public async Task<StationQuirksView> Of(ChargingStation station, CancellationToken ct)
    {
        var effective = await quirks.Effective(station, ct);
        var counts = station.Leniencies;
        return new StationQuirksView(
            station.QuirkProfile,
            effective.ChosenBy,
            effective.Template is { QuirkProfile: { } named } template ? new QuirkTemplateView(template.Key, template.Name, named) : null,
            [.. effective.Profiles.Select(p => View(p, 0))],
            effective.Override,
            [.. effective.Quirks.Said.Said().Select(s => Switch(s.Switch, s.Value, effective, counts))],
            [.. counts.Where(c => IsLeniency(c.Key)).OrderByDescending(c => c.Value).Select(c => new LeniencyView(c.Key, texts["stations.leniency." + c.Key], c.Value))]);
    }

    /// <summary>Whether a count is of something forgiven, not of a switch that was used.</summary>
    public static bool IsLeniency(string name) => !StationHabits.SwitchNames.Contains(name, StringComparer.Ordinal);

    private static SwitchView Switch(QuirkSwitch one, object value, EffectiveQuirks effective, Dictionary<string, long> counts)
    {
        var name = StationHabits.SwitchNames[(int)one];
        var source = effective.Override.Said().Any(s => s.Switch == one) ? "override" : effective.Profiles.Last(p => p.Profile.Switches.Said().Any(s => s.Switch == one)).Profile.Key;
        return new SwitchView(name, value, source, counts.GetValueOrDefault(name));
    }

    private static QuirkProfileView View(OperatorProfile p, long stations) => new(
        p.Profile.Key, p.Profile.Name, p.Profile.NameDe, p.Profile.Vendor, p.Profile.Model, p.Profile.Firmware, p.Profile.Habits, p.Profile.Switches, p.Profile.Note, p.Profile.NoteDe, p.Origin, p.Enabled, stations);

    private static bool Matches(QuirkProfile p, string? q) => string.IsNullOrWhiteSpace(q)
        || new[] { p.Key, p.Name, p.NameDe, p.Note, p.NoteDe, p.Vendor, p.Model, p.Firmware }.Any(t => t?.Contains(q.Trim(), StringComparison.OrdinalIgnoreCase) == true)
        || p.Habits.Contains(q.Trim(), StringComparer.OrdinalIgnoreCase);

    private async Task<Dictionary<string, long>> Counts(IReadOnlyList<OperatorProfile> all, CancellationToken ct)
    {
        var makes = await db.Set<ChargingStation>().AsNoTracking().Where(s => s.RemovedAt == null)
            .GroupBy(s => new { s.Vendor, s.Model, s.FirmwareVersion, s.QuirkProfile, s.Template }).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(ct);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var models = await templates.Of(tenant.Current, ct);
        foreach (var make in makes)
        {
            var template = TemplateChoice.Of(models, make.Key.Template, make.Key.Vendor, make.Key.Model, make.Key.FirmwareVersion);
            foreach (var profile in QuirkProfiles.Decide(all, new StationMake(make.Key.Vendor, make.Key.Model, make.Key.FirmwareVersion), make.Key.QuirkProfile, QuirkSwitches.None, template).Profiles)
            {
                counts[profile.Profile.Key] = counts.GetValueOrDefault(profile.Profile.Key) + make.Count;
            }
        }

        return counts;
    }
}
