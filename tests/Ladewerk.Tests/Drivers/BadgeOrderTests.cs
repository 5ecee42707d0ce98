using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Sessions.App;
using Npgsql;

namespace Ladewerk.Tests.Drivers;

/// <summary>A badge from the driver's order in the app to the first charge with it.</summary>
public sealed class BadgeOrderTests(Database database)
{
    private const string Uid = "04AA11BB22CC33", Number = "SWM 2001";
    private static readonly Dictionary<string, string?> Open = new(StringComparer.Ordinal) { ["Ocpp:Onboarding"] = "Open" };

    [Fact]
    public async Task Is_ordered_sent_and_charges_only_once_its_driver_has_typed_its_number()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        using var anna = await DriverAppTests.Driver(host, "anna@example.org", "Anna Berger");
        using var boris = await DriverAppTests.Driver(host, "boris@example.org", "Boris Claasen");
        await Rules(host, new { isOpen = true, priceDe = "Einmalig 5,00 €", byDriver = true });
        await host.Api.Post("/api/v1/id-tokens", new { uid = Uid, visualNumber = Number }).Is(HttpStatusCode.Created);
        await using var station = await TestStation.Connect(host, "BADGE-1");
        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });

        (await Page(anna, "/app/badges/order")).ShouldContain("Einmalig 5,00 €");
        (await Order(anna)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await Order(anna)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity); // one is waiting already
        (await Page(anna, "/app/badges")).ShouldContain("bestellt");
        var order = (await Orders(host, "ordered")).ShouldHaveSingleItem();
        order.GetProperty("city").GetString().ShouldBe("Musterstadt");
        (await host.Api.GetStringAsync("/api/v1/badge-orders/addresses.csv")).ShouldContain("Anna Berger,,Lindenweg 3,12345,Musterstadt,DE");

        var id = order.GetProperty("id").GetString();
        await host.Api.Post($"/api/v1/badge-orders/{id}/send", new { badge = "SWM 9999" }).Is(HttpStatusCode.BadRequest);
        var sent = await host.Api.Post($"/api/v1/badge-orders/{id}/send", new { badge = "swm-2001" }).Is(HttpStatusCode.OK);
        sent.GetProperty("state").GetString().ShouldBe("sent");
        await host.Api.Post($"/api/v1/badge-orders/{id}/send", new { badge = Number }).IsProblem(HttpStatusCode.Conflict, "order-not-open");
        (await Authorised(station)).ShouldBe("Blocked");
        await NoticeOf(host, "badgeSent");

        (await Post(boris, $"/app/badges/orders/{id}/activate", ("number", Number))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Post(anna, $"/app/badges/orders/{id}/activate", ("number", "SWM 2002"))).Headers.Location!.ToString().ShouldEndWith("fault=number");
        (await Authorised(station)).ShouldBe("Blocked");
        (await Post(anna, $"/app/badges/orders/{id}/activate", ("number", "swm 2001"))).Headers.Location!.ToString().ShouldBe("/app/badges");
        (await Authorised(station)).ShouldBe("Accepted");
        (await host.Api.Json($"/api/v1/badge-orders/{id}")).GetProperty("state").GetString().ShouldBe("active");
        (await Page(anna, "/app/badges")).ShouldContain(Number);
    }

    [Fact]
    public async Task A_badge_that_the_operator_blocks_on_its_way_cannot_be_activated_any_more()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        using var anna = await DriverAppTests.Driver(host, "anna@example.org", "Anna Berger");
        await Rules(host, new { isOpen = true });
        var batch = await host.Api.Post("/api/v1/badge-batches", new { name = "Stolen", lines = $"{Uid};{Number}" }).Is(HttpStatusCode.Created);
        await Order(anna);
        var id = (await Orders(host, "ordered"))[0].GetProperty("id").GetString();
        await host.Api.Post($"/api/v1/badge-orders/{id}/send", new { badge = Uid }).Is(HttpStatusCode.OK);
        await host.Api.Post($"/api/v1/badge-batches/{batch.GetProperty("id").GetString()}/block", new { }).Is(HttpStatusCode.OK);

        (await Post(anna, $"/app/badges/orders/{id}/activate", ("number", Number))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.Api.Json($"/api/v1/id-tokens/{Uid}")).GetProperty("status").GetString().ShouldBe("blocked");
    }

    [Fact]
    public async Task Is_valid_at_once_where_the_operator_chose_so_and_nobody_orders_where_orders_are_off()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        using var anna = await DriverAppTests.Driver(host, "anna@example.org", "Anna Berger");
        (await Page(anna, "/app/badges")).ShouldNotContain("/app/badges/order");
        (await Order(anna)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Orders(host, "ordered")).ShouldBeEmpty();

        await host.Api.Post("/api/v1/id-tokens", new { uid = Uid }).Is(HttpStatusCode.Created);
        var driver = (await host.Api.Json("/api/v1/drivers?q=Anna")).GetProperty("items")[0].GetProperty("id").GetString();
        var address = new { recipient = "Anna Berger", street = "Lindenweg 3", postalCode = "12345", city = "Musterstadt" };
        var made = await host.Api.Post("/api/v1/badge-orders", new { driverId = driver, address }).Is(HttpStatusCode.Created);
        var sent = await host.Api.Post($"/api/v1/badge-orders/{made.GetProperty("id").GetString()}/send", new { badge = "04:aa:11:bb:22:cc:33", byDriver = false }).Is(HttpStatusCode.OK);
        sent.GetProperty("state").GetString().ShouldBe("active");
        await using var station = await TestStation.Connect(host, "BADGE-2");
        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        (await Authorised(station)).ShouldBe("Accepted");
    }

    [Fact]
    public async Task Is_taken_back_by_its_own_driver_alone()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        using var anna = await DriverAppTests.Driver(host, "anna@example.org", "Anna Berger");
        using var boris = await DriverAppTests.Driver(host, "boris@example.org", "Boris Claasen");
        await Rules(host, new { isOpen = true });
        await Order(anna);
        var id = (await Orders(host, "ordered"))[0].GetProperty("id").GetString();
        (await Post(boris, $"/app/badges/orders/{id}/cancel")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Post(anna, $"/app/badges/orders/{id}/cancel")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await Orders(host, "cancelled")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_address_is_exported_and_goes_with_its_driver()
    {
        await using var host = await LadewerkHost.Start(database);
        var driver = (await host.Api.Post("/api/v1/drivers", new { name = "Anna Berger" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        var address = new { recipient = "A. B. bei Zwetschgenhuber", street = "Postfach 991177", postalCode = "12345", city = "Nebenan" };
        await host.Api.Post("/api/v1/badge-orders", new { driverId = driver, address }).Is(HttpStatusCode.Created);
        await using (var zip = await ZipArchive.CreateAsync(await host.Api.GetStreamAsync($"/api/v1/drivers/{driver}/personal-data"), ZipArchiveMode.Read, leaveOpen: false, Encoding.UTF8))
        {
            using var text = new StreamReader(await zip.GetEntry("badge-orders.json")!.OpenAsync());
            (await text.ReadToEndAsync()).ShouldContain("Zwetschgenhuber");
        }

        await host.Api.Post($"/api/v1/drivers/{driver}/erasure", new { }).Is(HttpStatusCode.Accepted);
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var left = data.CreateCommand("select (select count(*) from badge_order) + (select count(*) from audit_entry a where a::text ~ 'Zwetschgenhuber|991177')");
        (await left.ExecuteScalarAsync()).ShouldBe(0L);
        await host.Api.Post("/api/v1/badge-orders", new { driverId = driver, address }).Is(HttpStatusCode.BadRequest);
    }

    private static async Task Rules(LadewerkHost host, object rules) => await host.Api.Put("/api/v1/badge-orders/rules", rules).Is(HttpStatusCode.OK);

    private static async Task<List<JsonElement>> Orders(LadewerkHost host, string state) => [.. (await host.Api.Json("/api/v1/badge-orders?state=" + state)).GetProperty("items").EnumerateArray()];

    private static Task<HttpResponseMessage> Order(HttpClient driver) =>
        Post(driver, "/app/badges/order", ("recipient", "Anna Berger"), ("street", "Lindenweg 3"), ("postalCode", "12345"), ("city", "Musterstadt"), ("country", "de"));

    private static async Task<string?> Authorised(TestStation station) => (await station.Call("Authorize", new { idTag = Uid })).GetProperty("idTagInfo").GetProperty("status").GetString();

    private static async Task NoticeOf(LadewerkHost host, string name)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        var found = 0L;
        for (var i = 0; i < 400 && found == 0; i++)
        {
            await using var count = data.CreateCommand("select count(*) from notice where event = $1 and driver_id is not null");
            count.Parameters.Add(new() { Value = name });
            found = (long)(await count.ExecuteScalarAsync())!;
            await Task.Delay(50);
        }

        found.ShouldBe(1);
    }

    private static async Task<string> Page(HttpClient client, string path) => WebUtility.HtmlDecode(await client.GetStringAsync(path)).Replace('\u00a0', ' ');

    private static async Task<HttpResponseMessage> Post(HttpClient client, string path, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await client.GetStringAsync("/app/badges"));
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("__RequestVerificationToken", token)]);
        return await client.PostAsync(path, form);
    }
}
