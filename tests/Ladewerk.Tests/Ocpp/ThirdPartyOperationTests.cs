using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Ladewerk.Ocpp.V16;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>A client library that is not ours, in strict mode, over every security profile: it charges, and answers all operations that OCPP 1.6 has.</summary>
public sealed class ThirdPartyOperationTests(Database database)
{
    private const string Password = "a password of its own", Badge = "04A22F1B5C6D80", Pem = "-----BEGIN CERTIFICATE-----";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "ThirdParty");

    // Every request of OCPP 1.6 and its security extension to a station, with the least that it must hold.
    private static readonly Dictionary<string, object> Requests = new(StringComparer.Ordinal)
    {
        ["CancelReservation"] = new { reservationId = 1 },
        ["CertificateSigned"] = new { certificateChain = Pem },
        ["ChangeAvailability"] = new { connectorId = 0, type = "Operative" },
        ["ChangeConfiguration"] = new { key = "HeartbeatInterval", value = "300" },
        ["ClearCache"] = new { },
        ["ClearChargingProfile"] = new { },
        ["DataTransfer"] = new { vendorId = "org.example" },
        ["DeleteCertificate"] = new { certificateHashData = new { hashAlgorithm = "SHA256", issuerNameHash = "aa", issuerKeyHash = "bb", serialNumber = "01" } },
        ["ExtendedTriggerMessage"] = new { requestedMessage = "Heartbeat" },
        ["GetCompositeSchedule"] = new { connectorId = 1, duration = 60 },
        ["GetConfiguration"] = new { },
        ["GetDiagnostics"] = new { location = "https://example.org/" },
        ["GetInstalledCertificateIds"] = new { certificateType = "CentralSystemRootCertificate" },
        ["GetLocalListVersion"] = new { },
        ["GetLog"] = new { logType = "SecurityLog", requestId = 1, log = new { remoteLocation = "https://example.org/" } },
        ["InstallCertificate"] = new { certificateType = "ManufacturerRootCertificate", certificate = Pem },
        ["RemoteStartTransaction"] = new { idTag = Badge },
        ["RemoteStopTransaction"] = new { transactionId = 1 },
        ["ReserveNow"] = new { connectorId = 1, expiryDate = "2030-01-01T00:00:00Z", idTag = Badge, reservationId = 1 },
        ["Reset"] = new { type = "Soft" },
        ["SendLocalList"] = new { listVersion = 1, updateType = "Full" },
        ["SetChargingProfile"] = new
        {
            connectorId = 1,
            csChargingProfiles = new
            {
                chargingProfileId = 1, stackLevel = 0, chargingProfilePurpose = "TxDefaultProfile", chargingProfileKind = "Relative",
                chargingSchedule = new { chargingRateUnit = "A", chargingSchedulePeriod = new[] { new { startPeriod = 0, limit = 16 } } },
            },
        },
        ["SignedUpdateFirmware"] = new { requestId = 1, firmware = new { location = "https://example.org/", retrieveDateTime = "2030-01-01T00:00:00Z", signingCertificate = Pem, signature = "c2ln" } },
        ["TriggerMessage"] = new { requestedMessage = "Heartbeat" },
        ["UnlockConnector"] = new { connectorId = 1 },
        ["UpdateFirmware"] = new { location = "https://example.org/", retrieveDate = "2030-01-01T00:00:00Z" },
    };

    [Fact]
    public void The_raw_endpoint_knows_every_request_to_a_station() => RawRequests.Readers.Keys.Order(StringComparer.Ordinal).ShouldBe(Requests.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task It_charges_and_answers_all_operations_by_security_profile(int profile)
    {
        using var pki = new TestPki();
        await using var host = await LadewerkHost.Start(database, options: pki.Server());
        await host.Api.Post("/api/v1/trusted-certificates", new { use = "stations", certificate = pki.Root.ExportCertificatePem() }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/stations", new { id = "TP", password = profile < 3 ? Password : null, securityProfile = profile }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/id-tokens", new { uid = Badge }).Is(HttpStatusCode.Created);

        using var client = profile switch
        {
            1 => Run($"ws://127.0.0.1:{host.Address.Port}/ocpp", Password),
            2 => Run($"wss://127.0.0.1:{host.Secure[0].Port}/ocpp", Password, [File(pki, "ca", pki.Root.ExportCertificatePem())]),
            _ => Run($"wss://127.0.0.1:{host.Secure[0].Port}/ocpp", "-", Identity(pki, "TP")),
        };
        var errors = client.StandardError.ReadToEndAsync();
        (await Line(client, errors)).TryGetProperty("ready", out _).ShouldBeTrue();
        foreach (var (action, request) in Requests)
        {
            await host.Api.Post($"/api/v1/stations/TP/ocpp/{action}", request).Is(HttpStatusCode.OK);
        }

        client.StandardInput.Close();
        var asked = (await Line(client, errors)).GetProperty("asked").EnumerateArray().Select(a => a.GetString()).ToList();
        asked.ShouldBe(Requests.Keys, ignoreOrder: true);
        await client.WaitForExitAsync();

        var session = (await host.Api.Json("/api/v1/sessions?stationId=TP")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        (session.Energy(), session.State()).ShouldBe((1000, "ended"));
        (await host.Api.Json("/api/v1/security-events?stationId=TP")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task It_is_refused_with_a_certificate_that_is_expired_or_of_another_authority_or_of_another_station()
    {
        using var pki = new TestPki();
        using var stranger = new TestPki("Strange CA");
        await using var host = await LadewerkHost.Start(database, options: pki.Server());
        await host.Api.Post("/api/v1/trusted-certificates", new { use = "stations", certificate = pki.Root.ExportCertificatePem() }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/stations", new { id = "TP", securityProfile = 3 }).Is(HttpStatusCode.Created);
        string[][] identities =
        [
            Identity(pki, "TP", expired: true),
            Identity(pki, "SOMEBODY"),
            [File(pki, "ca", pki.Root.ExportCertificatePem()), .. Identity(stranger, "TP").Skip(1)],
            [File(pki, "ca", pki.Root.ExportCertificatePem())],
        ];
        foreach (var identity in identities)
        {
            using var client = Run($"wss://127.0.0.1:{host.Secure[0].Port}/ocpp", "-", identity);
            (await Line(client, client.StandardError.ReadToEndAsync())).GetProperty("refused").ToString().ShouldBe("401");
        }
    }

    private static Process Run(string endpoint, string password, params string[] files) => Process.Start(new ProcessStartInfo("node", ["operations.mjs", endpoint, "TP", password, Badge, .. files])
    {
        WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    private static async Task<JsonElement> Line(Process client, Task<string> errors) =>
        JsonSerializer.Deserialize<JsonElement>(await client.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await errors));

    /// <summary>Files of an authority, a certificate and its key.</summary>
    private static string[] Identity(TestPki pki, string name, bool expired = false)
    {
        using var own = expired ? pki.Issue(name, TestClock.Now.AddYears(-2), TestClock.Now.AddYears(-1)) : pki.Issue(name);
        var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(own)!;
        return [File(pki, "ca", pki.Root.ExportCertificatePem()), File(pki, "own", own.ExportCertificatePem()), File(pki, "key", key.ExportPkcs8PrivateKeyPem())];
    }

    private static string File(TestPki pki, string name, string content)
    {
        var path = Path.Combine(pki.Folder, $"{name}-{Guid.NewGuid():N}.pem");
        System.IO.File.WriteAllText(path, content);
        return path;
    }
}
