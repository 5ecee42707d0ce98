using System.Text.Json;
using Ladewerk.Ocpp.V16;
using Ladewerk.Stations;
using Ladewerk.Stations.Profiles;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Templates;

namespace Ladewerk.Tests.Stations.Templates;

/// <summary>What a station can do: its own word first, then its template's; and what follows for limits.</summary>
public sealed class AbilityRulesTests
{
    private static readonly StationTemplate Model = new(
        "m", "M", new("V", ["*"]), new TemplateData("AC3", 3, 32, 44_000, 2), new TemplateCapabilities(SmartCharging: true, LimitUnit: "W", MaxStackLevel: 4, StationLimit: false, Reservation: false, LocalListSize: 0));

    [Fact]
    public void The_template_speaks_where_the_station_has_not()
    {
        var by = Told().Or(Model);
        (by.Reserves, by.KeepsList, by.ListCapacity, by.TakesLimits, by.TakesAmperes, by.TakesWatts, by.MaxStackLevel, by.TakesStationLimit).ShouldBe((false, false, null, true, false, true, 4, false));
        Told().Or(Model with { Capabilities = new(LocalListSize: 50) }).ListCapacity.ShouldBe(50);
        Told().Or(null).ShouldBe(Told());
        Told().Or(Model with { Capabilities = null, Data = null }).ShouldBe(Told());
    }

    [Fact]
    public void The_station_s_own_word_wins()
    {
        var own = Told(
            ("SupportedFeatureProfiles", "Core, Reservation,LocalAuthListManagement"), ("LocalAuthListMaxLength", "7"), ("ChargingScheduleAllowedChargingRateUnit", "\"Current\""), ("ChargeProfileMaxStackLevel", "0")).Or(Model);
        (own.Reserves, own.KeepsList, own.ListCapacity, own.TakesAmperes, own.TakesWatts, own.MaxStackLevel).ShouldBe((true, true, 7, true, false, 0));
        own.TakesLimits.ShouldBe(true); // its keys are of smart charging, though its list of features leaves it out
        Told(("ChargingScheduleAllowedChargingRateUnit", "Current,Power")).Or(Model).ShouldSatisfyAllConditions(a => a.TakesAmperes.ShouldBe(true), a => a.TakesWatts.ShouldBe(true));
        Told(("SupportedFeatureProfiles", "Core")).Or(Model with { Capabilities = new(SmartCharging: true, Reservation: true, LocalListSize: 9) })
            .ShouldSatisfyAllConditions(a => a.Reserves.ShouldBe(false), a => a.KeepsList.ShouldBe(false), a => a.TakesLimits.ShouldBe(false));
    }

    [Fact]
    public void Limits_are_said_in_the_station_s_unit_unless_a_quirk_profile_says_one()
    {
        var able = Told().Or(Model);
        able.For(new Limit(1, 16, null), QuirkSwitches.None).ShouldBe(new Limit(1, null, 11_040));
        able.For(new Limit(null, 16, null), QuirkSwitches.None).ShouldBe(new Limit(null, null, 11_040) { Parted = true });
        able.For(new Limit(null, null, 5000), QuirkSwitches.None).ShouldBe(new Limit(null, null, 5000) { Parted = true });
        able.For(new Limit(null, null, null), QuirkSwitches.None).ShouldBe(new Limit(null, null, null) { Parted = true });
        able.For(new Limit(null, 16, null), new() { LimitUnit = LimitUnit.Amperes, NoStationLimit = false }).ShouldBe(new Limit(null, 16, null));
        Told(("ChargingScheduleAllowedChargingRateUnit", "Current")).Or(Model with { Data = new(Phases: 1) }).For(new Limit(1, null, 4600), QuirkSwitches.None).ShouldBe(new Limit(1, 20, null));
        StationAbilities.Unknown.For(new Limit(null, 16, null), QuirkSwitches.None).ShouldBe(new Limit(null, 16, null));

        var profile = new SetChargingProfile(1, 5, 9, ProfilePurpose.TransactionDefault, InWatts: false, [new(0, 16), new(60, 10, 1)], MinimumRate: 6);
        var said = able.For(profile, QuirkSwitches.None).ShouldBeOfType<SetChargingProfile>();
        (said.InWatts, said.StackLevel, said.MinimumRate).ShouldBe((true, 4, 4140));
        said.Periods.Select(p => p.Limit).ShouldBe([11_040, 2300]);
        able.For(new GetCompositeSchedule(0, 60, false), QuirkSwitches.None).ShouldBe(new GetCompositeSchedule(0, 60, true));
        able.For(new RemoteStart("T", Profile: profile), QuirkSwitches.None).ShouldBeOfType<RemoteStart>().Profile!.InWatts.ShouldBeTrue();
    }

    [Theory]
    [InlineData("AC3", 3, 32, 22_000, 1, "A", null, false, 32)]
    [InlineData("AC3", 3, 32, 44_000, 2, "A", null, false, 64)]
    [InlineData("AC1", 1, 32, null, 1, null, null, false, 32)]
    [InlineData("AC3", 3, 32, 22_000, 1, null, 11_000L, false, 16)] // as the operator entered it: sold with less too
    [InlineData("AC3", 3, 32, 22_000, 1, "W", null, true, 22)]
    [InlineData("DC", null, null, 150_000, 2, null, null, true, 150)]
    [InlineData("DC", null, null, 180_000, 2, "A", 180_000L, true, 180)] // two of 180 kW share the station's 180
    [InlineData(null, null, null, null, null, null, 22_000L, false, 32)]
    [InlineData(null, null, null, null, null, null, null, false, 32)]
    public void A_limit_can_be_set_as_far_as_the_model_goes(string? current, int? phases, int? maxA, int? maxW, int? evses, string? unit, long? entered, bool inKilowatts, int most)
    {
        var model = Model with { Data = new(current, phases, maxA, maxW, evses), Capabilities = new(LimitUnit: unit) };
        LimitRange.Of(Told().Or(model), [.. Enumerable.Repeat(entered, evses ?? 1)]).ShouldBe(new LimitRange(inKilowatts, most));
    }

    private static StationAbilities Told(params (string Key, string Value)[] keys) =>
        new V16Abilities().Of(JsonSerializer.SerializeToDocument(keys.Select(k => new { key = k.Key, value = k.Value })));
}
