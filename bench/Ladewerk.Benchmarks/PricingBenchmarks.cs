using BenchmarkDotNet.Attributes;
using Ladewerk.Tariffs;

namespace Ladewerk.Benchmarks;

/// <summary>A session of six periods under a tariff with a price per kWh by time of day, parking after grace, and a night cap.</summary>
[MemoryDiagnoser]
public class PricingBenchmarks
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 15, 10, 0, TimeSpan.Zero);

    private readonly Tariff tariff = new()
    {
        Currency = "EUR",
        TaxIncluded = true,
        Elements =
        [
            new TariffElement
            {
                Components = [new EnergyPrice { Price = 0.55m, Vat = 19m }],
                Restrictions = new Restrictions { StartTime = new TimeOnly(6, 0), EndTime = new TimeOnly(18, 0), DayOfWeek = [Weekday.Monday, Weekday.Tuesday, Weekday.Wednesday] },
            },
            new TariffElement { Components = [new EnergyPrice { Price = 0.49m, Vat = 19m }] },
            new TariffElement { Components = [new ParkingPrice { Price = 6m, Vat = 19m, StepSize = 60 }] },
        ],
        Extensions = new TariffExtensions
        {
            Grace = new Grace(15m),
            Caps = [new Cap(CapPeriod.Night, 5m, [Dimension.ParkingTime], new TimeOnly(22, 0), new TimeOnly(8, 0))],
        },
    };

    private readonly PricingSession session = new()
    {
        Start = Start,
        End = Start.AddMinutes(265),
        Periods =
        [
            new PricingPeriod(Start, 5.5m, PeriodState.Charging),
            new PricingPeriod(Start.AddMinutes(30), 11m, PeriodState.Charging),
            new PricingPeriod(Start.AddMinutes(90), 6m, PeriodState.Charging),
            new PricingPeriod(Start.AddMinutes(130), 0m, PeriodState.HeldByOperator),
            new PricingPeriod(Start.AddMinutes(140), 2.25m, PeriodState.Charging),
            new PricingPeriod(Start.AddMinutes(170), 0m, PeriodState.Parking),
        ],
    };

    [Benchmark(Description = "price a session")]
    public Cost PriceSession() => PricingEngine.Price(tariff, session, Berlin);
}
