using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Notifications;

/// <summary>A thousand stations fall silent at once; people get one message.</summary>
public sealed class StormTests(Database database)
{
    [Fact]
    public async Task A_thousand_stations_that_go_offline_are_one_message()
    {
        var time = new ManualTime(TestClock.Now); // a browser keeps no cookie that ended long ago
        var began = time.GetUtcNow();
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, time, NotifyHost.Quick(server.Options));
        await Silent(host, 0, 700, "interval '10 minutes'");
        await Silent(host, 700, 300, "interval '4 minutes 40 seconds'"); // these are found half a minute later

        await Pass(host, time, () => Count(host, "select count(*) from finding where kind = 'offline'"), 1000);
        await Pass(host, time, () => Count(host, "select count(*) from notification"), 1);
        var mail = await server.Received(LadewerkHost.AdminEmail);
        mail.Subject.ShouldBe("1000 Ladestationen sind offline");
        mail.Text.ShouldContain("STORM-");
        mail.Text.ShouldContain("und 990 weitere");
        using var admin = await NotifyHost.Admin(host);
        var feed = await admin.Json("/api/v1/notifications");
        feed.GetProperty("items").EnumerateArray().ShouldHaveSingleItem().GetProperty("title").GetString().ShouldBe("1000 Ladestationen sind offline");
        (await admin.Json("/api/v1/notifications/unread")).GetProperty("count").GetInt64().ShouldBe(1);

        // More of the kind wait for the pause, and are then one message again.
        await Silent(host, 1000, 40, "interval '10 minutes'");
        await Pass(host, time, () => Count(host, "select count(*) from notice where event = 'stationOffline'"), 1040);
        await Pass(host, time, () => Count(host, "select count(*) from notification"), 2, mostMinutes: 20);
        (await server.Received(LadewerkHost.AdminEmail)).Subject.ShouldBe("40 Ladestationen sind offline");
        time.GetUtcNow().ShouldBeGreaterThan(began.AddMinutes(15));
        server.All.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Who_is_told_what_and_how_is_up_to_each_person_and_to_the_operator()
    {
        await using var host = await LadewerkHost.Start(database, options: NotifyHost.Quick());
        using var admin = await NotifyHost.Admin(host);
        (await admin.Json("/api/v1/notifications/preferences")).GetProperty("events").GetProperty("stationOffline").EnumerateArray().Select(c => c.GetString()).ShouldBe(["feed", "mail"]);
        (await host.Api.Json("/api/v1/notifications/catalogue")).GetProperty("items").GetArrayLength().ShouldBe(Ladewerk.Notifications.Catalogue.All.Count);

        await host.Api.Put("/api/v1/notifications/rules", new { silent = new[] { "stationOffline" }, idleAfterMinutes = 10 }).Is(HttpStatusCode.OK);
        (await admin.Json("/api/v1/notifications/preferences")).GetProperty("events").GetProperty("stationOffline").GetArrayLength().ShouldBe(0);
        await host.Api.Put("/api/v1/notifications/rules", new { silent = new[] { "nonsense" } }).Is(HttpStatusCode.BadRequest);
        await host.Api.GetAsync("/api/v1/notifications").IsProblem(HttpStatusCode.Conflict, "no-person");
        (await host.Api.Json("/api/v1/audit?subject=notificationRules")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    private static Task<long> Count(LadewerkHost host, string sql) => NotifyHost.Scalar<long>(host, sql);

    private static Task Silent(LadewerkHost host, int from, int count, string ago) => NotifyHost.Sql(host, $"""
        insert into charging_station (id, tenant_id, identity, identity_key, registration_status, last_seen_at, created_at)
        select gen_random_uuid(), t.id, 'STORM-' || n, 'STORM-' || n, 'accepted', timestamptz '{At(host):O}' - {ago}, timestamptz '{At(host):O}' - interval '1 day'
        from tenant t, generate_series({from}, {from + count - 1}) n
        """);

    private static DateTimeOffset At(LadewerkHost host) => ((TimeProvider)host.Services.GetService(typeof(TimeProvider))!).GetUtcNow();

    /// <summary>Lets time pass in the steps of the watch until a count is reached; never more.</summary>
    private static async Task Pass(LadewerkHost host, ManualTime time, Func<Task<long>> count, long wanted, int mostMinutes = 6)
    {
        var end = time.GetUtcNow().AddMinutes(mostMinutes);
        while (await count() < wanted && time.GetUtcNow() < end)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(300);
        }

        (await count()).ShouldBe(wanted);
    }
}
