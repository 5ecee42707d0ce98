using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>What stations say of their security, and what is kept of it.</summary>
public sealed class SecurityMessageTests(Database database) : OnOpenHost(database)
{
    [Fact]
    public async Task A_security_event_is_kept_once_and_an_alarm_is_told_on()
    {
        await using var station = await open.Connect(id);
        var told = new { type = "TamperDetectionActivated", timestamp = TestClock.Now.UtcDateTime, techInfo = "lid" };
        await station.Call("SecurityEventNotification", told);
        await station.Call("SecurityEventNotification", told);
        await station.Call("SecurityEventNotification", new { type = "StartupOfTheDevice", timestamp = TestClock.Now.UtcDateTime });

        const string Mine = "from security_event e join charging_station s on s.id = e.station_id where s.identity = $1";
        (await open.Scalar<string>($"select string_agg(e.type || ' ' || e.severity || ' ' || e.critical, ', ' order by e.id) {Mine}", id))
            .ShouldBe("TamperDetectionActivated alarm true, StartupOfTheDevice info true");
    }

    [Fact]
    public async Task A_request_for_a_certificate_is_accepted_only_with_the_own_name_and_a_strong_key()
    {
        await using var station = await open.Connect(id);
        (await Sign(station, Csr(id))).ShouldBe("Accepted");
        (await Sign(station, Csr("somebody-else"))).ShouldBe("Rejected");
        (await Sign(station, "not a request")).ShouldBe("Rejected");
        using var weak = RSA.Create(1024);
        (await Sign(station, new CertificateRequest($"CN={id}", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem())).ShouldBe("Rejected");

        (await open.Scalar<string>("""
            select string_agg(coalesce(c.reason, 'fine'), ', ' order by c.id) from station_certificate c join charging_station s on s.id = c.station_id where s.identity = $1
            """, id)).ShouldBe("fine, otherName, unreadableRequest, weakKey");
    }

    [Fact]
    public async Task Progress_of_logs_and_signed_firmware_keeps_the_number_of_its_request()
    {
        await using var station = await open.Connect(id);
        await station.Call("SignedFirmwareStatusNotification", new { status = "SignatureVerified", requestId = 17 });
        await station.Call("LogStatusNotification", new { status = "Uploading", requestId = 18 });
        (await open.Scalar<string>("""
            select concat_ws(' ', firmware_status, firmware_request_id, diagnostics_status, diagnostics_request_id) from charging_station where identity = $1
            """, id)).ShouldBe("SignatureVerified 17 Uploading 18");
    }

    private static string Csr(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}, O=Ladewerk", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static async Task<string?> Sign(TestStation station, string csr) => (await station.Call("SignCertificate", new { csr })).GetProperty("status").GetString();
}
