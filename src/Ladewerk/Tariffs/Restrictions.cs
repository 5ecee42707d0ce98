namespace Ladewerk.Tariffs;

/// <summary>
/// When an element applies; all that are given must hold (OCPI 2.2.1 <c>TariffRestrictions</c>). They are judged while
/// the session runs, in the site's local time.
/// </summary>
public sealed record Restrictions
{
    /// <summary>Local time of day, inclusive. With an <see cref="EndTime"/> before it the window wraps midnight; equal: the whole day.</summary>
    public TimeOnly? StartTime { get; init; }

    /// <summary>Local time of day, exclusive.</summary>
    public TimeOnly? EndTime { get; init; }

    /// <summary>First local day.</summary>
    public DateOnly? StartDate { get; init; }

    /// <summary>The local day on which it no longer applies.</summary>
    public DateOnly? EndDate { get; init; }

    /// <summary>Energy of the session in kWh from which it applies, inclusive.</summary>
    public decimal? MinKwh { get; init; }

    /// <summary>Energy of the session in kWh until which it applies, exclusive.</summary>
    public decimal? MaxKwh { get; init; }

    /// <summary>Sum of the phase currents in A, inclusive.</summary>
    public decimal? MinCurrent { get; init; }

    /// <summary>Sum of the phase currents in A, exclusive.</summary>
    public decimal? MaxCurrent { get; init; }

    /// <summary>Charging power in kW, inclusive.</summary>
    public decimal? MinPower { get; init; }

    /// <summary>Charging power in kW, exclusive.</summary>
    public decimal? MaxPower { get; init; }

    /// <summary>Duration of the session in seconds, inclusive.</summary>
    public int? MinDuration { get; init; }

    /// <summary>Duration of the session in seconds, exclusive.</summary>
    public int? MaxDuration { get; init; }

    public IReadOnlyList<Weekday>? DayOfWeek { get; init; }

    public ReservationRestriction? Reservation { get; init; }

    /// <summary>Beyond OCPI: true holds on holidays only, false on other days only. The day of week is judged besides.</summary>
    public bool? Holidays { get; init; }

    /// <summary>Beyond OCPI: one of the session's user groups must be among these.</summary>
    public IReadOnlyList<string>? UserGroups { get; init; }

    /// <summary>Beyond OCPI: the contract must be among these.</summary>
    public IReadOnlyList<string>? Contracts { get; init; }

    /// <summary>Beyond OCPI: the vehicle's class must be among these.</summary>
    public IReadOnlyList<string>? VehicleClasses { get; init; }

    /// <summary>Beyond OCPI: the driver's first session with this operator, or not.</summary>
    public bool? FirstTimeUser { get; init; }

    /// <summary>Beyond OCPI: OCPI connector types, for example <c>IEC_62196_T2</c>.</summary>
    public IReadOnlyList<string>? ConnectorTypes { get; init; }

    /// <summary>Beyond OCPI: the most that the EVSE can deliver in kW, inclusive.</summary>
    public decimal? MinEvsePower { get; init; }

    /// <summary>Beyond OCPI: the most that the EVSE can deliver in kW, exclusive.</summary>
    public decimal? MaxEvsePower { get; init; }
}

/// <summary>Days as OCPI spells them.</summary>
public enum Weekday
{
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// <summary>OCPI <c>ReservationRestrictionType</c>.</summary>
public enum ReservationRestriction
{
    Reservation,
    ReservationExpires,
}
