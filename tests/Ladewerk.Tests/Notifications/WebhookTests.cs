using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Notifications;

/// <summary>Webhooks at a real HTTP server.</summary>
public sealed class WebhookTests(Database database)
{
    private static Dictionary<string, string?> Options => NotifyHost.Quick(new Dictionary<string, string?>
    {
        ["Outgoing:AllowPrivate"] = "true", ["Notifications:WebhookRetry"] = "00:00:00.200", ["Notifications:WebhookTimeout"] = "00:00:02",
    });

    [Fact]
    public async Task A_session_is_told_in_order_signed_and_again_when_it_was_not_taken()
    {
        await using var listener = await Listener.Start();
        await using var host = await LadewerkHost.Start(database, options: Options);
        var (id, secret) = await Make(host, listener.Address + "hook");
        (await host.Api.GetStringAsync("/api/v1/webhooks")).ShouldNotContain(secret);
        (await NotifyHost.Scalar<string>(host, "select protected_secret from webhook")).ShouldNotContain(secret);
        var refusals = 2;
        listener.Answer = _ => Interlocked.Decrement(ref refusals) >= 0 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK;

        await Charge(host, "W-1");

        var first = await listener.Next();
        (await listener.Next()).Headers["Ladewerk-Event-Id"].ShouldBe(first.Headers["Ladewerk-Event-Id"]);
        var taken = await listener.Next();
        taken.Body.ShouldBe(first.Body);
        ShouldBeSigned(taken, secret);
        var told = JsonDocument.Parse(taken.Body).RootElement;
        told.GetProperty("type").GetString().ShouldBe("sessionFinished");
        told.GetProperty("stationId").GetString().ShouldBe("W-1");
        told.GetProperty("data").GetProperty("energyWh").GetInt64().ShouldBe(12_000);
        told.GetProperty("id").GetString().ShouldBe(taken.Headers["Ladewerk-Event-Id"]);

        await NotifyHost.Until(async () => (await host.Api.Json($"/api/v1/webhooks/{id}/deliveries?state=delivered")).GetProperty("items").GetArrayLength() == 1);
        var entry = (await host.Api.Json($"/api/v1/webhooks/{id}/deliveries")).GetProperty("items")[0];
        (entry.GetProperty("attempts").GetInt32(), entry.GetProperty("status").GetInt32(), entry.GetProperty("answer").GetString()).ShouldBe((3, 200, "as you say"));

        await host.Api.Post($"/api/v1/webhooks/{id}/deliveries/{entry.GetProperty("id").GetString()}/replay", new { }).Is(HttpStatusCode.Accepted);
        var again = await listener.Next();
        (again.Headers["Ladewerk-Event-Id"], again.Body.SequenceEqual(taken.Body)).ShouldBe((taken.Headers["Ladewerk-Event-Id"], true));
        (await host.Api.Post($"/api/v1/webhooks/{id}/replay", new { from = TestClock.Now.AddHours(-1), to = TestClock.Now.AddHours(1) }).Is(HttpStatusCode.OK)).GetProperty("count").GetInt32().ShouldBe(1);
        await listener.Next();
        await host.Api.Post($"/api/v1/webhooks/{id}/test", new { }).Is(HttpStatusCode.Accepted);
        (await listener.Next()).Headers["Ladewerk-Event"].ShouldBe("test");
    }

    [Fact]
    public async Task What_was_not_delivered_when_the_server_went_down_is_delivered_when_it_is_back()
    {
        await using var listener = await Listener.Start();
        listener.Answer = _ => HttpStatusCode.BadGateway;
        await using var host = await LadewerkHost.Start(database, options: Options);
        await Make(host, listener.Address);
        await Charge(host, "W-2");
        await listener.Next();
        await host.Restart();
        listener.Answer = _ => HttpStatusCode.OK;
        await NotifyHost.Until(async () => await NotifyHost.Scalar<long>(host, "select count(*) from webhook_delivery where delivered_at is not null") == 1);
        (await NotifyHost.Scalar<long>(host, "select count(*) from webhook_delivery")).ShouldBe(1);
    }

    [Fact]
    public async Task A_slow_and_a_dead_receiver_hold_up_nobody_else_and_a_gone_one_is_paused()
    {
        await using var slow = await Listener.Start();
        slow.Takes = TimeSpan.FromSeconds(5);
        await using var gone = await Listener.Start();
        gone.Answer = _ => HttpStatusCode.Gone;
        await using var well = await Listener.Start();
        await using var host = await LadewerkHost.Start(database, options: Options);
        await Make(host, slow.Address);
        await Make(host, "http://127.0.0.1:9/");
        var (left, _) = await Make(host, gone.Address);
        var (id, _) = await Make(host, well.Address);
        await Charge(host, "W-3");
        (await well.Next()).Headers["Ladewerk-Event"].ShouldBe("sessionFinished");
        await NotifyHost.Until(async () => (await host.Api.Json($"/api/v1/webhooks/{id}/deliveries?state=delivered")).GetProperty("items").GetArrayLength() == 1);
        await NotifyHost.Until(async () => (await host.Api.Json($"/api/v1/webhooks/{left}")).GetProperty("state").GetString() == "paused");

        gone.Answer = _ => HttpStatusCode.OK;
        await host.Api.Patch($"/api/v1/webhooks/{left}", new { paused = false }).Is(HttpStatusCode.OK);
        await NotifyHost.Until(async () => (await host.Api.Json($"/api/v1/webhooks/{left}/deliveries?state=delivered")).GetProperty("items").GetArrayLength() == 1);
    }

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://metadata/")]
    [InlineData("https://user:pass@example.com/")]
    [InlineData("http://example.com/")]
    [InlineData("file:///etc/passwd")]
    public async Task An_address_within_our_own_walls_is_refused(string url)
    {
        var open = await database.Open();
        await open.Api.Post("/api/v1/webhooks", new { name = "inside", url }).Is(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_pages_make_a_webhook_show_its_secret_once_and_its_log()
    {
        await using var host = await LadewerkHost.Start(database, options: Options);
        using var admin = await NotifyHost.Admin(host);
        (await admin.GetStringAsync("/portal/settings/webhooks")).ShouldContain("Noch keine Webhooks");
        var form = await admin.GetStringAsync("/portal/settings/webhooks/add");
        var token = form.Split("name=\"__RequestVerificationToken\"")[^1].Split("value=\"")[1].Split('"')[0];
        using var made = await admin.PostAsync("/portal/settings/webhooks/add", new FormUrlEncodedContent([new("__RequestVerificationToken", token), new("name", "ERP"), new("url", "https://erp.example.com/hook"), new("events", "sessionFinished")]));
        made.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await made.Content.ReadAsStringAsync()).ShouldContain("whsec_");
        var id = await NotifyHost.Scalar<Guid>(host, "select id from webhook");
        foreach (var path in new[] { "/portal/settings/webhooks", $"/portal/settings/webhooks/{id}", $"/portal/settings/webhooks/{id}/edit", "/portal/settings/mail", "/portal/settings/notifications", "/portal/account/notifications", "/portal/notifications" })
        {
            var page = await admin.GetStringAsync(path);
            page.ShouldNotContain("whsec_");
            page.Contains(">notifications.", StringComparison.Ordinal).ShouldBeFalse(path);
        }
    }

    private static async Task<(string Id, string Secret)> Make(LadewerkHost host, string url)
    {
        var made = await host.Api.Post("/api/v1/webhooks", new { name = "Test", url, events = new[] { "sessionFinished" } }).Is(HttpStatusCode.Created);
        return (made.GetProperty("webhook").GetProperty("id").GetString()!, made.GetProperty("secret").GetString()!);
    }

    private static async Task Charge(LadewerkHost host, string station)
    {
        await using var connected = await TestStation.Connect(host, station);
        await connected.Stop(await connected.Start(1, "DEADBEEF99", 0, TestClock.Now.AddMinutes(-40)), 12_000, TestClock.Now.AddMinutes(-1), "Local");
    }

    /// <summary>What a receiver does with each message: compare the signature, refuse old ones.</summary>
    private static void ShouldBeSigned(Posted posted, string secret)
    {
        var parts = posted.Headers["Ladewerk-Signature"].Split(',').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes(parts["t"] + "."), .. posted.Body]);
        CryptographicOperations.FixedTimeEquals(mac, Convert.FromHexString(parts["v1"])).ShouldBeTrue();
        Math.Abs(long.Parse(parts["t"]) - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()).ShouldBeLessThan(300);
    }
}
