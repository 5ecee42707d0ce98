using Ladewerk.Tariffs;
using static Ladewerk.Tests.Tariffs.Sessions;

namespace Ladewerk.Tests.Tariffs;

public sealed class PricingRules
{
    private static Restrictions Window(string from, string to) => new() { StartTime = TimeOnly.Parse(from), EndTime = TimeOnly.Parse(to) };

    [Fact]
    public void Dimensions_come_from_different_elements()
    {
        var tariff = Tariff(Element(Window("00:00", "12:00"), Energy(0.2m, 0m)), Element(Energy(0.4m, 0m), Time(1m, 0m)));

        Price(tariff, Session("2026-03-02 11:00", Charge(120m, 20m))).ExclVat.ShouldBe(2m + 4m + 2m);
    }

    [Fact]
    public void A_dimension_without_an_element_is_free() =>
        Price(Tariff(Element(Window("12:00", "13:00"), Energy(1m, 0m))), Session("2026-03-02 09:00", Charge(60m, 5m))).ExclVat.ShouldBe(0m);

    [Fact]
    public void A_window_wraps_midnight()
    {
        var tariff = Tariff(Element(Window("22:00", "06:00"), Time(1m, 0m)), Element(Time(10m, 0m)));

        Price(tariff, Session("2026-03-02 21:00", Charge(60m * 10m))).ExclVat.ShouldBe(10m + 8m + 10m);
    }

    [Fact]
    public void Equal_start_and_end_are_the_whole_day() =>
        Price(Tariff(Element(Window("08:00", "08:00"), Time(1m, 0m))), Session("2026-03-02 00:00", Charge(1440m))).ExclVat.ShouldBe(24m);

    [Theory]
    [InlineData("2026-03-28 22:00", 8)] // The night before summer time lacks an hour.
    [InlineData("2026-10-24 22:00", 10)] // The night before winter time has one more.
    [InlineData("2026-03-02 22:00", 9)]
    public void A_night_has_the_hours_that_the_clock_gives_it(string start, int hours)
    {
        var tariff = Tariff(Element(Window("21:00", "07:00"), Time(1m, 0m)), Element(Time(100m, 0m)));

        Price(tariff, Session(start, Charge(60m * hours))).ExclVat.ShouldBe(hours);
        Price(tariff, Session(start, Charge(60m * hours + 30m))).ExclVat.ShouldBe(hours + 50m);
    }

    [Fact]
    public void The_hour_that_comes_twice_is_in_its_window_twice()
    {
        var tariff = Tariff(Element(Window("02:15", "02:45"), Time(60m, 0m)));

        Price(tariff, Session("2026-10-25 00:00", Charge(60m * 6m))).ExclVat.ShouldBe(60m);
    }

    [Fact]
    public void The_hour_that_does_not_exist_is_in_no_window() =>
        Price(Tariff(Element(Window("02:15", "02:45"), Time(60m, 0m))), Session("2026-03-29 00:00", Charge(60m * 6m))).ExclVat.ShouldBe(0m);

    [Fact]
    public void Days_and_dates_change_at_local_midnight()
    {
        var weekend = new Restrictions { DayOfWeek = [Weekday.Saturday, Weekday.Sunday] };
        Price(Tariff(Element(weekend, Time(1m, 0m))), Session("2026-03-06 23:00", Charge(180m))).ExclVat.ShouldBe(2m);

        var oneDay = new Restrictions { StartDate = new DateOnly(2026, 3, 6), EndDate = new DateOnly(2026, 3, 7) };
        Price(Tariff(Element(oneDay, Time(1m, 0m))), Session("2026-03-05 23:00", Charge(60m * 26m))).ExclVat.ShouldBe(24m);
    }

    [Fact]
    public void Energy_is_cut_where_the_threshold_is_crossed()
    {
        var tariff = Tariff(
            Element(new Restrictions { MaxKwh = 1m }, Energy(0m, 0m), Time(6m, 0m)), Element(new Restrictions { MinKwh = 1m }, Energy(0.2m, 0m), Time(12m, 0m)));

        var cost = Price(tariff, Session("2026-03-02 09:00", Charge(100m, 20m)));

        cost.Lines.Where(line => line.Type == "ENERGY").Select(line => line.Quantity).ShouldBe([1m, 19m]);
        cost.Exact.ExclVat.ShouldBe(3.8m + 6m * 5m / 60m + 12m * 95m / 60m);
    }

    [Fact]
    public void Duration_is_counted_from_the_start_of_the_session()
    {
        var tariff = Tariff(
            Element(new Restrictions { MaxDuration = 1800 }, Energy(0m, 20m)),
            Element(new Restrictions { MaxDuration = 3600 }, Energy(0.25m, 20m)),
            Element(Energy(0.40m, 20m)));

        Price(tariff, Session("2026-03-02 09:00", Charge(120m, 12m))).ExclVat.ShouldBe(3m * 0.25m + 6m * 0.4m);
    }

    [Fact]
    public void Current_counts_as_the_sum_of_the_phases_and_is_estimated_where_it_is_missing()
    {
        var tariff = Tariff(Element(new Restrictions { MaxCurrent = 32m }, Time(1m, 0m)), Element(new Restrictions { MinCurrent = 32m }, Time(2m, 0m)));

        Price(tariff, Session("2026-03-02 09:00", Charge(60m, 5m))).ExclVat.ShouldBe(1m);
        var fast = Price(tariff, Session("2026-03-02 09:00", Charge(60m, 11m)));
        fast.ExclVat.ShouldBe(2m);
        fast.Warnings.ShouldContain(warning => warning.Rule == "current-estimated");
    }

    [Fact]
    public void Time_that_our_own_smart_charging_takes_is_neither_charging_nor_parking()
    {
        var tariff = Tariff(Element(Time(1m, 0m), Parking(10m, 0m)));

        Price(tariff, Session("2026-03-02 09:00", Charge(60m, 5m), Held(120m), Charge(60m, 5m))).ExclVat.ShouldBe(2m);
    }

    [Theory]
    [InlineData("EUR", "1.005", "1.01")]
    [InlineData("JPY", "10.5", "11")]
    [InlineData("BHD", "1.0005", "1.001")]
    public void Totals_are_rounded_half_up_by_the_minor_unit(string currency, string price, string total) =>
        Price(Tariff(Element(Flat(decimal.Parse(price), 0m))) with { Currency = currency }, Session("2026-03-02 09:00", Charge(1m)))
            .ExclVat.ShouldBe(decimal.Parse(total));

    [Fact]
    public void Gross_and_net_limits_hold_each_on_its_own()
    {
        var tariff = Tariff(Element(Energy(0.5m, 19m), Flat(1m, 7m))) with { MaxPrice = new PriceLimit(InclVat: 10m) };

        var cost = Price(tariff, Session("2026-03-02 09:00", Charge(60m, 18m)));

        (cost.ExclVat, cost.InclVat).ShouldBe((10m, 10m));
        cost.Lines.Count(line => line.Type == "MAX_PRICE").ShouldBe(2);
    }

    [Fact]
    public void A_gross_price_without_a_rate_has_no_net_amount()
    {
        var cost = Price(Tariff(Element(Time(2.1m))) with { TaxIncluded = true }, Session("2026-03-02 09:00", Charge(60m)));

        (cost.ExclVat, cost.InclVat).ShouldBe((null, 2.10m));
    }

    [Fact]
    public void What_is_free_needs_no_rate()
    {
        var cost = Price(Tariff(Element(Flat(0m))), Session("2026-03-02 09:00", Charge(60m, 5m)));

        (cost.ExclVat, cost.InclVat, cost.Warnings.Count).ShouldBe((0m, 0m, 0));
    }

    [Fact]
    public void A_time_band_of_reservations_keeps_its_own_step_and_never_meets_session_prices()
    {
        var reserved = new Restrictions { Reservation = ReservationRestriction.Reservation };
        var tariff = Tariff(Element(reserved, Time(6m, 0m, 600)), Element(Time(60m, 0m, 60)));
        var session = Session("2026-03-02 09:00", (15m, 0m, PeriodState.Reserved), Charge(10.5m));

        var cost = Price(tariff, session);

        cost.Lines.Select(line => (line.Type, line.ExclVat)).ShouldBe([("RESERVATION_TIME", 2m), ("TIME", 11m)]);
    }
}
