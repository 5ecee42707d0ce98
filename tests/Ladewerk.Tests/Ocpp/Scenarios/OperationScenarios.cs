using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp.Scenarios;

/// <summary>Reset, unlock, configuration, cache, vendor messages, subprotocols.</summary>
public sealed class OperationScenarios(Database database) : Scenario(database)
{
    [Theory]
    [InlineData("hard", "Hard")]
    [InlineData("soft", "Soft")]
    public async Task TC_013_and_TC_014_Reset(string kind, string word)
    {
        var before = TimeProvider.System.GetUtcNow();
        await using (var station = await Booted())
        {
            var (call, said) = await Command(station, "reset", new { kind }, new { status = "Accepted" });
            call[2].GetString().ShouldBe("Reset");
            call[3].GetProperty("type").GetString().ShouldBe(word);
            said.GetProperty("status").GetString().ShouldBe("Accepted");
        }

        await using var again = await open.Connect(id);
        (await Boot(again)).GetProperty("status").GetString().ShouldBe("Accepted");
        (await Station()).Time("lastBootAt").ShouldBeGreaterThan(before);
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe("Accepted");
    }

    [Theory]
    [InlineData("Unlocked")]
    [InlineData("NotSupported")] // a cable that is fixed to the station
    public async Task TC_017_1_and_TC_017_2_Unlock_without_a_session(string answer)
    {
        await using var station = await Booted();
        var (call, said) = await Command(station, "unlock", new { connectorId = 1 }, new { status = answer });

        call[2].GetString().ShouldBe("UnlockConnector");
        said.GetProperty("status").GetString().ShouldBe(answer);
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe(answer);
        (await open.Sessions(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task TC_018_1_Unlock_ends_the_session()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        var transaction = await station.Start(1, badge, 1000, Now.AddMinutes(-30));
        await Status(station, 1, "Charging");
        await Command(station, "unlock", new { connectorId = 1 }, new { status = "Unlocked" });
        await station.Stop(transaction, 6000, Now, "UnlockCommand");

        (await IsCharged(transaction, badge)).GetProperty("stopReason").GetString().ShouldBe("UnlockCommand");
    }

    [Fact]
    public async Task TC_030_Unlock_fails()
    {
        await using var station = await Booted();
        var (_, said) = await Command(station, "unlock", new { connectorId = 1 }, new { status = "UnlockFailed" });

        said.GetProperty("status").GetString().ShouldBe("UnlockFailed");
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe("UnlockFailed");
    }

    [Fact]
    public async Task TC_031_Unlock_of_a_connector_that_the_station_has_not()
    {
        await using var station = await Booted();
        var (call, said) = await Command(station, "unlock", new { connectorId = 5 }, new { status = "NotSupported" });

        call[3].GetProperty("connectorId").GetInt32().ShouldBe(5);
        said.GetProperty("status").GetString().ShouldBe("NotSupported");
    }

    [Fact]
    public async Task TC_019_1_and_TC_019_2_Read_the_configuration()
    {
        await using var station = await Booted();
        object Key(string key, string value) => new { key, value, @readonly = false };
        var (all, said) = await Command(station, "get-configuration", new { }, new { configurationKey = new[] { Key("HeartbeatInterval", "300"), Key("LocalPreAuthorize", "false") } });
        all[3].TryGetProperty("key", out _).ShouldBeFalse();
        said.GetProperty("response").GetProperty("configurationKey").GetArrayLength().ShouldBe(2);

        var (one, answer) = await Command(
            station, "get-configuration", new { keys = new[] { "SupportedFeatureProfiles", "Nothing" } },
            new { configurationKey = new[] { Key("SupportedFeatureProfiles", "Core") }, unknownKey = new[] { "Nothing" } });
        one[3].GetProperty("key").EnumerateArray().Select(k => k.GetString()).ShouldBe(["SupportedFeatureProfiles", "Nothing"]);
        answer.GetProperty("response").GetProperty("unknownKey")[0].GetString().ShouldBe("Nothing");
    }

    [Theory]
    [InlineData("TC_021", "MeterValueSampleInterval", "60", "Accepted")]
    [InlineData("TC_021", "WebSocketPingInterval", "30", "RebootRequired")]
    [InlineData("TC_040_1", "NoSuchKey", "1", "NotSupported")]
    [InlineData("TC_040_2", "MeterValueSampleInterval", "-1", "Rejected")]
    public async Task TC_021_and_TC_040_1_and_TC_040_2_Write_the_configuration(string number, string key, string value, string answer)
    {
        await using var station = await Booted();
        var (call, said) = await Command(station, "change-configuration", new { key, value }, new { status = answer });

        call[3].GetProperty("value").GetString().ShouldBe(value, number);
        said.GetProperty("status").GetString().ShouldBe(answer, number);
        var kept = await LastCommand();
        kept.GetProperty("outcome").GetString().ShouldBe(answer, number);
        kept.GetProperty("request").GetProperty("key").GetString().ShouldBe(key, number);
    }

    [Theory]
    [InlineData("Accepted")]
    [InlineData("Rejected")]
    public async Task TC_061_Clear_the_authorisation_cache(string answer)
    {
        await using var station = await Booted();
        var (call, said) = await Command(station, "clear-cache", new { }, new { status = answer });

        call[2].GetString().ShouldBe("ClearCache");
        said.GetProperty("status").GetString().ShouldBe(answer);
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe(answer);
    }

    [Fact]
    public async Task TC_064_A_vendors_message()
    {
        await using var station = await Booted();
        var answer = await station.Call("DataTransfer", new { vendorId = "org.example", messageId = "Hello", data = "{\"a\":1}" });

        answer.GetProperty("status").GetString().ShouldBeOneOf("UnknownVendorId", "UnknownMessageId", "Rejected");
        var kept = (await open.Api.Json($"/api/v1/stations/{id}/messages?action=DataTransfer")).GetProperty("items").EnumerateArray().Single(m => m.GetProperty("direction").GetString() == "in");
        kept.GetProperty("payload").GetProperty("data").GetString().ShouldBe("{\"a\":1}"); // nothing is thrown away
    }

    [Fact]
    public async Task TC_088_The_subprotocol_is_agreed()
    {
        await using (var station = await open.Connect(id))
        {
            station.Subprotocol.ShouldBe("ocpp1.6");
        }

        var refused = await Assert.ThrowsAsync<TestStation.RefusedException>(() => TestStation.Connect(open.Host, id, protocol: "ocpp0.1"));
        refused.Status.ShouldBe(400);
        var attempts = (await open.Api.Json("/api/v1/refused-connections?limit=500")).GetProperty("items").EnumerateArray();
        attempts.ShouldContain(a => a.GetProperty("stationId").GetString() == id && a.GetProperty("reason").GetString() == "noCommonProtocol");
    }
}
