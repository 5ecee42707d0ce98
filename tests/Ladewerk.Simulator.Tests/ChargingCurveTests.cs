using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Tests;

public sealed class ChargingCurveTests
{
    private static readonly ConnectorSpec Ac22 = new(IsDc: false, 22_080);
    private static readonly ConnectorSpec Dc150 = new(IsDc: true, 150_000);

    [Theory]
    [InlineData(1, 16, 3_680)]
    [InlineData(1, 32, 7_360)]
    [InlineData(2, 16, 7_360)]
    [InlineData(3, 16, 11_040)]
    [InlineData(3, 32, 22_080)]
    public void A_vehicle_takes_what_its_phases_and_charger_allow(int phases, double current, double power) =>
        ChargingCurve.Of(Ac22, new Vehicle(60_000, 50, AcPhases: phases, AcMaxCurrentA: current), 50, ChargingLimit.None).PowerW.ShouldBe(power, 1);

    [Fact]
    public void A_socket_of_11_kw_gives_no_more() =>
        ChargingCurve.Of(new ConnectorSpec(false, 11_040), new Vehicle(60_000, 50, AcMaxCurrentA: 32), 50, ChargingLimit.None).PowerW.ShouldBe(11_040, 1);

    [Fact]
    public void Power_falls_near_full_and_ends_at_the_target()
    {
        var vehicle = new Vehicle(60_000, 50, TargetSoc: 99);

        ChargingCurve.Of(Ac22, vehicle, 98, ChargingLimit.None).PowerW.ShouldBeInRange(4_000, 8_000);
        var full = ChargingCurve.Of(Ac22, vehicle, 99, ChargingLimit.None);
        full.PowerW.ShouldBe(0);
        full.IsHeldByVehicle.ShouldBeTrue();
    }

    [Fact]
    public void Direct_current_tapers_with_the_state_of_charge()
    {
        var vehicle = new Vehicle(75_000, 10, DcMaxPowerW: 140_000);
        double[] powers = [.. new double[] { 30, 55, 70, 85, 95 }.Select(soc => ChargingCurve.Of(Dc150, vehicle, soc, ChargingLimit.None).PowerW)];

        powers[0].ShouldBe(140_000, 1);
        powers.ShouldBeInOrder(SortDirection.Descending);
        powers[^1].ShouldBeLessThan(30_000);
    }

    [Fact]
    public void Less_than_six_amperes_is_nothing()
    {
        var held = ChargingCurve.Of(Ac22, new Vehicle(60_000, 50), 50, new ChargingLimit(5.9, null));

        held.PowerW.ShouldBe(0);
        held.IsHeldByStation.ShouldBeTrue();
    }

    [Fact]
    public void A_limit_in_watts_counts_on_the_phases_in_use() =>
        ChargingCurve.Of(Ac22, new Vehicle(60_000, 50, AcPhases: 1, AcMaxCurrentA: 32), 50, new ChargingLimit(null, 3_680)).CurrentA.ShouldBe(16, 0.01);
}
