using System.Globalization;

namespace Ladewerk.Operations.Rules;

/// <summary>Energy that is not where it should be: sessions without readings, readings without a session, more than was allowed.</summary>
internal static class EnergyRules
{
    /// <summary>So much power is a car, not a meter's own noise.</summary>
    private const long CarW = 500;

    /// <summary>A running session of a connected station of which no reading has come for long.</summary>
    public static IEnumerable<Symptom> NoSamples(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) => facts.Sessions
        .Where(s => s.IsOnline && s.Phase is "starting" or "charging" && s.IsOnline && now - (s.LastSampleAt ?? s.StartedAt) >= policy.After)
        .Select(s => new Symptom(FindingKind.NoSamples, Symptom.KeyOf(FindingKind.NoSamples, s.Station, s.TransactionId), s.LastSampleAt ?? s.StartedAt)
        {
            Station = s.Station,
            Connector = s.Connector,
            Session = s.Session,
            Facts = new(Number: s.TransactionId),
            Evidence = [new(s.StartedAt, "sessionStarted", s.TransactionId.ToString(CultureInfo.InvariantCulture)), .. s.LastSampleAt is { } last ? [new Evidence(last, "lastSample")] : Array.Empty<Evidence>()],
            Action = SuggestedAction.Trigger("MeterValues", s.Connector),
        });

    /// <summary>A connector that charges, or a register that rises, while no session runs there.</summary>
    public static IEnumerable<Symptom> WithoutSession(WatchFacts facts, WatchPolicy policy, DateTimeOffset now)
    {
        var busy = facts.Sessions.Select(s => (s.Station, s.Connector)).ToHashSet();
        var byReadings = facts.Strays
            .Where(s => !busy.Contains((s.Station, s.Connector)) && (s.RegisterRiseWh > policy.Tolerance || s.MostW >= CarW))
            .ToDictionary(s => (s.Station, s.Connector), s => new Evidence(
                s.From, "strayReadings", (s.RegisterRiseWh ?? 0).ToString(CultureInfo.InvariantCulture), (s.MostW ?? 0).ToString(CultureInfo.InvariantCulture)));
        var byStatus = facts.Connectors
            .Where(c => c.IsOnline && c.Session is null && c.Status is "Charging" && now - c.StatusAt >= policy.After && !busy.Contains((c.Station, c.Connector)))
            .ToDictionary(c => (c.Station, c.Connector), c => new Evidence(c.StatusAt, "status", c.Status));
        foreach (var place in byReadings.Keys.Union(byStatus.Keys))
        {
            Evidence[] evidence = [.. new[] { byStatus.GetValueOrDefault(place), byReadings.GetValueOrDefault(place) }.OfType<Evidence>()];
            yield return new Symptom(FindingKind.EnergyWithoutSession, Symptom.KeyOf(FindingKind.EnergyWithoutSession, place.Station, place.Connector), evidence.Min(e => e.At))
            {
                Station = place.Station,
                Connector = place.Connector,
                Evidence = evidence,
                Action = SuggestedAction.Trigger("StatusNotification", place.Connector),
            };
        }
    }

    /// <summary>Every reading of the last minutes lies over the limit and what is forgiven.</summary>
    public static IEnumerable<Symptom> LimitIgnored(WatchFacts facts, WatchPolicy policy, DateTimeOffset now)
    {
        var factor = 1 + (policy.Tolerance / 100);
        return facts.Limits
            .Where(l => l.Readings >= 2 && now - l.SetAt >= policy.After && l.Oldest - l.SetAt >= TimeSpan.Zero)
            .Where(l => (l is { LimitA: { } a, LeastA: { } amperes } && amperes > (a * factor) + 0.5m) || (l is { LimitW: { } w, LeastW: { } watts } && watts > (w * factor) + 100))
            .Select(l => new Symptom(FindingKind.LimitIgnored, Symptom.KeyOf(FindingKind.LimitIgnored, l.Station, l.Connector ?? 0), l.SetAt)
            {
                Station = l.Station,
                Connector = l.Connector,
                Facts = new(Detail: l.LimitA is { } a ? Number(a) + " A" : Number((l.LimitW ?? 0) / 1000) + " kW"),
                Evidence = [new(l.SetAt, "limitSet", l.LimitA is { } set ? Number(set) + " A" : Number(l.LimitW ?? 0) + " W")],
                Action = SuggestedAction.LimitAgain(l.Connector, l.LimitA, l.LimitW),
            });
    }

    private static string Number(decimal value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
