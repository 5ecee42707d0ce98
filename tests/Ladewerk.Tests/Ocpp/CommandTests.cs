using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>Remote operations through the API, answered by a station.</summary>
public sealed class CommandTests(Database database) : OnOpenHost(database)
{
    public static TheoryData<string, string, string, string> Commands => new()
    {
        { "remote-start", """{"connectorId":1,"idToken":"AABBCCDD"}""", "RemoteStartTransaction", """{"idTag":"AABBCCDD","connectorId":1}""" },
        { "remote-stop", """{"transactionId":42}""", "RemoteStopTransaction", """{"transactionId":42}""" },
        { "reset", """{"kind":"hard"}""", "Reset", """{"type":"Hard"}""" },
        { "unlock", """{"connectorId":2}""", "UnlockConnector", """{"connectorId":2}""" },
        { "change-availability", """{"operative":false}""", "ChangeAvailability", """{"connectorId":0,"type":"Inoperative"}""" },
        { "clear-cache", "{}", "ClearCache", "{}" },
        { "get-configuration", """{"keys":["HeartbeatInterval"]}""", "GetConfiguration", """{"key":["HeartbeatInterval"]}""" },
        { "change-configuration", """{"key":"HeartbeatInterval","value":"60"}""", "ChangeConfiguration", """{"key":"HeartbeatInterval","value":"60"}""" },
        { "trigger-message", """{"message":"StatusNotification","connectorId":1}""", "TriggerMessage", """{"requestedMessage":"StatusNotification","connectorId":1}""" },
        { "trigger-message", """{"message":"SignCertificate"}""", "ExtendedTriggerMessage", """{"requestedMessage":"SignChargePointCertificate"}""" },
        { "trigger-message", """{"message":"Heartbeat","extended":true}""", "ExtendedTriggerMessage", """{"requestedMessage":"Heartbeat"}""" },
        { "install-certificate", """{"use":"manufacturer","certificate":"PEM"}""", "InstallCertificate", """{"certificateType":"ManufacturerRootCertificate","certificate":"PEM"}""" },
        { "delete-certificate", """{"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"01"}""", "DeleteCertificate", """{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"01"}}""" },
        { "get-installed-certificates", """{"use":"centralSystem"}""", "GetInstalledCertificateIds", """{"certificateType":"CentralSystemRootCertificate"}""" },
        { "certificate-signed", """{"chain":"PEM"}""", "CertificateSigned", """{"certificateChain":"PEM"}""" },
        { "get-log", """{"log":"security","location":"https://h/f","requestId":5}""", "GetLog", """{"logType":"SecurityLog","requestId":5,"log":{"remoteLocation":"https://h/f"}}""" },
        { "update-firmware", """{"location":"https://h/f","retrieveAt":"2026-01-01T00:00:00Z","signingCertificate":"PEM","signature":"c2ln","requestId":6}""", "SignedUpdateFirmware", """{"requestId":6,"firmware":{"location":"https://h/f","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"PEM","signature":"c2ln"}}""" },
        { "cancel-reservation", """{"reservationId":7}""", "CancelReservation", """{"reservationId":7}""" },
        { "get-composite-schedule", """{"connectorId":1,"durationSeconds":600}""", "GetCompositeSchedule", """{"connectorId":1,"duration":600}""" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_reaches_the_station_and_its_answer_comes_back(string command, string body, string action, string payload)
    {
        await using var station = await open.Connect(id);
        var sending = Post($"commands/{command}", body);
        var call = await station.Receive();
        call[0].GetInt32().ShouldBe(2);
        call[2].GetString().ShouldBe(action);
        JsonElement.DeepEquals(call[3], JsonDocument.Parse(payload).RootElement).ShouldBeTrue(call[3].ToString());
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Rejected","configurationKey":[]}]""");

        var (status, answer) = await sending;
        status.ShouldBe(HttpStatusCode.OK);
        answer.GetProperty("response").GetProperty("status").GetString().ShouldBe("Rejected");
        var log = await open.Api.GetFromJsonAsync<JsonElement>($"/api/v1/stations/{id}/messages");
        log.GetProperty("items").EnumerateArray().Select(m => (m.GetProperty("direction").GetString(), m.GetProperty("messageId").GetString()))
            .ShouldBe([("in", call[1].GetString()), ("out", call[1].GetString())]);
    }

    [Fact]
    public async Task A_limit_is_a_charging_profile_that_outlives_us()
    {
        await using var station = await open.Connect(id);
        var sending = Post("commands/limit", """{"maxA":10}""");
        var call = await station.Receive();
        var profile = call[3].GetProperty("csChargingProfiles");
        call[3].GetProperty("connectorId").GetInt32().ShouldBe(0);
        profile.GetProperty("chargingProfilePurpose").GetString().ShouldBe("ChargePointMaxProfile");
        profile.GetProperty("chargingSchedule").GetProperty("chargingSchedulePeriod")[0].GetProperty("limit").GetDecimal().ShouldBe(10m);
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Accepted"}]""");
        (await sending).Answer.GetProperty("status").GetString().ShouldBe("Accepted");
    }

    [Fact]
    public async Task An_error_of_the_station_is_502_and_no_socket_is_409()
    {
        await using (var station = await open.Connect(id))
        {
            var sending = Post("commands/clear-cache", "{}");
            var call = await station.Receive();
            await station.Send($$"""[4,"{{call[1].GetString()}}","NotSupported","no cache here",{}]""");
            var (status, answer) = await sending;
            status.ShouldBe(HttpStatusCode.BadGateway);
            answer.GetProperty("type").GetString()!.ShouldEndWith("station-error");
        }

        await Task.Delay(300);
        var offline = await Post("commands/clear-cache", "{}");
        offline.Status.ShouldBe(HttpStatusCode.Conflict);
        offline.Answer.GetProperty("type").GetString()!.ShouldEndWith("station-offline");
    }

    [Fact]
    public async Task A_raw_request_is_checked_for_its_shape_and_passed_on()
    {
        await using var station = await open.Connect(id);
        (await Post("ocpp/Reset", """{"type":"Sideways"}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Post("ocpp/Heartbeat", "{}")).Status.ShouldBe(HttpStatusCode.BadRequest);

        var sending = Post("ocpp/GetLocalListVersion", "{}");
        var call = await station.Receive();
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"listVersion":12}]""");
        (await sending).Answer.GetProperty("response").GetProperty("listVersion").GetInt32().ShouldBe(12);
    }

    [Fact]
    public async Task A_remote_stop_names_the_session()
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 0, TestClock.Now);
        var session = await open.OnlySession(id);
        var sending = Post("commands/remote-stop", $$"""{"sessionId":"{{session.GetProperty("id").GetString()}}"}""");
        var call = await station.Receive();
        call[3].GetProperty("transactionId").GetInt64().ShouldBe(transaction);
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Accepted"}]""");
        (await sending).Status.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer)> Post(string path, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await open.Api.PostAsync($"/api/v1/stations/{id}/{path}", content);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
