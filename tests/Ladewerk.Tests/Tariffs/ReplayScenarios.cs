using System.Net;
using Ladewerk.Tests.Drivers;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Tariffs;

/// <summary>Past sessions under a new tariff, and the price list that everybody may read.</summary>
public sealed class ReplayScenarios(Database database)
{
    private static readonly DateTimeOffset Nine = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Past_sessions_are_priced_again_and_nothing_changes()
    {
        await using var scene = await Scene.Start(database, Nine);
        var (_, badge) = await scene.Resident("Anna");
        var station = await scene.Station("REPLAY-1");
        await scene.Charge(station, badge, 10_000);
        var before = (await scene.Priced("REPLAY-1")).GetProperty("cost").ToString();
        var flat = await scene.Api.Post("/api/v1/tariffs", new { currency = "EUR", name = "Flat", elements = new[] { new { components = new object[] { new { type = "ENERGY", price = 0.30m, vat = 19m }, new { type = "FLAT", price = 1m, vat = 19m } } } } }).Is(HttpStatusCode.Created);

        var replayed = await scene.Api.Post("/api/v1/tariffs/replay", new { tariffId = flat.Text("id"), from = Nine.AddDays(-1), to = Nine.AddDays(1) }).Is(HttpStatusCode.OK);
        (replayed.GetProperty("priced").GetInt32(), replayed.GetProperty("before").GetDecimal(), replayed.GetProperty("after").GetDecimal(), replayed.GetProperty("cheaper").GetInt32()).ShouldBe((1, 5.00m, 4.00m, 1));
        (await scene.Priced("REPLAY-1")).GetProperty("cost").ToString().ShouldBe(before);

        var described = await scene.Api.Post("/api/v1/tariffs/replay", new { tariff = new { currency = "EUR", elements = new[] { new { components = new[] { new { type = "ENERGY", price = 1m, vat = 19m } } } } }, from = Nine.AddDays(-1), to = Nine.AddDays(1) }).Is(HttpStatusCode.OK);
        described.GetProperty("after").GetDecimal().ShouldBe(10m);
        await scene.Api.Post("/api/v1/tariffs/replay", new { tariffId = Guid.NewGuid(), from = Nine, to = Nine.AddDays(1) }).Is(HttpStatusCode.BadRequest);
        await scene.Api.Post("/api/v1/tariffs/replay", new { tariffId = flat.Text("id"), from = Nine, to = Nine.AddYears(2) }).Is(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Everybody_reads_what_charging_costs_at_public_places()
    {
        await using var scene = await Scene.Start(database, Nine);
        var market = await scene.Site("Marktplatz");
        var depot = await scene.Site("Betriebshof", "private");
        await scene.Station("PRICE-1", market);
        await scene.Station("PRICE-2", depot);
        using var stranger = scene.Host.Stranger();
        var page = await stranger.GetStringAsync("/prices/default?lang=de");
        page.ShouldContain("Marktplatz");
        page.ShouldContain("0,595");
        page.ShouldNotContain("Betriebshof");
        await stranger.GetAsync("/prices/nobody").Is(HttpStatusCode.NotFound);
    }
}
