using Ladewerk.Tariffs;

namespace Ladewerk.Drivers.Contracts;

/// <summary>
/// The windows of a contract along the calendar. A window begins at the first moment at which clocks show its start and ends at the last at
/// which they show its end: where summer time begins or ends within it, it is an hour shorter or longer, never in two parts.
/// </summary>
internal sealed class WeekPlan
{
    /// <summary>How far ahead is looked: longer than any row of holidays.</summary>
    private const int Horizon = 21;

    private readonly IReadOnlyList<ChargeWindow> windows;
    private readonly HolidayCalendar? holidays;
    private readonly HolidayRule rule;

    private WeekPlan(IReadOnlyList<ChargeWindow> windows, HolidayTerms? holidays)
    {
        this.windows = windows;
        this.holidays = holidays is null ? null : new HolidayCalendar(holidays.Region, []);
        rule = holidays?.Rule ?? HolidayRule.Closed;
    }

    /// <summary>Null where it is always open.</summary>
    public static WeekPlan? Of(ContractTerms terms) => terms.Windows.Count == 0 ? null : new WeekPlan(terms.Windows, terms.Holidays);

    /// <summary>The first moment of the month after the one that <paramref name="at"/> lies in.</summary>
    public static DateTimeOffset NextMonth(DateTimeOffset at, TimeZoneInfo zone)
    {
        var day = LocalDay(at, zone);
        return First(new DateOnly(day.Year, day.Month, 1).AddMonths(1), TimeOnly.MinValue, zone);
    }

    /// <summary>The first moment of the month that <paramref name="at"/> lies in.</summary>
    public static DateTimeOffset MonthOf(DateTimeOffset at, TimeZoneInfo zone)
    {
        var day = LocalDay(at, zone);
        return First(new DateOnly(day.Year, day.Month, 1), TimeOnly.MinValue, zone);
    }

    public bool IsOpen(DateTimeOffset at, TimeZoneInfo zone) => Around(at, zone).Any(s => s.From <= at && at < s.To);

    /// <summary>The end of the stretch that <paramref name="at"/> lies in, windows that follow without a gap included; null where none is in sight, or it is closed.</summary>
    public DateTimeOffset? OpenUntil(DateTimeOffset at, TimeZoneInfo zone)
    {
        DateTimeOffset? until = null;
        foreach (var (from, to) in Around(at, zone).OrderBy(s => s.From))
        {
            if (from <= (until ?? at) && to > (until ?? at))
            {
                until = to;
            }
        }

        return until - at > TimeSpan.FromDays(Horizon - 3) ? null : until;
    }

    /// <summary>The next moment at which a window opens; null where none is in sight.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset at, TimeZoneInfo zone)
    {
        var openings = Around(at, zone).Where(s => s.From > at).Select(s => (DateTimeOffset?)s.From);
        return openings.Min();
    }

    private IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Around(DateTimeOffset at, TimeZoneInfo zone)
    {
        var today = LocalDay(at, zone);
        for (var day = today.AddDays(-1); day < today.AddDays(Horizon); day = day.AddDays(1))
        {
            if (holidays?.Has(day) == true)
            {
                if (rule == HolidayRule.Open)
                {
                    yield return (First(day, TimeOnly.MinValue, zone), First(day.AddDays(1), TimeOnly.MinValue, zone));
                }

                continue;
            }

            foreach (var window in windows)
            {
                if (window.Days.Count == 0 || window.Days.Contains(day.DayOfWeek))
                {
                    yield return (First(day, window.From, zone), Last(window.To > window.From ? day : day.AddDays(1), window.To, zone));
                }
            }
        }
    }

    private static DateOnly LocalDay(DateTimeOffset at, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>The first moment at which clocks show a time, or the end of the gap in which they never do.</summary>
    private static DateTimeOffset First(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = AfterGap(day.ToDateTime(time), zone);
        return new DateTimeOffset(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>The last moment at which clocks show a time, or the end of the gap in which they never do. Midnight that both end and begin a day is one moment.</summary>
    private static DateTimeOffset Last(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = AfterGap(day.ToDateTime(time), zone);
        return new DateTimeOffset(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Min() : zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private static DateTime AfterGap(DateTime local, TimeZoneInfo zone)
    {
        if (!zone.IsInvalidTime(local))
        {
            return local;
        }

        // 02:30 in the gap from 02:00 to 03:00 is 03:00.
        var after = local;
        while (zone.IsInvalidTime(after))
        {
            after = after.AddMinutes(1);
        }

        return after;
    }
}
