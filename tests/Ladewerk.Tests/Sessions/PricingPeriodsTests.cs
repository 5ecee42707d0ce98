using FsCheck;
using FsCheck.Fluent;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;

namespace Ladewerk.Tests.Sessions;

public sealed class PricingPeriodsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_readings_all_energy_flows_evenly()
    {
        PricingPeriods.Of(Start, Start.AddHours(1), 7000, []).ShouldBe([new PricingPeriod(Start, 7m, PeriodState.Charging)]);
    }

    [Fact]
    public void Energy_between_two_readings_belongs_to_the_time_before_the_vehicle_was_done()
    {
        var periods = PricingPeriods.Of(Start, Start.AddHours(2), 10_000,
        [
            new(Start.AddMinutes(30), 6000, null, SessionPhase.Charging),
            new(Start.AddMinutes(50), null, null, SessionPhase.SuspendedByVehicle),
            new(Start.AddMinutes(60), 10_000, null, SessionPhase.SuspendedByVehicle),
        ]);
        periods.ShouldBe(
        [
            new PricingPeriod(Start, 6m, PeriodState.Charging),
            new PricingPeriod(Start.AddMinutes(30), 4m, PeriodState.Charging),
            new PricingPeriod(Start.AddMinutes(50), 0m, PeriodState.Parking),
        ]);
    }

    [Fact]
    public void Held_by_the_station_is_neither_charging_nor_parking()
    {
        var periods = PricingPeriods.Of(Start, Start.AddHours(1), 0, [new(Start.AddMinutes(10), null, null, SessionPhase.SuspendedByStation)]);
        periods[^1].State.ShouldBe(PeriodState.HeldByOperator);
    }

    [Fact]
    public void A_meter_that_stands_still_at_zero_power_is_parking_even_when_the_station_says_charging()
    {
        var periods = PricingPeriods.Of(Start, Start.AddHours(2), 5000,
        [
            new(Start.AddMinutes(30), 5000, 0, SessionPhase.Charging),
            new(Start.AddMinutes(60), 5000, 0, SessionPhase.Charging),
        ]);
        periods.Select(p => p.State).ShouldBe([PeriodState.Charging, PeriodState.Parking]);
    }

    [Fact]
    public void Energies_add_up_and_times_rise_whatever_comes()
    {
        var point = from minute in Gen.Choose(-10, 200)
                    from energy in Gen.Choose(-1, 30_000)
                    from power in Gen.Choose(-1, 2)
                    from phase in Gen.Choose(0, 4)
                    select new TrailPoint(Start.AddMinutes(minute), energy < 0 ? null : energy, power < 0 ? null : power * 3000, (SessionPhase)phase);
        Prop.ForAll(point.ArrayOf().ToArbitrary(), Gen.Choose(0, 20_000).ToArbitrary(), (points, total) =>
        {
            var periods = PricingPeriods.Of(Start, Start.AddMinutes(180), total, points);
            return periods.Sum(p => p.EnergyKwh) == total / 1000m
                && periods.All(p => p.EnergyKwh >= 0)
                && periods.Zip(periods.Skip(1)).All(p => p.First.Start < p.Second.Start);
        }).QuickCheckThrowOnFailure();
    }
}
