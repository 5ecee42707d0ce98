namespace Ladewerk.Tariffs;

/// <summary>What a session's price depends on: facts only, no prices.</summary>
public sealed record PricingSession
{
    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    /// <summary>In order of time. A period runs to the next one's start, the last to <see cref="End"/>.</summary>
    public IReadOnlyList<PricingPeriod> Periods { get; init; } = [];

    public ReservationFacts? Reservation { get; init; }

    public IReadOnlyList<string> UserGroups { get; init; } = [];

    public string? Contract { get; init; }

    public string? VehicleClass { get; init; }

    public bool FirstTimeUser { get; init; }

    /// <summary>OCPI connector type.</summary>
    public string? ConnectorType { get; init; }

    /// <summary>The most that the EVSE can deliver, in kW.</summary>
    public decimal? EvsePowerKw { get; init; }

    /// <summary>Market prices per kWh by the UTC start of the quarter hour, as announced.</summary>
    public IReadOnlyDictionary<DateTimeOffset, decimal> MarketPrices { get; init; } =
        System.Collections.Frozen.FrozenDictionary<DateTimeOffset, decimal>.Empty;
}

/// <summary>
/// A stretch of a session in one state; its energy (kWh) is spread evenly over it. Without a power (kW) the average
/// holds; without a current (A, sum over the phases) it is estimated from the power at 230 V.
/// </summary>
public readonly record struct PricingPeriod(
    DateTimeOffset Start,
    decimal EnergyKwh,
    PeriodState State,
    decimal? PowerKw = null,
    decimal? CurrentA = null);

/// <summary>What the vehicle does in a period.</summary>
public enum PeriodState
{
    /// <summary>It takes energy.</summary>
    Charging,

    /// <summary>It is connected and asks for none.</summary>
    Parking,

    /// <summary>The EVSE is held for the driver, who has not come yet.</summary>
    Reserved,

    /// <summary>It asks for energy and our own smart charging makes it wait: neither charging time nor parking time.</summary>
    HeldByOperator,
}

/// <summary>
/// A reservation before the session: how long it lasted, and whether it ran out unused. Where periods are in the state
/// reserved, they say how long.
/// </summary>
public sealed record ReservationFacts(decimal Minutes, bool Expired = false);
