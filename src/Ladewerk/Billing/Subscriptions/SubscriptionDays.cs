using Ladewerk.Tariffs;

namespace Ladewerk.Billing.Subscriptions;

/// <summary>When a contract is in force; the ends are exclusive.</summary>
internal sealed record InForce(DateTimeOffset From, DateTimeOffset? Until);

/// <summary>A version of a tariff that is assigned to a contract or to its group, and when; the ends are exclusive.</summary>
/// <param name="ByContract">Assigned to the contract itself, which goes before its group.</param>
/// <param name="Fee">Null: a tariff without a monthly fee, which takes the place of one that has one.</param>
internal sealed record AssignedFee(
    bool ByContract, int Priority, DateTimeOffset AssignedAt, DateTimeOffset? From, DateTimeOffset? Until, Guid TariffId, int Version, DateTimeOffset? VersionFrom, DateTimeOffset? VersionUntil,
    string Name, string Currency, Subscription? Fee);

/// <summary>A stretch of a month with one price.</summary>
internal sealed record FeeStretch(AssignedFee Assigned, DateOnly From, DateOnly To, int Days, int DaysOfMonth)
{
    public decimal Net { get; } = Round(Assigned.Fee!.MonthlyFee * Days / DaysOfMonth, Assigned.Currency);

    /// <summary>From the unrounded net amount; null where the tariff names no VAT rate.</summary>
    public decimal? Gross { get; } = Assigned.Fee!.Vat is { } rate ? Round(Assigned.Fee.MonthlyFee * (100m + rate) * Days / (100m * DaysOfMonth), Assigned.Currency) : null;

    private static decimal Round(decimal amount, string currency) => decimal.Round(amount, MinorUnits.Of(currency), MidpointRounding.AwayFromZero);
}

/// <summary>
/// Which fee a contract owes for a month; pure. A day belongs to what holds at its end: the contract must be in force then, and the fee is that of the tariff
/// assigned to it then. A month in which one price holds on every day costs the fee; of a part of it, the days' share.
/// </summary>
internal static class SubscriptionDays
{
    public static IReadOnlyList<FeeStretch> Of(DateOnly month, TimeZoneInfo zone, InForce contract, IReadOnlyList<AssignedFee> assigned)
    {
        var length = DateTime.DaysInMonth(month.Year, month.Month);
        var days = Enumerable.Range(0, length)
            .Select(n => (Day: month.AddDays(n), Held: HeldAt(EndOf(month.AddDays(n), zone), contract, assigned)))
            .Where(d => d.Held?.Fee is { MonthlyFee: > 0m })
            .ToList();
        return
        [
            .. days.GroupBy(d => (d.Held!.TariffId, d.Held.Fee, d.Held.Currency))
                .Select(price => new FeeStretch(price.Last().Held!, price.First().Day, price.Last().Day, price.Count(), length)),
        ];
    }

    /// <summary>The first moment after a day.</summary>
    public static DateTimeOffset EndOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.AddDays(1).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    private static AssignedFee? HeldAt(DateTimeOffset end, InForce contract, IReadOnlyList<AssignedFee> assigned) =>
        Holds(contract.From, contract.Until, end)
            ? assigned.Where(a => Holds(a.From, a.Until, end) && Holds(a.VersionFrom, a.VersionUntil, end))
                .OrderByDescending(a => a.ByContract).ThenByDescending(a => a.Priority).ThenByDescending(a => a.AssignedAt).ThenByDescending(a => a.Version)
                .FirstOrDefault()
            : null;

    /// <summary>Whether something holds in the moment before.</summary>
    private static bool Holds(DateTimeOffset? from, DateTimeOffset? until, DateTimeOffset end) => (from is null || from < end) && (until is null || until >= end);
}
