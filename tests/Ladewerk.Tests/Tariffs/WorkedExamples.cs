using Ladewerk.Tariffs;
using static Ladewerk.Tests.Tariffs.Sessions;

namespace Ladewerk.Tests.Tariffs;

/// <summary>The worked examples and prose rules of OCPI 2.2.1 §mod_tariffs, to the last digit.</summary>
public sealed class WorkedExamples
{
    private static readonly Restrictions Reserved = new() { Reservation = ReservationRestriction.Reservation };
    private static readonly Restrictions Expired = new() { Reservation = ReservationRestriction.ReservationExpires };
    private static readonly Restrictions Before17 = new() { StartTime = new TimeOnly(0, 0), EndTime = new TimeOnly(17, 0) };
    private static readonly Restrictions After17 = new() { StartTime = new TimeOnly(17, 0), EndTime = new TimeOnly(0, 0) };

    private static readonly Dictionary<string, (Tariff Tariff, PricingSession Session, decimal Excl, decimal? Incl)> Known = new()
    {
        ["20 kWh at 0.25"] = (Tariff(Element(Energy(0.25m, 10m))), Session("2026-03-02 09:00", Charge(120m, 20m)), 5.00m, 5.50m),
        ["2.5 h at 2.00, parking free"] =
            (Tariff(Element(Time(2m, 10m, 60))), Session("2026-03-02 09:00", Charge(150m, 10m), Park(33m)), 5.00m, 5.50m),
        ["150 min at 3.00 and 42 min parking at 5.00"] =
            (Tariff(Element(Time(3m, 10m, 60), Parking(5m, 20m, 300))), Session("2026-03-02 09:00", Charge(150m), Park(42m)), 11.25m, 12.75m),
        ["150 min at 3.00 VAT 20 and 42 min parking at 5.00 VAT 10"] =
            (Tariff(Element(Time(3m, 20m, 300), Parking(5m, 10m, 300))), Session("2026-03-02 09:00", Charge(150m), Park(42m)), 11.25m, 13.125m),
        ["20.45 kWh step 100 and a start fee"] =
            (Tariff(Element(Energy(0.25m, 10m, 100), Flat(0.5m, 20m))), Session("2026-03-02 09:00", Charge(150m, 20.45m)), 5.625m, 6.2375m),
        ["energy dearer after 17:00"] =
            (Tariff(Element(Before17, Energy(0.20m, null, 500)), Element(After17, Energy(0.27m, null, 500))),
            Session("2026-03-02 16:17", Charge(43m, 4.3m), Charge(11m, 1.1m)), 1.184m, null),
        ["energy dearer after 17:00, in one period"] =
            (Tariff(Element(Before17, Energy(0.20m, null, 500)), Element(After17, Energy(0.27m, null, 500))),
            Session("2026-03-02 16:17", Charge(54m, 5.4m)), 1.184m, null),
        ["time dearer after 17:00"] =
            (Tariff(Element(Before17, Time(5m, null, 600)), Element(After17, Time(7m, null, 600))),
            Session("2026-03-02 16:54", Charge(28m)), 3.30m, null),
        ["21 min at 1.00 and 16 min parking at 2.00"] =
            (Tariff(Element(Time(1m, null, 600), Parking(2m, null, 600))), Session("2026-03-02 09:00", Charge(21m), Park(16m)), 1.0167m, null),
        ["parking after half an hour"] =
            (Tariff(Element(new Restrictions { MinDuration = 1800 }, Parking(3m))), Session("2026-03-02 09:00", Park(45m)), 0.75m, null),
        ["parking after our grace"] =
            (Tariff(Element(Parking(3m))) with { Extensions = new TariffExtensions { Grace = new Grace(30m) } },
            Session("2026-03-02 09:00", Charge(60m, 9m), Park(45m)), 0.75m, null),
        ["three periods and a flat fee"] =
            (Tariff(Element(Flat(1m))), Session("2026-03-02 09:00", Charge(10m, 1m), Charge(10m, 1m), Charge(10m, 1m)), 1.00m, null),
        ["start fee, energy and parking by quarter hours"] =
            (Tariff(Element(Flat(0.5m, 20m), Energy(0.25m, 10m), Parking(2m, 20m, 900))), Session("2026-03-02 09:00", Charge(120m, 20m), Park(40m)), 7.00m, 7.90m),
        ["reservation of 15 min"] =
            (Tariff(Element(Reserved, Time(5m, 20m, 60)), Element(Flat(0.5m, 20m), Energy(0.25m, 10m))), Reserve(15m, Charge(60m, 20m)), 6.75m, 7.60m),
        ["reservation of 13 min with a fee"] =
            (Tariff(Element(Reserved, Flat(2m, 20m), Time(5m, 20m, 300)), Element(Flat(0.5m, 20m), Energy(0.25m, 10m))), Reserve(13m, Charge(60m, 20m)), 8.75m, 10.00m),
        ["reservation of 22 min, used"] = (WithExpireFee(), Reserve(22m, Charge(60m, 20m)), 6.50m, 7.30m),
        ["reservation of 60 min, expired"] = (WithExpireFee(), ReserveInVain(60m), 6.00m, 7.20m),
        ["reservation of 22 min, other price when it expires"] = (WithExpireTime(), Reserve(22m, Charge(60m, 20m)), 7.00m, 7.90m),
        ["reservation of 90 min, expired at its own price"] = (WithExpireTime(), ReserveInVain(90m), 9.00m, 10.80m),
        ["less than the minimum"] =
            (Tariff(Element(Energy(0.25m, 10m))) with { MinPrice = new PriceLimit(0.50m, 0.55m) }, Session("2026-03-02 09:00", Charge(10m, 1.5m)), 0.50m, 0.55m),
        ["nothing at all, with a minimum"] =
            (Tariff(Element(Energy(0.25m, 10m))) with { MinPrice = new PriceLimit(0.50m, 0.55m) }, Session("2026-03-02 09:00", Charge(10m)), 0.50m, 0.55m),
        ["more than the maximum"] =
            (Tariff(Element(Flat(0.5m, 20m), Energy(0.25m, 10m))) with { MaxPrice = new PriceLimit(10m, 11m) }, Session("2026-03-02 09:00", Charge(10m, 50m)), 10m, 11m),
        ["below the maximum"] =
            (Tariff(Element(Flat(0.5m, 20m), Energy(0.25m, 10m))) with { MaxPrice = new PriceLimit(10m, 11m) }, Session("2026-03-02 09:00", Charge(10m, 30m)), 8m, 8.85m),
        ["power bands"] =
            (Tariff(
                Element(new Restrictions { MaxPower = 16m }, Energy(0.20m)), Element(new Restrictions { MaxPower = 32m }, Energy(0.35m)), Element(Energy(0.50m))),
            Session("2026-03-02 09:00", Charge(10m, 1m), Charge(50m, 40m), Charge(7.5m, 0.5m)), 20.30m, null),
        ["free parking does not stop the rounding of time"] =
            (Tariff(
                Element(new Restrictions { StartTime = new TimeOnly(0, 0), EndTime = new TimeOnly(20, 0) }, Time(2.4m, null, 900), Parking(1m, null, 900)),
                Element(Time(2.4m, null, 900))),
            Session("2026-03-02 19:55", Charge(10m), Park(2m)), 0.60m, null),
        ["paid parking does"] =
            (Tariff(
                Element(Before17, Time(1.2m, null, 1800), Parking(1m, null, 900)),
                Element(Time(2.4m, null, 900), Parking(1m, null, 900))),
            Session("2026-03-02 16:55", Charge(10m), Park(2m)), 0.55m, null),
        ["time by the step of the last element"] =
            (Tariff(Element(Before17, Time(1.2m, null, 1800)), Element(Time(2.4m, null, 900))), Session("2026-03-02 16:35", Charge(35m)), 1.30m, null),
        ["gross prices"] =
            (Tariff(Element(Energy(0.595m, 19m))) with { TaxIncluded = true }, Session("2026-03-02 09:00", Charge(10m, 10m)), 5m, 5.95m),
    };

    public static TheoryData<string> Names => [.. Known.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Costs_what_the_specification_says(string example)
    {
        var (tariff, session, excl, incl) = Known[example];

        var cost = Price(tariff, session);

        decimal.Round(cost.Exact.ExclVat!.Value, 4).ShouldBe(excl);
        if (incl is { } gross)
        {
            cost.Exact.InclVat!.Value.ShouldBe(gross);
            cost.InclVat.ShouldBe(decimal.Round(gross, 2, MidpointRounding.AwayFromZero));
        }
        else
        {
            cost.InclVat.ShouldBeNull();
            cost.Warnings.ShouldContain(warning => warning.Rule == "vat-missing");
        }
    }

    private static Tariff WithExpireFee() => Tariff(
        Element(Expired, Flat(4m, 20m)), Element(Reserved, Time(2m, 20m, 600)), Element(Flat(0.5m, 20m), Energy(0.25m, 10m)));

    private static Tariff WithExpireTime() => Tariff(
        Element(Expired, Time(6m, 20m, 600)), Element(Reserved, Time(3m, 20m, 600)), Element(Flat(0.5m, 20m), Energy(0.25m, 10m)));

    private static PricingSession Reserve(decimal minutes, params (decimal, decimal, PeriodState)[] stretches) =>
        Session("2026-03-02 09:00", stretches) with { Reservation = new ReservationFacts(minutes) };

    private static PricingSession ReserveInVain(decimal minutes) =>
        Session("2026-03-02 09:00") with { Reservation = new ReservationFacts(minutes, Expired: true) };
}
