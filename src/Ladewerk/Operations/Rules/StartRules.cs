namespace Ladewerk.Operations.Rules;

/// <summary>Remote starts that lead to nothing. First the station is asked what it does, then the cable is released, then it is restarted.</summary>
internal static class StartRules
{
    /// <summary>So long a start that came to nothing is shown.</summary>
    public static readonly TimeSpan Shown = TimeSpan.FromMinutes(30);

    public static IEnumerable<Symptom> NotFollowed(WatchFacts facts, WatchPolicy policy, DateTimeOffset now) => facts.Starts
        .Where(s => !s.Followed && now - s.At >= policy.After && now - s.At < Shown)
        .GroupBy(s => (s.Station, s.Connector))
        .Select(group =>
        {
            var (first, last) = (group.MinBy(s => s.At)!, group.MaxBy(s => s.At)!);
            var step = (int)Math.Min(3, (now - first.At) / policy.After);
            return new Symptom(FindingKind.StartNotFollowed, Symptom.KeyOf(FindingKind.StartNotFollowed, first.Station, first.Connector ?? 0), first.At)
            {
                Station = first.Station,
                Connector = first.Connector,
                Step = step,
                Facts = new(Number: group.Count()),
                Evidence =
                [
                    .. group.OrderBy(s => s.At).Select(s => new Evidence(s.At, "startAccepted", s.RequestedBy ?? "–")),
                    .. last is { Status: { } status, StatusAt: { } at } ? [new Evidence(at, "status", status)] : Array.Empty<Evidence>(),
                ],
                Action = step switch
                {
                    1 => SuggestedAction.Trigger("StatusNotification", first.Connector),
                    2 => SuggestedAction.Unlock(first.Connector ?? 1),
                    _ => SuggestedAction.SoftReset(),
                },
            };
        });
}
