using System.Runtime.CompilerServices;

namespace Ladewerk.Tariffs;

/// <summary>A price in its place: the component, the element it stands in, and when that holds.</summary>
internal sealed record PriceRule(PriceComponent Component, int Element, CompiledRestrictions? Restrictions);

/// <summary>
/// A tariff taken apart for pricing: the rules per dimension in order, and every moment at which a price may change.
/// Made once per tariff object and kept as long as it lives.
/// </summary>
internal sealed class CompiledTariff
{
    private static readonly ConditionalWeakTable<Tariff, CompiledTariff> Known = [];

    private CompiledTariff(Tariff tariff)
    {
        Source = tariff;
        var extensions = tariff.Extensions;
        var calendar = new HolidayCalendar(extensions.HolidayRegion, extensions.ExtraHolidays);
        var restrictions = tariff.Elements
            .Select(element => element.Restrictions is null ? null : new CompiledRestrictions(element.Restrictions, calendar))
            .ToArray();
        var rules = tariff.Elements
            .SelectMany((element, index) => element.Components.Select(component => new PriceRule(component, index, restrictions[index])))
            .ToArray();

        Energy = Rules(rules, Dimension.Energy, null);
        Time = Rules(rules, Dimension.Time, null);
        Parking = Rules(rules, Dimension.ParkingTime, null);
        Flat = Rules(rules, Dimension.Flat, null);
        ReservedTime = Rules(rules, Dimension.Time, ReservationRestriction.Reservation);
        ReservedFlat = Rules(rules, Dimension.Flat, ReservationRestriction.Reservation);
        ExpiredTime = Rules(rules, Dimension.Time, ReservationRestriction.ReservationExpires);
        ExpiredFlat = Rules(rules, Dimension.Flat, ReservationRestriction.ReservationExpires);

        var present = restrictions.OfType<CompiledRestrictions>().ToArray();
        GraceTicks = Ticks(extensions.Grace?.Minutes);
        FreeTicks = Ticks(extensions.FreeAllowance?.Minutes);
        FreeKwh = extensions.FreeAllowance?.EnergyKwh ?? 0m;
        Caps = [.. extensions.Caps];
        TimesOfDay = CutsOfDay(present, Caps);
        Durations = CutsOfDuration(present, FreeTicks);
        Energies = CutsOfEnergy(present, FreeKwh);
        Rhythm = rules.Select(rule => rule.Component.Rhythm?.Ticks ?? 0).DefaultIfEmpty(0).Max();
        DependsOnCurrent = present.Any(restriction => restriction.DependsOnCurrent);
        DependsOnPower = DependsOnCurrent || present.Any(restriction => restriction.DependsOnPower);
        DependsOnSession = present.Any(restriction => restriction.DependsOnSession);
        FallbackVat = rules.Select(rule => rule.Component.Vat).FirstOrDefault(vat => vat is not null);
    }

    public Tariff Source { get; }

    public PriceRule[] Energy { get; }
    public PriceRule[] Time { get; }
    public PriceRule[] Parking { get; }
    public PriceRule[] Flat { get; }
    public PriceRule[] ReservedTime { get; }
    public PriceRule[] ReservedFlat { get; }
    public PriceRule[] ExpiredTime { get; }
    public PriceRule[] ExpiredFlat { get; }

    public long GraceTicks { get; }
    public long FreeTicks { get; }
    public decimal FreeKwh { get; }
    public Cap[] Caps { get; }

    /// <summary>Local times of day in ticks, ascending.</summary>
    public long[] TimesOfDay { get; }

    /// <summary>Ticks since the session's start, ascending.</summary>
    public long[] Durations { get; }

    /// <summary>Energies of the session in kWh, ascending.</summary>
    public decimal[] Energies { get; }

    /// <summary>Prices change at UTC multiples of so many ticks; 0: they do not.</summary>
    public long Rhythm { get; }

    public bool DependsOnCurrent { get; }
    public bool DependsOnPower { get; }
    public bool DependsOnSession { get; }

    /// <summary>The rate of an amount that no line explains, such as a minimum price for nothing.</summary>
    public decimal? FallbackVat { get; }

    public static CompiledTariff Of(Tariff tariff) => Known.GetValue(tariff, static known => new CompiledTariff(known));

    private static PriceRule[] Rules(PriceRule[] rules, Dimension dimension, ReservationRestriction? reservation) =>
        [.. rules.Where(rule => rule.Component.Dimension == dimension && rule.Restrictions?.Reservation == reservation)];

    private static long Ticks(decimal? minutes) => (long)((minutes ?? 0m) * TimeSpan.TicksPerMinute);

    private static long[] CutsOfDay(CompiledRestrictions[] restrictions, Cap[] caps)
    {
        var cuts = new SortedSet<long>();
        foreach (var restriction in restrictions)
        {
            AddTime(cuts, restriction.Source.StartTime);
            AddTime(cuts, restriction.Source.EndTime);
            if (restriction.DependsOnDay || restriction.Source.StartTime is not null || restriction.Source.EndTime is not null)
            {
                cuts.Add(0);
            }
        }

        foreach (var cap in caps.Where(cap => cap.Per != CapPeriod.Session))
        {
            AddTime(cuts, cap.From ?? TimeOnly.MinValue);
            AddTime(cuts, cap.To ?? TimeOnly.MinValue);
        }

        return [.. cuts];
    }

    private static void AddTime(SortedSet<long> cuts, TimeOnly? time)
    {
        if (time is { } known)
        {
            cuts.Add(known.Ticks);
        }
    }

    private static long[] CutsOfDuration(CompiledRestrictions[] restrictions, long freeTicks) =>
    [
        .. restrictions
            .SelectMany(restriction => new[] { restriction.Source.MinDuration, restriction.Source.MaxDuration })
            .Select(seconds => (seconds ?? 0) * TimeSpan.TicksPerSecond)
            .Append(freeTicks)
            .Where(ticks => ticks > 0)
            .Distinct()
            .Order(),
    ];

    private static decimal[] CutsOfEnergy(CompiledRestrictions[] restrictions, decimal freeKwh) =>
    [
        .. restrictions
            .SelectMany(restriction => new[] { restriction.Source.MinKwh, restriction.Source.MaxKwh })
            .Select(kwh => kwh ?? 0m)
            .Append(freeKwh)
            .Where(kwh => kwh > 0m)
            .Distinct()
            .Order(),
    ];
}
