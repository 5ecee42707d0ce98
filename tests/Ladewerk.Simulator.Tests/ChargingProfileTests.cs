using Ladewerk.Ocpp.V16;
using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Tests;

public sealed class ChargingProfileTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly ChargingProfiles profiles = new();

    [Fact]
    public void The_highest_stack_level_wins_while_it_has_a_period()
    {
        profiles.Set(0, Profile(1, 0, ChargingProfilePurpose.TxDefaultProfile, (0, 32)), Noon);
        profiles.Set(0, Profile(2, 3, ChargingProfilePurpose.TxDefaultProfile, (0, 10)) with { ValidTo = Noon.AddHours(1) }, Noon);

        profiles.ConnectorLimit(1, Noon, null).CurrentA.ShouldBe(10);
        profiles.ConnectorLimit(1, Noon.AddHours(1), null).CurrentA.ShouldBe(32);
    }

    [Fact]
    public void The_profile_of_the_transaction_overrules_the_default_and_ends_with_it()
    {
        var transaction = new RunningTransaction(7, Noon);
        profiles.Set(1, Profile(1, 5, ChargingProfilePurpose.TxDefaultProfile, (0, 8)), Noon);
        profiles.Set(1, Profile(2, 0, ChargingProfilePurpose.TxProfile, (0, 20), (60, 12)) with { TransactionId = 7, ChargingProfileKind = ChargingProfileKind.Relative }, Noon);

        profiles.ConnectorLimit(1, Noon.AddSeconds(59), transaction).CurrentA.ShouldBe(20);
        profiles.ConnectorLimit(1, Noon.AddSeconds(60), transaction).CurrentA.ShouldBe(12);
        profiles.ConnectorLimit(1, Noon, new RunningTransaction(8, Noon)).CurrentA.ShouldBe(8);
        profiles.TransactionEnded(1);
        profiles.ConnectorLimit(1, Noon, transaction).CurrentA.ShouldBe(8);
    }

    [Fact]
    public void A_profile_of_one_connector_goes_before_one_of_all()
    {
        profiles.Set(0, Profile(1, 1, ChargingProfilePurpose.TxDefaultProfile, (0, 32)), Noon);
        profiles.Set(2, Profile(2, 1, ChargingProfilePurpose.TxDefaultProfile, (0, 6)), Noon);

        profiles.ConnectorLimit(1, Noon, null).CurrentA.ShouldBe(32);
        profiles.ConnectorLimit(2, Noon, null).CurrentA.ShouldBe(6);
    }

    [Fact]
    public void A_daily_profile_comes_again_every_day()
    {
        var daily = Profile(1, 0, ChargingProfilePurpose.TxDefaultProfile, (0, 6), (3600, 16)) with
        {
            ChargingProfileKind = ChargingProfileKind.Recurring,
            RecurrencyKind = RecurrencyKind.Daily,
        };
        profiles.Set(0, daily, Noon);

        profiles.ConnectorLimit(1, Noon.AddDays(9).AddMinutes(59), null).CurrentA.ShouldBe(6);
        profiles.ConnectorLimit(1, Noon.AddDays(9).AddMinutes(61), null).CurrentA.ShouldBe(16);
    }

    [Fact]
    public void The_composite_schedule_is_the_lowest_of_all_that_hold()
    {
        profiles.Set(0, Profile(1, 0, ChargingProfilePurpose.ChargePointMaxProfile, (0, 25), (1800, 10)), Noon);
        profiles.Set(0, Profile(2, 0, ChargingProfilePurpose.TxDefaultProfile, (0, 16), (900, 32)), Noon);

        var schedule = profiles.Composite(1, Noon, 3600, ChargingRateUnit.A, null)!;

        schedule.ChargingSchedulePeriod.Select(p => (p.StartPeriod, p.Limit)).ShouldBe([(0, 16m), (900, 25m), (1800, 10m)]);
        profiles.Composite(1, Noon, 60, ChargingRateUnit.W, null)!.ChargingSchedulePeriod[0].Limit.ShouldBe(11_040m);
    }

    [Fact]
    public void Only_what_matches_is_cleared()
    {
        profiles.Set(0, Profile(1, 0, ChargingProfilePurpose.ChargePointMaxProfile, (0, 25)), Noon);
        profiles.Set(1, Profile(2, 0, ChargingProfilePurpose.TxDefaultProfile, (0, 16)), Noon);

        profiles.Clear(new ClearChargingProfileRequest { ChargingProfilePurpose = ChargingProfilePurpose.TxDefaultProfile, ConnectorId = 2 }).ShouldBeFalse();
        profiles.Clear(new ClearChargingProfileRequest { ChargingProfilePurpose = ChargingProfilePurpose.TxDefaultProfile }).ShouldBeTrue();
        profiles.Count.ShouldBe(1);
    }

    internal static ChargingProfile Profile(int id, int level, ChargingProfilePurpose purpose, params (int Start, decimal Limit)[] periods) => new()
    {
        ChargingProfileId = id,
        StackLevel = level,
        ChargingProfilePurpose = purpose,
        ChargingProfileKind = ChargingProfileKind.Absolute,
        ChargingSchedule = new ChargingSchedule
        {
            ChargingRateUnit = ChargingRateUnit.A,
            StartSchedule = Noon,
            ChargingSchedulePeriod = [.. periods.Select(p => new ChargingSchedulePeriod { StartPeriod = p.Start, Limit = p.Limit })],
        },
    };
}
