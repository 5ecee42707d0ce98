using Ladewerk.Tariffs;
using static Ladewerk.Tests.Tariffs.Sessions;

namespace Ladewerk.Tests.Tariffs;

public sealed class ExtensionRules
{
    private static Tariff With(TariffExtensions extensions, params PriceComponent[] components) =>
        Tariff(Element(components)) with { Extensions = extensions };

    [Fact]
    public void Grace_is_given_once_and_not_again_when_the_vehicle_wakes_up()
    {
        var tariff = With(new TariffExtensions { Grace = new Grace(15m) }, Parking(6m, 0m));

        Price(tariff, Session("2026-03-02 09:00", Charge(60m, 5m), Park(10m), Charge(5m, 0.1m), Park(15m))).ExclVat.ShouldBe(1m);
    }

    [Fact]
    public void Grace_does_not_run_while_our_smart_charging_holds_the_vehicle()
    {
        var tariff = With(new TariffExtensions { Grace = new Grace(15m) }, Parking(6m, 0m));

        Price(tariff, Session("2026-03-02 09:00", Held(120m), Charge(60m, 5m), Park(25m))).ExclVat.ShouldBe(1m);
    }

    [Fact]
    public void Parking_in_grace_does_not_count_for_the_rounding()
    {
        var tariff = With(new TariffExtensions { Grace = new Grace(10m) }, Parking(6m, 0m, 900));

        Price(tariff, Session("2026-03-02 09:00", Park(24m))).ExclVat.ShouldBe(1.5m);
    }

    [Fact]
    public void A_blocking_fee_stops_at_its_cap()
    {
        var tariff = With(new TariffExtensions { Caps = [new Cap(CapPeriod.Session, 12m, [Dimension.ParkingTime])] }, Energy(0.5m, 19m), Parking(6m, 19m));

        var cost = Price(tariff, Session("2026-03-02 09:00", Charge(60m, 10m), Park(300m)));

        cost.ExclVat.ShouldBe(17m);
        cost.Lines.Single(line => line.Type == "CAP").ExclVat.ShouldBe(-18m);
    }

    [Fact]
    public void A_night_cap_counts_each_night_for_itself()
    {
        var cap = new Cap(CapPeriod.Night, 5m, [Dimension.ParkingTime], new TimeOnly(22, 0), new TimeOnly(8, 0));
        var tariff = With(new TariffExtensions { Caps = [cap] }, Parking(1m, 0m));

        // Two nights at 5 and the day between, 8:00 to 22:00, at 14.
        Price(tariff, Session("2026-03-02 22:00", Park(60m * 34m))).ExclVat.ShouldBe(24m);
    }

    [Fact]
    public void A_day_cap_counts_each_local_day_for_itself()
    {
        var tariff = With(new TariffExtensions { Caps = [new Cap(CapPeriod.Day, 3m)] }, Time(1m, 0m));

        Price(tariff, Session("2026-03-02 22:00", Charge(60m * 12m))).ExclVat.ShouldBe(2m + 3m);
    }

    [Fact]
    public void Caps_also_hold_what_rounding_up_adds()
    {
        var tariff = With(new TariffExtensions { Caps = [new Cap(CapPeriod.Session, 2m)] }, Time(2m, 0m, 3600));

        Price(tariff, Session("2026-03-02 22:00", Charge(61m))).ExclVat.ShouldBe(2m);
    }

    [Fact]
    public void Free_kilowatt_hours_are_shown_at_zero()
    {
        var tariff = With(new TariffExtensions { FreeAllowance = new FreeAllowance(EnergyKwh: 5m) }, Energy(0.5m, 19m));

        var cost = Price(tariff, Session("2026-03-02 09:00", Charge(60m, 12m)));

        cost.ExclVat.ShouldBe(3.5m);
        cost.Lines.Select(line => (line.Quantity, line.UnitPrice)).ShouldBe([(5m, 0m), (7m, 0.5m)]);
    }

    [Fact]
    public void A_free_allowance_for_a_group_is_for_that_group()
    {
        var tariff = With(new TariffExtensions { FreeAllowance = new FreeAllowance(Minutes: 60m, UserGroups: ["shop"]) }, Time(2m, 0m));
        var session = Session("2026-03-02 09:00", Charge(90m));

        Price(tariff, session).ExclVat.ShouldBe(3m);
        Price(tariff, session with { UserGroups = ["Shop"] }).ExclVat.ShouldBe(1m);
    }

    [Fact]
    public void Groups_connectors_and_power_bands_choose_elements()
    {
        var tariff = Tariff(
            Element(new Restrictions { UserGroups = ["staff"] }, Energy(0.2m, 0m)),
            Element(new Restrictions { ConnectorTypes = ["IEC_62196_T2_COMBO"], MinEvsePower = 50m }, Energy(0.7m, 0m)),
            Element(Energy(0.5m, 0m)));
        var session = Session("2026-03-02 09:00", Charge(90m, 10m));

        Price(tariff, session).ExclVat.ShouldBe(5m);
        Price(tariff, session with { UserGroups = ["staff"] }).ExclVat.ShouldBe(2m);
        Price(tariff, session with { ConnectorType = "IEC_62196_T2_COMBO", EvsePowerKw = 150m }).ExclVat.ShouldBe(7m);
        Price(tariff, session with { ConnectorType = "IEC_62196_T2_COMBO", EvsePowerKw = 22m }).ExclVat.ShouldBe(5m);
    }

    [Theory]
    [InlineData("DE-BY", "2026-01-06", true)]
    [InlineData("DE-NI", "2026-01-06", false)]
    [InlineData("DE-NI", "2026-10-31", true)]
    [InlineData("DE-BY", "2026-10-31", false)]
    [InlineData("DE", "2026-04-03", true)]
    [InlineData("DE", "2026-04-06", true)]
    [InlineData("DE-BB", "2026-04-05", true)]
    [InlineData("DE-HE", "2026-06-04", true)]
    [InlineData("DE-SN", "2026-11-18", true)]
    [InlineData("DE-SN", "2026-11-25", false)]
    [InlineData("DE", "2026-05-14", true)]
    [InlineData("DE", "2026-05-25", true)]
    public void Holidays_follow_the_federal_state(string region, string day, bool holiday)
    {
        var tariff = Tariff(Element(new Restrictions { Holidays = true }, Flat(1m, 0m)), Element(Flat(2m, 0m))) with
        {
            Extensions = new TariffExtensions { HolidayRegion = region },
        };

        Price(tariff, Session(day + " 12:00", Charge(10m))).ExclVat.ShouldBe(holiday ? 1m : 2m);
    }

    [Fact]
    public void A_market_price_changes_by_quarter_hours_between_floor_and_ceiling_and_never_falls_into_a_gap()
    {
        var market = new MarketEnergyPrice { Price = 0.60m, Vat = 0m, Factor = 1.2m, Adder = 0.2m, Floor = 0.15m, Ceiling = 0.5m };
        var start = At("2026-03-02 09:00");
        var session = Session("2026-03-02 09:00", Charge(60m, 40m)) with
        {
            MarketPrices = new Dictionary<DateTimeOffset, decimal>
            {
                [start] = 0.1m,
                [start.AddMinutes(15)] = -0.5m,
                [start.AddMinutes(30)] = 0.9m,
            },
        };

        Price(Tariff(Element(market)), session).Lines.Select(line => line.UnitPrice).ShouldBe([0.32m, 0.15m, 0.5m, 0.6m]);
    }

    [Fact]
    public void A_tariff_survives_the_database()
    {
        var tariff = Tariff(
            Element(new Restrictions { StartTime = new TimeOnly(8, 0), DayOfWeek = [Weekday.Monday], Reservation = ReservationRestriction.ReservationExpires }, Flat(1m, 19m)),
            Element(Energy(0.5m, 19m), new MarketEnergyPrice { Price = 1m, Factor = 2m })) with
        {
            Kind = TariffKind.AdHoc,
            Extensions = new TariffExtensions { Caps = [new Cap(CapPeriod.Night, 5m, [Dimension.ParkingTime], new TimeOnly(22, 0), new TimeOnly(8, 0))] },
        };

        var json = TariffJson.Write(tariff);

        TariffJson.Write(TariffJson.Read(json)).ShouldBe(json);
        json.ShouldContain("\"dayOfWeek\":[\"MONDAY\"]");
        json.ShouldContain("\"kind\":\"adHoc\"");
        json.ShouldContain("\"startTime\":\"08:00\"");
    }
}
