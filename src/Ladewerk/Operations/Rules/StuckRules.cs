using System.Globalization;

namespace Ladewerk.Operations.Rules;

/// <summary>Connectors that stay in a state, and what connectors say of themselves.</summary>
internal static class StuckRules
{
    /// <summary>Preparing for long, with no session.</summary>
    public static IEnumerable<Symptom> Preparing(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) =>
        In(facts, "Preparing", policy, now).Where(c => c.Session is null).Select(c => Stuck(FindingKind.StuckPreparing, c, SuggestedAction.Trigger("StatusNotification", c.Connector)));

    /// <summary>Finishing for long: the cable is still in, or the station does not notice that it is not.</summary>
    public static IEnumerable<Symptom> Finishing(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) =>
        In(facts, "Finishing", policy, now).Select(c => Stuck(FindingKind.StuckFinishing, c, SuggestedAction.Unlock(c.Connector)));

    /// <summary>A vehicle that takes nothing for long, while its session runs.</summary>
    public static IEnumerable<Symptom> Suspended(WatchFacts facts, WatchPolicy policy, DateTimeOffset now)
    {
        var sessions = facts.Sessions.ToLookup(s => s.Session);
        return In(facts, "SuspendedEV", policy, now).Select(c => Stuck(
            FindingKind.StuckSuspended,
            c,
            c.Session is { } id && sessions[id].FirstOrDefault() is { } session ? SuggestedAction.Stop(session.TransactionId) : SuggestedAction.Trigger("StatusNotification", c.Connector)));
    }

    /// <summary>A connector that says it is out of order.</summary>
    public static IEnumerable<Symptom> Fault(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) =>
        In(facts, "Faulted", policy, now).Select(c => Stuck(FindingKind.Fault, c, SuggestedAction.SoftReset()) with { Facts = new(Detail: c.ErrorCode, Place: c.VendorCode) });

    /// <summary>A charge point that goes out of order again and again.</summary>
    public static IEnumerable<Symptom> Repeated(WatchFacts facts, WatchPolicy policy) => facts.Faults.Where(f => f.Count >= policy.Count).Select(f =>
        new Symptom(FindingKind.RepeatedFaults, Symptom.KeyOf(FindingKind.RepeatedFaults, f.Station, f.Evse), f.First)
        {
            Station = f.Station,
            Connector = f.Evse,
            Facts = new(Number: f.Count, Detail: f.Detail),
            Evidence = [new(f.First, "firstFault"), new(f.Last, "lastFault", f.Count.ToString(CultureInfo.InvariantCulture), f.Detail ?? "–")],
            Action = SuggestedAction.SoftReset(),
        });

    private static IEnumerable<ConnectorFact> In(WatchFacts facts, string status, WatchPolicy policy, DateTimeOffset now) =>
        facts.Connectors.Where(c => c.IsOnline && c.Status == status && now - c.StatusAt >= policy.After);

    private static Symptom Stuck(FindingKind kind, ConnectorFact c, SuggestedAction action) => new(kind, Symptom.KeyOf(kind, c.Station, c.Connector), c.StatusAt)
    {
        Station = c.Station,
        Connector = c.Connector,
        Session = c.Session,
        Evidence = [c.ErrorCode is "NoError" ? new(c.StatusAt, "status", c.Status) : new(c.StatusAt, "fault", c.Status, c.ErrorCode, c.VendorCode ?? "–")],
        Action = action,
    };
}
