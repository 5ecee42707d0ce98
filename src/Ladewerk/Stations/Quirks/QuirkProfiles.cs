using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Stations.Templates;
using Npgsql;

namespace Ladewerk.Stations.Quirks;

/// <summary>Where a profile comes from.</summary>
public enum QuirkOrigin
{
    /// <summary>Part of Ladewerk.</summary>
    Shipped,

    /// <summary>Shipped, and changed or switched off by the operator.</summary>
    Changed,

    /// <summary>The operator's own.</summary>
    Own,
}

/// <summary>A profile as it holds for an operator.</summary>
public sealed record OperatorProfile(QuirkProfile Profile, QuirkOrigin Origin, bool Enabled);

/// <summary>Who decided which profiles hold for a station.</summary>
public enum QuirkChooser
{
    /// <summary>Vendor, model and firmware.</summary>
    Match,

    /// <summary>The station's template.</summary>
    Template,

    /// <summary>The operator, for this station.</summary>
    Operator,
}

/// <summary>What holds for a station, and why.</summary>
/// <param name="Quirks">Ready for use.</param>
/// <param name="Profiles">The profiles that were taken, the one with the last word last.</param>
/// <param name="Override">What was said for this station alone; over all profiles.</param>
/// <param name="Template">The station's template where it names a profile, in force or not.</param>
public sealed record EffectiveQuirks(
    StationQuirks Quirks, IReadOnlyList<OperatorProfile> Profiles, QuirkSwitches Override, QuirkChooser ChosenBy = QuirkChooser.Match, StationTemplate? Template = null);

/// <summary>
/// The quirk profiles of every operator, in memory. A station's switches are: defaults, below the shipped profiles that fit, below the
/// operator's profiles that fit, below its own override. A profile that the station's template names takes the place of all that fit; one that the
/// operator chose for the station takes the place of these and of the template's.
/// </summary>
public sealed class QuirkProfiles(NpgsqlDataSource dataSource, KnownTemplates templates, TimeProvider time)
{
    /// <summary>The choice of a station for which no profile holds.</summary>
    public const string NoProfile = "none";

    /// <summary>The operator's choice of what fits vendor, model and firmware, whatever the template says.</summary>
    public const string ByMake = "match";

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1); // another node may have changed them
    private static readonly Lazy<IReadOnlyList<QuirkProfile>> All = new(() => Load());

    private readonly ConcurrentDictionary<TenantId, Known> tenants = new();

    /// <summary>What is part of Ladewerk.</summary>
    public static IReadOnlyList<QuirkProfile> Shipped => All.Value;

    /// <summary>Every profile of an operator, by name.</summary>
    public async ValueTask<IReadOnlyList<OperatorProfile>> Of(TenantId tenant, CancellationToken ct) => (await Get(tenant, ct)).Profiles;

    /// <summary>What holds for a station.</summary>
    public async ValueTask<EffectiveQuirks> Effective(TenantId tenant, QuirkChoice choice, QuirkSwitches over, CancellationToken ct)
    {
        var known = await Get(tenant, ct);
        if (!known.ByChoice.TryGetValue(choice, out var effective))
        {
            var template = TemplateChoice.Of(await templates.Of(tenant, ct), choice.Template, choice.Make.Vendor, choice.Make.Model, choice.Make.Firmware);
            effective = Decide(known.Profiles, choice.Make, choice.Chosen, QuirkSwitches.None, template);
            if (known.ByChoice.Count < MostChoices)
            {
                known.ByChoice[choice] = effective;
            }
        }

        return over == QuirkSwitches.None ? effective : effective with { Quirks = new StationQuirks(over.Over(effective.Quirks.Said)), Override = over };
    }

    /// <summary>The profiles of an operator were changed.</summary>
    public void Changed(TenantId tenant) => tenants.TryRemove(tenant, out _);

    /// <summary>Lays the profiles that hold over each other. A template that names a profile which is switched off or gone says nothing. Pure.</summary>
    internal static EffectiveQuirks Decide(IReadOnlyList<OperatorProfile> profiles, StationMake make, string? chosen, QuirkSwitches over, StationTemplate? template = null)
    {
        var named = template?.QuirkProfile is { } key && (key == NoProfile || profiles.Any(p => p.Enabled && p.Profile.Key == key)) ? key : null;
        var by = chosen is not null ? QuirkChooser.Operator : named is not null ? QuirkChooser.Template : QuirkChooser.Match;
        var holding = (chosen == ByMake ? null : chosen ?? named) switch
        {
            null => profiles.Where(p => p.Enabled && p.Profile.Fits(make)),
            NoProfile => [],
            var one => profiles.Where(p => p.Enabled && p.Profile.Key == one),
        };
        List<OperatorProfile> ordered = [.. holding.OrderBy(p => p.Origin != QuirkOrigin.Shipped).ThenBy(p => p.Profile.Exactness).ThenBy(p => p.Profile.Key, StringComparer.Ordinal)];
        var said = ordered.Aggregate(QuirkSwitches.None, (below, p) => p.Profile.Switches.Over(below));
        var quirks = over.Over(said);
        return new EffectiveQuirks(quirks.Said().Any() ? new StationQuirks(quirks) : StationQuirks.None, ordered, over, by, template?.QuirkProfile is null ? null : template);
    }

    private const int MostChoices = 2000;

    private async ValueTask<Known> Get(TenantId tenant, CancellationToken ct)
    {
        if (tenants.TryGetValue(tenant, out var known) && time.GetUtcNow() - known.At < Kept)
        {
            return known;
        }

        var read = new Known(time.GetUtcNow(), await Read(tenant, ct), new());
        return tenants[tenant] = read;
    }

    private async Task<IReadOnlyList<OperatorProfile>> Read(TenantId tenant, CancellationToken ct)
    {
        var profiles = Shipped.ToDictionary(p => p.Key, p => new OperatorProfile(p, QuirkOrigin.Shipped, Enabled: true), StringComparer.Ordinal);
        await using var command = dataSource.CreateCommand("select definition::text, enabled from quirk_profile where tenant_id = $1");
        command.Parameters.Add(new() { Value = tenant.Value });
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            var profile = JsonSerializer.Deserialize<QuirkProfile>(row.GetString(0), Columns.Json)!;
            profiles[profile.Key] = new OperatorProfile(profile, profiles.ContainsKey(profile.Key) ? QuirkOrigin.Changed : QuirkOrigin.Own, row.GetBoolean(1));
        }

        return [.. profiles.Values.OrderBy(p => p.Profile.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private static List<QuirkProfile> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Ladewerk.Stations.Quirks.profiles.json")!;
        return JsonSerializer.Deserialize<List<QuirkProfile>>(stream, QuirkJson.Options)!;
    }

    private sealed record Known(DateTimeOffset At, IReadOnlyList<OperatorProfile> Profiles, ConcurrentDictionary<QuirkChoice, EffectiveQuirks> ByChoice);
}
