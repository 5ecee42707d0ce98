using System.Globalization;

namespace Ladewerk.Operations.Rules;

/// <summary>Stations that do not speak, come and go, boot again and again, or live in another time.</summary>
internal static class ConnectionRules
{
    /// <summary>A clock is judged only when what a station had kept while it was offline has been sent.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    /// <summary>Connected, and silent beyond what its heartbeat promises.</summary>
    public static IEnumerable<Symptom> Silent(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) => facts.Stations
        .Where(s => s.IsOnline && now - Heard(s) >= s.Heartbeat + policy.After)
        .Select(s => Of(FindingKind.Silent, s, Heard(s)) with
        {
            Evidence = [new(Heard(s), "lastHeard", ((long)s.Heartbeat.TotalSeconds).ToString(CultureInfo.InvariantCulture))],
            Action = SuggestedAction.Trigger("Heartbeat"),
        });

    /// <summary>Gone. A station that has never been there is no finding.</summary>
    public static IEnumerable<Symptom> Offline(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) => facts.Stations
        .Where(s => s is { IsOnline: false, Registration: "accepted", LastSeenAt: { } seen } && now - seen >= policy.After)
        .Select(s => Of(FindingKind.Offline, s, s.LastSeenAt!.Value) with { Evidence = [new(s.LastSeenAt!.Value, "lastSeen")] });

    /// <summary>Connects again and again.</summary>
    public static IEnumerable<Symptom> Flapping(WatchFacts facts, WatchPolicy policy) => facts.Stations
        .Where(s => s.Connects >= policy.Count)
        .Select(s => Of(FindingKind.Flapping, s, s.FirstConnect!.Value) with
        {
            Facts = new(Number: s.Connects),
            Evidence = [new(s.FirstConnect!.Value, "connects", s.Connects.ToString(CultureInfo.InvariantCulture))],
            Action = SuggestedAction.SoftReset(),
        });

    /// <summary>Boots again and again. Nothing is sent: a station in a loop is best left alone.</summary>
    public static IEnumerable<Symptom> BootLoop(WatchFacts facts, WatchPolicy policy) => facts.Stations
        .Where(s => s.Boots >= policy.Count)
        .Select(s => Of(FindingKind.BootLoop, s, s.FirstBoot!.Value) with
        {
            Facts = new(Number: s.Boots),
            Evidence = [new(s.FirstBoot!.Value, "boots", s.Boots.ToString(CultureInfo.InvariantCulture))],
        });

    /// <summary>A heartbeat's answer carries our time, so that is what the station is asked for.</summary>
    public static IEnumerable<Symptom> ClockDrift(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) => facts.Stations
        .Where(s => s is { ConnectedAt: { } since, ClockOffset: { } offset } && now - since >= Settled && Math.Abs((decimal)offset.TotalSeconds) > policy.Tolerance)
        .Select(s => Of(FindingKind.ClockDrift, s, s.ConnectedAt!.Value) with
        {
            Facts = new(Value: decimal.Round((decimal)s.ClockOffset!.Value.TotalMinutes)),
            Evidence = [new(s.ConnectedAt!.Value, "clockOffset", decimal.Round((decimal)s.ClockOffset.Value.TotalMinutes, 0).ToString(CultureInfo.InvariantCulture))],
            Action = SuggestedAction.Trigger("Heartbeat"),
        });

    private static DateTimeOffset Heard(StationFact s) => s.LastSeenAt > s.ConnectedAt ? s.LastSeenAt.Value : s.ConnectedAt!.Value;

    private static Symptom Of(FindingKind kind, StationFact s, DateTimeOffset since) => new(kind, Symptom.KeyOf(kind, s.Station), since) { Station = s.Station };
}
