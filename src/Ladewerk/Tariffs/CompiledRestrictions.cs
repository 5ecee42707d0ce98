namespace Ladewerk.Tariffs;

/// <summary>What holds at the beginning of a slice of a session.</summary>
internal struct Moment
{
    public long TimeOfDay;
    public long LocalDay;
    public long Duration;
    public decimal Kwh;
    public decimal? PowerKw;
    public decimal? CurrentA;
}

/// <summary>The restrictions of one element as numbers that compare fast.</summary>
internal sealed class CompiledRestrictions
{
    private const int AllDays = 0b1111111;
    private readonly Restrictions source;
    private readonly HolidayCalendar holidays;
    private readonly bool timed;
    private readonly long startOfDay;
    private readonly long endOfDay;
    private readonly long firstDay;
    private readonly long dayAfter;
    private readonly long minDuration;
    private readonly long maxDuration;
    private readonly int weekdays;

    public CompiledRestrictions(Restrictions source, HolidayCalendar holidays)
    {
        this.source = source;
        this.holidays = holidays;
        startOfDay = source.StartTime?.Ticks ?? 0;
        endOfDay = source.EndTime?.Ticks ?? 0;
        timed = startOfDay != endOfDay;
        firstDay = source.StartDate?.DayNumber ?? long.MinValue;
        dayAfter = source.EndDate?.DayNumber ?? long.MaxValue;
        minDuration = (source.MinDuration ?? 0) * TimeSpan.TicksPerSecond;
        maxDuration = source.MaxDuration is { } max ? max * TimeSpan.TicksPerSecond : long.MaxValue;
        weekdays = source.DayOfWeek is { Count: > 0 } days ? days.Aggregate(0, (mask, day) => mask | 1 << (int)day) : AllDays;
        DependsOnSession = source.UserGroups is not null || source.Contracts is not null || source.VehicleClasses is not null
            || source.FirstTimeUser is not null || source.ConnectorTypes is not null
            || source.MinEvsePower is not null || source.MaxEvsePower is not null;
        DependsOnDay = weekdays != AllDays || source.StartDate is not null || source.EndDate is not null || source.Holidays is not null;
    }

    public ReservationRestriction? Reservation => source.Reservation;

    /// <summary>Some restriction is decided once per session.</summary>
    public bool DependsOnSession { get; }

    /// <summary>Some restriction changes at midnight.</summary>
    public bool DependsOnDay { get; }

    public bool DependsOnCurrent => source.MinCurrent is not null || source.MaxCurrent is not null;

    public bool DependsOnPower => source.MinPower is not null || source.MaxPower is not null;

    public Restrictions Source => source;

    /// <summary>Whether it holds while the session runs.</summary>
    public bool HoldsAt(in Moment moment) =>
        moment.Duration >= minDuration && moment.Duration < maxDuration
        && (!timed || InWindow(moment.TimeOfDay))
        && (!DependsOnDay || OnDay(moment.LocalDay))
        && Within(moment.Kwh, source.MinKwh, source.MaxKwh)
        && Within(moment.PowerKw, source.MinPower, source.MaxPower)
        && Within(moment.CurrentA, source.MinCurrent, source.MaxCurrent);

    /// <summary>Whether it can hold in this session at all.</summary>
    public bool HoldsFor(PricingSession session) =>
        Shares(source.UserGroups, session.UserGroups)
        && Has(source.Contracts, session.Contract)
        && Has(source.VehicleClasses, session.VehicleClass)
        && Has(source.ConnectorTypes, session.ConnectorType)
        && (source.FirstTimeUser is not { } first || first == session.FirstTimeUser)
        && Within(session.EvsePowerKw, source.MinEvsePower, source.MaxEvsePower);

    internal static bool Shares(IReadOnlyList<string>? wanted, IReadOnlyList<string> given) =>
        wanted is null || wanted.Any(group => given.Contains(group, StringComparer.OrdinalIgnoreCase));

    // A window whose end lies before its start wraps midnight.
    private bool InWindow(long timeOfDay) => startOfDay < endOfDay
        ? timeOfDay >= startOfDay && timeOfDay < endOfDay
        : timeOfDay >= startOfDay || timeOfDay < endOfDay;

    private bool OnDay(long day) =>
        day >= firstDay && day < dayAfter
        && (weekdays >> (int)(day % 7) & 1) == 1 // Day 0 of the calendar, 0001-01-01, is a Monday.
        && (source.Holidays is not { } wanted || wanted == holidays.Has(DateOnly.FromDayNumber((int)day)));

    private static bool Has(IReadOnlyList<string>? wanted, string? given) =>
        wanted is null || (given is not null && wanted.Contains(given, StringComparer.OrdinalIgnoreCase));

    private static bool Within(decimal? value, decimal? min, decimal? max)
    {
        if (min is null && max is null)
        {
            return true;
        }

        return value is { } known && (min is null || known >= min) && (max is null || known < max);
    }
}
