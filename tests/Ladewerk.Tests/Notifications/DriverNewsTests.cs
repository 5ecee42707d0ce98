using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Ladewerk.Notifications.Push;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Sessions.App;

namespace Ladewerk.Tests.Notifications;

/// <summary>The driver app's page of notifications, after real sessions at a real socket.</summary>
public sealed class DriverNewsTests(Database database)
{
    private const string Page = "/app/notifications";

    [Fact]
    public async Task A_driver_sees_their_own_news_alone_and_marks_nobody_elses_as_read()
    {
        await using var host = await LadewerkHost.Start(database, options: NotifyHost.Quick());
        using var eva = await Driver(host, "eva@example.org", "Eva Muster", "04AA11BB");
        using var max = await Driver(host, "max@example.org", "Max Mager", "04AA22BB");
        await using var station = await TestStation.Connect(host, "N-7");
        await station.Stop(await station.Start(1, "04AA11BB", 1000, TestClock.Now.AddHours(-2)), 21_034, TestClock.Now.AddMinutes(-90), "Local");
        await station.Stop(await station.Start(1, "04AA22BB", 22_000, TestClock.Now.AddHours(-1)), 25_000, TestClock.Now.AddMinutes(-20), "Local");
        await NotifyHost.Until(async () => await Unread(eva) == 1 && await Unread(max) == 1);

        var session = await NotifyHost.Scalar<Guid>(host, "select s.id from charging_session s join driver d on d.id = s.driver_id where d.name = 'Eva Muster'");
        var page = WebUtility.HtmlDecode(await eva.GetStringAsync(Page));
        page.ShouldContain("20,03 kWh");
        page.ShouldNotContain("3,00 kWh");
        page.ShouldContain($"href=\"/app/sessions/{session:D}\"");
        WebUtility.HtmlDecode(await eva.GetStringAsync("/app/me")).ShouldContain("Benachrichtigungen, 1 ungelesen");

        using var read = await Post(eva, Page + "/read");
        read.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await Unread(eva)).ShouldBe(0);
        (await Unread(max)).ShouldBe(1);
        (await eva.GetStringAsync(Page)).ShouldNotContain("data-read");
        (await max.GetStringAsync(Page)).ShouldContain("data-read");
    }

    [Fact]
    public async Task Preferences_are_kept_for_a_drivers_events_and_no_others()
    {
        await using var host = await LadewerkHost.Start(database);
        using var eva = await Driver(host, "eva@example.org", "Eva Muster", "04AA33BB");

        using var saved = await Post(
            eva, Page, ("event", "sessionFinished"), ("event", "idle"), ("event", "stationOffline"), ("push", "idle"), ("mail", "sessionFinished"), ("mail", "stationOffline"), ("quietFrom", "22:00"), ("quietTo", "07:00"), ("targetSoc", "90"));
        saved.Headers.Location!.OriginalString.ShouldBe(Page + "?done=1");
        var kept = await eva.Json("/api/v1/notifications/preferences");
        kept.GetProperty("events").GetProperty("sessionFinished").EnumerateArray().Select(c => c.GetString()).ShouldBe(["mail"]);
        kept.GetProperty("events").GetProperty("idle").EnumerateArray().Select(c => c.GetString()).ShouldBe(["push"]);
        (await NotifyHost.Scalar<string>(host, "select settings::text from notification_preference")).ShouldNotContain("stationOffline");
        kept.GetProperty("targetSoc").GetInt32().ShouldBe(90);

        using var half = await Post(eva, Page, ("event", "idle"), ("quietFrom", "22:00"), ("targetSoc", "90"));
        half.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        WebUtility.HtmlDecode(await half.Content.ReadAsStringAsync()).ShouldContain("Nicht gespeichert");
    }

    [Fact]
    public async Task A_device_is_shown_to_its_owner_and_removed_by_nobody_else()
    {
        await using var host = await LadewerkHost.Start(database);
        using var eva = await Driver(host, "eva@example.org", "Eva Muster", "04AA44BB");
        using var max = await Driver(host, "max@example.org", "Max Mager", "04AA55BB");
        const string Endpoint = "https://push.example.com/send/1";
        using var keys = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/push/subscriptions")
        {
            Content = JsonContent.Create(new { endpoint = Endpoint, keys = new { p256dh = Base64Url.EncodeToString(PushCrypto.Point(keys.ExportParameters(false))), auth = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)) } }),
        };
        request.Headers.Add("RequestVerificationToken", SignInTests.Token(await eva.GetStringAsync(Page)));
        request.Headers.Add("User-Agent", "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36");
        using var answer = await eva.SendAsync(request);
        var made = await answer.Is(HttpStatusCode.Created);
        made.GetProperty("label").GetString().ShouldBe("Chrome · Android");
        made.GetProperty("fingerprint").GetString().ShouldBe(Base64Url.EncodeToString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Endpoint))));

        var remove = $"{Page}/browsers/{made.GetProperty("id").GetString()}/remove";
        WebUtility.HtmlDecode(await eva.GetStringAsync(Page)).ShouldContain("Chrome · Android");
        (await eva.GetStringAsync(Page)).ShouldNotContain(Endpoint);
        (await max.GetStringAsync(Page)).ShouldNotContain(remove);
        using (var stolen = await Post(max, remove))
        {
            stolen.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        using var removed = await Post(eva, remove);
        removed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await NotifyHost.Scalar<long>(host, "select count(*) from push_subscription")).ShouldBe(0);
    }

    [Fact]
    public async Task The_mail_that_tells_of_several_things_leads_a_driver_into_the_app()
    {
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: NotifyHost.Quick(server.Options));
        using var eva = await Driver(host, "eva@example.org", "Eva Muster", "04AA66BB");
        using var wish = await Post(eva, Page, ("event", "sessionFinished"), ("mail", "sessionFinished"), ("summaryAt", TestClock.Now.AddHours(6).ToString("HH:mm")), ("targetSoc", "80"));
        await using var station = await TestStation.Connect(host, "N-8");
        await station.Stop(await station.Start(1, "04AA66BB", 1000, TestClock.Now.AddHours(-3)), 2000, TestClock.Now.AddHours(-2), "Local");
        await station.Stop(await station.Start(1, "04AA66BB", 2000, TestClock.Now.AddHours(-1)), 9000, TestClock.Now.AddMinutes(-10), "Local");
        await NotifyHost.Until(async () => await NotifyHost.Scalar<long>(host, "select count(*) from notification where mail_at is not null") == 2);
        await NotifyHost.Sql(host, "update notification set mail_at = now() - interval '1 minute'");

        var mail = await server.Received("eva@example.org");
        mail.Subject.ShouldBe("2 Benachrichtigungen");
        mail.Text.ShouldContain(Page);
        mail.Text.ShouldNotContain("/portal/notifications");
    }

    [Fact]
    public async Task The_icon_is_a_picture_in_the_operators_colour_at_each_size_that_phones_ask_for()
    {
        await using var host = await LadewerkHost.Start(database);
        await NotifyHost.Sql(host, "update tenant set brand = '{\"colour\":\"#b91c1c\"}'");
        var slug = await NotifyHost.Scalar<string>(host, "select slug from tenant");
        using var eva = await Driver(host, "eva@example.org", "Eva Muster", "04AA77BB");
        using var stranger = host.Stranger();
        var manifest = await eva.Json("/app/manifest.webmanifest");
        foreach (var icon in manifest.GetProperty("icons").EnumerateArray().Where(i => i.GetProperty("type").GetString() == "image/png"))
        {
            var bytes = await stranger.GetByteArrayAsync(icon.GetProperty("src").GetString());
            bytes[..8].ShouldBe([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
            var edge = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16));
            icon.GetProperty("sizes").GetString().ShouldBe($"{edge}x{edge}");
            bytes[41..44].ShouldBe([0xB9, 0x1C, 0x1C]); // the palette begins with the ground
        }

        manifest.GetProperty("icons").EnumerateArray().Count(i => i.GetProperty("purpose").GetString() == "maskable").ShouldBe(3);
        (await stranger.GetByteArrayAsync($"/brand/{slug}/icon-180.png")).Length.ShouldBeInRange(300, 10_000);
        (await eva.GetStringAsync("/app/me")).ShouldContain($"rel=\"apple-touch-icon\" href=\"/brand/{slug}/icon-180.png\"");
        using var odd = await stranger.GetAsync($"/brand/{slug}/icon-100000.png");
        odd.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<HttpClient> Driver(LadewerkHost host, string email, string name, string uid)
    {
        var client = await DriverAppTests.Driver(host, email, name);
        await host.Api.Post("/api/v1/id-tokens", new { uid, driverId = await NotifyHost.Scalar<Guid>(host, $"select id from driver where name = '{name}'") }).Is(HttpStatusCode.Created);
        return client;
    }

    private static async Task<long> Unread(HttpClient driver) => (await driver.Json("/api/v1/notifications/unread")).GetProperty("count").GetInt64();

    private static async Task<HttpResponseMessage> Post(HttpClient client, string path, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await client.GetStringAsync(Page));
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("__RequestVerificationToken", token)]);
        return await client.PostAsync(path, form);
    }
}
