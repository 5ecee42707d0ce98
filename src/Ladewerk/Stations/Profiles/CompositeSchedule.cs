namespace Ladewerk.Stations.Profiles;

/// <summary>A limit from a moment on; null: none.</summary>
public readonly record struct LimitStep(DateTimeOffset At, decimal? Limit);

/// <summary>
/// What limit should result from the profiles of a station (OCPP 1.6 §3.13.3, 2.0.1 K01): of one purpose the highest level that has a period now;
/// the profile of the transaction overrules the default; the station's maximum bounds both. Pure.
/// </summary>
public static class CompositeSchedule
{
    /// <summary>What a phase of the grid has; currents and powers are turned into each other by it.</summary>
    public const decimal Volts = 230;

    private const int UsualPhases = 3;

    /// <summary>The steps from <paramref name="from"/> on; the first stands at it, equal neighbours are one.</summary>
    /// <param name="profiles">What the station holds.</param>
    /// <param name="connector">Which; 0 is the station as a whole.</param>
    /// <param name="inWatts">Else in A per phase.</param>
    public static IReadOnlyList<LimitStep> Of(IReadOnlyList<InstalledProfile> profiles, int connector, DateTimeOffset from, TimeSpan length, bool inWatts)
    {
        var cuts = profiles.SelectMany(p => Cuts(p, from, from + length)).Where(t => t > from && t < from + length).Prepend(from).Distinct().Order();
        var steps = new List<LimitStep>();
        foreach (var at in cuts)
        {
            var limit = At(profiles, connector, at, inWatts);
            if (steps.Count == 0 || steps[^1].Limit != limit)
            {
                steps.Add(new LimitStep(at, limit));
            }
        }

        return steps;
    }

    /// <summary>The limit at a moment; null where nothing limits.</summary>
    public static decimal? At(IReadOnlyList<InstalledProfile> profiles, int connector, DateTimeOffset at, bool inWatts)
    {
        var most = Highest(profiles.Where(p => p.Profile.Purpose == ProfilePurpose.StationMaximum), at, inWatts);
        if (connector == 0)
        {
            return most;
        }

        var own = Highest(profiles.Where(p => p.Profile.Purpose == ProfilePurpose.Transaction && p.Profile.ConnectorNumber == connector), at, inWatts)
            ?? Highest(profiles.Where(p => p.Profile.Purpose == ProfilePurpose.TransactionDefault && p.Profile.ConnectorNumber == connector), at, inWatts)
            ?? Highest(profiles.Where(p => p.Profile.Purpose == ProfilePurpose.TransactionDefault && p.Profile.ConnectorNumber == 0), at, inWatts);
        return own is { } o && most is { } m ? Math.Min(o, m) : own ?? most;
    }

    /// <summary>The limit that one profile asks for at a moment; null where it has no period then.</summary>
    public static decimal? Of(InstalledProfile installed, DateTimeOffset at, bool inWatts)
    {
        var p = installed.Profile;
        if (at < p.ValidFrom || at >= p.ValidTo || Begin(installed, at) is not { } start || at < start)
        {
            return null;
        }

        var seconds = (at - start).TotalSeconds;
        if (seconds >= p.DurationSeconds)
        {
            return null;
        }

        var period = p.Periods.LastOrDefault(s => s.StartSeconds <= seconds);
        return period is null || p.InWatts == inWatts ? period?.Limit
            : inWatts ? period.Limit * Volts * (period.Phases ?? UsualPhases)
            : decimal.Round(period.Limit / (Volts * (period.Phases ?? UsualPhases)), 1);
    }

    private static decimal? Highest(IEnumerable<InstalledProfile> profiles, DateTimeOffset at, bool inWatts) =>
        profiles.OrderByDescending(p => p.Profile.StackLevel).Select(p => Of(p, at, inWatts)).FirstOrDefault(l => l is not null);

    /// <summary>When the schedule that holds at a moment began: a recurring one begins anew each day or week, a relative one with its session.</summary>
    private static DateTimeOffset? Begin(InstalledProfile installed, DateTimeOffset at)
    {
        var p = installed.Profile;
        if (p.Start is not { } start)
        {
            return installed.SessionStartedAt ?? installed.SetAt;
        }

        var every = Every(p);
        return every is null || at < start ? start : start + (every.Value * Math.Floor((at - start) / every.Value));
    }

    private static TimeSpan? Every(SetChargingProfile p) => p.Recurrence?.ToUpperInvariant() switch
    {
        "DAILY" => TimeSpan.FromDays(1),
        "WEEKLY" => TimeSpan.FromDays(7),
        _ => null,
    };

    private static IEnumerable<DateTimeOffset> Cuts(InstalledProfile installed, DateTimeOffset from, DateTimeOffset to)
    {
        var p = installed.Profile;
        foreach (var edge in new[] { p.ValidFrom, p.ValidTo }.OfType<DateTimeOffset>())
        {
            yield return edge;
        }

        for (var begin = Begin(installed, from); begin < to; begin = Every(p) is { } every ? begin + every : null)
        {
            foreach (var second in p.Periods.Select(s => s.StartSeconds).Concat(p.DurationSeconds is { } length ? [length] : []))
            {
                yield return begin.Value.AddSeconds(second);
            }
        }
    }
}
