using Ladewerk.Tariffs.Market;

namespace Ladewerk.Tests.Tariffs;

/// <summary>Market prices in the forms in which they are published.</summary>
public sealed class MarketDocuments
{
    private static readonly DateTimeOffset Midnight = new(2026, 3, 2, 23, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Entsoe_points_that_are_left_out_say_the_same_as_the_one_before()
    {
        const string Xml = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">
              <TimeSeries><curveType>A03</curveType><currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>
                <Period><timeInterval><start>2026-03-02T23:00Z</start><end>2026-03-03T01:30Z</end></timeInterval><resolution>PT15M</resolution>
                  <Point><position>1</position><price.amount>81.25</price.amount></Point>
                  <Point><position>2</position><price.amount>-4.5</price.amount></Point>
                  <Point><position>10</position><price.amount>100</price.amount></Point>
                </Period></TimeSeries>
            </Publication_MarketDocument>
            """;
        var prices = MarketDocument.Read(Xml);
        prices.Count.ShouldBe(10);
        prices[0].ShouldBe(new QuarterPrice(Midnight, 0.08125m));
        prices.Skip(1).Take(8).ShouldAllBe(p => p.PerKwh == -0.0045m);
        prices[9].ShouldBe(new QuarterPrice(Midnight.AddMinutes(135), 0.1m));
    }

    [Fact]
    public void An_hour_is_four_quarters()
    {
        const string Xml = """
            <Publication_MarketDocument><TimeSeries><Period><timeInterval><start>2026-03-02T23:00Z</start><end>2026-03-03T01:00Z</end></timeInterval><resolution>PT60M</resolution>
            <Point><position>1</position><price.amount>10</price.amount></Point><Point><position>2</position><price.amount>20</price.amount></Point></Period></TimeSeries></Publication_MarketDocument>
            """;
        MarketDocument.Read(Xml).Select(p => p.PerKwh).ShouldBe([0.01m, 0.01m, 0.01m, 0.01m, 0.02m, 0.02m, 0.02m, 0.02m]);
    }

    [Theory]
    [InlineData("""{"object":"list","data":[{"start_timestamp":1772492400000,"end_timestamp":1772496000000,"marketprice":81.25,"unit":"Eur/MWh"}]}""", 4)]
    [InlineData("""{"unix_seconds":[1772492400,1772493300],"price":[81.25,null],"unit":"EUR / MWh"}""", 1)]
    [InlineData("""[{"start":"2026-03-03T00:00:00+01:00","price":"81.25"}]""", 1)]
    [InlineData("""{"unit":"EUR/kWh","prices":[{"start":"2026-03-02T23:00:00Z","end":"2026-03-02T23:30:00Z","price":0.08125}]}""", 2)]
    [InlineData("start;price\n2026-03-02T23:00Z;81,25\n2026-03-02T23:30Z;90\n", 4)]
    public void Mirrors_say_it_as_json_or_csv(string text, int quarters)
    {
        var prices = MarketDocument.Read(text);
        prices[0].ShouldBe(new QuarterPrice(Midnight, 0.08125m));
        prices.Count.ShouldBe(quarters);
    }

    [Fact]
    public void A_gap_stays_a_gap() =>
        MarketDocument.Read("start;price\n2026-03-02T23:00Z;10\n2026-03-03T05:00Z;20\n").Select(p => p.Start).ShouldBe([.. new[] { 0, 15, 30, 45, 360, 375, 390, 405 }.Select(m => Midnight.AddMinutes(m))]);

    [Theory]
    [InlineData("")]
    [InlineData("<html><body>Bad gateway</body></html>")]
    [InlineData("""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Publication_MarketDocument>&e;</Publication_MarketDocument>""")]
    [InlineData("""{"data":[{"start":"2026-03-02T23:07:00Z","price":1}]}""")]
    [InlineData("""{"data":[{"start":"yesterday","price":1}]}""")]
    [InlineData("""{"data":[{"start":"2026-03-02T23:00:00Z","price":1e99}]}""")]
    [InlineData("""{"data":7}""")]
    [InlineData("[1,2]")]
    public void What_cannot_be_read_says_so(string text) => Should.Throw<MarketDocumentException>(() => MarketDocument.Read(text));

    [Fact]
    public void The_platforms_refusal_is_told() => Should.Throw<MarketDocumentException>(() => MarketDocument.Read(
        "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>")).Message.ShouldBe("No matching data found");
}
