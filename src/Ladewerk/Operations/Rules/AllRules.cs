namespace Ladewerk.Operations.Rules;

/// <summary>The watchdogs, spelled out. Each is pure: facts, policy and time in, symptoms out.</summary>
internal static class AllRules
{
    private static readonly IReadOnlyList<(FindingKind Kind, Func<WatchFacts, WatchPolicy, DateTimeOffset, IEnumerable<Symptom>> Rule)> Table =
    [
        (FindingKind.StartNotFollowed, StartRules.NotFollowed),
        (FindingKind.StuckPreparing, StuckRules.Preparing),
        (FindingKind.StuckFinishing, StuckRules.Finishing),
        (FindingKind.StuckSuspended, StuckRules.Suspended),
        (FindingKind.Fault, StuckRules.Fault),
        (FindingKind.RepeatedFaults, (facts, policy, _) => StuckRules.Repeated(facts, policy)),
        (FindingKind.NoSamples, EnergyRules.NoSamples),
        (FindingKind.EnergyWithoutSession, EnergyRules.WithoutSession),
        (FindingKind.LimitIgnored, EnergyRules.LimitIgnored),
        (FindingKind.Silent, ConnectionRules.Silent),
        (FindingKind.Offline, ConnectionRules.Offline),
        (FindingKind.Flapping, (facts, policy, _) => ConnectionRules.Flapping(facts, policy)),
        (FindingKind.BootLoop, (facts, policy, _) => ConnectionRules.BootLoop(facts, policy)),
        (FindingKind.ClockDrift, ConnectionRules.ClockDrift),
    ];

    /// <summary>All that is wrong now, each natural key once.</summary>
    public static IReadOnlyList<Symptom> Look(WatchFacts facts, WatchPolicies policies, DateTimeOffset now) =>
    [
        .. Table.Select(rule => (rule.Rule, Policy: policies[rule.Kind])).Where(rule => rule.Policy.IsOn).SelectMany(rule => rule.Rule(facts, rule.Policy, now))
            .Concat(facts.Papers.Where(p => policies[p.Kind].IsOn).Select(Paper))
            .DistinctBy(s => s.Key),
    ];

    private static Symptom Paper(PaperFact p) => new(p.Kind, p.Key, p.Since) { Station = p.Station, Session = p.Session, Facts = p.Facts };
}
