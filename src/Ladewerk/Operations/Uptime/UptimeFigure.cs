namespace Ladewerk.Operations.Uptime;

/// <summary>How long a charge point was in its states within a period, in seconds.</summary>
/// <param name="Period">The time it was known: from its first status, or the start of the period, to its end or now.</param>
/// <param name="Available">Free to charge.</param>
/// <param name="InUse">Taken.</param>
/// <param name="Faulted">Out of order by its own word.</param>
/// <param name="Unavailable">Out of service.</param>
/// <param name="Offline">Not connected.</param>
/// <param name="Excluded">The part of the last three that does not count: planned maintenance, force majeure.</param>
public sealed record UptimeFigure(double Period, double Available, double InUse, double Faulted, double Unavailable, double Offline, double Excluded)
{
    public static readonly UptimeFigure None = new(0, 0, 0, 0, 0, 0, 0);

    /// <summary>Time out of service that counts.</summary>
    public double Outage => Math.Max(0, Faulted + Unavailable + Offline - Excluded);

    /// <summary>
    /// The share of the time in which one could charge, in percent: 100 × (period − (outage − excluded)) / period, as 23 CFR §680.116(b)(3)
    /// (NEVI) defines it and as it is reported for AFIR; null where nothing is known.
    /// </summary>
    public decimal? Percent => Period <= 0 ? null : decimal.Round(100m * (decimal)Math.Max(0, (Period - Outage) / Period), 3);

    public static UptimeFigure operator +(UptimeFigure a, UptimeFigure b) => new(
        a.Period + b.Period, a.Available + b.Available, a.InUse + b.InUse, a.Faulted + b.Faulted, a.Unavailable + b.Unavailable, a.Offline + b.Offline, a.Excluded + b.Excluded);

    /// <summary>Sums up stretches, each cut to the period.</summary>
    /// <param name="stretches">In any order, not overlapping.</param>
    /// <param name="exclusions">May overlap each other; time counts once.</param>
    public static UptimeFigure Of(IEnumerable<Stretch> stretches, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> exclusions, DateTimeOffset from, DateTimeOffset to)
    {
        var free = Merge(exclusions);
        var sum = None;
        foreach (var stretch in stretches)
        {
            var (a, b) = (Later(stretch.From, from), Earlier(stretch.To, to));
            if (b <= a)
            {
                continue;
            }

            var seconds = (b - a).TotalSeconds;
            var excluded = stretch.IsOutage ? free.Sum(e => Math.Max(0, (Earlier(e.To, b) - Later(e.From, a)).TotalSeconds)) : 0;
            sum += stretch.State switch
            {
                "available" => None with { Period = seconds, Available = seconds },
                "inUse" => None with { Period = seconds, InUse = seconds },
                "faulted" => None with { Period = seconds, Faulted = seconds, Excluded = excluded },
                "unavailable" => None with { Period = seconds, Unavailable = seconds, Excluded = excluded },
                "offline" => None with { Period = seconds, Offline = seconds, Excluded = excluded },
                _ => throw new ArgumentOutOfRangeException(nameof(stretches), stretch.State, "No such state."),
            };
        }

        return sum;
    }

    private static List<(DateTimeOffset From, DateTimeOffset To)> Merge(IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> exclusions)
    {
        var merged = new List<(DateTimeOffset From, DateTimeOffset To)>();
        foreach (var next in exclusions.OrderBy(e => e.From))
        {
            if (merged.Count > 0 && next.From <= merged[^1].To)
            {
                merged[^1] = (merged[^1].From, Later(merged[^1].To, next.To));
            }
            else
            {
                merged.Add(next);
            }
        }

        return merged;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

/// <summary>A time in one state.</summary>
public readonly record struct Stretch(string State, DateTimeOffset From, DateTimeOffset To, string? Detail = null)
{
    public bool IsOutage => State is "faulted" or "unavailable" or "offline";
}
