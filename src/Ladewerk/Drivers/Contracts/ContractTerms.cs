using Ladewerk.Kernel;

namespace Ladewerk.Drivers.Contracts;

/// <summary>What a contract allows, beyond where and how long it holds. Times are local to the site at which somebody charges.</summary>
public sealed record ContractTerms
{
    /// <summary>When charging may begin; empty: always.</summary>
    public IReadOnlyList<ChargeWindow> Windows { get; init; } = [];

    /// <summary>How public holidays are treated; null: as any other day.</summary>
    public HolidayTerms? Holidays { get; init; }

    /// <summary>Per calendar month; null: unlimited.</summary>
    public MonthlyBudget? Budget { get; init; }

    /// <summary>How many sessions may run at once within the contract; 0 is unlimited.</summary>
    public int ConcurrentSessions { get; init; }
    public WindowEnd WhenWindowEnds { get; init; }
    public BudgetEnd WhenBudgetEnds { get; init; }

    /// <summary>Stations may let its badges charge while they cannot ask: limits may then be overrun.</summary>
    public bool ChargesOffline { get; init; }

    /// <summary>Whether some badge of it may be refused at a site that it opens.</summary>
    internal bool IsLimited => Windows.Count > 0 || Budget is not null || ConcurrentSessions > 0;
}

/// <summary>A stretch of the week.</summary>
/// <param name="Days">On which it begins; empty: every day.</param>
/// <param name="To">Exclusive; not after <paramref name="From"/>: on the next day. Equal: the whole day round.</param>
public sealed record ChargeWindow(IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To);

/// <summary>Public holidays of a region (ISO 3166-2, <c>DE-BY</c>).</summary>
public sealed record HolidayTerms(string Region, HolidayRule Rule);

/// <summary>What a public holiday changes.</summary>
public enum HolidayRule
{
    /// <summary>No window opens on it.</summary>
    Closed,

    /// <summary>It is open all day.</summary>
    Open,
}

/// <summary>Limits per calendar month; a session counts for the month in which it began.</summary>
/// <param name="Money">Gross, in the operator's currency.</param>
public sealed record MonthlyBudget(WattHours? EnergyWh = null, decimal? Money = null, int? Sessions = null);

/// <summary>What happens when a window ends while somebody charges.</summary>
public enum WindowEnd
{
    LetFinish,
    Stop,

    /// <summary>From then on the session costs what it would without the contract.</summary>
    SwitchPrice,
}

/// <summary>What happens when the budget is used up while somebody charges.</summary>
public enum BudgetEnd
{
    LetFinish,
    Stop,
}
