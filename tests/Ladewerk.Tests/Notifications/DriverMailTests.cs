using System.Net;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Notifications;

/// <summary>What a driver gets by mail of a real session at a real socket, as a mail server that is not ours received it.</summary>
public sealed class DriverMailTests(Database database)
{
    [Theory]
    [InlineData("de", "Laden beendet: 20,03 kWh", "Energie", "20,03 kWh", "Nicht mehr", "Diese Nachrichten nicht mehr erhalten")]
    [InlineData("en", "Charging finished: 20.03 kWh", "Energy", "20.03 kWh", "Stop", "Stop receiving these messages")]
    public async Task A_finished_session_is_told_in_the_drivers_language_with_the_operators_brand(string language, string subject, string label, string energy, string _, string stop)
    {
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: NotifyHost.Quick(server.Options));
        await NotifyHost.Sql(host, "update tenant set name = 'Stadtwerke Musterstadt', brand = '{\"colour\":\"#b91c1c\"}'");
        var tariff = await host.Api.Post("/api/v1/tariffs", new { currency = "EUR", name = "kWh", elements = new[] { new { components = new[] { new { type = "ENERGY", price = 0.50m, vat = 19m } } } } }).Is(HttpStatusCode.Created);
        await host.Api.Put("/api/v1/assignments", new { level = "tenant", target = "", tariffId = tariff.GetProperty("id").GetString() }).Is(HttpStatusCode.OK);
        var address = $"eva-{language}@example.org";
        await NotifyHost.Driver(host, address, "04AA11BB", language);

        await using var station = await TestStation.Connect(host, "N-1");
        var transaction = await station.Start(1, "04AA11BB", 1000, TestClock.Now.AddHours(-1));
        await station.Stop(transaction, 21_034, TestClock.Now.AddMinutes(-1), "Local");

        var mail = await server.Received(address);
        mail.Subject.ShouldBe(subject);
        mail.From.Name.ShouldBe("Stadtwerke Musterstadt");
        mail.ToName.ShouldBe("Eva Muster");
        foreach (var part in new[] { mail.Text, mail.Html })
        {
            part.ShouldContain(label);
            part.ShouldContain(energy);
            part.ShouldContain("N-1");
            part.ShouldContain(language == "de" ? "11,92" : "11.92"); // 20.034 kWh x 0.50 net and 19 % VAT
            part.ShouldContain(stop);
        }

        mail.Html.ShouldContain("#b91c1c");
        mail.Html.ShouldContain($"lang=\"{language}\"");
        mail.Headers["list-unsubscribe-post"].ShouldBe("List-Unsubscribe=One-Click");
        (await NotifyHost.Scalar<long>(host, "select count(*) from mail where kind = 'notification'")).ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_unsubscribes_by_the_link_gets_no_more_of_that_kind_but_of_others()
    {
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: NotifyHost.Quick(server.Options));
        await NotifyHost.Driver(host, "eva@example.org", "04AA22BB");
        await using var station = await TestStation.Connect(host, "N-2");
        await station.Stop(await station.Start(1, "04AA22BB", 0, TestClock.Now.AddHours(-2)), 5000, TestClock.Now.AddMinutes(-90), "Local");
        var mail = await server.Received("eva@example.org");
        var link = new Uri(mail.Headers["list-unsubscribe"].Trim('<', '>'));

        using var stranger = host.Stranger();
        (await stranger.GetStringAsync(link.PathAndQuery)).ShouldContain("Abbestellen");
        (await NotifyHost.Scalar<long>(host, "select count(*) from notification_preference")).ShouldBe(0, "a mail program that opens the link changes nothing");
        using var oneClick = await stranger.PostAsync(link.PathAndQuery, new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));
        oneClick.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await stranger.PostAsync("/notifications/unsubscribe/made-up", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        await station.Stop(await station.Start(1, "04AA22BB", 5000, TestClock.Now.AddHours(-1)), 9000, TestClock.Now.AddMinutes(-30), "Local");
        await station.Stop(await station.Start(1, "04AA22BB", 9000, TestClock.Now.AddMinutes(-20)), 12_000, TestClock.Now.AddMinutes(-2), "PowerLoss");
        (await server.Received("eva@example.org")).Subject.ShouldBe("Laden durch eine Störung beendet");
        (await NotifyHost.Scalar<long>(host, "select count(*) from mail where kind = 'notification'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_blocked_badge_is_told_to_its_driver_once_and_an_unknown_one_to_the_operator()
    {
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: NotifyHost.Quick(server.Options));
        await host.Api.Put("/api/v1/notifications/rules", new { gatherSeconds = 0, pauseMinutes = 0 }).Is(HttpStatusCode.OK);
        await NotifyHost.Driver(host, "eva@example.org", "04AA33BB");
        await host.Api.Patch("/api/v1/id-tokens/04AA33BB", new { status = "blocked" }).Is(HttpStatusCode.OK);
        await using var station = await TestStation.Connect(host, "N-3");

        for (var i = 0; i < 3; i++)
        {
            (await station.Call("Authorize", new { idTag = "04AA33BB" })).GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Blocked");
            await station.Call("Authorize", new { idTag = "DEADBEEF77" });
        }

        var mail = await server.Received("eva@example.org");
        mail.Subject.ShouldBe("Ihre Ladekarte wurde abgelehnt");
        mail.Text.ShouldContain("…33BB");
        mail.Text.ShouldNotContain("04AA33BB");
        using var admin = await NotifyHost.Admin(host);
        await NotifyHost.Until(async () => (await admin.GetStringAsync("/portal/notifications")).Contains("Unbekannte Karte an N-3", StringComparison.Ordinal));
        await NotifyHost.Until(async () => await NotifyHost.Scalar<long>(host, "select count(*) from outbox") == 0);
        (await NotifyHost.Scalar<long>(host, "select count(*) from notice where event = 'badgeBlocked'")).ShouldBe(1);
        (await NotifyHost.Scalar<long>(host, "select count(*) from notification where event = 'unknownBadge'")).ShouldBe(1);
    }
}
