using System.Text.Json;

namespace Ladewerk.Tariffs;

/// <summary>A tariff of a tenant as the choice needs it: when each version is valid.</summary>
internal sealed record KnownTariff(TariffId Id, string Name, TariffKind Kind, bool IsDefault, int CurrentVersion, IReadOnlyList<VersionSpan> Versions)
{
    /// <summary>The newest version that is valid at an instant; null where none is.</summary>
    public int? VersionAt(DateTimeOffset at)
    {
        int? newest = null;
        foreach (var version in Versions)
        {
            if ((version.From is null || version.From <= at) && (version.To is null || version.To > at) && (newest is null || version.Number > newest))
            {
                newest = version.Number;
            }
        }

        return newest;
    }
}

/// <summary>When a version is valid; the end is exclusive.</summary>
internal readonly record struct VersionSpan(int Number, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>An assignment as the choice needs it.</summary>
internal sealed record KnownAssignment(
    AssignmentLevel Level, string Target, TariffId Tariff, int Priority, DateTimeOffset? ValidFrom, DateTimeOffset? ValidTo, DateTimeOffset CreatedAt);

/// <summary>
/// A tenant's tariffs and assignments at some time, and the choice among them: the most specific level wins; within one
/// level the highest priority, then the newest; where nothing is assigned, the default tariff. Pure.
/// </summary>
internal sealed class TariffSelection(IReadOnlyList<KnownTariff> tariffs, IReadOnlyList<KnownAssignment> assignments, DateTimeOffset readAt)
{
    private static readonly AssignmentLevel[] Levels = Enum.GetValues<AssignmentLevel>();
    private readonly Dictionary<TariffId, KnownTariff> tariffs = tariffs.ToDictionary(tariff => tariff.Id);
    private readonly ILookup<(AssignmentLevel, string), KnownAssignment> assignments = assignments.ToLookup(assignment => (assignment.Level, Key(assignment.Target)));

    public DateTimeOffset ReadAt { get; } = readAt;

    public KnownTariff? Default { get; } = tariffs.FirstOrDefault(tariff => tariff.IsDefault);

    public KnownTariff? Find(TariffId id) => tariffs.GetValueOrDefault(id);

    /// <summary>Which tariff version holds. There must be a <see cref="Default"/>.</summary>
    public (KnownTariff Tariff, int Version, string Level, string Target) Choose(TariffQuestion question, DateTimeOffset at, List<TariffStep>? steps = null)
    {
        var chosen = Search(question, question.Kind, at, steps);
        if (chosen is null && question.Kind != TariffKind.Regular)
        {
            chosen = Search(question, TariffKind.Regular, at, steps);
        }

        if (chosen is { } found)
        {
            steps?.Add(Step("default", "", Default!, null, "overridden", "Standardtarif: gilt nur, wo nichts zugewiesen ist.", "Default tariff: holds only where nothing is assigned."));
            return found;
        }

        // A default that ran out still holds: nothing is free by accident.
        var version = Default!.VersionAt(at) ?? Default.CurrentVersion;
        steps?.Add(Step("default", "", Default, version, "chosen", "Nichts ist zugewiesen: der Standardtarif gilt.", "Nothing is assigned: the default tariff holds."));
        return (Default, version, "default", "");
    }

    private (KnownTariff Tariff, int Version, string Level, string Target)? Search(TariffQuestion question, TariffKind kind, DateTimeOffset at, List<TariffStep>? steps)
    {
        (KnownTariff Tariff, int Version, string Level, string Target)? chosen = null;
        foreach (var level in Levels)
        {
            var candidates = question.Targets(level).SelectMany(target => assignments[(level, Key(target))]).ToList();
            if (candidates.Count == 0)
            {
                steps?.Add(Nothing(level));
                continue;
            }

            foreach (var candidate in candidates.OrderByDescending(a => a.Priority).ThenByDescending(a => a.CreatedAt))
            {
                var judged = Judge(candidate, kind, at, chosen is not null, steps);
                chosen ??= judged;
                if (chosen is not null && steps is null)
                {
                    return chosen;
                }
            }
        }

        return chosen;
    }

    private (KnownTariff Tariff, int Version, string Level, string Target)? Judge(
        KnownAssignment candidate, TariffKind kind, DateTimeOffset at, bool taken, List<TariffStep>? steps)
    {
        if (!tariffs.TryGetValue(candidate.Tariff, out var tariff))
        {
            return null;
        }

        var level = NameOf(candidate.Level);
        var version = tariff.VersionAt(at);
        var inTime = (candidate.ValidFrom is null || candidate.ValidFrom <= at) && (candidate.ValidTo is null || candidate.ValidTo > at);
        if (!inTime || version is null)
        {
            steps?.Add(Step(level, candidate.Target, tariff, version, "notValid", "Zu dieser Zeit nicht gültig.", "Not valid at this time."));
            return null;
        }

        if (tariff.Kind != kind)
        {
            steps?.Add(Step(level, candidate.Target, tariff, version, "otherKind", "Für eine andere Art von Ladevorgang.", "For another kind of session."));
            return null;
        }

        if (taken)
        {
            steps?.Add(Step(level, candidate.Target, tariff, version, "overridden", "Etwas Näheres oder Vorrangiges gilt.", "Something more specific or of higher priority holds."));
            return null;
        }

        steps?.Add(Step(level, candidate.Target, tariff, version, "chosen", "Die am genauesten passende gültige Zuweisung.", "The most specific valid assignment."));
        return (tariff, version.Value, level, candidate.Target);
    }

    private static TariffStep Nothing(AssignmentLevel level) =>
        new(NameOf(level), "", null, null, null, "none", new LocalizedText("Auf dieser Ebene ist nichts zugewiesen.", "Nothing is assigned at this level."));

    private static TariffStep Step(string level, string target, KnownTariff tariff, int? version, string outcome, string de, string en) =>
        new(level, target, tariff.Id, tariff.Name, version, outcome, new LocalizedText(de, en));

    internal static string NameOf(AssignmentLevel level) => JsonNamingPolicy.CamelCase.ConvertName(level.ToString());

    private static string Key(string target) => target.Trim().ToUpperInvariant();
}
