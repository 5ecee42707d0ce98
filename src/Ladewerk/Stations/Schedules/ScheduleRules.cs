namespace Ladewerk.Stations.Schedules;

/// <summary>What falls due.</summary>
/// <param name="At">When it was due by the wall clock.</param>
internal readonly record struct ScheduleMoment(DateTimeOffset At, ScheduleEdge Edge);

/// <summary>When schedules act. Pure; a wall clock that jumps (summer time) moves nothing twice and leaves nothing out.</summary>
internal static class ScheduleRules
{
    /// <summary>How late a restart is still made up for; out-of-service times are made up for as long as they last.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromHours(1);

    /// <summary>The first moment after a time; null: none any more.</summary>
    public static ScheduleMoment? Next(ScheduleRule rule, DateTimeOffset after, TimeZoneInfo zone)
    {
        foreach (var day in Days(rule, after, zone))
        {
            foreach (var moment in Moments(rule, day, zone))
            {
                if (moment.At > after)
                {
                    return moment;
                }
            }
        }

        return null;
    }

    /// <summary>
    /// What is to be done at <paramref name="now"/> where <paramref name="due"/> was next and nothing was done since: of several moments the
    /// last one, because it says how the stations should be now; a restart that is long over is left out.
    /// </summary>
    /// <returns>The moment to act on, or null; and the next one.</returns>
    public static (ScheduleMoment? Act, ScheduleMoment? Next) Due(ScheduleRule rule, ScheduleMoment due, DateTimeOffset now, TimeZoneInfo zone)
    {
        var last = due;
        while (Next(rule, last.At, zone) is { } later)
        {
            if (later.At > now)
            {
                return (Act(last, now), later);
            }

            last = later;
        }

        return (Act(last, now), null);
    }

    /// <summary>The moment of a wall clock's time: one that is skipped comes when the clock goes on; of one that comes twice the first.</summary>
    public static DateTimeOffset At(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(time);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static ScheduleMoment? Act(ScheduleMoment moment, DateTimeOffset now) =>
        moment.Edge == ScheduleEdge.Restart && now - moment.At > Late ? null : moment;

    // From two days before, because an out-of-service time of then may end only now, to a week and a day ahead.
    private static IEnumerable<DateOnly> Days(ScheduleRule rule, DateTimeOffset after, TimeZoneInfo zone)
    {
        if (rule.Date is { } once)
        {
            return [once];
        }

        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).Date).AddDays(-2);
        return Enumerable.Range(0, 11).Select(first.AddDays).Where(d => rule.Days is not { Count: > 0 } days || days.Contains(d.DayOfWeek));
    }

    private static ScheduleMoment[] Moments(ScheduleRule rule, DateOnly day, TimeZoneInfo zone)
    {
        var begin = At(day, rule.At, zone);
        if (rule.Kind == ScheduleKind.Restart || rule.Until is not { } until)
        {
            return [new(begin, ScheduleEdge.Restart)];
        }

        return [new(begin, ScheduleEdge.Close), new(At(until <= rule.At ? day.AddDays(1) : day, until, zone), ScheduleEdge.Open)];
    }
}
