using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions;

/// <summary>Habits of stations in the field, replayed: they charge, are billed right, and are seen to be odd.</summary>
public sealed class QuirkTests(Database database) : OnOpenHost(database)
{
    private static readonly DateTimeOffset Now = TestClock.Now;

    [Theory] // Q3
    [InlineData("{0}/")]
    [InlineData("//{0}")]
    [InlineData("{0}?token=1")]
    [InlineData("default/{0}")]
    [InlineData("%54{1}")]
    public async Task Q3_paths_in_every_spelling_reach_the_same_station(string form)
    {
        await using (await open.Connect(id))
        {
        }

        var path = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, id.ToLowerInvariant(), id[1..]);
        await using var station = await TestStation.Connect(open.Host, path);
        await station.Call("Heartbeat", new { });
        (await open.Scalar<long>("select count(*) from charging_station where identity_key = $1", id.ToLowerInvariant())).ShouldBe(1);
    }

    [Fact] // Q6
    public async Task Q6_a_station_that_flaps_within_a_session_is_asked_nothing_and_billed_once()
    {
        var (badge, from, transaction) = (await open.NewBadge(), Now.AddHours(-1), 0L);
        for (var turn = 0; turn < 12; turn++)
        {
            await using var station = await open.Connect(id); // the former socket is torn away, not closed
            transaction = turn == 0 ? await station.Start(1, badge, 1000, from) : transaction;
            await station.Energy(1, transaction, 1000 + (500 * turn), from.AddMinutes(5 * turn));
            if (turn == 11)
            {
                await station.Stop(transaction, 7000, from.AddMinutes(58));
            }
        }

        var session = await open.OnlySession(id);
        session.State().ShouldBe("ended");
        session.Energy().ShouldBe(6000);
        session.Reasons().ShouldBeEmpty();
        (await open.Samples(session)).Count.ShouldBe(12); // each reading once
        session.Net().ShouldBe(OpenHost.NetOf(6000));
        (await open.Records(session, 1)).ShouldBe(1);
        (await open.Api.Json($"/api/v1/stations/{id}/messages?action=TriggerMessage")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Theory] // Q8
    [InlineData("[2,\"1\",\"Heartbeat\",{}]\0\0")]
    [InlineData("[2,\n \"1\",\r\n\t\"Heartbeat\",\n{}]\n")]
    [InlineData("\uFEFF[2,\"1\",\"Heartbeat\",{}]")]
    [InlineData("[2,\"1\",\"BootNotification\",{\"chargePointVendor\":\"a\nb\",\"chargePointModel\":\"m\u0000\"}]")]
    [InlineData("[2,\"1\",\"Heartbeat\",{},]")]
    public async Task Q8_broken_bytes_are_forgiven(string frame)
    {
        await using var station = await open.Connect(id);
        var answer = await station.Exchange(frame);
        answer[0].GetInt32().ShouldBe(3);
        answer[1].GetString().ShouldBe("1");
    }

    [Theory] // Q9
    [InlineData("[2,\"1\",\"Heartbeat\",null]")]
    [InlineData("[2,\"1\",\"Heartbeat\",\"\"]")]
    [InlineData("[2,\"1\",\"Heartbeat\"]")]
    public async Task Q9_a_missing_payload_is_an_empty_one(string frame)
    {
        await using var station = await open.Connect(id);
        await station.Send("");
        (await station.Exchange(frame))[0].GetInt32().ShouldBe(3);
    }

    [Fact] // Q10, Q11, Q12
    public async Task Q10_Q11_Q12_numbers_as_text_single_values_and_unknown_words_are_read()
    {
        await using var station = await open.Connect(id);
        var badge = await open.NewBadge();
        var start = await station.Exchange($$$"""[2,"1","StartTransaction",{"connectorId":"1","idTag":"{{{badge}}}","meterStart":"1000.0","timestamp":"{{{Now.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}}}"}]""");
        var transaction = start[2].GetProperty("transactionId").GetInt64();
        var values = $$$"""
            [2,"2","MeterValues",{"connectorId":1,"transactionId":"{{{transaction}}}","meterValue":{"timestamp":"{{{Now.AddMinutes(-30):yyyy-MM-ddTHH:mm:ssZ}}}","sampledValue":[
              {"value":6.5,"measurand":"Energy.Active.Import.Register","unit":"kWh"},{"value":"41.5","measurand":"Temperature","unit":"Celcius"},{"value":"50","measurand":"Frequency","unit":"Hertz"}]}}]
            """;
        (await station.Exchange(values))[0].GetInt32().ShouldBe(3);
        (await station.Exchange("""[2,"3","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[]}]}]"""))[0].GetInt32().ShouldBe(3);
        (await station.Exchange("""[2,"4","StatusNotification",{"connectorId":1,"status":"Occupied","errorCode":"Error"}]"""))[0].GetInt32().ShouldBe(3);
        (await station.Exchange($$$"""[2,"5","StopTransaction",{"transactionId":{{{transaction}}}.0,"meterStop":8000.0,"reason":"driver pulled it","timestamp":"{{{Now:yyyy-MM-ddTHH:mm:ssZ}}}"}]"""))[0].GetInt32().ShouldBe(3);

        var session = await open.OnlySession(id);
        OpenHost.ShouldCharge(session, 7000);
        session.GetProperty("stopReason").GetString().ShouldBe("Other");
        (await open.Samples(session))[0].GetProperty("energyWh").GetInt64().ShouldBe(6500);
    }

    [Fact] // Q13
    public async Task Q13_overlong_fields_and_extra_properties_never_refuse_a_boot()
    {
        await using var station = await open.Connect(id);
        var answer = await station.Call("BootNotification", new { chargePointVendor = new string('v', 60), chargePointModel = "m", chargePointSerialNumber = new string('9', 80), colour = "red" });
        answer.GetProperty("status").GetString().ShouldBe("Accepted");
        (await open.Scalar<string>("select serial_number from charging_station where identity = $1", id))!.Length.ShouldBe(80);
    }

    [Fact] // Q14
    public async Task Q14_kilowatt_hours_sent_as_watt_hours_go_to_review()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 100, Now.AddHours(-1));
        foreach (var minute in new[] { 20, 40, 59 })
        {
            await station.Call("MeterValues", new
            {
                connectorId = 1, transactionId = transaction,
                meterValue = new[] { new { timestamp = Now.AddHours(-1).AddMinutes(minute).UtcDateTime, sampledValue = new object[] { new { value = $"{100 + (minute * 11 / 60)}", unit = "Wh" }, new { value = "11000", measurand = "Power.Active.Import", unit = "W" } } } },
            });
        }

        await station.Stop(transaction, 111, Now);
        (await open.OnlySession(id)).Reasons().ShouldContain("unitMismatch");
    }

    [Fact] // Q14: once the operator knows
    public async Task Q14_a_station_that_is_known_to_lie_about_its_unit_is_corrected()
    {
        await using (await open.Connect(id))
        {
        }

        await open.Scalar<int>("update charging_station set quirks = '{\"energyFactor\": 1000}' where identity = $1", id);
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 100, Now.AddHours(-1));
        await station.Stop(transaction, 111.5m, Now);
        OpenHost.ShouldCharge(await open.OnlySession(id), 11_500);
    }

    [Fact] // Q15
    public async Task Q15_a_register_that_restarts_is_summed_in_segments_and_goes_to_review()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 5000, Now.AddHours(-1));
        await station.Energy(1, transaction, 8000, Now.AddMinutes(-40));
        await station.Energy(1, transaction, 0, Now.AddMinutes(-30));
        await station.Energy(1, transaction, 1500, Now.AddMinutes(-10));
        await station.Stop(transaction, 2000, Now);

        var session = await open.OnlySession(id);
        OpenHost.ShouldCharge(session, 5000);
        session.Reasons().ShouldBe(["meterReset"]);
    }

    [Fact] // Q15
    public async Task Q15_a_stop_below_the_start_bills_what_was_measured_and_goes_to_review()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 5000, Now.AddHours(-1));
        await station.Energy(1, transaction, 8000, Now.AddMinutes(-40));
        await station.Stop(transaction, 0, Now);
        var session = await open.OnlySession(id);
        OpenHost.ShouldCharge(session, 3000);
        session.Reasons().ShouldBe(["stopBeforeStart"]);
    }

    [Theory] // Q16
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_790_000_000)]
    public async Task Q16_readings_with_a_foreign_transaction_id_belong_to_the_connector_s_session(int transactionId)
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddHours(-1));
        await station.Energy(1, transactionId, 4000, Now.AddMinutes(-30));
        transaction.ShouldBeInRange(1, int.MaxValue);
        OpenHost.ShouldCharge(await open.OnlySession(id), 3000);
    }

    [Fact] // Q16: the old id is kept after the stop
    public async Task Q16_readings_of_an_ended_transaction_do_not_reach_the_next_session()
    {
        await using var station = await open.Connect(id);
        var first = await station.Start(1, await open.NewBadge(), 1000, Now.AddHours(-2));
        await station.Stop(first, 2000, Now.AddHours(-1));
        await station.Start(1, await open.NewBadge(), 2000, Now.AddMinutes(-50));
        await station.Energy(1, first, 2000, Now.AddMinutes(-49));
        (await open.Sessions(id)).Select(s => s.Energy()).ShouldBe([0, 1000]);
    }

    [Fact] // Q17, Q18
    public async Task Q17_Q18_one_message_id_for_everything_and_calls_before_the_answer_work()
    {
        await using var station = await open.Connect(id);
        var badge = await open.NewBadge();
        var at = $"{Now.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}";
        var start = $$$"""[2,"x","StartTransaction",{"connectorId":1,"idTag":"{{{badge}}}","meterStart":1,"timestamp":"{{{at}}}"}]""";
        await station.Send("""[2,"x","Heartbeat",{}]""");
        await station.Send(start);
        await station.Send(start);
        (await station.Receive())[2].TryGetProperty("currentTime", out _).ShouldBeTrue();
        var first = await station.Receive();
        (await station.Receive()).ToString().ShouldBe(first.ToString());
        (await open.Sessions(id)).Count.ShouldBe(1);
    }

    [Theory] // Q19
    [InlineData("1970-01-01T00:00:10Z", "1970-01-01T00:00:12Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:02Z")]
    public async Task Q19_a_clock_that_was_never_set_gives_our_times(string start, string stop)
    {
        await using var station = await open.Connect(id);
        var before = TimeProvider.System.GetUtcNow();
        var answer = await station.Call("StartTransaction", new { connectorId = 1, idTag = await open.NewBadge(), meterStart = 0, timestamp = start });
        await station.Call("StopTransaction", new { transactionId = answer.GetProperty("transactionId").GetInt64(), meterStop = 500, timestamp = stop });
        var session = await open.OnlySession(id);
        session.Time("startedAt").ShouldBeGreaterThanOrEqualTo(before.AddSeconds(-1));
        OpenHost.ShouldCharge(session, 500);
        session.NeedsReview().ShouldBeFalse();
    }

    [Fact] // Q19: the clock is set between start and stop
    public async Task Q19_a_clock_that_jumps_within_a_session_goes_to_review()
    {
        await using var station = await open.Connect(id);
        var answer = await station.Call("StartTransaction", new { connectorId = 1, idTag = await open.NewBadge(), meterStart = 0, timestamp = "1970-01-01T01:00:00Z" });
        await station.Stop(answer.GetProperty("transactionId").GetInt64(), 500, TimeProvider.System.GetUtcNow());
        (await open.OnlySession(id)).Reasons().ShouldBe(["clockJump"]);
    }

    [Theory] // Q19
    [InlineData("+03")]
    [InlineData("")]
    public async Task Q19_timestamps_in_odd_forms_are_read(string zone)
    {
        await using var station = await open.Connect(id);
        var at = TimeProvider.System.GetUtcNow().AddHours(zone.Length > 0 ? 3 : 0).AddMinutes(-30);
        var answer = await station.Call("StartTransaction", new { connectorId = 1, idTag = await open.NewBadge(), meterStart = 0, timestamp = $"{at:yyyy-MM-ddTHH:mm:ss}{zone}" });
        answer.GetProperty("transactionId").GetInt64().ShouldBePositive();
        (await open.OnlySession(id)).Time("startedAt").ShouldBe(TimeProvider.System.GetUtcNow().AddMinutes(-30), TimeSpan.FromSeconds(5));
    }

    [Fact] // Q20
    public async Task Q20_statuses_are_ordered_by_receipt()
    {
        await using var station = await open.Connect(id);
        await station.Call("StatusNotification", new { connectorId = 1, status = "Charging", errorCode = "NoError", timestamp = Now.UtcDateTime });
        await station.Call("StatusNotification", new { connectorId = 1, status = "Available", errorCode = "NoError", timestamp = Now.AddDays(-2).UtcDateTime });
        (await open.Scalar<string>("select c.status from connector c join charging_station s on s.id = c.station_id where s.identity = $1", id)).ShouldBe("Available");
    }

    [Fact] // Q21
    public async Task Q21_readings_of_connector_zero_belong_to_the_station_s_only_session()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddHours(-1));
        await station.Energy(0, transaction, 4000, Now.AddMinutes(-30));
        await station.Call("StatusNotification", new { connectorId = 0, status = "Available", errorCode = "NoError" });
        OpenHost.ShouldCharge(await open.OnlySession(id), 3000);
    }

    [Theory] // Q22
    [InlineData("04A22F1B5C6D80", "04a22f1b5c6d80")]
    [InlineData("04A22F1B5C6D81", "04:A2:2F:1B:5C:6D:81")]
    [InlineData("04A22F1B5C6D82", "826D5C1B2FA204")]
    [InlineData("04A22F1B5C6D83", "04A22F1B5C6D83_000123")]
    [InlineData("A4A22F1B", "000000A4A22F1B")]
    public async Task Q22_badges_are_known_in_every_spelling(string registered, string sent)
    {
        await open.NewBadge(registered);
        await using var station = await open.Connect(id);
        (await station.Call("Authorize", new { idTag = sent })).GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Accepted");
    }

    [Fact] // Q23
    public async Task Q23_absurd_connector_numbers_are_refused_and_cost_nothing()
    {
        await using var station = await open.Connect(id);
        var answer = await station.Exchange("""[2,"1","StatusNotification",{"connectorId":1634030126,"status":"Available","errorCode":"NoError"}]""");
        answer[2].GetString().ShouldBe("PropertyConstraintViolation");
        (await open.Scalar<long>("select count(*) from connector c join charging_station s on s.id = c.station_id where s.identity = $1", id)).ShouldBe(0);
    }

    [Theory] // Q23
    [InlineData("1e28")]
    [InlineData("-1e28")]
    [InlineData("99999999999999999999999999")]
    public async Task Q23_an_absurd_stop_reading_ends_the_session_and_goes_to_review(string meterStop)
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddHours(-1));
        await station.Energy(1, transaction, 4000, Now.AddMinutes(-30));
        var answer = await station.Exchange($$$"""[2,"1","StopTransaction",{"transactionId":{{{transaction}}},"meterStop":{{{meterStop}}},"timestamp":"{{{Now:yyyy-MM-ddTHH:mm:ssZ}}}"}]""");
        answer[0].GetInt32().ShouldBe(3, answer.ToString());
        var session = await open.OnlySession(id);
        session.State().ShouldBe("ended");
        session.NeedsReview().ShouldBeTrue();
    }

    [Fact] // Q28 is also in MoneyBugTests
    public async Task Q28_late_samples_after_the_stop_are_kept()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 0, Now.AddHours(-1));
        await station.Stop(transaction, 3000, Now);
        await station.Energy(1, transaction, 2500, Now.AddMinutes(-10));
        var session = await open.OnlySession(id);
        OpenHost.ShouldCharge(session, 3000);
        (await open.Samples(session)).Count.ShouldBe(1);
    }

    [Fact] // Q31
    public async Task Q31_a_station_that_never_boots_is_served()
    {
        await using var station = await open.Connect(id);
        (await station.Start(1, await open.NewBadge(), 0, Now)).ShouldBePositive();
    }

    [Fact] // Q32
    public async Task Q32_frames_far_beyond_64_KiB_are_read()
    {
        await using var station = await open.Connect(id);
        (await station.Call("DataTransfer", new { vendorId = "v", data = new string('x', 900_000) })).GetProperty("status").GetString().ShouldBe("UnknownVendorId");
    }
}
