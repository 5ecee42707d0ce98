using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp.Scenarios;

/// <summary>Limits from afar: profiles for the station, for every session, for one session; what results from them.</summary>
public sealed class ChargingProfileScenarios(Database database) : Scenario(database)
{
    private static readonly object Accepted = new { status = "Accepted" };

    [Fact]
    public async Task TC_056_A_default_profile_for_every_session()
    {
        await using var station = await Booted();
        var (call, said) = await Command(station, "set-charging-profile", Profile(7, "transactionDefault", 10), Accepted);

        call[2].GetString().ShouldBe("SetChargingProfile");
        var sent = call[3].GetProperty("csChargingProfiles");
        sent.GetProperty("chargingProfilePurpose").GetString().ShouldBe("TxDefaultProfile");
        sent.GetProperty("chargingSchedule").GetProperty("chargingRateUnit").GetString().ShouldBe("A");
        sent.TryGetProperty("transactionId", out _).ShouldBeFalse();
        said.GetProperty("status").GetString().ShouldBe("Accepted");
        var kept = (await Installed()).ShouldHaveSingleItem();
        kept.GetProperty("purpose").GetString().ShouldBe("transactionDefault");
        kept.GetProperty("periods")[0].GetProperty("limit").GetDecimal().ShouldBe(10);
        (await Expected(1)).ShouldBe(10);
    }

    [Fact]
    public async Task TC_057_A_profile_for_a_running_session()
    {
        await using var station = await Booted();
        await Command(station, "set-charging-profile", Profile(7, "transactionDefault", 16), Accepted);
        var badge = await open.NewBadge();
        var transaction = await station.Start(1, badge, 1000, Now);
        await Status(station, 1, "Charging");
        var (call, _) = await Command(station, "set-charging-profile", Profile(8, "transaction", 6, transaction), Accepted);

        var sent = call[3].GetProperty("csChargingProfiles");
        sent.GetProperty("chargingProfilePurpose").GetString().ShouldBe("TxProfile");
        sent.GetProperty("transactionId").GetInt64().ShouldBe(transaction);
        (await Installed()).Count.ShouldBe(2);
        (await Expected(1)).ShouldBe(6); // the session's own overrules the default

        await station.Stop(transaction, 2000, Now.AddMinutes(1));
        (await Expected(1)).ShouldBe(16); // and is gone with it
    }

    [Fact]
    public async Task A_profile_that_the_station_rejects_is_not_ours_to_count_on()
    {
        await using var station = await Booted();
        await Command(station, "set-charging-profile", Profile(7, "stationMaximum", 10, connector: 0), new { status = "Rejected" });

        (await Installed()).ShouldBeEmpty();
        (await Expected(1)).ShouldBeNull();
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe("Rejected");
    }

    [Fact]
    public async Task TC_059_A_remote_start_with_a_profile()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        var (call, said) = await Command(
            station, "remote-start", new { connectorId = 1, idToken = badge, chargingProfile = new { profileId = 9, stackLevel = 1, periods = new[] { new { startSeconds = 0, limit = 8 } } } }, Accepted);

        call[2].GetString().ShouldBe("RemoteStartTransaction");
        var sent = call[3].GetProperty("chargingProfile");
        sent.GetProperty("chargingProfilePurpose").GetString().ShouldBe("TxProfile");
        sent.GetProperty("chargingSchedule").GetProperty("chargingSchedulePeriod")[0].GetProperty("limit").GetDecimal().ShouldBe(8);
        sent.TryGetProperty("transactionId", out _).ShouldBeFalse();
        said.GetProperty("status").GetString().ShouldBe("Accepted");

        var transaction = await station.Start(1, badge, 1000, Now);
        await Status(station, 1, "Charging");
        (await Expected(1)).ShouldBe(8);
        var session = await open.OnlySession(id);
        session.GetProperty("transactionId").GetInt64().ShouldBe(transaction);
        session.GetProperty("phase").GetString().ShouldBe("charging");
    }

    [Fact]
    public async Task TC_066_The_composite_schedule()
    {
        await using var station = await Booted();
        await Command(station, "limit", new { maxA = 20 }, Accepted);
        await Command(station, "set-charging-profile", Profile(7, "transactionDefault", 32), Accepted);
        var schedule = new { duration = 300, startSchedule = Now.UtcDateTime, chargingRateUnit = "A", chargingSchedulePeriod = new[] { new { startPeriod = 0, limit = 20.0 } } };
        var (call, said) = await Command(
            station, "get-composite-schedule", new { connectorId = 1, durationSeconds = 300, unit = "A" }, new { status = "Accepted", connectorId = 1, scheduleStart = Now.UtcDateTime, chargingSchedule = schedule });

        call[2].GetString().ShouldBe("GetCompositeSchedule");
        call[3].GetProperty("duration").GetInt32().ShouldBe(300);
        call[3].GetProperty("chargingRateUnit").GetString().ShouldBe("A");
        said.GetProperty("response").GetProperty("chargingSchedule").GetProperty("chargingSchedulePeriod")[0].GetProperty("limit").GetDecimal().ShouldBe(20);
        (await Expected(1)).ShouldBe(20); // the station's maximum bounds what is for every session
        (await LastCommand()).GetProperty("response").GetProperty("status").GetString().ShouldBe("Accepted");
    }

    [Fact]
    public async Task TC_067_Clear_profiles()
    {
        await using var station = await Booted();
        await Command(station, "set-charging-profile", Profile(7, "transactionDefault", 10), Accepted);
        await Command(station, "set-charging-profile", Profile(8, "stationMaximum", 40, connector: 0), Accepted);
        var (call, _) = await Command(station, "clear-charging-profile", new { profileId = 7 }, Accepted);
        call[2].GetString().ShouldBe("ClearChargingProfile");
        call[3].GetProperty("id").GetInt32().ShouldBe(7);
        (await Installed()).ShouldHaveSingleItem().GetProperty("profileId").GetInt32().ShouldBe(8);

        (await Command(station, "clear-charging-profile", new { purpose = "stationMaximum" }, Accepted)).Call[3].GetProperty("chargingProfilePurpose").GetString().ShouldBe("ChargePointMaxProfile");
        (await Installed()).ShouldBeEmpty();
        (await Expected(1)).ShouldBeNull();
        (await Command(station, "clear-charging-profile", new { profileId = 7 }, new { status = "Unknown" })).Said.GetProperty("status").GetString().ShouldBe("Unknown");
    }

    [Fact]
    public async Task A_raw_profile_is_remembered_as_one_that_came_by_a_command()
    {
        await using var station = await Booted();
        var start = Now.AddMinutes(-1).UtcDateTime;
        object Limited(int profile, string purpose, decimal limit) => new
        {
            chargingProfileId = profile, stackLevel = 0, chargingProfilePurpose = purpose, chargingProfileKind = "Absolute",
            chargingSchedule = new { chargingRateUnit = "A", startSchedule = start, chargingSchedulePeriod = new[] { new { startPeriod = 0, limit, numberPhases = 3 } } },
        };
        await Raw(station, "SetChargingProfile", new { connectorId = 1, csChargingProfiles = Limited(7, "TxDefaultProfile", 12) }, Accepted);
        await Raw(station, "SetChargingProfile", new { connectorId = 0, csChargingProfiles = Limited(8, "ChargePointMaxProfile", 40) }, Accepted);
        await Raw(station, "SetChargingProfile", new { connectorId = 1, csChargingProfiles = Limited(9, "TxDefaultProfile", 6) }, new { status = "Rejected" });

        var kept = await Installed();
        kept.Select(k => $"{k.GetProperty("profileId")} {k.GetProperty("connectorId")} {k.GetProperty("purpose")} {k.GetProperty("unit")} {k.GetProperty("periods")[0].GetProperty("limit")}")
            .ShouldBe(["8 0 stationMaximum A 40", "7 1 transactionDefault A 12"]);
        kept[1].GetProperty("start").GetDateTimeOffset().ShouldBe(Now.AddMinutes(-1));
        kept[1].GetProperty("periods")[0].GetProperty("phases").GetInt32().ShouldBe(3);
        (await Expected(1)).ShouldBe(12);

        // A command takes the place of a raw one, a raw one that of a command, and a raw ClearChargingProfile removes either.
        await Command(station, "set-charging-profile", Profile(7, "transactionDefault", 20), Accepted);
        (await Expected(1)).ShouldBe(20);
        await Raw(station, "SetChargingProfile", new { connectorId = 1, csChargingProfiles = Limited(7, "TxDefaultProfile", 14) }, Accepted);
        (await Expected(1)).ShouldBe(14);
        await Raw(station, "ClearChargingProfile", new { chargingProfilePurpose = "TxDefaultProfile" }, Accepted);
        (await Expected(1)).ShouldBe(40);
        await Raw(station, "ClearChargingProfile", new { id = 8 }, Accepted);
        (await Installed()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_profile_in_a_raw_remote_start_bounds_its_session()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        var schedule = new { chargingRateUnit = "A", chargingSchedulePeriod = new[] { new { startPeriod = 0, limit = 9 } } };
        await Raw(
            station, "RemoteStartTransaction",
            new { connectorId = 1, idTag = badge, chargingProfile = new { chargingProfileId = 9, stackLevel = 1, chargingProfilePurpose = "TxProfile", chargingProfileKind = "Relative", chargingSchedule = schedule } },
            Accepted);
        await station.Start(1, badge, 1000, Now);
        (await Expected(1)).ShouldBe(9);
    }

    [Fact]
    public async Task What_a_raw_request_does_to_the_configuration_is_remembered_too()
    {
        await using var station = await Booted();
        await Raw(station, "ChangeConfiguration", new { key = "MeterValueSampleInterval", value = "30" }, Accepted);
        await Raw(station, "ChangeConfiguration", new { key = "AuthorizationKey", value = "a secret of 16 b" }, new { status = "Rejected" });
        (await Kept()).ShouldBe("MeterValueSampleInterval=30");
        await Raw(station, "GetConfiguration", new { }, new { configurationKey = new[] { new { key = "HeartbeatInterval", @readonly = false, value = "300" } } });
        (await Kept()).ShouldBe("HeartbeatInterval=300");

        async Task<string> Kept() => await open.Scalar<string>(
            "select string_agg(k->>'key' || '=' || (k->>'value'), ',') from charging_station s, jsonb_array_elements(s.configuration) k where s.identity = $1", id) ?? "";
    }

    /// <summary>Sends a raw request by the API; the station answers it.</summary>
    private async Task Raw(TestStation station, string action, object payload, object answer)
    {
        var sending = open.Api.Post($"/api/v1/stations/{id}/ocpp/{action}", payload);
        var call = await station.Receive();
        call[2].GetString().ShouldBe(action);
        await station.Send(JsonSerializer.Serialize<object[]>([3, call[1].GetString()!, answer]));
        await sending.Is(System.Net.HttpStatusCode.OK);
    }

    private static object Profile(int id, string purpose, decimal limit, long? transactionId = null, int connector = 1) =>
        new { connectorId = connector, profileId = id, stackLevel = 0, purpose, unit = "A", transactionId, start = Now.AddMinutes(-1), periods = new[] { new { startSeconds = 0, limit } } };

    private async Task<IReadOnlyList<JsonElement>> Installed() => [.. (await open.Api.Json($"/api/v1/stations/{id}/charging-profiles")).GetProperty("items").EnumerateArray()];

    /// <summary>The limit that should hold now.</summary>
    private async Task<decimal?> Expected(int connector)
    {
        var limit = (await open.Api.Json($"/api/v1/stations/{id}/charging-profiles/expected?connectorId={connector}")).GetProperty("steps")[0].GetProperty("limit");
        return limit.ValueKind == JsonValueKind.Null ? null : limit.GetDecimal();
    }
}
