using FsCheck;
using FsCheck.Fluent;
using Ladewerk.Kernel;
using Ladewerk.Sessions;

namespace Ladewerk.Tests.Sessions;

public sealed class EnergyRegisterTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly Watts Power = new(22_000);

    [Fact]
    public void Rising_readings_add_up()
    {
        var register = EnergyRegister.Begin(new(1000), Start).Read(new(3000), Start.AddMinutes(10), Power).Next.Stop(new(4500), Start.AddMinutes(20), Power);
        register.Next.Energy.ShouldBe(new WattHours(3500));
        register.Finding.ShouldBeNull();
    }

    [Fact]
    public void A_late_reading_changes_nothing()
    {
        var at = EnergyRegister.Begin(new(0), Start).Read(new(3000), Start.AddMinutes(10), Power).Next;
        at.Read(new(2000), Start.AddMinutes(5), Power).ShouldBe((at, null));
    }

    [Fact]
    public void A_step_that_no_connector_delivers_is_found()
    {
        var register = EnergyRegister.Begin(new(500), Start).Read(new(900_000), Start.AddMinutes(1), Power);
        register.Finding.ShouldBe(ReviewReason.ImplausibleEnergy);
    }

    [Fact]
    public void A_lorry_that_takes_600_kWh_in_two_hours_is_believed()
    {
        EnergyRegister.Begin(new(0), Start).Read(new(600_000), Start.AddHours(2), new(400_000)).Finding.ShouldBeNull();
    }

    [Fact]
    public void A_stop_within_the_rounding_of_the_register_is_the_authority()
    {
        var register = EnergyRegister.Begin(new(0), Start).Read(new(5004), Start.AddMinutes(10), Power).Next.Stop(new(5000), Start.AddMinutes(11), Power);
        register.Finding.ShouldBeNull();
        register.Next.Energy.ShouldBe(new WattHours(5000));
    }

    [Fact]
    public void Energy_never_falls_and_is_never_more_than_all_rises_together()
    {
        Prop.ForAll(Gen.Choose(0, 200_000).ArrayOf().ToArbitrary(), readings =>
        {
            var register = EnergyRegister.Begin(new(1000), Start);
            var (energy, rises, last) = (0L, 0L, 1000L);
            for (var i = 0; i < readings.Length; i++)
            {
                register = register.Read(new(readings[i]), Start.AddMinutes(i + 1), Power).Next;
                rises += Math.Max(0, readings[i] - last);
                last = readings[i];
                if (register.Energy.Value < energy || register.Energy.Value > rises)
                {
                    return false;
                }

                energy = register.Energy.Value;
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }
}
