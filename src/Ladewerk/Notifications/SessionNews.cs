namespace Ladewerk.Notifications;

/// <summary>What a driver has been told of a session.</summary>
/// <param name="Phase">As last seen; empty: nothing yet.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Told">Names of events that are told once a session.</param>
internal sealed record SessionMark(string Phase, DateTimeOffset Since, IReadOnlyList<string> Told);

/// <summary>How a session stands.</summary>
/// <param name="Ended">Whether it is over.</param>
/// <param name="Phase">starting, charging, suspendedByVehicle, suspendedByStation, finishing or ended.</param>
/// <param name="Priced">Whether its cost is known, or will not be soon.</param>
internal sealed record SessionStanding(bool Ended, string Phase, DateTimeOffset StartedAt, long EnergyWh, decimal? Soc, string? StopReason, bool Priced);

/// <summary>Decides what a driver is told of a session.</summary>
internal static class SessionNews
{
    /// <summary>Reasons of a stop that nobody wished (OCPP 1.6 §7.36).</summary>
    private static readonly HashSet<string> Faults = new(StringComparer.Ordinal) { "EmergencyStop", "PowerLoss", "HardReset", "SoftReset", "Reboot", "GroundFault", "OvercurrentFault", "PowerQuality" };

    /// <summary>A start that is learned of so late is no news.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(15);

    /// <summary>News, and the mark that holds once they are told; a settled mark is done.</summary>
    /// <param name="mark">What was told.</param>
    /// <param name="now">How it stands.</param>
    /// <param name="target">State of charge in percent at which the driver wants to hear of it.</param>
    /// <param name="idleAfter">How long a full vehicle may stand before it is told.</param>
    /// <param name="at">Now.</param>
    public static (IReadOnlyList<NoticeEvent> News, SessionMark Mark, bool Settled) Decide(SessionMark mark, SessionStanding now, decimal target, TimeSpan idleAfter, DateTimeOffset at)
    {
        var news = new List<NoticeEvent>();
        var told = mark.Told.ToHashSet(StringComparer.Ordinal);
        if (mark.Phase.Length == 0 && !now.Ended && at - now.StartedAt < Late)
        {
            news.Add(Catalogue.SessionStarted);
        }

        if (now.Ended)
        {
            if (!now.Priced)
            {
                return ([], mark, false); // the price comes in a moment
            }

            news.Add(now.StopReason is { } reason && Faults.Contains(reason) ? Catalogue.StoppedByFault : Catalogue.SessionFinished);
            return (news, mark with { Phase = "ended", Since = at }, true);
        }

        var since = mark.Phase == now.Phase ? mark.Since : at;
        if (mark.Phase != now.Phase)
        {
            news.AddRange(Turned(mark.Phase, now.Phase));
        }

        if (now.EnergyWh > 0 && (now.Soc >= target || (now.Phase == "suspendedByVehicle" && at - since >= TimeSpan.FromMinutes(2))) && told.Add(Catalogue.TargetReached.Name))
        {
            news.Add(Catalogue.TargetReached);
        }

        if (now.Phase is "suspendedByVehicle" or "finishing" && now.EnergyWh > 0 && at - since >= idleAfter && told.Add(Catalogue.Idle.Name))
        {
            news.Add(Catalogue.Idle);
        }

        return (news, new SessionMark(now.Phase, since, [.. told]), false);
    }

    private static IEnumerable<NoticeEvent> Turned(string before, string now) => (before, now) switch
    {
        ("charging", "suspendedByStation") => [Catalogue.EnergyPaused],
        ("suspendedByStation", "charging") => [Catalogue.EnergyResumed],
        _ => [],
    };
}
