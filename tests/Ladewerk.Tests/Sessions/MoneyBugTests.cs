using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions;

/// <summary>Bugs by which other systems lost or invented money, each from the wire to the session.</summary>
public sealed class MoneyBugTests(Database database) : OnOpenHost(database)
{
    private static readonly DateTimeOffset Now = TestClock.Now;

    [Fact]
    public async Task A_stop_sent_again_is_not_stored_twice_and_doubles_no_reading()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddHours(-1));
        object Stop() => new
        {
            transactionId = transaction, meterStop = 9000, timestamp = Now.UtcDateTime,
            transactionData = new[] { new { timestamp = Now.AddMinutes(-30).UtcDateTime, sampledValue = new[] { new { value = "5000" } } } },
        };

        await station.Call("StopTransaction", Stop(), "same");
        await station.Call("StopTransaction", Stop(), "same");
        await station.Call("StopTransaction", Stop(), "other");

        var session = await open.OnlySession(id);
        OpenHost.ShouldCharge(session, 8000);
        session.NeedsReview().ShouldBeFalse();
        (await open.Samples(session)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_start_reading_of_zero_is_not_the_baseline_of_a_meter_at_910_kWh()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 0, Now.AddMinutes(-20));
        await station.Energy(1, transaction, 910_000, Now.AddMinutes(-15));
        await station.Stop(transaction, 910_083, Now);

        var session = await open.OnlySession(id);
        OpenHost.ShouldCharge(session, 83);
        session.NeedsReview().ShouldBeTrue();
        session.Reasons().ShouldBe(["baselineZero"]);
    }

    [Fact]
    public async Task A_stop_queued_while_offline_ends_the_session_after_the_reconnect()
    {
        long transaction;
        await using (var station = await open.Connect(id))
        {
            transaction = await station.Start(1, await open.NewBadge(), 100, Now.AddHours(-3));
        }

        await using var again = await open.Connect(id);
        await again.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        await again.Energy(1, transaction, 4100, Now.AddHours(-2));
        await again.Stop(transaction, 7100, Now.AddHours(-1), "EVDisconnected");

        var session = await open.OnlySession(id);
        session.State().ShouldBe("ended");
        OpenHost.ShouldCharge(session, 7000);
        session.Time("endedAt").ShouldBe(Now.AddHours(-1));
        session.NeedsReview().ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_stop_with_transaction_id_zero_or_less_ends_the_only_session_that_fits(int transactionId)
    {
        await using var station = await open.Connect(id);
        await station.Start(2, await open.NewBadge(), 100, Now.AddHours(-1));
        await station.Stop(transactionId, 5100, Now);
        await station.Stop(transactionId, 5100, Now);

        var session = await open.OnlySession(id);
        session.State().ShouldBe("ended");
        OpenHost.ShouldCharge(session, 5000);
        session.Reasons().ShouldBe(["matchedStop"]);
    }

    [Fact]
    public async Task A_stop_with_a_random_id_ends_no_other_session_and_is_kept_for_review()
    {
        await using var station = await open.Connect(id);
        await station.Start(1, await open.NewBadge(), 100, Now.AddHours(-1));
        await station.Stop(1_987_654_321, 5100, Now);
        await station.Stop(1_987_654_321, 5100, Now);

        (await open.OnlySession(id)).State().ShouldBe("active");
        (await open.Scalar<long>("select count(*) from review_item r join charging_station s on s.id = r.station_id where s.identity = $1", id)).ShouldBe(1);
    }

    [Fact]
    public async Task A_stop_without_id_tag_is_acknowledged()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 0, Now.AddHours(-1));
        var answer = await station.Call("StopTransaction", new { transactionId = transaction, meterStop = 5, timestamp = Now.UtcDateTime });
        answer.EnumerateObject().ShouldBeEmpty();
        (await open.OnlySession(id)).State().ShouldBe("ended");
    }

    [Fact]
    public async Task A_fractional_stop_reading_is_taken()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 0.5m, Now.AddHours(-1));
        await station.Stop(transaction, 604.213m, Now);
        var session = await open.OnlySession(id);
        session.State().ShouldBe("ended");
        OpenHost.ShouldCharge(session, 603);
    }

    [Fact]
    public async Task First_statuses_of_many_stations_at_once_do_not_block_each_other()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            await using var station = await open.Connect(open.NewStation());
            for (var connector = 1; connector <= 4; connector++)
            {
                await station.Call("StatusNotification", new { connectorId = connector, status = "Available", errorCode = "NoError" });
            }

            return 1;
        }));
        answers.Length.ShouldBe(100);
    }

    [Fact]
    public async Task A_dead_socket_does_not_keep_its_station_from_coming_back()
    {
        await using var dead = await open.Connect(id);
        await dead.Call("Heartbeat", new { });
        await using var alive = await open.Connect(id);
        (await alive.Call("Heartbeat", new { })).GetProperty("currentTime").GetString()!.ShouldEndWith("Z");
        await Should.ThrowAsync<Exception>(() => dead.Call("Heartbeat", new { }));
    }

    [Fact]
    public async Task A_final_reading_after_the_stop_is_not_lost()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddHours(-1));
        await station.Stop(transaction, 8990, Now.AddMinutes(-1));
        await station.Energy(1, transaction, 9000, Now);

        var session = await open.OnlySession(id);
        session.State().ShouldBe("ended");
        OpenHost.ShouldCharge(session, 8000);
        (await open.Samples(session)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_start_sent_again_is_the_same_session_also_after_the_server_forgot_the_station()
    {
        var badge = await open.NewBadge(concurrent: 1);
        object Start() => new { connectorId = 1, idTag = badge, meterStart = 77, timestamp = Now.AddHours(-1).UtcDateTime };
        JsonElement first, again, later;
        await using (var station = await open.Connect(id))
        {
            first = await station.Call("StartTransaction", Start(), "a");
            again = await station.Call("StartTransaction", Start(), "b");
        }

        await using (var station = await open.Connect(id))
        {
            later = await station.Call("StartTransaction", Start(), "c");
        }

        first.GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Accepted");
        again.ToString().ShouldBe(first.ToString());
        later.ToString().ShouldBe(first.ToString());
        (await open.Sessions(id)).Count.ShouldBe(1);
    }
}
