using FsCheck;
using FsCheck.Fluent;
using Ladewerk.Tariffs;
using static Ladewerk.Tests.Tariffs.Sessions;

namespace Ladewerk.Tests.Tariffs;

/// <summary>What holds for every tariff and every session.</summary>
public sealed class PricingProperties
{
    private static readonly Gen<decimal> Cents = Gen.Choose(0, 200).Select(cents => cents / 100m);

    private static readonly Gen<Restrictions> AnyRestriction = Gen.OneOf(
        Gen.Choose(0, 23).Zip(Gen.Choose(0, 23), (from, to) => new Restrictions { StartTime = new TimeOnly(from, 0), EndTime = new TimeOnly(to, 0) }),
        Gen.Choose(1, 30).Select(kwh => new Restrictions { MaxKwh = kwh }),
        Gen.Choose(1, 30).Select(kwh => new Restrictions { MinKwh = kwh }),
        Gen.Choose(60, 20000).Select(seconds => new Restrictions { MaxDuration = seconds }),
        Gen.Choose(0, 6).Select(day => new Restrictions { DayOfWeek = [(Weekday)day, (Weekday)((day + 1) % 7)] }),
        Gen.Choose(1, 40).Select(kw => new Restrictions { MaxPower = kw }),
        Gen.Constant(new Restrictions()));

    private static readonly Gen<PriceComponent> AnyComponent =
        from kind in Gen.Choose(0, 3)
        from price in Cents
        from vat in Gen.Elements(0m, 7m, 19m)
        from step in Gen.Elements(1, 1, 60, 300, 900)
        select kind switch
        {
            0 => (PriceComponent)Energy(price, vat, step),
            1 => Time(price, vat, step),
            2 => Parking(price, vat, step),
            _ => Flat(price, vat),
        };

    private static readonly Gen<TariffElement> AnyElement =
        from restrictions in AnyRestriction
        from components in AnyComponent.NonEmptyListOf()
        select Element(restrictions, [.. components.Take(3)]);

    private static readonly Gen<Tariff> AnyTariff =
        from elements in AnyElement.NonEmptyListOf()
        from last in AnyComponent.NonEmptyListOf()
        from grace in Gen.Choose(0, 40)
        from capped in Gen.Choose(0, 1)
        from gross in Gen.Choose(0, 1)
        select Tariff([.. elements.Take(4), Element([.. last.Take(3)])]) with
        {
            TaxIncluded = gross == 1,
            Extensions = new TariffExtensions
            {
                Grace = new Grace(grace),
                Caps = capped == 1 ? [new Cap(CapPeriod.Night, 4m, [Dimension.ParkingTime], new TimeOnly(22, 0), new TimeOnly(6, 0)), new Cap(CapPeriod.Day, 9m)] : [],
            },
        };

    private static readonly Gen<(decimal, decimal, PeriodState)> AnyStretch =
        from minutes in Gen.Choose(0, 600)
        from hundredths in Gen.Choose(0, 1500)
        from state in Gen.Elements(PeriodState.Charging, PeriodState.Charging, PeriodState.Parking, PeriodState.HeldByOperator)
        select ((decimal)minutes, state == PeriodState.Charging ? hundredths / 100m : 0m, state);

    private static readonly Gen<PricingSession> AnySession =
        from minute in Gen.Choose(0, 365 * 24 * 60)
        from stretches in AnyStretch.NonEmptyListOf()
        select Session(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(minute), [.. stretches.Take(6)]);

    private static readonly Arbitrary<(Tariff, PricingSession)> Cases = Gen.Zip(AnyTariff, AnySession).ToArbitrary();

    private static void ForAll(Action<Tariff, PricingSession> holds) => Prop.ForAll(Cases, pair =>
    {
        holds(pair.Item1, pair.Item2);
        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Lines_add_up_and_net_plus_vat_is_gross() => ForAll((tariff, session) =>
    {
        var cost = Price(tariff, session);
        Math.Abs(cost.ExclVat!.Value - cost.Exact.ExclVat!.Value).ShouldBeLessThanOrEqualTo(0.005m);
        Math.Abs(cost.InclVat!.Value - cost.Exact.InclVat!.Value).ShouldBeLessThanOrEqualTo(0.005m);
    });

    [Fact]
    public void Splitting_a_period_changes_nothing() => ForAll((tariff, session) =>
    {
        var ends = session.Periods.Skip(1).Select(period => period.Start).Append(session.End);
        var split = session.Periods.Zip(ends, (period, end) =>
        {
            var ticks = (end - period.Start).Ticks;
            var first = ticks / 3;
            var energy = ticks == 0 ? period.EnergyKwh / 2 : period.EnergyKwh * first / ticks;
            var power = ticks == 0 ? (decimal?)null : period.EnergyKwh * TimeSpan.TicksPerHour / ticks;
            return new[]
            {
                period with { EnergyKwh = energy, PowerKw = power },
                period with { Start = period.Start.AddTicks(first), EnergyKwh = period.EnergyKwh - energy, PowerKw = power },
            };
        });

        var whole = Price(tariff, session);
        var halves = Price(tariff, session with { Periods = [.. split.SelectMany(pair => pair)] });

        // A threshold is crossed at a whole tick (100 ns), which is worth less than this.
        Math.Abs(halves.Exact.ExclVat!.Value - whole.Exact.ExclVat!.Value).ShouldBeLessThan(0.0000001m);
    });

    [Fact]
    public void More_energy_never_costs_less_without_caps() => Prop.ForAll(
        Gen.Zip(Gen.Zip(Cents, Cents), AnySession).ToArbitrary(),
        drawn =>
        {
            var ((a, b), session) = drawn;
            var tariff = Tariff(
                Element(new Restrictions { MaxKwh = 10m }, Energy(Math.Max(a, b), 19m, 100)), Element(Energy(Math.Min(a, b), 19m, 100), Flat(1m, 19m)));
            var more = session with { Periods = [.. session.Periods.Select(period => period with { EnergyKwh = period.EnergyKwh * 1.5m })] };
            return Price(tariff, more).Exact.ExclVat >= Price(tariff, session).Exact.ExclVat;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void A_session_in_another_zone_at_the_same_local_time_costs_the_same() => ForAll((tariff, session) =>
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("plus5", TimeSpan.FromHours(5), "plus5", "plus5");
        var shifted = session with
        {
            Start = session.Start.AddHours(-5),
            End = session.End.AddHours(-5),
            Periods = [.. session.Periods.Select(period => period with { Start = period.Start.AddHours(-5) })],
        };

        Price(tariff, shifted, zone).Exact.ShouldBe(Price(tariff, session, TimeZoneInfo.Utc).Exact);
    });
}
