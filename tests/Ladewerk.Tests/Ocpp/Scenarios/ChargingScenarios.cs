using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp.Scenarios;

/// <summary>Starting and stopping, online and offline.</summary>
public sealed class ChargingScenarios(Database database) : Scenario(database)
{
    [Fact]
    public async Task TC_001_Cold_boot()
    {
        await using var station = await open.Connect(id);
        var boot = await Boot(station, connectors: 2);

        boot.GetProperty("status").GetString().ShouldBe("Accepted");
        boot.GetProperty("interval").GetInt32().ShouldBePositive();
        (boot.GetProperty("currentTime").GetDateTimeOffset() - TimeProvider.System.GetUtcNow()).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1));
        (await station.Call("Heartbeat", new { })).GetProperty("currentTime").GetDateTimeOffset().ShouldBeGreaterThanOrEqualTo(boot.GetProperty("currentTime").GetDateTimeOffset());
        var shown = await Station();
        shown.GetProperty("online").GetBoolean().ShouldBeTrue();
        shown.GetProperty("vendor").GetString().ShouldBe("Scenario");
        shown.GetProperty("firmwareVersion").GetString().ShouldBe("1.0");
        shown.GetProperty("ocppVersion").GetString().ShouldBe("1.6");
        (await ConnectorStatus(1)).ShouldBe("Available");
        (await ConnectorStatus(2)).ShouldBe("Available");
    }

    [Fact]
    public async Task TC_003_Session_with_the_plug_first()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        await Status(station, 1, "Preparing");
        (await ConnectorStatus(1)).ShouldBe("Preparing");
        (await Authorize(station, badge)).ShouldBe("Accepted");
        var transaction = await Charge(station, badge, Now.AddMinutes(-30));

        var session = await IsCharged(transaction, badge);
        session.GetProperty("authorisation").GetString().ShouldBe("accepted");
        (await open.Samples(session)).Count.ShouldBeGreaterThanOrEqualTo(2);
        (await ConnectorStatus(1)).ShouldBe("Available");
    }

    [Fact]
    public async Task TC_004_1_Session_with_the_badge_first()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        (await Authorize(station, badge)).ShouldBe("Accepted");
        await Status(station, 1, "Preparing");
        var transaction = await Charge(station, badge, Now.AddMinutes(-30));

        await IsCharged(transaction, badge);
    }

    [Fact]
    public async Task TC_004_2_Badge_first_and_nothing_plugged_in()
    {
        await using var station = await Booted();
        (await Authorize(station, await open.NewBadge())).ShouldBe("Accepted");
        await Status(station, 1, "Preparing");
        await Status(station, 1, "Available"); // the station's ConnectionTimeOut has passed

        (await open.Sessions(id)).ShouldBeEmpty();
        (await ConnectorStatus(1)).ShouldBe("Available");
    }

    [Fact]
    public async Task TC_005_1_The_vehicle_is_unplugged()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        var transaction = await station.Start(1, badge, 1000, Now.AddMinutes(-30));
        await Status(station, 1, "Charging");
        await Status(station, 1, "SuspendedEV");
        (await open.OnlySession(id)).GetProperty("phase").GetString().ShouldBe("suspendedByVehicle");
        await station.Stop(transaction, 6000, Now.AddMinutes(-5), "EVDisconnected");
        await Status(station, 1, "Finishing");
        await Status(station, 1, "Available");

        (await IsCharged(transaction, badge)).GetProperty("stopReason").GetString().ShouldBe("EVDisconnected");
    }

    [Fact]
    public async Task TC_007_Session_with_a_remembered_badge()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        await Status(station, 1, "Preparing"); // no Authorize: the station knows the badge from its cache
        var start = await station.Call("StartTransaction", new { connectorId = 1, idTag = badge, meterStart = 1000, timestamp = Now.AddMinutes(-30).UtcDateTime });
        Tag(start).ShouldBe("Accepted");
        var transaction = start.GetProperty("transactionId").GetInt64();
        await station.Stop(transaction, 6000, Now.AddMinutes(-5));

        await IsCharged(transaction, badge);
    }

    [Fact]
    public Task TC_023_1_An_unknown_badge() => Refused("Invalid", Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 7)));

    [Fact]
    public async Task TC_023_2_An_expired_badge() => await Refused("Expired", await open.NewBadge(status: "expired"));

    [Fact]
    public async Task TC_023_3_A_blocked_badge() => await Refused("Blocked", await open.NewBadge(status: "blocked"));

    [Fact]
    public async Task TC_024_The_lock_fails()
    {
        await using var station = await Booted();
        await Status(station, 1, "Preparing");
        (await Authorize(station, await open.NewBadge())).ShouldBe("Accepted");
        await Status(station, 1, "Faulted", "ConnectorLockFailure");

        var connector = (await Station()).GetProperty("evses")[0].GetProperty("connectors")[0];
        connector.GetProperty("status").GetString().ShouldBe("Faulted");
        connector.GetProperty("errorCode").GetString().ShouldBe("ConnectorLockFailure");
        (await open.Sessions(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task TC_032_1_Power_fails_and_the_station_stops_its_transaction_after_the_boot()
    {
        var badge = await open.NewBadge();
        long transaction;
        await using (var station = await Booted())
        {
            transaction = await station.Start(1, badge, 1000, Now.AddMinutes(-30));
            await Status(station, 1, "Charging");
        }

        (await open.OnlySession(id)).State().ShouldBe("active"); // a lost socket ends no session
        await using var again = await open.Connect(id);
        await Boot(again);
        await again.Stop(transaction, 6000, Now.AddMinutes(-20), "PowerLoss");

        (await IsCharged(transaction, badge)).GetProperty("stopReason").GetString().ShouldBe("PowerLoss");
    }

    [Fact]
    public async Task TC_037_1_Started_offline_with_a_good_badge()
    {
        var badge = await open.NewBadge();
        await using var station = await Booted();
        await Status(station, 1, "Charging");
        var start = await station.Call("StartTransaction", new { connectorId = 1, idTag = badge, meterStart = 1000, timestamp = Now.AddHours(-3).UtcDateTime });
        Tag(start).ShouldBe("Accepted");

        var running = await open.OnlySession(id);
        running.State().ShouldBe("active");
        running.Time("startedAt").ShouldBe(Now.AddHours(-3)); // when it began, not when we heard of it
        var transaction = start.GetProperty("transactionId").GetInt64();
        await station.Stop(transaction, 6000, Now);
        await IsCharged(transaction, badge);
    }

    [Fact]
    public async Task TC_037_3_Started_offline_with_a_bad_badge()
    {
        await using var station = await Booted();
        var unknown = Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 7));
        var start = await station.Call("StartTransaction", new { connectorId = 1, idTag = unknown, meterStart = 1000, timestamp = Now.AddMinutes(-30).UtcDateTime });
        Tag(start).ShouldBe("Invalid");
        await station.Stop(start.GetProperty("transactionId").GetInt64(), 1200, Now.AddMinutes(-25), "DeAuthorized");

        var session = await open.OnlySession(id);
        session.GetProperty("authorisation").GetString().ShouldBe("unknown");
        session.GetProperty("stopReason").GetString().ShouldBe("DeAuthorized");
        session.Energy().ShouldBe(200);
        session.GetProperty("driverId").ValueKind.ShouldBe(JsonValueKind.Null); // recorded, charged to nobody
    }

    [Fact]
    public async Task TC_039_Whole_session_offline()
    {
        var badge = await open.NewBadge();
        await using (await Booted())
        {
        }

        await using var station = await open.Connect(id);
        await Boot(station);
        var transaction = await station.Start(1, badge, 1000, Now.AddHours(-5));
        await station.Energy(1, transaction, 3000, Now.AddHours(-4.5));
        await station.Stop(transaction, 6000, Now.AddHours(-4));

        var session = await IsCharged(transaction, badge);
        session.Time("startedAt").ShouldBe(Now.AddHours(-5));
        session.Time("endedAt").ShouldBe(Now.AddHours(-4));
    }

    private async Task Refused(string status, string badge)
    {
        await using var station = await Booted();
        await Status(station, 1, "Preparing");
        (await Authorize(station, badge)).ShouldBe(status);
        await Status(station, 1, "Available");

        (await open.Sessions(id)).ShouldBeEmpty();
        // A station that starts all the same gets the same word, so that it stops (StopTransactionOnInvalidId).
        Tag(await station.Call("StartTransaction", new { connectorId = 1, idTag = badge, meterStart = 0, timestamp = Now.UtcDateTime })).ShouldBe(status);
        (await open.OnlySession(id)).GetProperty("authorisation").GetString().ShouldNotBe("accepted");
    }
}
