using Ladewerk.Tariffs;

namespace Ladewerk.Demo;

/// <summary>The prices of the demonstration utility, gross, as its price list says.</summary>
internal static class DemoTariffs
{
    private const decimal Vat = 19m;
    private static readonly Restrictions Night = new() { StartTime = new TimeOnly(21, 0), EndTime = new TimeOnly(6, 0) };

    /// <summary>Alternating current at the kerb: cheaper at night, parking after four hours, nothing for parking above 12 euros in a night.</summary>
    public static Tariff City { get; } = Gross("Stadtstrom AC", "City AC",
    [
        Energy("Energie, Nacht", "Energy, night", 0.42m, Night),
        Energy("Energie, Tag", "Energy, day", 0.49m),
        Parking(0.10m),
    ]) with
    {
        Extensions = new TariffExtensions { Grace = new Grace(240), Caps = [new Cap(CapPeriod.Night, 12m, [Dimension.ParkingTime], new TimeOnly(20, 0), new TimeOnly(8, 0))] },
    };

    /// <summary>Fast charging: one price for the energy, and a fee for those who stay after ten minutes, 12 euros at most.</summary>
    public static Tariff Fast { get; } = Gross("Schnellstrom DC", "Fast DC", [Energy("Energie", "Energy", 0.59m), Parking(0.20m)]) with
    {
        Extensions = new TariffExtensions { Grace = new Grace(10), Caps = [new Cap(CapPeriod.Session, 12m, [Dimension.ParkingTime])] },
    };

    /// <summary>In the car park: by day and night, and a start fee.</summary>
    public static Tariff CarPark { get; } = Gross("Parkhaus Altstadt", "Old town car park",
    [
        Energy("Energie, Nacht", "Energy, night", 0.39m, Night),
        Energy("Energie, Tag", "Energy, day", 0.46m),
        new TariffElement { Name = new LocalizedText("Startgebühr", "Start fee"), Components = [new FlatPrice { Price = 0.50m, Vat = Vat }] },
    ]);

    /// <summary>For the utility's own people and vehicles.</summary>
    public static Tariff Staff { get; } = Gross("Mitarbeitende und Fuhrpark", "Staff and fleet", [Energy("Energie", "Energy", 0.27m)]);

    private static Tariff Gross(string german, string english, IReadOnlyList<TariffElement> elements) =>
        new() { Currency = "EUR", Name = new LocalizedText(german, english), TaxIncluded = true, Elements = elements };

    private static TariffElement Energy(string german, string english, decimal perKwh, Restrictions? when = null) =>
        new() { Name = new LocalizedText(german, english), Components = [new EnergyPrice { Price = perKwh, Vat = Vat }], Restrictions = when };

    private static TariffElement Parking(decimal perMinute) => new()
    {
        Name = new LocalizedText("Standzeit", "Parking"),
        Components = [new ParkingPrice { Price = perMinute * 60, Vat = Vat, StepSize = 60 }],
    };
}
