using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions.Quirks;

/// <summary>Habits that change how a station is asked, and how it is told apart.</summary>
public sealed class CommandQuirkTests(Database database) : OnOpenHost(database)
{
    [Fact]
    public async Task Q21_commands_name_a_connector_as_the_station_does()
    {
        await using var station = await With(new { connectorMap = new Dictionary<string, int> { ["5"] = 1 } });
        await station.Call("StatusNotification", new { connectorId = 5, status = "Available", errorCode = "NoError" });
        (await Asked(station, "unlock", """{"connectorId":1}""", "{\"status\":\"Unlocked\"}")).GetProperty("connectorId").GetInt32().ShouldBe(5);
        (await open.Scalar<int>("select c.wire_number from connector c join charging_station s on s.id = c.station_id where s.identity = $1", id)).ShouldBe(1);
        var transaction = await station.Start(5, await open.NewBadge(), 0, TestClock.Now.AddHours(-1));
        await station.Stop(transaction, 4000, TestClock.Now);
        var session = await open.OnlySession(id);
        session.GetProperty("connectorId").GetInt32().ShouldBe(1);
        OpenHost.ShouldCharge(session, 4000);
    }

    [Fact]
    public async Task Q24_a_configuration_that_must_not_be_read_is_not_asked_for()
    {
        await using var station = await With(new { configurationReading = "never" });
        var (status, _) = await Post("get-configuration", "{}");
        status.ShouldNotBe(HttpStatusCode.OK);
        (await station.Exchange("""[2,"next","Heartbeat",{}]"""))[1].GetString().ShouldBe("next"); // nothing was sent before
    }

    [Fact]
    public async Task Q24_a_configuration_is_read_key_by_key()
    {
        await using var station = await With(new { configurationReading = "oneByOne" });
        var sending = Post("get-configuration", """{"keys":["HeartbeatInterval","ConnectionTimeOut"]}""");
        foreach (var key in new[] { "HeartbeatInterval", "ConnectionTimeOut" })
        {
            var call = await station.Receive();
            call[3].GetProperty("key").EnumerateArray().Select(k => k.GetString()).ShouldBe([key]);
            await station.Send($$"""[3,"{{call[1].GetString()}}",{"configurationKey":[{"key":"{{key}}","readonly":false,"value":"60"}]}]""");
        }

        var (status, answer) = await sending;
        status.ShouldBe(HttpStatusCode.OK);
        answer.GetProperty("response").GetProperty("configurationKey").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task Q25_limits_are_asked_for_as_the_station_takes_them()
    {
        await using var station = await With(new { maxStackLevel = 0, minimumLimitA = 6, limitUnit = "watts" });
        var asked = await Asked(
            station, "set-charging-profile", """{"connectorId":1,"profileId":1,"stackLevel":5,"purpose":"transactionDefault","inWatts":false,"periods":[{"startSeconds":0,"limit":0}]}""", "{\"status\":\"Accepted\"}");
        var profile = asked.GetProperty("csChargingProfiles");
        profile.GetProperty("stackLevel").GetInt32().ShouldBe(0);
        var schedule = profile.GetProperty("chargingSchedule");
        schedule.GetProperty("chargingRateUnit").GetString().ShouldBe("W");
        schedule.GetProperty("chargingSchedulePeriod")[0].GetProperty("limit").GetDecimal().ShouldBe(4140); // 6 A on three phases
    }

    [Fact]
    public async Task Q25_a_limit_of_the_station_is_divided_among_its_connectors()
    {
        await using var station = await With(new { noStationLimit = true });
        foreach (var connector in new[] { 1, 2 })
        {
            await station.Call("StatusNotification", new { connectorId = connector, status = "Available", errorCode = "NoError" });
        }

        var sending = Post("limit", """{"maxA":32}""");
        foreach (var connector in new[] { 1, 2 })
        {
            var call = await station.Receive();
            call[3].GetProperty("connectorId").GetInt32().ShouldBe(connector);
            call[3].GetProperty("csChargingProfiles").GetProperty("chargingSchedule").GetProperty("chargingSchedulePeriod")[0].GetProperty("limit").GetDecimal().ShouldBe(16);
            await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Accepted"}]""");
        }

        (await sending).Answer.GetProperty("status").GetString().ShouldBe("Accepted");
    }

    [Fact]
    public async Task Q26_keys_and_lists_are_written_as_the_station_wants_them()
    {
        await using var station = await With(new { quotedLists = true, configurationNames = new Dictionary<string, string> { ["MeterValuesSampledData"] = "meterValuesSampledData" } });
        var asked = await Asked(station, "change-configuration", """{"key":"MeterValuesSampledData","value":"Voltage,SoC"}""", "{\"status\":\"Accepted\"}");
        asked.GetProperty("key").GetString().ShouldBe("meterValuesSampledData");
        asked.GetProperty("value").GetString().ShouldBe("\"Voltage,SoC\"");
    }

    [Fact]
    public async Task Q23_a_boot_that_tells_the_model_brings_its_profile_and_counts_are_shown()
    {
        await using (var station = await open.Connect(id))
        {
            await station.Call("StatusNotification", new { connectorId = 7, status = "Available", errorCode = "NoError" });
            await station.Call("BootNotification", new { chargePointVendor = "Growatt", chargePointModel = "THOR", colour = "red" });
            await station.Exchange("""[2,"h","Heartbeat",null]""");
            (await station.Exchange("""[2,"x","StatusNotification",{"connectorId":"8","status":"Available","errorCode":"NoError"}]"""))[2].GetString().ShouldBe("PropertyConstraintViolation");
        }

        JsonElement shown = default;
        for (var i = 0; i < 100 && (i == 0 || shown.GetProperty("leniencies").GetArrayLength() == 0); i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            shown = await open.Api.Json($"/api/v1/stations/{id}/quirks");
        }

        shown.GetProperty("applied").EnumerateArray().Select(p => p.GetProperty("key").GetString()).ShouldBe(["growatt"]);
        var only = shown.GetProperty("switches").EnumerateArray().ShouldHaveSingleItem();
        (only.GetProperty("name").GetString(), only.GetProperty("source").GetString(), only.GetProperty("used").GetInt64()).ShouldBe(("maxConnectors", "growatt", 1));
        shown.GetProperty("leniencies").EnumerateArray().Select(l => l.GetProperty("name").GetString()).ShouldContain("emptyPayload");
    }

    private async Task<TestStation> With(object switches)
    {
        await open.Api.Post("/api/v1/stations", new { id }).Is(HttpStatusCode.Created);
        using var answer = await open.Api.PutAsJsonAsync($"/api/v1/stations/{id}/quirks", new { @override = switches });
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await open.Connect(id);
    }

    /// <summary>Sends a command, answers for the station, and gives what it was asked.</summary>
    private async Task<JsonElement> Asked(TestStation station, string command, string body, string answer)
    {
        var sending = Post(command, body);
        var call = await station.Receive();
        await station.Send($$"""[3,"{{call[1].GetString()}}",{{answer}}]""");
        (await sending).Status.ShouldBe(HttpStatusCode.OK);
        return call[3];
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer)> Post(string command, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await open.Api.PostAsync($"/api/v1/stations/{id}/commands/{command}", content);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
