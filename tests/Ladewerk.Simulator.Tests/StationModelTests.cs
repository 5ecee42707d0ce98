using System.Text;
using System.Text.Json;
using Ladewerk.Ocpp;
using Ladewerk.Ocpp.V16;
using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Tests;

public sealed class StationModelTests
{
    private static readonly Vehicle Car = new(60_000, 40);
    private readonly ManualTime time = new();
    private readonly StationModel station;
    private readonly StationRequests requests;
    private readonly List<(string Action, JsonElement Payload)> sent = [];
    private int transactions;

    public StationModelTests()
    {
        station = new StationModel(new StationSpec { Identity = "S1", Connectors = [new(false, 22_080), new(false, 22_080)] }, time, new Random(1));
        requests = new StationRequests(station);
        station.Accepted(new BootNotificationResponse { Status = RegistrationStatus.Accepted, CurrentTime = time.GetUtcNow(), Interval = 300 });
    }

    [Fact]
    public void A_session_from_card_to_unplugging_is_told_in_order_with_its_energy()
    {
        station.PresentTag(1, "TAG");
        Deliver();
        station.Plug(1, Car);
        Pass(TimeSpan.FromMinutes(30));
        station.PresentTag(1, "TAG");
        station.Unplug(1);
        Deliver();

        StatusesOf(1).ShouldBe(["Available", "Preparing", "Charging", "Finishing", "Available"]);
        var stop = Last("StopTransaction");
        stop.GetProperty("meterStop").GetDouble().ShouldBe(5_520, 5);
        stop.GetProperty("reason").GetString().ShouldBe("Local");
        stop.GetProperty("transactionId").GetInt32().ShouldBe(1);
        Payloads("MeterValues").Count.ShouldBeInRange(29, 31);
        var values = Last("MeterValues").GetProperty("meterValue")[0].GetProperty("sampledValue").EnumerateArray().ToList();
        Value(values, "Power.Active.Import").ShouldBe(11_040, 1);
        Value(values, "Current.Import").ShouldBe(16, 0.2);
        Value(values, "Voltage").ShouldBe(230, 2);
        Value(values, "Energy.Active.Import.Register").ShouldBeInRange(5_300, 5_520);
    }

    [Fact]
    public void A_charging_profile_halves_the_power()
    {
        Charge(1);

        Ask("SetChargingProfile", """{"connectorId":0,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":8.0}]}}}""");

        station.Connector(1).Flow.PowerW.ShouldBe(5_520, 1);
        Ask("ClearChargingProfile", "{}");
        station.Connector(1).Flow.PowerW.ShouldBe(11_040, 1);
    }

    [Fact]
    public void The_limit_of_the_station_is_shared_and_too_little_suspends()
    {
        Charge(1);
        Charge(2);

        Ask("SetChargingProfile", """{"connectorId":0,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"ChargePointMaxProfile","chargingProfileKind":"Absolute","chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":20.0}]}}}""");
        station.Connectors.Sum(c => c.Flow.CurrentA).ShouldBe(20, 0.01);

        Ask("SetChargingProfile", """{"connectorId":0,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"ChargePointMaxProfile","chargingProfileKind":"Absolute","chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":0}]}}}""");
        station.Connector(1).Status.ShouldBe(ChargePointStatus.SuspendedEVSE);
    }

    [Fact]
    public void What_happened_offline_is_told_in_order_when_the_connection_is_back()
    {
        station.Configuration.Change("MeterValueSampleInterval", "300");
        station.Offline();
        sent.Clear();
        var started = time.GetUtcNow();
        station.Plug(1, Car);
        station.PresentTag(1, "TAG");
        Pass(TimeSpan.FromMinutes(11), deliver: false);
        station.Unplug(1);
        Pass(TimeSpan.FromMinutes(5), deliver: false);
        sent.ShouldBeEmpty();

        station.Online();
        Deliver();

        sent.Select(s => s.Action).Where(a => a is not "StatusNotification").ShouldBe(["StartTransaction", "MeterValues", "MeterValues", "MeterValues", "StopTransaction"]);
        Payloads("StartTransaction").Single().GetProperty("timestamp").GetDateTimeOffset().ShouldBe(started);
        Payloads("MeterValues").ShouldAllBe(m => m.GetProperty("transactionId").GetInt32() == 1);
        Last("StopTransaction").GetProperty("transactionId").GetInt32().ShouldBe(1);
        Last("StopTransaction").GetProperty("reason").GetString().ShouldBe("EVDisconnected");
    }

    [Fact]
    public void A_refused_message_of_a_transaction_is_repeated_before_the_ones_behind_it()
    {
        Charge(1);
        station.PresentTag(1, "TAG");
        var stop = station.Queue.Waiting.First(c => c.Action == "StopTransaction");
        var content = stop.Payload;

        station.Queue.Refused(stop, attempts: 5, TimeSpan.FromSeconds(10), station.Now);

        station.Queue.Next(station.Now)?.IsTransactional.ShouldBeFalse();
        var again = station.Queue.Next(station.Now.AddSeconds(10));
        again.ShouldBeSameAs(stop);
        again!.Payload.ShouldBeSameAs(content);
    }

    [Fact]
    public void A_tag_the_back_end_refuses_at_the_start_ends_the_transaction()
    {
        station.Offline();
        station.Plug(1, Car);
        station.PresentTag(1, "BLOCKED");
        station.Online();
        Deliver();

        Last("StopTransaction").GetProperty("reason").GetString().ShouldBe("DeAuthorized");
    }

    [Fact]
    public void Availability_of_a_connector_in_use_changes_when_it_is_free()
    {
        Charge(1);

        Ask("ChangeAvailability", """{"connectorId":0,"type":"Inoperative"}""").ShouldBe("Scheduled");
        station.Connector(2).Status.ShouldBe(ChargePointStatus.Unavailable);
        station.Connector(1).Status.ShouldBe(ChargePointStatus.Charging);
        station.Unplug(1);
        station.Connector(1).Status.ShouldBe(ChargePointStatus.Unavailable);
    }

    [Fact]
    public void A_remote_start_waits_for_the_cable_and_a_remote_stop_ends_it()
    {
        Ask("RemoteStartTransaction", """{"connectorId":2,"idTag":"APP"}""").ShouldBe("Accepted");
        station.Connector(2).Status.ShouldBe(ChargePointStatus.Preparing);
        station.Plug(2, Car);
        Deliver();
        Ask("RemoteStopTransaction", """{"transactionId":99}""").ShouldBe("Rejected");
        Ask("RemoteStopTransaction", """{"transactionId":1}""").ShouldBe("Accepted");
        Deliver();

        Last("StopTransaction").GetProperty("reason").GetString().ShouldBe("Remote");
        station.Connector(2).Status.ShouldBe(ChargePointStatus.Finishing);
    }

    [Fact]
    public void A_remote_start_without_a_vehicle_is_forgotten_after_the_connection_time_out()
    {
        Ask("RemoteStartTransaction", """{"connectorId":2,"idTag":"APP"}""");
        Pass(TimeSpan.FromSeconds(61));

        station.Connector(2).Status.ShouldBe(ChargePointStatus.Available);
    }

    [Fact]
    public void A_reserved_connector_is_for_its_tag_alone()
    {
        var until = time.GetUtcNow().AddMinutes(15).ToString("O");
        Ask("ReserveNow", $$"""{"connectorId":1,"idTag":"MINE","reservationId":5,"expiryDate":"{{until}}"}""").ShouldBe("Accepted");
        station.Plug(1, Car);
        station.PresentTag(1, "OTHER");
        Deliver();
        station.Connector(1).Transaction.ShouldBeNull();

        station.PresentTag(1, "MINE");
        Deliver();
        Last("StartTransaction").GetProperty("reservationId").GetInt32().ShouldBe(5);
    }

    [Fact]
    public void A_reset_ends_transactions_and_restarts()
    {
        Charge(1);

        Ask("Reset", """{"type":"Soft"}""").ShouldBe("Accepted");
        Pass(TimeSpan.FromSeconds(2));

        Last("StopTransaction").GetProperty("reason").GetString().ShouldBe("SoftReset");
        station.WantsReboot.ShouldBeTrue();
    }

    [Fact]
    public void A_full_battery_suspends_and_a_fault_ends_the_transaction()
    {
        station.Plug(1, new Vehicle(60_000, 99.9));
        station.PresentTag(1, "TAG");
        Deliver();
        Pass(TimeSpan.FromMinutes(10));
        station.Connector(1).Status.ShouldBe(ChargePointStatus.SuspendedEV);

        station.BreakDown(1, ChargePointErrorCode.GroundFailure);
        Deliver();
        Last("StatusNotification").GetProperty("errorCode").GetString().ShouldBe("GroundFailure");
        station.Connector(1).Transaction.ShouldBeNull();
    }

    [Fact]
    public void Keys_are_read_and_written_with_their_rules()
    {
        Ask("ChangeConfiguration", """{"key":"metervaluesampleinterval","value":"15"}""").ShouldBe("Accepted");
        Ask("ChangeConfiguration", """{"key":"MeterValueSampleInterval","value":"often"}""").ShouldBe("Rejected");
        Ask("ChangeConfiguration", """{"key":"NumberOfConnectors","value":"3"}""").ShouldBe("Rejected");
        Ask("ChangeConfiguration", """{"key":"Nonsense","value":"3"}""").ShouldBe("NotSupported");
        Ask("ChangeConfiguration", """{"key":"MeterValuesSampledData","value":"Voltage,Colour"}""").ShouldBe("Rejected");

        station.Configuration.Seconds("MeterValueSampleInterval").ShouldBe(TimeSpan.FromSeconds(15));
        station.Configuration.Read(["HeartbeatInterval", "Nonsense"]).UnknownKey.ShouldBe(["Nonsense"]);
    }

    [Fact]
    public void An_image_is_fetched_and_installed_when_nobody_charges()
    {
        Charge(1);
        Update("LADEWERK-FIRMWARE version=2.0\n");
        Payloads("FirmwareStatusNotification").Select(Status).ShouldBe(["Downloading", "Downloaded"]);

        station.PresentTag(1, "TAG");
        station.Unplug(1);
        Pass(TimeSpan.FromSeconds(30));
        Payloads("FirmwareStatusNotification").Select(Status).ShouldBe(["Downloading", "Downloaded", "Installing", "Installed"]);
        (station.FirmwareVersion, station.WantsReboot).ShouldBe(("2.0", true));
    }

    [Theory]
    [InlineData(null, "Downloading DownloadFailed", "1.4.2", false)]
    [InlineData("LADEWERK-FIRMWARE version=2.0 fault=install\n", "Downloading Downloaded Installing InstallationFailed", "1.4.2", false)]
    [InlineData("LADEWERK-FIRMWARE version=2.0 fault=brick\n", "Downloading Downloaded Installing", "1.4.2", true)]
    [InlineData("any other image", "Downloading Downloaded Installing Installed", "2.0", false)]
    public void An_update_goes_as_its_image_says(string? image, string words, string version, bool isDead)
    {
        Update(image);
        string.Join(' ', Payloads("FirmwareStatusNotification").Select(Status)).ShouldBe(words);
        (station.FirmwareVersion, station.IsDead).ShouldBe((version, isDead));
    }

    [Fact]
    public void A_signature_is_really_checked()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=Maker", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddDays(1));
        var image = "LADEWERK-FIRMWARE version=2.0\n"u8.ToArray();
        var signature = Convert.ToBase64String(key.SignData(image, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence));
        var request = JsonSerializer.Serialize(new
        {
            requestId = 7, firmware = new { location = "https://example.com/a.bin", retrieveDateTime = time.GetUtcNow(), signingCertificate = certificate.ExportCertificatePem(), signature },
        });

        foreach (var (bytes, words) in new[] { (image, "Downloading Downloaded SignatureVerified Installing Installed"), ("forged"u8.ToArray(), "Downloading Downloaded InvalidSignature") })
        {
            sent.Clear();
            Ask("SignedUpdateFirmware", request).ShouldBe("Accepted");
            Pass(TimeSpan.FromSeconds(3));
            ((Transfer.Fetch)station.Transfers.Dequeue()).Done(bytes);
            Pass(TimeSpan.FromSeconds(30));
            string.Join(' ', Payloads("SignedFirmwareStatusNotification").Select(Status)).ShouldBe(words);
            Payloads("SignedFirmwareStatusNotification").ShouldAllBe(p => p.GetProperty("requestId").GetInt32() == 7);
        }
    }

    [Fact]
    public void Diagnostics_and_logs_are_brought()
    {
        Ask("GetDiagnostics", """{"location":"http://example.com/up/"}""");
        Pass(TimeSpan.FromSeconds(2));
        var bring = (Transfer.Bring)station.Transfers.Dequeue();
        Transfers.Target(bring).ShouldBe("http://example.com/up/" + bring.Name);
        Encoding.UTF8.GetString(bring.Content).ShouldContain("connector 1: Available");
        bring.Done(false);
        Ask("GetLog", """{"logType":"SecurityLog","requestId":5,"log":{"remoteLocation":"http://example.com/up"}}""").ShouldBe("Accepted");
        Pass(TimeSpan.FromSeconds(2));
        ((Transfer.Bring)station.Transfers.Dequeue()).Done(true);
        Deliver();

        Payloads("DiagnosticsStatusNotification").Select(Status).ShouldBe(["Uploading", "UploadFailed"]);
        Payloads("LogStatusNotification").Select(p => $"{Status(p)} {p.GetProperty("requestId").GetInt32()}").ShouldBe(["Uploading 5", "Uploaded 5"]);
    }

    [Fact]
    public void What_is_unknown_or_malformed_is_answered_by_the_right_error()
    {
        Should.Throw<OcppException>(() => Ask("MakeCoffee", "{}")).Code.ShouldBe(OcppErrorCode.NotImplemented);
        Should.Throw<OcppException>(() => Ask("Heartbeat", "{}")).Code.ShouldBe(OcppErrorCode.NotSupported);
        Should.Throw<OcppException>(() => Ask("Reset", """{"type":5}"""));
    }

    private void Update(string? image)
    {
        Ask("UpdateFirmware", $$"""{"location":"https://example.com/fw-2.0.bin","retrieveDate":"{{time.GetUtcNow():O}}"}""");
        Pass(TimeSpan.FromSeconds(3));
        ((Transfer.Fetch)station.Transfers.Dequeue()).Done(image is null ? null : Encoding.UTF8.GetBytes(image));
        Pass(TimeSpan.FromSeconds(30));
    }

    private void Charge(int connector)
    {
        station.Plug(connector, Car);
        station.PresentTag(connector, "TAG");
        Deliver();
    }

    private string? Ask(string action, string payload)
    {
        using var answer = JsonDocument.Parse(requests.Answer(action, Encoding.UTF8.GetBytes(payload)));
        return answer.RootElement.TryGetProperty("status", out var status) ? status.GetString() : null;
    }

    private void Pass(TimeSpan duration, bool deliver = true)
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += TimeSpan.FromSeconds(1))
        {
            time.Advance(TimeSpan.FromSeconds(1));
            station.Advance();
            if (deliver)
            {
                Deliver();
            }
        }
    }

    // Sends what waits to a back end that accepts every tag but BLOCKED.
    private void Deliver()
    {
        while (station.IsOnline && station.Queue.Next(station.Now) is { } call)
        {
            using var payload = JsonDocument.Parse(call.Payload);
            sent.Add((call.Action, payload.RootElement.Clone()));
            var info = payload.RootElement.TryGetProperty("idTag", out var tag) && tag.GetString() == "BLOCKED" ? "Blocked" : "Accepted";
            station.Queue.Answered(call, Encoding.UTF8.GetBytes(call.Action switch
            {
                "Authorize" => $$$"""{"idTagInfo":{"status":"{{{info}}}"}}""",
                "StartTransaction" => $$$"""{"idTagInfo":{"status":"{{{info}}}"},"transactionId":{{{++transactions}}}}""",
                "Heartbeat" => """{"currentTime":"2026-03-02T08:00:00Z"}""",
                _ => "{}",
            }));
        }
    }

    private IReadOnlyList<JsonElement> Payloads(string action) => [.. sent.Where(s => s.Action == action).Select(s => s.Payload)];

    private JsonElement Last(string action) => Payloads(action)[^1];

    private IEnumerable<string?> StatusesOf(int connector) => Payloads("StatusNotification").Where(s => s.GetProperty("connectorId").GetInt32() == connector).Select(Status);

    private static string? Status(JsonElement payload) => payload.GetProperty("status").GetString();

    private static double Value(List<JsonElement> values, string measurand) =>
        double.Parse(values.First(v => v.GetProperty("measurand").GetString() == measurand).GetProperty("value").GetString()!);
}
