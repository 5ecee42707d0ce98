using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp.Scenarios;

/// <summary>Passwords, certificates, security events and the security log, on a host that speaks TLS.</summary>
public sealed class SecurityScenarios(Database database) : IAsyncLifetime
{
    private const string Password = "the first password", Id = "CP";
    private readonly TestPki pki = new();
    private LadewerkHost host = null!;

    public async ValueTask InitializeAsync() => host = await LadewerkHost.Start(database, options: pki.Server());

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task TC_073_The_password_is_changed_from_afar()
    {
        await Register(1);
        string fresh;
        await using (var station = await TestStation.Connect(host, Id, Password))
        {
            var (call, said) = await Command(station, "rotate-password", new { }, new { status = "Accepted" });
            call[2].GetString().ShouldBe("ChangeConfiguration");
            call[3].GetProperty("key").GetString().ShouldBe("AuthorizationKey");
            said.GetProperty("status").GetString().ShouldBe("Accepted");
            var value = call[3].GetProperty("value").GetString()!;
            value.Length.ShouldBe(40);
            fresh = Encoding.ASCII.GetString(Convert.FromHexString(value));
            (await Security()).GetProperty("pendingPasswords").GetInt32().ShouldBe(1);
        }

        await using (var station = await TestStation.Connect(host, Id, fresh))
        {
            (await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" })).GetProperty("status").GetString().ShouldBe("Accepted");
        }

        (await Security()).GetProperty("pendingPasswords").GetInt32().ShouldBe(0);
        await IsRefused(() => TestStation.Connect(host, Id, Password), "wrongPassword");
    }

    [Fact]
    public async Task TC_074_The_stations_certificate_is_renewed_on_request()
    {
        await Register(2);
        await using var station = await Secure(Password);
        var (call, _) = await Command(station, "trigger-message", new { message = "SignCertificate" }, new { status = "Accepted" });
        call[2].GetString().ShouldBe("ExtendedTriggerMessage");
        call[3].GetProperty("requestedMessage").GetString().ShouldBe("SignChargePointCertificate");

        var (csr, key) = TestPki.Request(Id);
        (await station.Call("SignCertificate", new { csr })).GetProperty("status").GetString().ShouldBe("Accepted");
        var signed = await station.Receive();
        signed[2].GetString().ShouldBe("CertificateSigned");
        using var own = X509Certificate2.CreateFromPem(signed[3].GetProperty("certificateChain").GetString()!).CopyWithPrivateKey(key);
        own.Subject.ShouldContain("CN=" + Id);
        await Answer(station, signed, new { status = "Accepted" });

        var row = await Until(async () => (await Certificates())[0], c => c.GetProperty("status").GetString() == "accepted");
        row.GetProperty("serialNumber").GetString().ShouldBe(own.SerialNumber);
        row.GetProperty("signedHere").GetBoolean().ShouldBeTrue();
        row.GetProperty("notAfter").GetDateTimeOffset().ShouldBe(new DateTimeOffset(own.NotAfter));
    }

    [Theory]
    [InlineData("ManufacturerRootCertificate", "manufacturer")]
    [InlineData("CentralSystemRootCertificate", "centralSystem")]
    public async Task TC_075_1_and_TC_075_2_A_root_certificate_is_installed(string wire, string use)
    {
        await Register(2);
        await using var station = await Secure(Password);
        var pem = pki.Root.ExportCertificatePem();
        await host.Api.Post("/api/v1/trusted-certificates", new { use, certificate = pem }).Is(HttpStatusCode.Created);
        var (call, said) = await Command(station, "install-certificate", new { use, certificate = pem }, new { status = "Accepted" });
        call[2].GetString().ShouldBe("InstallCertificate");
        call[3].GetProperty("certificateType").GetString().ShouldBe(wire);
        call[3].GetProperty("certificate").GetString().ShouldBe(pem);
        said.GetProperty("status").GetString().ShouldBe("Accepted");

        var installed = (await Security()).GetProperty("installedCertificates")[0];
        installed.GetProperty("use").GetString().ShouldBe(use);
        installed.GetProperty("name").GetString().ShouldBe(pki.Root.Subject);

        var hash = new { hashAlgorithm = "SHA256", issuerNameHash = Text(installed, "issuerNameHash"), issuerKeyHash = Text(installed, "issuerKeyHash"), serialNumber = Text(installed, "serialNumber") };
        (call, _) = await Command(station, "get-installed-certificates", new { use }, new { status = "Accepted", certificateHashData = new[] { hash } });
        call[2].GetString().ShouldBe("GetInstalledCertificateIds");
        (await Security()).GetProperty("installedCertificates").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task TC_076_A_certificate_is_deleted_from_the_station()
    {
        await Register(2);
        await using var station = await Secure(Password);
        await Command(station, "install-certificate", new { use = "manufacturer", certificate = pki.Root.ExportCertificatePem() }, new { status = "Accepted" });
        var installed = (await Security()).GetProperty("installedCertificates")[0];
        var body = new { hashAlgorithm = "SHA256", issuerNameHash = Text(installed, "issuerNameHash"), issuerKeyHash = Text(installed, "issuerKeyHash"), serialNumber = Text(installed, "serialNumber") };
        var (call, _) = await Command(station, "delete-certificate", body, new { status = "Accepted" });
        call[2].GetString().ShouldBe("DeleteCertificate");
        call[3].GetProperty("certificateHashData").GetProperty("serialNumber").GetString().ShouldBe(body.serialNumber);
        (await Security()).GetProperty("installedCertificates").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("InvalidChargePointCertificate")]
    [InlineData("InvalidCentralSystemCertificate")]
    public async Task TC_077_and_TC_078_An_invalid_certificate_is_reported_as_a_security_event(string type)
    {
        await Register(2);
        await using var station = await Secure(Password);
        if (type == "InvalidChargePointCertificate")
        {
            var (csr, key) = TestPki.Request(Id);
            key.Dispose();
            await station.Call("SignCertificate", new { csr });
            await Answer(station, await station.Receive(), new { status = "Rejected" });
            await Until(async () => (await Certificates())[0], c => c.GetProperty("status").GetString() == "rejected");
        }
        else
        {
            await Command(station, "install-certificate", new { use = "centralSystem", certificate = pki.Root.ExportCertificatePem() }, new { status = "Rejected" });
            (await Security()).GetProperty("installedCertificates").GetArrayLength().ShouldBe(0);
        }

        await station.Call("SecurityEventNotification", new { type, timestamp = TestClock.Now.UtcDateTime });
        var told = (await host.Api.Json($"/api/v1/security-events?stationId={Id}")).GetProperty("items")[0];
        told.GetProperty("type").GetString().ShouldBe(type);
        told.GetProperty("severity").GetString().ShouldBe("warning");
        told.GetProperty("occurredAt").GetDateTimeOffset().ShouldBe(TestClock.Now);
        await host.Api.Post($"/api/v1/security-events/{Text(told, "id")}/acknowledge", new { }).Is(HttpStatusCode.NoContent);
        (await host.Api.Json($"/api/v1/security-events?stationId={Id}&open=true")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task TC_079_The_security_log_is_asked_for_and_its_upload_followed()
    {
        await Register(2);
        await using var station = await Secure(Password);
        var (call, said) = await Command(station, "get-log", new { log = "security", location = "https://example.org/logs/", requestId = 79 }, new { status = "Accepted", filename = "security.log" });
        call[2].GetString().ShouldBe("GetLog");
        call[3].GetProperty("logType").GetString().ShouldBe("SecurityLog");
        call[3].GetProperty("requestId").GetInt32().ShouldBe(79);
        said.GetProperty("response").GetProperty("filename").GetString().ShouldBe("security.log");
        foreach (var status in new[] { "Uploading", "Uploaded" })
        {
            await station.Call("LogStatusNotification", new { status, requestId = 79 });
        }

        (await host.Api.Json($"/api/v1/stations/{Id}/messages?action=LogStatusNotification")).GetProperty("items").EnumerateArray()
            .Where(m => m.GetProperty("direction").GetString() == "in").Select(m => m.GetProperty("payload").GetProperty("status").GetString()).ShouldBe(["Uploaded", "Uploading"]);
    }

    [Fact]
    public async Task TC_083_The_security_profile_is_raised_and_never_lowered_from_the_wire()
    {
        await Register(1);
        await using (var station = await TestStation.Connect(host, Id, Password))
        {
            var (call, _) = await Command(station, "raise-security-profile", new { profile = 2 }, new { status = "Accepted" });
            call[3].ToString().ShouldBe("""{"key":"SecurityProfile","value":"2"}""");
        }

        (await Security()).GetProperty("pendingSecurityProfile").GetInt32().ShouldBe(2);
        await using (await Secure(Password))
        {
            var now = await Security();
            now.GetProperty("securityProfile").GetInt32().ShouldBe(2);
            now.GetProperty("pendingSecurityProfile").ValueKind.ShouldBe(JsonValueKind.Null);
        }

        await IsRefused(() => TestStation.Connect(host, Id, Password), "tlsRequired");
    }

    [Fact]
    public async Task TC_085_Basic_authentication()
    {
        await Register(1);
        await IsRefused(() => TestStation.Connect(host, Id, "a wrong password"), "wrongPassword");
        await using var station = await TestStation.Connect(host, Id, Password);
        (await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" })).GetProperty("status").GetString().ShouldBe("Accepted");
        (await host.Api.Json($"/api/v1/stations/{Id}")).GetProperty("online").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task TC_086_Tls_with_the_servers_certificate()
    {
        await Register(2);
        await using var station = await Secure(Password);
        (await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" })).GetProperty("status").GetString().ShouldBe("Accepted");
        (await host.Api.Json($"/api/v1/stations/{Id}")).GetProperty("online").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task TC_087_Tls_with_the_stations_certificate()
    {
        await host.Api.Post("/api/v1/trusted-certificates", new { use = "stations", certificate = pki.Root.ExportCertificatePem() }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/stations", new { id = Id, securityProfile = 3 }).Is(HttpStatusCode.Created);
        using var own = pki.Issue(Id);
        await using var station = await Secure(null, own);
        (await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" })).GetProperty("status").GetString().ShouldBe("Accepted");
        (await Security()).GetProperty("certificate").GetProperty("serialNumber").GetString().ShouldBe(own.SerialNumber);
        await IsRefused(() => Secure(null), "clientCertificateMissing");
    }

    private Task<JsonElement> Register(int profile) => host.Api.Post("/api/v1/stations", new { id = Id, password = Password, securityProfile = profile }).Is(HttpStatusCode.Created);

    private Task<TestStation> Secure(string? password, X509Certificate2? certificate = null) => TestStation.Connect(host.Secure[0], Id, password, configure: o =>
    {
        o.RemoteCertificateValidationCallback = pki.Vouches;
        if (certificate is not null)
        {
            o.ClientCertificates.Add(certificate);
        }
    });

    private async Task<(JsonElement Call, JsonElement Said)> Command(TestStation station, string command, object body, object answer)
    {
        var sending = host.Api.Post($"/api/v1/stations/{Id}/commands/{command}", body);
        var call = await station.Receive();
        await Answer(station, call, answer);
        return (call, await sending.Is(HttpStatusCode.OK));
    }

    private static Task Answer(TestStation station, JsonElement call, object answer) => station.Send(JsonSerializer.Serialize<object[]>([3, call[1].GetString()!, answer]));

    private Task<JsonElement> Security() => host.Api.Json($"/api/v1/stations/{Id}/security");

    private async Task<JsonElement> Certificates() => (await host.Api.Json($"/api/v1/station-certificates?stationId={Id}")).GetProperty("items");

    private async Task IsRefused(Func<Task<TestStation>> connect, string reason)
    {
        (await Should.ThrowAsync<TestStation.RefusedException>(connect)).Status.ShouldBe(401);
        (await host.Api.Json("/api/v1/refused-connections")).GetProperty("items")[0].GetProperty("reason").GetString().ShouldBe(reason);
    }

    private static async Task<JsonElement> Until(Func<Task<JsonElement>> read, Func<JsonElement, bool> isSo)
    {
        for (var i = 0; i < 100; i++)
        {
            if (await read() is var found && isSo(found))
            {
                return found;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("It has not come so.");
    }

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;
}
