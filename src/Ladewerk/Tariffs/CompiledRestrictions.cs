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
    private readonly Restrictions _source;
    private readonly HolidayCalendar _holidays;
    private readonly bool _timed;
    private readonly long _startOfDay;
    private readonly long _endOfDay;
    private readonly long _firstDay;
    private readonly long _dayAfter;
    private readonly long _minDuration;
    private readonly long _maxDuration;
    private readonly int _weekdays;

    public CompiledRestrictions(Restrictions source, HolidayCalendar holidays)
    {
        _source = source;
        _holidays = holidays;
        _startOfDay = source.StartTime?.Ticks ?? 0;
        _endOfDay = source.EndTime?.Ticks ?? 0;
        _timed = _startOfDay != _endOfDay;
        _firstDay = source.StartDate?.DayNumber ?? long.MinValue;
        _dayAfter = source.EndDate?.DayNumber ?? long.MaxValue;
        _minDuration = (source.MinDuration ?? 0) * TimeSpan.TicksPerSecond;
        _maxDuration = source.MaxDuration is { } max ? max * TimeSpan.TicksPerSecond : long.MaxValue;
        _weekdays = source.DayOfWeek is { Count: > 0 } days ? days.Aggregate(0, (mask, day) => mask | 1 << (int)day) : AllDays;
        DependsOnSession = source.UserGroups is not null || source.Contracts is not null || source.VehicleClasses is not null
            || source.FirstTimeUser is not null || source.ConnectorTypes is not null
            || source.MinEvsePower is not null || source.MaxEvsePower is not null;
        DependsOnDay = _weekdays != AllDays || source.StartDate is not null || source.EndDate is not null || source.Holidays is not null;
    }

    public ReservationRestriction? Reservation => _source.Reservation;

    /// <summary>Some restriction is decided once per session.</summary>
    public bool DependsOnSession { get; }

    /// <summary>Some restriction changes at midnight.</summary>
    public bool DependsOnDay { get; }

    public bool DependsOnCurrent => _source.MinCurrent is not null || _source.MaxCurrent is not null;

    public bool DependsOnPower => _source.MinPower is not null || _source.MaxPower is not null;

    public Restrictions Source => _source;

    /// <summary>Whether it holds while the session runs.</summary>
    public bool HoldsAt(in Moment moment) =>
        moment.Duration >= _minDuration && moment.Duration < _maxDuration
        && (!_timed || InWindow(moment.TimeOfDay))
        && (!DependsOnDay || OnDay(moment.LocalDay))
        && Within(moment.Kwh, _source.MinKwh, _source.MaxKwh)
        && Within(moment.PowerKw, _source.MinPower, _source.MaxPower)
        && Within(moment.CurrentA, _source.MinCurrent, _source.MaxCurrent);

    /// <summary>Whether it can hold in this session at all.</summary>
    public bool HoldsFor(PricingSession session) =>
        Shares(_source.UserGroups, session.UserGroups)
        && Has(_source.Contracts, session.Contract)
        && Has(_source.VehicleClasses, session.VehicleClass)
        && Has(_source.ConnectorTypes, session.ConnectorType)
        && (_source.FirstTimeUser is not { } first || first == session.FirstTimeUser)
        && Within(session.EvsePowerKw, _source.MinEvsePower, _source.MaxEvsePower);

    internal static bool Shares(IReadOnlyList<string>? wanted, IReadOnlyList<string> given) =>
        wanted is null || wanted.Any(group => given.Contains(group, StringComparer.OrdinalIgnoreCase));

    // A window whose end lies before its start wraps midnight.
    private bool InWindow(long timeOfDay) => _startOfDay < _endOfDay
        ? timeOfDay >= _startOfDay && timeOfDay < _endOfDay
        : timeOfDay >= _startOfDay || timeOfDay < _endOfDay;

    private bool OnDay(long day) =>
        day >= _firstDay && day < _dayAfter
        && (_weekdays >> (int)(day % 7) & 1) == 1 // Day 0 of the calendar, 0001-01-01, is a Monday.
        && (_source.Holidays is not { } wanted || wanted == _holidays.Has(DateOnly.FromDayNumber((int)day)));

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
