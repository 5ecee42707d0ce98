using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Drivers;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Tariffs;

/// <summary>Prices that follow the market, from where they come to the bill.</summary>
public sealed class MarketScenarios(Database database)
{
    private static readonly DateTimeOffset Nine = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_session_pays_each_quarter_hour_as_it_was_announced()
    {
        await using var scene = await Scene.Start(database, Nine);
        var tariff = await scene.Api.Post("/api/v1/tariffs", new
        {
            currency = "EUR", name = "Market", elements = new[] { new { components = new[] { new { type = "ENERGY_MARKET", price = 0.60m, factor = 1m, adder = 0.10m, ceiling = 0.45m, vat = 0m } } } },
        }).Is(HttpStatusCode.Created);
        await scene.Api.Put("/api/v1/assignments", new { level = "tenant", target = "", priority = 1, tariffId = tariff.Text("id") }).Is(HttpStatusCode.OK);
        var announced = await Announce(scene, (0, 0.10m), (15, 0.80m));
        announced.GetProperty("stored").GetInt32().ShouldBe(2);
        var (_, badge) = await scene.Resident("Anna");
        var station = await scene.Station("MARKET-1");
        var transaction = await station.Start(1, badge, 0, Nine);

        // 2 kWh at 0.20, 2 kWh at the ceiling of 0.45, 2 kWh in a quarter hour that nobody announced: at 0.60.
        foreach (var minutes in new[] { 15, 30 })
        {
            await scene.Pass(TimeSpan.FromMinutes(15));
            await station.Call("MeterValues", new { connectorId = 1, transactionId = transaction, meterValue = new[] { new { timestamp = Nine.AddMinutes(minutes), sampledValue = new[] { new { value = $"{minutes * 400 / 3}" } } } } });
        }

        var running = await scene.Session("MARKET-1");
        running.GetProperty("cost").Text("inclVat").ShouldStartWith("1.3");
        var again = await Announce(scene, (0, 0.15m), (15, 0.80m));
        (again.GetProperty("stored").GetInt32(), again.GetProperty("kept").GetInt32()).ShouldBe((0, 1));
        await scene.Pass(TimeSpan.FromMinutes(15));
        await station.Stop(transaction, 6000, Nine.AddMinutes(45));
        var session = await scene.Priced("MARKET-1");
        session.GetProperty("cost").Text("inclVat").ShouldBe("2.50");
        session.GetProperty("cost").GetProperty("lines").GetArrayLength().ShouldBe(3);

        // The third quarter hour is over: what is announced for it now is shown, and a second look at the session finds the same bill.
        (await Announce(scene, (30, 0.05m))).GetProperty("stored").GetInt32().ShouldBe(1);
        var replayed = await scene.Api.Post("/api/v1/tariffs/replay", new { tariffId = tariff.Text("id"), from = Nine, to = Nine.AddDays(1) }).Is(HttpStatusCode.OK);
        (replayed.GetProperty("before").GetDecimal(), replayed.GetProperty("after").GetDecimal()).ShouldBe((2.50m, 2.50m));
        var shown = await scene.Api.Json($"/api/v1/market-prices?from={Nine:yyyy-MM-ddTHH:mm}Z&to={Nine.AddHours(1):yyyy-MM-ddTHH:mm}Z");
        shown.GetProperty("items").EnumerateArray().Select(p => p.Text("price")).ShouldBe(["0.1", "0.8", "0.05"]);
    }

    [Fact]
    public async Task A_file_is_read_and_what_cannot_be_read_is_told()
    {
        var folder = Directory.CreateTempSubdirectory("market-test-");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "market"));
        var file = Path.Combine(folder.FullName, "market", "prices.csv");
        await File.WriteAllTextAsync(file, "start;price\n2026-03-02T09:00Z;81.25\n2026-03-02T10:00Z;-10\n", TestContext.Current.CancellationToken);
        var time = new ManualTime(Nine);
        await using var host = await LadewerkHost.Start(database, time, new Dictionary<string, string?> { ["Ladewerk:DataDirectory"] = folder.FullName });
        await host.Api.Put("/api/v1/market-feed", new { kind = "file", address = "../secret.csv" }).Is(HttpStatusCode.BadRequest);
        await host.Api.Put("/api/v1/market-feed", new { kind = "http", address = "http://127.0.0.1/prices" }).Is(HttpStatusCode.BadRequest);
        await host.Api.Put("/api/v1/market-feed", new { kind = "file", address = "prices.csv", secret = "abc" }).Is(HttpStatusCode.OK);
        var prices = await Until(async () =>
        {
            (await host.Api.Json("/api/v1/market-feed")).GetProperty("failure").ToString().ShouldBe("");
            return (await host.Api.Json("/api/v1/market-prices?from=2026-03-02T09:00Z")).GetProperty("items") is var items && items.GetArrayLength() > 0 ? items : (JsonElement?)null;
        });
        prices.GetArrayLength().ShouldBe(8);
        prices[4].Text("price").ShouldBe("-0.01");

        await File.WriteAllTextAsync(file, "nothing here", TestContext.Current.CancellationToken);
        await host.Api.Put("/api/v1/market-feed", new { kind = "file", address = "prices.csv" }).Is(HttpStatusCode.OK);
        var feed = await Until(async () => await host.Api.Json("/api/v1/market-feed") is var shown && shown.GetProperty("failure").ValueKind == JsonValueKind.String ? shown : (JsonElement?)null);
        feed.GetProperty("hasSecret").GetBoolean().ShouldBeTrue();
        (await host.Api.Json("/api/v1/market-prices?from=2026-03-02T09:00Z")).GetProperty("items").GetArrayLength().ShouldBe(8);
        await host.Api.DeleteAsync("/api/v1/market-feed").Is(HttpStatusCode.NoContent);
        folder.Delete(recursive: true);
    }

    private static Task<JsonElement> Announce(Scene scene, params (int Minutes, decimal Price)[] prices) => scene.Api.Post(
        "/api/v1/market-prices", new { prices = prices.Select(p => new { start = Nine.AddMinutes(p.Minutes), price = p.Price }), source = "test" }).Is(HttpStatusCode.OK);

    private static async Task<JsonElement> Until(Func<Task<JsonElement?>> look)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await look() is { } found)
            {
                return found;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException("It never came.");
    }
}
