using Ladewerk.Tariffs;
using static Ladewerk.Tests.Tariffs.Sessions;

namespace Ladewerk.Tests.Tariffs;

public sealed class WordingAndChecks
{
    private static readonly Restrictions Weekdays = new()
    {
        StartTime = new TimeOnly(6, 0), EndTime = new TimeOnly(18, 0), DayOfWeek = [Weekday.Monday, Weekday.Tuesday, Weekday.Wednesday, Weekday.Thursday, Weekday.Friday],
    };

    private static readonly Tariff Town = Tariff(
        Element(Weekdays, Energy(0.55m, 19m)),
        Element(Energy(0.49m, 19m)),
        Element(new Restrictions { StartTime = new TimeOnly(8, 0), EndTime = new TimeOnly(20, 0) }, Parking(6m, 19m, 60))) with
    {
        TaxIncluded = true,
        Extensions = new TariffExtensions
        {
            Grace = new Grace(15m),
            Caps = [new Cap(CapPeriod.Session, 12m, [Dimension.ParkingTime]), new Cap(CapPeriod.Night, 5m, [Dimension.ParkingTime], new TimeOnly(22, 0), new TimeOnly(8, 0))],
        },
    };

    [Fact]
    public void German_drivers_read_German()
    {
        var text = TariffWording.Describe(Town, "de");

        (text.Headline, text.HeadlineUnit).ShouldBe(("0,49 – 0,55 €", "/kWh"));
        text.Sentences.ShouldBe(
        [
            "Mo – Fr 6 – 18 Uhr 0,55 €, sonst 0,49 € je kWh.",
            "Nach Ladeende 15 Minuten frei, dann 8 – 20 Uhr 0,10 € je angefangene Minute, höchstens 12,00 €.",
            "Standzeit höchstens 5,00 € in der Nacht (22 – 8 Uhr).",
        ]);
        text.Tax.ShouldBe("Alle Preise mit 19 % USt.");
    }

    [Fact]
    public void English_drivers_read_English()
    {
        var text = TariffWording.Describe(Town, "en-GB");

        (text.Headline, text.HeadlineUnit).ShouldBe(("€0.49 – 0.55", "/kWh"));
        text.Sentences.ShouldBe(
        [
            "Mon – Fri 6 am – 6 pm €0.55, otherwise €0.49 per kWh.",
            "After charging ends, 15 minutes are free, then 8 am – 8 pm €0.10 per started minute, €12.00 at most.",
            "Parking: €5.00 at most per night (10 pm – 8 am).",
        ]);
        text.Tax.ShouldBe("All prices include 19 % VAT.");
    }

    [Fact]
    public void Net_prices_are_told_gross_and_in_the_order_of_the_law()
    {
        var tariff = Tariff(Element(Flat(1m, 19m), Time(3m, 19m), Energy(0.5m, 19m)));

        TariffWording.Describe(tariff, "de").Sentences.ShouldBe(["0,595 € je kWh.", "3,57 € je Stunde Ladezeit.", "1,19 € je Vorgang."]);
    }

    [Fact]
    public void Free_is_said_to_be_free() => TariffWording.Describe(Tariff(Element(Flat(0m))), "de").Headline.ShouldBe("kostenlos");

    [Fact]
    public void A_good_tariff_has_no_findings() => TariffValidator.Check(Town).ShouldBeEmpty();

    [Fact]
    public void Each_mistake_is_named()
    {
        var rules = TariffValidator.Check(Tariff(
            Element(Energy(0.5m)),
            Element(Energy(0.4m, 19m)),
            Element(new Restrictions { MinKwh = 5m, MaxKwh = 5m }, Time(-1m, 120m)),
            Element(new Restrictions { Reservation = ReservationRestriction.Reservation }, Energy(1m, 19m))) with
        {
            Currency = "Euro",
            MinPrice = new PriceLimit(5m, 6m),
            MaxPrice = new PriceLimit(4m, 5m),
        }).Select(finding => finding.Rule);

        rules.ShouldBe(["currency", "vat-missing", "unreachable", "range", "vat-range", "empty-range", "reservation-dimension", "limits"], ignoreOrder: true);
    }

    [Fact]
    public void A_time_window_without_a_fallback_is_pointed_out() =>
        TariffValidator.Check(Tariff(Element(Weekdays, Energy(0.5m, 19m)))).Select(finding => finding.Rule).ShouldBe(["gap"]);

    [Theory]
    [InlineData(150, true, "afir-50kw")]
    [InlineData(22, true, null)]
    [InlineData(150, false, null)]
    public void A_fast_public_point_takes_only_a_simple_ad_hoc_tariff(int kw, bool isPublic, string? rule)
    {
        var place = new TariffPlace("HPC-1", isPublic, kw);
        var simple = Tariff(Element(Energy(0.79m, 19m), Parking(6m, 19m))) with { Kind = TariffKind.AdHoc };
        var withFee = Tariff(Element(Energy(0.79m, 19m), Flat(1m, 19m))) with { Kind = TariffKind.AdHoc };

        TariffValidator.CheckAt(simple, [place]).ShouldBeEmpty();
        TariffValidator.CheckAt(withFee with { Kind = TariffKind.Regular }, [place]).ShouldBeEmpty();
        TariffValidator.CheckAt(withFee, [place with { BuiltOn = new DateOnly(2024, 4, 12) }]).ShouldBeEmpty();
        TariffValidator.CheckAt(withFee, [place]).Select(finding => finding.Rule).ShouldBe(rule is null ? [] : [rule]);
    }

    [Fact]
    public void A_clock_that_is_not_legal_takes_no_price_by_time() =>
        TariffValidator.CheckAt(Tariff(Element(Parking(6m, 19m))), [new TariffPlace("AC-1", true, 22m, ClockIsLegal: false)])
            .Select(finding => finding.Rule).ShouldBe(["clock-not-legal"]);
}
