using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Operations;

/// <summary>Watchdogs from the wire to the finding and to what is done about it.</summary>
public sealed class WatchdogTests(Database database)
{
    [Fact]
    public async Task A_remote_start_that_nothing_follows_is_found_and_grows_step_by_step()
    {
        await using var watch = await WatchHost.Start(database);
        await using var station = await TestStation.Connect(watch.Host, "W-1");
        await WatchHost.Status(station, 1, "Available");
        await Accept(watch, station, "W-1", "remote-start", new { connectorId = 1, idToken = "AABBCCDD" });

        var finding = await watch.Finding("startNotFollowed", "W-1", TimeSpan.FromSeconds(30));
        finding.GetProperty("severity").GetString().ShouldBe("critical");
        finding.GetProperty("connectorId").GetInt32().ShouldBe(1);
        finding.GetProperty("step").GetInt32().ShouldBe(1);
        finding.GetProperty("action").GetProperty("command").GetString().ShouldBe("trigger-message");
        finding.GetProperty("evidence")[0].GetProperty("code").GetString().ShouldBe("startAccepted");
        await watch.Until(async () => (await watch.Findings("startNotFollowed", "W-1"))[0].GetProperty("action").GetProperty("command").GetString() == "unlock", "no second step");
        await watch.Until(async () => (await watch.Findings("startNotFollowed", "W-1"))[0].GetProperty("action").GetProperty("command").GetString() == "reset", "no third step");

        await station.Start(1, "AABBCCDD", 0, watch.Now);
        await watch.Until(async () => (await watch.Findings("startNotFollowed", "W-1")).Count == 0, "not closed by itself");
        var closed = (await watch.Findings("startNotFollowed", "W-1", "closed")).ShouldHaveSingleItem();
        closed.GetProperty("overAt").ValueKind.ShouldBe(JsonValueKind.String);
        closed.GetProperty("changedBy").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task An_action_is_sent_by_itself_where_the_operator_says_so_and_only_noted_in_a_dry_run()
    {
        await using var watch = await WatchHost.Start(database);
        (await watch.Api.Patch("/api/v1/watch-policies/startNotFollowed", new { mode = "automatic" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await watch.Api.Patch("/api/v1/watch-policies/fault", new { mode = "dryRun" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var station = await TestStation.Connect(watch.Host, "W-2");
        await WatchHost.Status(station, 1, "Available");
        await WatchHost.Status(station, 2, "Faulted", "GroundFailure");
        await Accept(watch, station, "W-2", "remote-start", new { connectorId = 1, idToken = "AABBCCDD" });

        await watch.Finding("startNotFollowed", "W-2", TimeSpan.FromSeconds(30));
        var call = await station.Receive();
        call[2].GetString().ShouldBe("TriggerMessage");
        call[3].GetProperty("requestedMessage").GetString().ShouldBe("StatusNotification");
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Accepted"}]""");

        var id = (await watch.Findings("startNotFollowed", "W-2"))[0].GetProperty("id").GetString();
        await watch.Until(async () => (await watch.Api.Json($"/api/v1/findings/{id}")).GetProperty("actions")[0].GetProperty("outcome").GetString() == "Accepted", "no outcome");
        var done = (await watch.Api.Json($"/api/v1/findings/{id}")).GetProperty("actions")[0];
        done.GetProperty("mode").GetString().ShouldBe("automatic");
        (await watch.Api.Json("/api/v1/audit?action=finding.actedOn")).GetProperty("items").GetArrayLength().ShouldBeGreaterThan(0);

        var fault = (await watch.Findings("fault", "W-2")).ShouldHaveSingleItem().GetProperty("id").GetString();
        var dry = (await watch.Api.Json($"/api/v1/findings/{fault}")).GetProperty("actions").EnumerateArray().ShouldHaveSingleItem();
        (dry.GetProperty("mode").GetString(), dry.GetProperty("command").GetString(), dry.GetProperty("outcome").GetString()).ShouldBe(("dryRun", "reset", "not-sent"));
    }

    [Theory]
    [InlineData("Acme", "*", "1.4", "V1.4", "Box 22", true)]
    [InlineData("acme", "box*", "v1.4", " 1.4", "Box 22", true)]
    [InlineData("Acme", "*22", "1.4-RC", "v1.4-rc", "Box 22", true)]
    [InlineData("Acme", "*", "1.4", "1.4.0", "Box 22", false)]
    [InlineData("Acme", "Box_22", "1.4", "1.4", "Box 22", false)] // an underline stands for itself
    [InlineData("Other", "*", "1.4", "1.4", "Box 22", false)]
    [InlineData("Acme", "*", "intage", "vintage", "Box 22", false)] // a v is left out only before a number
    public async Task A_bad_version_is_found_where_it_runs_however_it_is_written(string vendor, string pattern, string version, string runs, string model, bool found)
    {
        await using var watch = await WatchHost.Start(database);
        await watch.Api.Post("/api/v1/firmware-bad-versions", new { vendor, modelPattern = pattern, version, reason = "It burns." }).Is(HttpStatusCode.Created);
        await using var station = await TestStation.Connect(watch.Host, "W-7");
        await station.Call("BootNotification", new { chargePointVendor = "Acme", chargePointModel = model, firmwareVersion = runs });
        await WatchHost.Status(station, 1, "Faulted", "GroundFailure");
        await watch.Finding("fault", "W-7", TimeSpan.FromSeconds(10)); // the watch has looked
        await watch.Pass(TimeSpan.FromSeconds(20));

        // The list of versions says the same as the watch.
        var running = (await watch.Api.Json("/api/v1/firmware-bad-versions")).GetProperty("items")[0].GetProperty("stations").GetArrayLength();
        ((await watch.Findings("badFirmware", "W-7")).Count, running).ShouldBe(found ? (1, 1) : (0, 0));
    }

    [Fact]
    public async Task A_finding_lasts_over_a_restart_and_is_never_doubled()
    {
        await using var watch = await WatchHost.Start(database);
        await using (var station = await TestStation.Connect(watch.Host, "W-3"))
        {
            await WatchHost.Status(station, 1, "Faulted", "OverVoltage");
            await watch.Finding("fault", "W-3", TimeSpan.FromSeconds(10));
        }

        await watch.Host.Restart();
        await using var again = await TestStation.Connect(watch.Host, "W-3");
        await WatchHost.Status(again, 1, "Faulted", "OverVoltage");
        await watch.Pass(TimeSpan.FromMinutes(1));
        (await watch.Scalar<long>("select count(*) from finding where kind = 'fault' and over_at is null")).ShouldBe(1);

        var id = (await watch.Findings("fault", "W-3")).ShouldHaveSingleItem().GetProperty("id").GetString();
        (await watch.Api.Patch($"/api/v1/findings/{id}", new { state = "closed", note = "Known" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        await watch.Pass(TimeSpan.FromMinutes(1));
        (await watch.Findings("fault", "W-3")).ShouldBeEmpty(); // closed by a person stays closed while it lasts
        await WatchHost.Status(again, 1, "Available");
        await watch.Until(async () => await watch.Scalar<long>("select count(*) from finding where over_at is null") == 0, "not over");
        await WatchHost.Status(again, 1, "Faulted", "OverVoltage");
        await watch.Finding("fault", "W-3", TimeSpan.FromSeconds(10), "open");
    }

    [Fact]
    public async Task A_session_without_readings_is_found_and_a_snoozed_finding_comes_back()
    {
        await using var watch = await WatchHost.Start(database);
        await using var station = await TestStation.Connect(watch.Host, "W-4");
        await WatchHost.Status(station, 1, "Charging");
        await station.Start(1, "AABBCCDD", 0, watch.Now);
        await watch.Pass(TimeSpan.FromMinutes(4));
        await station.Call("Heartbeat", new { });
        for (var i = 0; i < 3; i++)
        {
            await watch.Pass(TimeSpan.FromMinutes(4));
            await station.Call("Heartbeat", new { });
        }

        var finding = await watch.Finding("noSamples", "W-4", TimeSpan.FromSeconds(20));
        var id = finding.GetProperty("id").GetString();
        (await watch.Api.Patch($"/api/v1/findings/{id}", new { state = "snoozed", snoozedUntil = watch.Now.AddMinutes(1) })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await watch.Findings("noSamples", "W-4", "open")).ShouldBeEmpty();
        await watch.Until(async () => (await watch.Findings("noSamples", "W-4", "open")).Count == 1, "not back");

        var sending = watch.Api.Post($"/api/v1/findings/{id}/act", new { });
        var call = await station.Receive();
        call[3].GetProperty("requestedMessage").GetString().ShouldBe("MeterValues");
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Rejected"}]""");
        (await (await sending).Is(HttpStatusCode.OK)).GetProperty("status").GetString().ShouldBe("Rejected");
        (await watch.Api.Json($"/api/v1/findings/{id}")).GetProperty("actions")[0].GetProperty("outcome").GetString().ShouldBe("Rejected");
    }

    [Fact]
    public async Task Energy_that_nobody_pays_for_a_boot_loop_and_a_flapping_station_are_found()
    {
        await using var watch = await WatchHost.Start(database);
        for (var i = 0; i < 6; i++)
        {
            await using var flapping = await TestStation.Connect(watch.Host, "W-5");
            await flapping.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        }

        await using var station = await TestStation.Connect(watch.Host, "W-5");
        await WatchHost.Status(station, 1, "Available");
        await station.Energy(1, null, 1000, watch.Now);
        await station.Energy(1, null, 1900, watch.Now.AddSeconds(5));
        (await watch.Finding("energyWithoutSession", "W-5", TimeSpan.FromSeconds(20))).GetProperty("evidence")[0].GetProperty("values")[0].GetString().ShouldBe("900");
        (await watch.Findings("bootLoop", "W-5")).ShouldHaveSingleItem();
        (await watch.Findings("flapping", "W-5")).ShouldHaveSingleItem().GetProperty("facts").GetProperty("number").GetInt64().ShouldBe(7);
    }

    [Fact]
    public async Task A_wrong_clock_is_measured_by_readings_and_an_ignored_limit_by_what_flows()
    {
        await using var watch = await WatchHost.Start(database);
        await using var station = await TestStation.Connect(watch.Host, "W-6");
        await WatchHost.Status(station, 1, "Charging");
        await Accept(watch, station, "W-6", "limit", new { connectorId = 1, maxA = 10 });
        var transaction = await station.Start(1, "AABBCCDD", 0, watch.Now);
        for (var i = 0; i < 16; i++)
        {
            await station.Call("MeterValues", new
            {
                connectorId = 1,
                transactionId = transaction,
                meterValue = new[] { new { timestamp = watch.Now.AddHours(-2).UtcDateTime, sampledValue = new[] { new { value = "16.1", measurand = "Current.Import", phase = "L1", unit = "A" } } } },
            });
            await watch.Pass(TimeSpan.FromSeconds(30));
        }

        (await watch.Finding("clockDrift", "W-6", TimeSpan.Zero)).GetProperty("facts").GetProperty("value").GetDecimal().ShouldBeInRange(-121m, -119m);
        var ignored = await watch.Finding("limitIgnored", "W-6", TimeSpan.Zero);
        ignored.GetProperty("action").GetProperty("command").GetString().ShouldBe("limit");
        ignored.GetProperty("action").GetProperty("body").GetProperty("maxA").GetDecimal().ShouldBe(10);
    }

    private static async Task Accept(WatchHost watch, TestStation station, string id, string command, object body)
    {
        var sending = watch.Api.Post($"/api/v1/stations/{id}/commands/{command}", body);
        var call = await station.Receive();
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Accepted"}]""");
        (await sending).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
