using Ladewerk.Tariffs;

namespace Ladewerk.Tests.Tariffs;

/// <summary>Short ways to describe tariffs and sessions in tests.</summary>
internal static class Sessions
{
    public static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    /// <summary>A local time in Berlin, winter time unless the date says otherwise.</summary>
    public static DateTimeOffset At(string local)
    {
        var time = DateTime.Parse(local, System.Globalization.CultureInfo.InvariantCulture);
        return new DateTimeOffset(time, Berlin.GetUtcOffset(time));
    }

    public static Tariff Tariff(params TariffElement[] elements) => new() { Currency = "EUR", Elements = elements };

    public static TariffElement Element(params PriceComponent[] components) => new() { Components = components };

    public static TariffElement Element(Restrictions restrictions, params PriceComponent[] components) =>
        new() { Components = components, Restrictions = restrictions };

    public static EnergyPrice Energy(decimal price, decimal? vat = null, int step = 1) => new() { Price = price, Vat = vat, StepSize = step };

    public static TimePrice Time(decimal price, decimal? vat = null, int step = 1) => new() { Price = price, Vat = vat, StepSize = step };

    public static ParkingPrice Parking(decimal price, decimal? vat = null, int step = 1) => new() { Price = price, Vat = vat, StepSize = step };

    public static FlatPrice Flat(decimal price, decimal? vat = null) => new() { Price = price, Vat = vat };

    /// <summary>Stretches of (minutes, kWh, state) from a start on, one after the other.</summary>
    public static PricingSession Session(string start, params (decimal Minutes, decimal Kwh, PeriodState State)[] stretches) =>
        Session(At(start), stretches);

    public static PricingSession Session(DateTimeOffset start, params (decimal Minutes, decimal Kwh, PeriodState State)[] stretches)
    {
        var periods = new List<PricingPeriod>();
        var at = start;
        foreach (var (minutes, kwh, state) in stretches)
        {
            periods.Add(new PricingPeriod(at, kwh, state));
            at = at.AddTicks((long)(minutes * TimeSpan.TicksPerMinute));
        }

        return new PricingSession { Start = start, End = at, Periods = periods };
    }

    public static (decimal Minutes, decimal Kwh, PeriodState State) Charge(decimal minutes, decimal kwh = 0m) => (minutes, kwh, PeriodState.Charging);

    public static (decimal Minutes, decimal Kwh, PeriodState State) Park(decimal minutes, decimal kwh = 0m) => (minutes, kwh, PeriodState.Parking);

    public static (decimal Minutes, decimal Kwh, PeriodState State) Held(decimal minutes) => (minutes, 0m, PeriodState.HeldByOperator);

    public static Cost Price(Tariff tariff, PricingSession session, TimeZoneInfo? zone = null)
    {
        var cost = PricingEngine.Price(tariff, session, zone ?? Berlin);
        ShouldAddUp(cost);
        return cost;
    }

    public static void ShouldAddUp(Cost cost)
    {
        if (cost.ExclVat is { } excl)
        {
            cost.Lines.Sum(line => line.ExclVat).ShouldBe(excl);
        }

        if (cost.InclVat is { } incl)
        {
            cost.Lines.Sum(line => line.InclVat).ShouldBe(incl);
        }

        if (cost is { ExclVat: { } net, InclVat: { } gross })
        {
            (net + cost.Vat.Sum(vat => vat.Amount)).ShouldBe(gross);
            foreach (var vat in cost.Vat)
            {
                cost.Lines.Where(line => line.VatRate == vat.Rate).Sum(line => line.InclVat - line.ExclVat).ShouldBe(vat.Amount);
            }
        }
    }
}
