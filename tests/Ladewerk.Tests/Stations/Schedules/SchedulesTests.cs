using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Stations.Jobs;

namespace Ladewerk.Tests.Stations.Schedules;

/// <summary>Planned availability and restarts, through the API, by a clock that the test moves.</summary>
public sealed class SchedulesTests(Database database)
{
    [Fact]
    public async Task Stations_of_a_site_are_out_of_service_at_night_also_when_the_server_was_down_at_the_hour()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        await using var host = await LadewerkHost.Start(database, time, new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        var site = (await host.Api.Post("/api/v1/sites", new { name = "Parkhaus", timeZone = "Europe/Berlin" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        await host.Api.Post("/api/v1/stations", new { id = "T-N1", siteId = site }).Is(HttpStatusCode.Created);
        var schedule = await host.Api.Post("/api/v1/schedules", new { name = "Nachtruhe", siteId = site, rule = new { kind = "outOfService", at = "22:00:00", until = "06:00:00" } }).Is(HttpStatusCode.Created);
        schedule.GetProperty("nextAt").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2026, 6, 10, 20, 0, 0, TimeSpan.Zero));

        time.Advance(TimeSpan.FromHours(8) - TimeSpan.FromSeconds(30)); // a silent socket would not live so long
        await using (var station = await AnsweringStation.Connect(host, "T-N1", _ => """{"status":"Accepted"}"""))
        {
            time.Advance(TimeSpan.FromMinutes(1));
            var closing = await Job(host, schedule, "close");
            await JobClient.Ended(host.Api, closing);
            station.Seen.Single(s => s.TryGetProperty("type", out _)).GetProperty("type").GetString().ShouldBe("Inoperative");
        }

        // Down over the morning and the next evening: in the next night's middle it is put out of service, once.
        time.Advance(TimeSpan.FromHours(26));
        await host.Restart();
        await using var later = await AnsweringStation.Connect(host, "T-N1", _ => """{"status":"Accepted"}""");
        var next = await Job(host, schedule, "close", after: new DateTimeOffset(2026, 6, 11, 19, 0, 0, TimeSpan.Zero));
        (await Jobs(host)).Count(j => j.GetProperty("kind").GetString() == "command").ShouldBe(2);

        // Removed while it holds: the station comes back.
        (await host.Api.DeleteAsync($"/api/v1/schedules/{schedule.GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Jobs(host))[0].GetProperty("kind").GetString().ShouldBe("putInService");
        next.GetProperty("scheduleId").GetString().ShouldBe(schedule.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_station_that_a_person_took_out_of_service_stays_so_when_the_night_is_over()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 6, 10, 20, 30, 0, TimeSpan.Zero)); // half past ten in Berlin
        await using var host = await LadewerkHost.Start(database, time, new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        await using var locked = await AnsweringStation.Connect(host, "T-H1", _ => """{"status":"Accepted"}""");
        await using var free = await AnsweringStation.Connect(host, "T-H2", _ => """{"status":"Accepted"}""");
        var schedule = await host.Api.Post("/api/v1/schedules", new { name = "Nachtruhe", stations = new[] { "T-H1", "T-H2" }, rule = new { kind = "outOfService", at = "22:31:00", until = "22:33:00" } }).Is(HttpStatusCode.Created);
        time.Advance(TimeSpan.FromMinutes(1));
        await JobClient.Ended(host.Api, await Job(host, schedule, "close"));
        await host.Api.Post("/api/v1/stations/T-H1/commands/change-availability", new { operative = false }).Is(HttpStatusCode.OK);

        time.Advance(TimeSpan.FromMinutes(2));
        await JobClient.Ended(host.Api, await Job(host, schedule, "open"));

        Types(locked).ShouldBe(["Inoperative", "Inoperative"]);
        Types(free).ShouldBe(["Inoperative", "Operative"]);

        static IEnumerable<string?> Types(AnsweringStation station) => station.Seen.Where(s => s.TryGetProperty("type", out _)).Select(s => s.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_restart_waits_until_nobody_charges()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        await using var host = await LadewerkHost.Start(database, time, new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        time.Advance(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(30));
        await using var station = await AnsweringStation.Connect(host, "T-B1", _ => """{"status":"Accepted"}""");
        await Status(station, "Charging");
        var schedule = await host.Api.Post("/api/v1/schedules", new { name = "Neustart", stations = new[] { "T-B1" }, rule = new { kind = "restart", at = "16:00:00", date = "2026-06-10" } }).Is(HttpStatusCode.Created);

        time.Advance(TimeSpan.FromMinutes(1)); // 16:00 in Berlin
        var job = await Job(host, schedule, "restart");
        await JobClient.Until(host.Api, job, j => j.GetProperty("outcomes").EnumerateArray().Any(o => o.GetProperty("word").ValueKind == JsonValueKind.String));
        station.Actions.ShouldNotContain("Reset");

        await Status(station, "Available");
        time.Advance(TimeSpan.FromMinutes(6));
        (await JobClient.Ended(host.Api, job)).GetProperty("progress").GetProperty("good").GetInt32().ShouldBe(1);
        station.Actions.ShouldContain("Reset");
        (await host.Api.Json($"/api/v1/schedules/{schedule.GetProperty("id").GetString()}")).GetProperty("enabled").GetBoolean().ShouldBeFalse(); // once
    }

    [Fact]
    public async Task What_cannot_be_is_told_by_field()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        var faults = await host.Api.Post("/api/v1/schedules", new { name = "", rule = new { kind = "outOfService", at = "22:00:00" }, stations = new[] { "nobody" } }).Is(HttpStatusCode.BadRequest);
        faults.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order().ShouldBe(["name", "rule.until", "stations"]);
        await host.Api.Post("/api/v1/schedules", new { name = "past", rule = new { kind = "restart", at = "22:00:00", date = "2020-01-01" } }).Is(HttpStatusCode.BadRequest);
    }

    private static async Task<List<JsonElement>> Jobs(LadewerkHost host) => [.. (await host.Api.Json("/api/v1/jobs")).GetProperty("items").EnumerateArray()];

    private static Task Status(AnsweringStation station, string status) =>
        station.Send($$"""[2,"{{Guid.NewGuid():n}}","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"{{status}}"}]""");

    private static async Task<JsonElement> Job(LadewerkHost host, JsonElement schedule, string edge, DateTimeOffset after = default)
    {
        for (var tries = 0; ; tries++)
        {
            var now = await host.Api.Json($"/api/v1/schedules/{schedule.GetProperty("id").GetString()}");
            if (now.GetProperty("lastEdge").GetString() == edge && now.GetProperty("lastAt").GetDateTimeOffset() > after)
            {
                return await host.Api.Json($"/api/v1/jobs/{now.GetProperty("lastJobId").GetString()}");
            }

            (tries < 200).ShouldBeTrue(now.ToString());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
