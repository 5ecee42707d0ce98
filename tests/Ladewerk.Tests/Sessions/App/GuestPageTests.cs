using System.Net;
using System.Text.RegularExpressions;
using Ladewerk.Sessions.App;
using Ladewerk.Tariffs;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Sessions.App;

/// <summary>The public page behind the QR code, by a real host and a real station.</summary>
public sealed partial class GuestPageTests(Database database)
{
    private const string EvseId = "DE*SMU*E0042*1";

    [Fact]
    public async Task Shows_operator_state_and_price_in_the_legal_order_to_a_stranger_without_cookies()
    {
        await using var host = await Host();
        using var guest = host.Stranger();
        var page = await Page(guest, "/c/DE*SMU*E0042*1?lang=de");

        page.ShouldContain("0,58");
        page.ShouldContain("DE*SMU*E0042*1");
        page.ShouldContain("Offline");
        var order = new[] { "je kWh", "je Minute", "je Ladevorgang", "Sonstiges" }.Select(word => page.IndexOf(word, StringComparison.Ordinal)).ToList();
        order.ShouldAllBe(at => at > 0);
        order.ShouldBe(order.Order());
        (await guest.GetAsync("/c/" + EvseId)).Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Theory]
    [InlineData("DE%2ASMU%2AE0042%2A1")]
    [InlineData("desmue00421")]
    [InlineData("DE*SMU*E0042*1")]
    public async Task Is_found_however_the_id_is_written(string written)
    {
        await using var host = await Host();
        using var guest = host.Stranger();
        (await Page(guest, "/c/" + written + "?lang=en")).ShouldContain(EvseId);
    }

    [Fact]
    public async Task Is_found_by_its_short_code_which_no_other_point_has()
    {
        await using var host = await Host();
        using var guest = host.Stranger();
        var codes = await Codes(host);
        codes.Count.ShouldBe(2);
        codes.Distinct().Count().ShouldBe(2);
        codes.ShouldAllBe(code => ShortCode().IsMatch(code));
        (await Page(guest, $"/c/{codes[0].ToLowerInvariant()}?lang=en")).ShouldContain(codes[0]);
        (await guest.GetAsync("/c/ZZZZZZ")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        // A browser is told in words; a program gets problem+json.
        foreach (var path in new[] { "/c/ZZZZZZ", "/g/" + new string('A', 43), "/pay/" + new string('A', 43), "/r/" + new string('A', 43), "/prices/nobody" })
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, path + "?lang=de");
            asked.Headers.Accept.ParseAdd("text/html");
            using var told = await guest.SendAsync(asked);
            told.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            (await told.Content.ReadAsStringAsync()).ShouldContain("Hier ist nichts", Case.Sensitive, path);
        }
    }

    [Fact]
    public async Task Tells_a_fault_and_names_what_is_free_beside()
    {
        await using var host = await Host();
        await using var station = await TestStation.Connect(host, "MS-42");
        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        await station.Call("StatusNotification", new { connectorId = 1, status = "Faulted", errorCode = "GroundFailure" });
        await station.Call("StatusNotification", new { connectorId = 2, status = "Available", errorCode = "NoError" });
        using var guest = host.Stranger();
        var page = await Page(guest, "/c/DE*SMU*E0042*1?lang=en");

        page.ShouldContain("The station reports a fault");
        page.ShouldContain((await Codes(host))[1]);
        (await Page(guest, "/c/DE*SMU*E0042*2?lang=en")).ShouldContain("Available");
    }

    [Fact]
    public async Task Says_nothing_of_a_session_to_whoever_has_not_its_link()
    {
        await using var host = await Host();
        using var guest = host.Stranger();
        foreach (var path in new[] { "", "/live", "/curve" })
        {
            (await guest.GetAsync("/g/" + new string('A', 43) + path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        using var nothing = new FormUrlEncodedContent([]);
        (await guest.PostAsync("/g/" + new string('A', 43) + "/stop", nothing)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("https://laden.example/c/DE*ABC*E1*2", "DEABCE12", "DEABCE12")]
    [InlineData(" de*abc*e1*2 ", "DEABCE12", "DEABCE12")]
    [InlineData("k7m-2qx", "K7M2QX", "K7M-2QX")]
    [InlineData("k7m 2qx", "K7M2QX", "K7M2QX")]
    public void What_people_scan_or_type_is_brought_to_one_form(string text, string code, string evseId) => ChargePoints.Keys(text).ShouldBe((code, evseId));

    [Fact]
    public void A_board_has_all_four_rows_and_gross_prices()
    {
        var tariff = new Tariff
        {
            Currency = "EUR",
            Elements = [new TariffElement { Components = [new EnergyPrice { Price = 0.40m, Vat = 19m }, new ParkingPrice { Price = 6m, Vat = 19m, StepSize = 60 }] }],
            Extensions = new TariffExtensions { Grace = new Grace(240), Caps = [new Cap(CapPeriod.Session, 12m, [Dimension.ParkingTime])] },
        };
        var board = TariffWording.Board(tariff, "de");

        board.Rows.Select(row => row.Kind).ShouldBe([PriceRowKind.PerKwh, PriceRowKind.PerMinute, PriceRowKind.PerSession, PriceRowKind.Other]);
        board.Rows.Select(row => row.Amount).ShouldBe(["0,476 €", "0,119 €", "0,00 €", "0,00 €"]);
        board.Rows[1].Condition.ShouldNotBeNull().ShouldContain("240 Minuten");
        board.Tax.ShouldContain("19 %");
    }

    internal static async Task<LadewerkHost> Host(Database database)
    {
        var host = await LadewerkHost.Start(database);
        var site = await host.Api.Post("/api/v1/sites", new { name = "Parkhaus Altstadt", city = "Musterstadt", street = "Am Markt 5", latitude = 50.1, longitude = 8.6 }).Is(HttpStatusCode.Created);
        var tariff = await host.Api.Post("/api/v1/tariffs", new { currency = "EUR", name = "Stadt", taxIncluded = true, elements = new[] { new { components = new[] { new { type = "ENERGY", price = 0.58m, vat = 19m } } } } })
            .Is(HttpStatusCode.Created);
        await host.Api.Put("/api/v1/assignments", new { level = "tenant", target = "", tariffId = tariff.GetProperty("id").GetString() });
        await host.Api.Post("/api/v1/stations", new
        {
            id = "MS-42", siteId = site.GetProperty("id").GetString(),
            evses = new[] { 1, 2 }.Select(n => new { id = n, evseId = $"DE*SMU*E0042*{n}", maxPowerW = 22_000, currentType = "AC3", connectors = new[] { new { id = n, type = "IEC_62196_T2", format = "SOCKET" } } }),
        }).Is(HttpStatusCode.Created);
        return host;
    }

    private Task<LadewerkHost> Host() => Host(database);

    private static async Task<string> Page(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        var text = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text.Replace('\u00a0', ' ');
    }

    internal static async Task<IReadOnlyList<string>> Codes(LadewerkHost host)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var read = data.CreateCommand("select short_code from evse order by number");
        await using var row = await read.ExecuteReaderAsync();
        var codes = new List<string>();
        while (await row.ReadAsync())
        {
            codes.Add(row.GetString(0));
        }

        return codes;
    }

    [GeneratedRegex("^[2-9A-HJKMNP-Z]{6}$", RegexOptions.NonBacktracking)]
    private static partial Regex ShortCode();
}
