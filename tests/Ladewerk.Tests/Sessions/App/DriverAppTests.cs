using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ladewerk.Sessions.Reports;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Sessions.App;

/// <summary>The driver app by a signed-in driver, a real host and a real station.</summary>
public sealed partial class DriverAppTests(Database database)
{
    private const string Password = "long enough to charge";

    [Fact]
    public async Task Starts_watches_stops_and_finds_the_session_in_the_history()
    {
        await using var host = await GuestPageTests.Host(database);
        using var anna = await Driver(host, "anna@example.org", "Anna");
        var code = (await GuestPageTests.Codes(host))[0];
        await using var station = await Available(host);

        (await Page(anna, "/app")).ShouldContain("Parkhaus Altstadt");
        (await Page(anna, "/app/p/" + code)).ShouldContain("0,58");
        var (start, uid) = await Start(anna, station, code, ("departure", "07:00"), ("target", "80"));
        (await Page(anna, start)).ShouldContain("Gleich geht es los");

        var now = TimeProvider.System.GetUtcNow();
        var transaction = await station.Start(1, uid, 1000, now);
        var session = (await anna.GetAsync(start)).Headers.Location!.ToString();
        await Reading(station, transaction, 1500, 11_000, now.AddSeconds(1));
        var live = await Page(anna, session);
        live.ShouldContain("0,50");
        live.ShouldContain("11,0");
        live.ShouldContain("80 %");
        live.ShouldContain(":00 Uhr");

        var stopping = Post(anna, session + "/stop", session);
        var stop = await station.Receive();
        stop[2].GetString().ShouldBe("RemoteStopTransaction");
        stop[3].GetProperty("transactionId").GetInt64().ShouldBe(transaction);
        await station.Send($"[3,\"{stop[1].GetString()}\",{{\"status\":\"Accepted\"}}]");
        (await stopping).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await station.Stop(transaction, 3000, now.AddSeconds(2), "Remote");

        var done = await Page(anna, session);
        done.ShouldContain("Fertig");
        done.ShouldContain("1,16");
        var history = await Page(anna, "/app/sessions");
        history.ShouldContain("1,16 €");
        history.ShouldContain("2,00 kWh");
    }

    [Fact]
    public async Task Shows_nobody_anything_of_another_driver()
    {
        await using var host = await GuestPageTests.Host(database);
        using var anna = await Driver(host, "anna@example.org", "Anna");
        using var boris = await Driver(host, "boris@example.org", "Boris");
        await host.Api.Post("/api/v1/id-tokens", new { uid = "0A1B2C3D", visualNumber = "SMU 9988", driverId = await IdOf(host, "Anna") }).Is(HttpStatusCode.Created);
        var code = (await GuestPageTests.Codes(host))[0];
        await using var station = await Available(host);
        var (start, uid) = await Start(anna, station, code);
        await station.Start(1, uid, 1000, TimeProvider.System.GetUtcNow());
        var session = (await anna.GetAsync(start)).Headers.Location!.ToString();
        var badge = await Scalar(host, "select id::text from id_token where uid = '0A1B2C3D'");

        foreach (var path in new[] { session, session + "/live", session + "/curve", start, start + "/live" })
        {
            (await boris.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        foreach (var path in new[] { session + "/stop", session + "/wish", $"/app/badges/{badge}/lost" })
        {
            (await Post(boris, path, "/app/me")).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        (await Page(boris, "/app/sessions")).ShouldNotContain(session);
        (await Page(boris, "/app")).ShouldNotContain(session);
        (await Page(boris, "/app/badges")).ShouldNotContain("9988");
        (await Post(boris, "/app/badges", "/app/badges", ("number", "SMU 9988"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Scalar(host, "select status from id_token where uid = '0A1B2C3D'")).ShouldBe("accepted");
        (await boris.GetAsync("/api/v1/sessions")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await boris.GetAsync("/portal/sessions")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Adds_a_badge_by_its_number_and_blocks_it_when_it_is_lost()
    {
        await using var host = await GuestPageTests.Host(database);
        using var anna = await Driver(host, "anna@example.org", "Anna");
        await host.Api.Post("/api/v1/id-tokens", new { uid = "0A1B2C3D", visualNumber = "SMU 1042 7733" }).Is(HttpStatusCode.Created);

        (await Post(anna, "/app/badges", "/app/badges", ("number", "smu-10427733"))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await Page(anna, "/app/badges")).ShouldContain("SMU 1042 7733");
        var badge = await Scalar(host, "select id::text from id_token where uid = '0A1B2C3D'");
        (await Post(anna, $"/app/badges/{badge}/lost", "/app/badges")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await host.Api.Json("/api/v1/id-tokens/0A1B2C3D")).GetProperty("status").GetString().ShouldBe("lost");
    }

    [Fact]
    public async Task Tells_honestly_why_a_start_did_not_work()
    {
        await using var host = await GuestPageTests.Host(database);
        using var anna = await Driver(host, "anna@example.org", "Anna");
        var code = (await GuestPageTests.Codes(host))[0];
        await using var station = await Available(host);
        var refused = Post(anna, $"/app/p/{code}/start", "/app/p/" + code);
        var call = await station.Receive();
        await station.Send($"[3,\"{call[1].GetString()}\",{{\"status\":\"Rejected\"}}]");
        var answer = await refused;
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()).ShouldContain("hat den Start abgelehnt");

        await host.Api.Patch($"/api/v1/drivers/{await IdOf(host, "Anna")}", new { status = "blocked" });
        var blocked = await Post(anna, $"/app/p/{code}/start", "/app/p/" + code);
        WebUtility.HtmlDecode(await blocked.Content.ReadAsStringAsync()).ShouldContain("dürfen Sie hier gerade nicht laden");
    }

    [Fact]
    public async Task A_fault_report_reaches_the_operator_with_nothing_in_its_photo_but_the_picture()
    {
        await using var host = await GuestPageTests.Host(database);
        using var anna = await Driver(host, "anna@example.org", "Anna");
        var code = (await GuestPageTests.Codes(host))[0];
        var token = SignInTests.Token(await anna.GetStringAsync($"/app/p/{code}/report"));
        using var photo = new ByteArrayContent(Jpeg());
        photo.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        using var form = new MultipartFormDataContent { { new StringContent("Cable"), "kind" }, { new StringContent("The cable is torn"), "note" }, { new StringContent(token), "__RequestVerificationToken" }, { photo, "photo", "p.jpg" } };
        (await anna.PostAsync($"/app/p/{code}/report", form)).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        var report = (await host.Api.Json("/api/v1/fault-reports?open=true")).GetProperty("items")[0];
        report.GetProperty("kind").GetString().ShouldBe("cable");
        report.GetProperty("note").GetString().ShouldBe("The cable is torn");
        var id = report.GetProperty("id").GetString();
        var kept = await host.Api.GetByteArrayAsync($"/api/v1/fault-reports/{id}/photo");
        System.Text.Encoding.Latin1.GetString(kept).ShouldNotContain("GPS of the driver");
        (await host.Api.PostAsync($"/api/v1/fault-reports/{id}/resolve", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.Api.Json("/api/v1/fault-reports?open=true")).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await anna.GetAsync($"/portal/fault-reports/{id}/photo")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public void What_is_no_picture_is_refused()
    {
        PlainPicture.TryRead("<svg onload=alert(1)>"u8, out _, out _).ShouldBeFalse();
        PlainPicture.TryRead(Jpeg().AsSpan(0, 20), out _, out _).ShouldBeFalse();
        PlainPicture.TryRead(Jpeg(), out var picture, out var type).ShouldBeTrue();
        type.ShouldBe("image/jpeg");
        picture!.Length.ShouldBeLessThan(Jpeg().Length);
    }

    [Fact]
    public async Task The_app_installs_with_the_operators_brand_and_its_worker_covers_the_app()
    {
        await using var host = await GuestPageTests.Host(database);
        using var anna = await Driver(host, "anna@example.org", "Anna");
        var manifest = await anna.Json("/app/manifest.webmanifest");
        manifest.GetProperty("start_url").GetString().ShouldBe("/app");
        manifest.GetProperty("scope").GetString().ShouldBe("/app");
        (await anna.GetAsync(manifest.GetProperty("icons")[0].GetProperty("src").GetString())).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var worker = await anna.GetAsync("/app/sw.js");
        worker.Headers.GetValues("Service-Worker-Allowed").ShouldBe(["/app"]);
        using var stranger = host.Stranger();
        (await stranger.GetAsync("/app/sessions")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Stickers_are_a_page_for_each_charge_point()
    {
        await using var host = await GuestPageTests.Host(database);
        var pdf = await host.Api.GetByteArrayAsync("/api/v1/stations/MS-42/stickers.pdf");
        System.Text.Encoding.Latin1.GetString(pdf, 0, 5).ShouldBe("%PDF-");
        Pages(pdf).ShouldBe(2);
        Pages(await host.Api.GetByteArrayAsync("/api/v1/stations/MS-42/stickers.pdf?evse=2")).ShouldBe(1);
    }

    [Fact]
    public async Task A_printed_code_leads_to_where_it_may_be_used_and_brings_itself_along()
    {
        await using var host = await GuestPageTests.Host(database);
        await using var station = await Available(host);
        var site = (await host.Api.Json("/api/v1/sites")).GetProperty("items")[0].GetProperty("id").GetString();
        var guest = await host.Api.Post("/api/v1/guest-codes", new { label = "Zimmer 12", validUntil = TimeProvider.System.GetUtcNow().AddDays(2), siteId = site }).Is(HttpStatusCode.Created);
        var code = guest.GetProperty("code").GetString()!;
        var id = guest.GetProperty("id").GetString();
        using var stranger = host.Stranger();
        var page = await stranger.GetStringAsync($"/v/{code.ToLowerInvariant()}?lang=de");
        page.ShouldContain("Zimmer 12");
        var onward = Onward().Match(page).Value;
        onward.ShouldContain($"?code={code}");
        (await stranger.GetStringAsync(WebUtility.HtmlDecode(onward))).ShouldContain($"value=\"{code}\"");
        (await stranger.GetAsync($"/v/{code}/go?point=no-such-point")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        Pages(await host.Api.GetByteArrayAsync($"/api/v1/guest-codes/{id}.pdf")).ShouldBe(1);

        await host.Api.Post($"/api/v1/guest-codes/{id}/revoke", new { }).Is(HttpStatusCode.NoContent);
        (await stranger.GetAsync($"/v/{code}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.Api.GetAsync($"/api/v1/guest-codes/{id}.pdf")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Vouchers_are_printed_eight_to_a_sheet_and_guessing_their_links_is_slowed_down()
    {
        await using var host = await GuestPageTests.Host(database);
        var batch = (await host.Api.Post("/api/v1/vouchers", new { name = "Stadtfest", grants = "energy", amount = 10_000, codes = 17 }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        Pages(await host.Api.GetByteArrayAsync($"/api/v1/vouchers/{batch}/codes.pdf")).ShouldBe(3);
        (await host.Api.GetAsync($"/api/v1/vouchers/{batch}/codes.pdf?part=2")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var code = (await host.Api.Json($"/api/v1/vouchers/{batch}/codes")).GetProperty("items")[0].GetProperty("code").GetString();
        using var stranger = host.Stranger();
        (await stranger.GetStringAsync($"/v/{code}?lang=de")).ShouldContain("10,0 kWh");
        for (var i = 0; i < 10; i++)
        {
            (await stranger.GetAsync($"/v/0000-0000-000{i}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        (await stranger.GetAsync($"/v/{code}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static int Pages(byte[] pdf) => PdfPage().Count(System.Text.Encoding.Latin1.GetString(pdf));

    // A JPEG in shape: picture data, and a segment that tells where it was taken.
    private static byte[] Jpeg()
    {
        var exif = "Exif\0\0GPS of the driver"u8;
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, 0xFF, 0xDB, 0, 4, 1, 2, 0xFF, 0xDA, 0, 4, 1, 2, 9, 9, 9, 0xFF, 0xD9];
    }

    private static async Task<(string Path, string Uid)> Start(HttpClient driver, TestStation station, string code, params (string Name, string Value)[] wish)
    {
        var asked = Post(driver, $"/app/p/{code}/start", "/app/p/" + code, wish);
        var call = await station.Receive();
        call[2].GetString().ShouldBe("RemoteStartTransaction");
        var uid = call[3].GetProperty("idTag").GetString()!;
        uid.Length.ShouldBeLessThanOrEqualTo(20);
        call[3].GetProperty("connectorId").GetInt32().ShouldBe(1);
        await station.Send($"[3,\"{call[1].GetString()}\",{{\"status\":\"Accepted\"}}]");
        var answer = await asked;
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync());
        return (answer.Headers.Location!.ToString(), uid);
    }

    private static Task<JsonElement> Reading(TestStation station, long transaction, int wattHours, int watts, DateTimeOffset at) => station.Call("MeterValues", new
    {
        connectorId = 1,
        transactionId = transaction,
        meterValue = new[]
        {
            new { timestamp = at.UtcDateTime, sampledValue = new object[] { new { value = $"{wattHours}", measurand = "Energy.Active.Import.Register", unit = "Wh" }, new { value = $"{watts}", measurand = "Power.Active.Import", unit = "W" } } },
        },
    });

    internal static async Task<TestStation> Available(LadewerkHost host)
    {
        var station = await TestStation.Connect(host, "MS-42");
        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        foreach (var connector in new[] { 1, 2 })
        {
            await station.Call("StatusNotification", new { connectorId = connector, status = "Available", errorCode = "NoError" });
        }

        return station;
    }

    internal static async Task<HttpClient> Driver(LadewerkHost host, string email, string name)
    {
        var account = await host.Api.Post("/api/v1/accounts", new { email, displayName = name, role = "driver", password = Password }).Is(HttpStatusCode.Created);
        var driver = await host.Api.Post("/api/v1/drivers", new { name, email }).Is(HttpStatusCode.Created);
        await Scalar(host, $"update driver set account_id = '{account.GetProperty("id").GetString()}' where id = '{driver.GetProperty("id").GetString()}' returning 'done'");
        var client = host.Stranger();
        (await SignInTests.SignIn(client, Password, email: email)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        client.DefaultRequestHeaders.Add("Accept-Language", "de");
        return client;
    }

    private static async Task<string> Page(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        var text = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text.Replace('\u00a0', ' ').Replace('\u202f', ' ');
    }

    private static async Task<HttpResponseMessage> Post(HttpClient client, string path, string formOn, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await client.GetStringAsync(formOn));
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("__RequestVerificationToken", token)]);
        return await client.PostAsync(path, form);
    }

    private static Task<string> IdOf(LadewerkHost host, string driver) => Scalar(host, $"select id::text from driver where name = '{driver}'");

    private static async Task<string> Scalar(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    [GeneratedRegex("/c/[^\"]*code=[^\"]*", RegexOptions.None, 1000)]
    private static partial Regex Onward();

    [GeneratedRegex(@"/Type\s*/Page[^s]", RegexOptions.NonBacktracking)]
    private static partial Regex PdfPage();
}
