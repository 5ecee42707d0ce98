using System.Text.Json;
using Ladewerk.Tariffs;
using static Ladewerk.Tests.Tariffs.Sessions;

namespace Ladewerk.Tests.Tariffs;

/// <summary>The example tariffs of the OCPI specifications, read as they stand.</summary>
public sealed class OcpiExamples
{
    private const string None = "none";

    private static string? Roaming()
    {
        var given = Environment.GetEnvironmentVariable("LADEWERK_TEST_DATA");
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var data = given ?? Path.Combine(directory.FullName, "..", "shared", "data");
            if (Directory.Exists(Path.Combine(data, "roaming")))
            {
                return Path.GetFullPath(Path.Combine(data, "roaming"));
            }
        }

        return null;
    }

    public static TheoryData<string> Files()
    {
        if (Roaming() is not { } roaming)
        {
            return [None];
        }

        return
        [
            .. new[] { "ocpi-2.2.1-examples", "ocpi-2.3.0-examples" }
                .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(roaming, folder), "tariff*.json").Select(file => Path.Combine(folder, Path.GetFileName(file))))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static OcpiReading Read(string file)
    {
        Assert.SkipWhen(file == None || Roaming() is null, "no data");
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Roaming()!, file)));
        return OcpiTariff.Read(json.RootElement);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_example_is_read_and_priced(string file)
    {
        var reading = Read(file);

        reading.Errors.ShouldBeEmpty();
        var tariff = reading.Tariff!;
        var cost = Price(tariff, Session("2026-03-02 08:30", Charge(150m, 20m), Park(42m)) with { Reservation = new ReservationFacts(13m) });
        (cost.ExclVat ?? cost.InclVat).ShouldNotBeNull();
        TariffJson.Write(TariffJson.Read(TariffJson.Write(tariff))).ShouldBe(TariffJson.Write(tariff));
    }

    [Theory]
    [InlineData("ocpi-2.2.1-examples")]
    [InlineData("ocpi-2.3.0-examples")]
    public void A_complex_tariff_costs_the_same_in_both_versions(string folder)
    {
        var tariff = Read(Path.Combine(folder, "tariff_4_complex.json")).Tariff!;
        var session = Session("2026-03-02 09:30", Charge(147m), Park(42m));
        session = session with { Periods = [.. session.Periods.Select(period => period with { CurrentA = 16m })] };

        // 2.50 + 147 min at 1.00/h (with paid parking present only that is rounded) + 45 min at 5.00/h.
        Price(tariff, session).Exact.ExclVat.ShouldBe(2.5m + 2.45m + 3.75m);
    }

    [Fact]
    public void Prices_with_tax_included_are_gross()
    {
        var reading = Read("ocpi-2.3.0-examples/tariff_20_simple_north_american_inclusive.json");
        var cost = Price(reading.Tariff!, Session("2026-03-02 09:30", Charge(60m)));

        (cost.ExclVat, cost.InclVat).ShouldBe((null, 2.10m));
        reading.Warnings.ShouldContain(warning => warning.Rule == "vat-missing");
    }

    [Fact]
    public void What_cannot_be_read_is_an_error_with_its_path()
    {
        using var json = JsonDocument.Parse("""
            {"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":"x"},{"type":"WISHES","price":1}],"restrictions":{"start_time":"25:00","day_of_week":["1"]}}]}
            """);

        var reading = OcpiTariff.Read(json.RootElement);

        reading.Tariff.ShouldBeNull();
        reading.Errors.Keys.ShouldBe(
            [
                "elements[0].price_components[0].price", "elements[0].price_components[1].type",
                "elements[0].restrictions.start_time", "elements[0].restrictions.day_of_week[0]",
            ],
            ignoreOrder: true);
    }
}
