namespace Ladewerk.Tariffs;

/// <summary>Rules that operators ask for and OCPI does not have.</summary>
public sealed record TariffExtensions
{
    public Grace? Grace { get; init; }

    public IReadOnlyList<Cap> Caps { get; init; } = [];

    public FreeAllowance? FreeAllowance { get; init; }

    /// <summary>The calendar that <see cref="Restrictions.Holidays"/> asks, for example <c>DE-BY</c>.</summary>
    public string? HolidayRegion { get; init; }

    /// <summary>Further days that count as holidays, for example a local fair.</summary>
    public IReadOnlyList<DateOnly> ExtraHolidays { get; init; } = [];

    /// <summary>A monthly fee that goes with this tariff; it is invoiced by month, never in a session.</summary>
    public Subscription? Subscription { get; init; }

    /// <summary>The tariff that this one falls back to when a driver's profile preference is not offered.</summary>
    public string? ProfileOf { get; init; }
}

/// <summary>
/// The first minutes of parking are free, counted over the whole session from the moment when the vehicle first
/// stops taking energy: a vehicle that wakes up for a moment does not start a new grace.
/// </summary>
public sealed record Grace(decimal Minutes);

/// <summary>
/// At most <paramref name="Amount"/> for the <paramref name="Dimensions"/> (empty: for everything) in each
/// <paramref name="Per"/>. The amount is gross where the tariff's prices are. A night runs from
/// <paramref name="From"/> to <paramref name="To"/> in local time and belongs to the day it begins on.
/// A blocking fee of at most 12 euros is <c>{per: session, amount: 12, dimensions: [PARKING_TIME]}</c>.
/// </summary>
public sealed record Cap(
    CapPeriod Per,
    decimal Amount,
    IReadOnlyList<Dimension>? Dimensions = null,
    TimeOnly? From = null,
    TimeOnly? To = null);

/// <summary>The span over which a cap counts.</summary>
public enum CapPeriod
{
    Session,
    Day,
    Night,
}

/// <summary>
/// The first kWh are free, and so is the time before the session has lasted <paramref name="Minutes"/>; for everybody,
/// or only for members of one of the groups (a shop's voucher is a group).
/// </summary>
public sealed record FreeAllowance(decimal? EnergyKwh = null, decimal? Minutes = null, IReadOnlyList<string>? UserGroups = null);

/// <summary>A fee per month, net, with its VAT rate in percent.</summary>
public sealed record Subscription(decimal MonthlyFee, decimal? Vat);
