using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Ocpp;

/// <summary>Security profiles 2 and 3: TLS by the server itself, and behind a proxy.</summary>
public sealed class TlsTests(Database database) : IAsyncLifetime
{
    private const string Password = "a password of its own";
    private readonly TestPki pki = new();
    private LadewerkHost host = null!;

    public async ValueTask InitializeAsync()
    {
        host = await LadewerkHost.Start(database, options: pki.Server(more: o =>
        {
            o["Tls:ZLater:Url"] = "https://127.0.0.1:0";
            o["Tls:ZLater:Certificate"] = o["Tls:Stations:Certificate"];
            o["Tls:ZLater:ClientCertificate"] = "Later";
            o["Proxy:Trusted:0"] = "127.0.0.9";
        }));
        await host.Api.Post("/api/v1/trusted-certificates", new { use = "stations", certificate = pki.Root.ExportCertificatePem() }).Is(HttpStatusCode.Created);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Profile_2_needs_tls_and_the_password()
    {
        await host.Api.Post("/api/v1/stations", new { id = "P2", password = Password, securityProfile = 2 }).Is(HttpStatusCode.Created);
        await IsRefused(() => TestStation.Connect(host, "P2", Password), "P2", "tlsRequired");
        await IsRefused(() => Connect("P2", null), "P2", "missingPassword");
        await using var station = await Connect("P2", Password);
        (await station.Call("Heartbeat", new { })).TryGetProperty("currentTime", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_profile_3_station_comes_in_by_its_certificate_alone()
    {
        await host.Api.Post("/api/v1/stations", new { id = "P3", securityProfile = 3 }).Is(HttpStatusCode.Created);
        using var own = pki.Issue("P3");
        await using (var station = await Connect("P3", null, own))
        {
            await station.Call("Heartbeat", new { });
            var seen = await host.Api.Json("/api/v1/stations/P3/security");
            seen.GetProperty("certificate").GetProperty("serialNumber").GetString().ShouldBe(own.SerialNumber);
        }

        await using (await Connect("p3", null, own, later: true))
        {
        }

        await IsRefused(() => TestStation.Connect(host, "P3"), "P3", "tlsRequired");
        await IsRefused(() => Connect("P3", null), "P3", "clientCertificateMissing");
        await IsRefused(() => Connect("P3", Password), "P3", "clientCertificateMissing");
        using var expired = pki.Issue("P3", TestClock.Now.AddYears(-2), TestClock.Now.AddYears(-1));
        await IsRefused(() => Connect("P3", null, expired), "P3", "clientCertificateExpired");
        using var early = pki.Issue("P3", TestClock.Now.AddDays(2), TestClock.Now.AddDays(3));
        await IsRefused(() => Connect("P3", null, early), "P3", "clientCertificateNotYetValid");
        using var otherName = pki.Issue("P4");
        await IsRefused(() => Connect("P3", null, otherName), "P3", "clientCertificateOfAnotherStation");
        using var stranger = new TestPki("Strange CA");
        using var untrusted = stranger.Issue("P3");
        await IsRefused(() => Connect("P3", null, untrusted), "P3", "clientCertificateUntrusted");
        using var lookalike = new TestPki();
        using var forged = lookalike.Issue("P3");
        await IsRefused(() => Connect("P3", null, forged), "P3", "clientCertificateUntrusted");
        var (_, key) = TestPki.Request("P3");
        using var selfSigned = new CertificateRequest("CN=P3", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSelfSigned(TestClock.Now.AddDays(-1), TestClock.Now.AddDays(1));
        await IsRefused(() => Connect("P3", null, selfSigned), "P3", "clientCertificateSelfSigned");
    }

    [Fact]
    public async Task A_revoked_certificate_ends_the_connection_and_does_not_come_back()
    {
        await host.Api.Post("/api/v1/stations", new { id = "R3", securityProfile = 3 }).Is(HttpStatusCode.Created);
        using var own = pki.Issue("R3");
        await using var station = await Connect("R3", null, own);
        await station.Call("Heartbeat", new { });
        var row = (await host.Api.Json("/api/v1/station-certificates?stationId=R3")).GetProperty("items")[0];
        await host.Api.Post($"/api/v1/station-certificates/{row.GetProperty("id").GetString()}/revoke", new { reason = "stolen" }).Is(HttpStatusCode.NoContent);
        await Should.ThrowAsync<Exception>(station.Receive);
        await IsRefused(() => Connect("R3", null, own), "R3", "clientCertificateRevoked");
    }

    [Fact]
    public async Task A_certificate_of_another_operator_is_refused_and_named()
    {
        await NewTenant("other");
        await host.Api.Post("/api/v1/stations", new { id = "T3", securityProfile = 3 }).Is(HttpStatusCode.Created);
        using var theirs = new TestPki("Their CA");
        await Sql("insert into trusted_certificate (id, tenant_id, use, thumbprint, subject, issuer, serial_number, not_before, not_after, certificate, added_at) select gen_random_uuid(), id, 'stations', 'x', 's', 'i', '1', now(), now(), $1, now() from tenant where slug = 'other'", theirs.Root.ExportCertificatePem());
        await Sql("insert into charging_station (id, tenant_id, identity, identity_key, security_profile) select gen_random_uuid(), id, 'T3', 't3', 3 from tenant where slug = $1", "other");
        using var foreign = theirs.Issue("T3");
        await using (var station = await Connect("other/T3", null, foreign))
        {
            await station.Call("Heartbeat", new { }); // now its certificate is on record
        }

        await IsRefused(() => Connect("T3", null, foreign), "T3", "clientCertificateOfAnotherOperator");
    }

    [Fact]
    public async Task A_station_signs_on_with_the_certificate_that_the_operators_own_authority_made()
    {
        await host.Api.Post("/api/v1/stations", new { id = "C3", password = Password, securityProfile = 2 }).Is(HttpStatusCode.Created);
        X509Certificate2 own;
        await using (var station = await Connect("C3", Password))
        {
            var (csr, key) = TestPki.Request("C3");
            (await station.Call("SignCertificate", new { csr })).GetProperty("status").GetString().ShouldBe("Accepted");
            var signed = await station.Receive();
            signed[2].GetString().ShouldBe("CertificateSigned");
            own = X509Certificate2.CreateFromPem(signed[3].GetProperty("certificateChain").GetString()!).CopyWithPrivateKey(key);
            await station.Send($$"""[3,"{{signed[1].GetString()}}",{"status":"Accepted"}]""");
            await Until(async () => (await host.Api.Json("/api/v1/station-certificates?stationId=C3")).GetProperty("items")[0].GetProperty("status").GetString() == "accepted");

            var raising = host.Api.Post("/api/v1/stations/C3/commands/raise-security-profile", new { profile = 3 });
            var call = await station.Receive();
            call[3].ToString().ShouldBe("""{"key":"SecurityProfile","value":"3"}""");
            await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Accepted"}]""");
            await raising.Is(HttpStatusCode.OK);
        }

        await using (await Connect("C3", Password))
        {
            // Not yet: the station may go on by what it had.
        }

        await using (await Connect("C3", null, own))
        {
            (await host.Api.Json("/api/v1/stations/C3")).GetProperty("securityProfile").GetInt32().ShouldBe(3);
        }

        await IsRefused(() => Connect("C3", Password), "C3", "clientCertificateMissing");
        var authority = (await host.Api.Json("/api/v1/certificate-authorities")).GetProperty("items")[0];
        await host.Api.Post($"/api/v1/certificate-authorities/{authority.GetProperty("id").GetString()}/distrust", new { }).Is(HttpStatusCode.NoContent);
        await IsRefused(() => Connect("C3", null, own), "C3", "clientCertificateUntrusted");
    }

    [Fact]
    public async Task Only_a_trusted_proxy_may_forward_a_certificate()
    {
        await host.Api.Post("/api/v1/stations", new { id = "F3", securityProfile = 3 }).Is(HttpStatusCode.Created);
        using var own = pki.Issue("F3");
        var header = Uri.EscapeDataString(own.ExportCertificatePem());
        await IsRefused(() => TestStation.Connect(host.Address, "F3", configure: o => Forward(o, header)), "F3", "tlsRequired");

        await using var behind = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Proxy:Trusted:0"] = "127.0.0.0/8" });
        await behind.Api.Post("/api/v1/trusted-certificates", new { use = "stations", certificate = pki.Root.ExportCertificatePem() }).Is(HttpStatusCode.Created);
        await behind.Api.Post("/api/v1/stations", new { id = "F3", securityProfile = 3 }).Is(HttpStatusCode.Created);
        foreach (var form in new[] { header, Convert.ToBase64String(own.RawData), ":" + Convert.ToBase64String(own.RawData) + ":", $"Hash=1;Cert=\"{header}\";Subject=\"\"", own.ExportCertificatePem().Replace('\n', ' ') })
        {
            await using var station = await TestStation.Connect(behind.Address, "F3", configure: o => Forward(o, form));
        }

        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(behind.Address, "F3", configure: o => Forward(o, "nonsense")))).Status.ShouldBe(401);
        var refused = (await behind.Api.Json("/api/v1/refused-connections")).GetProperty("items")[0];
        refused.GetProperty("reason").GetString().ShouldBe("clientCertificateMissing");
        refused.GetProperty("remoteAddress").GetString().ShouldBe("203.0.113.7");
    }

    [Fact]
    public async Task An_address_for_stations_shows_no_pages_and_pages_speak_tls_elsewhere()
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.CertificateChainPolicy = pki.Trust();
        using var client = new HttpClient(handler);
        (await client.GetAsync(new Uri(host.Secure[0], "/"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.GetAsync(new Uri(host.Secure[1], "/"))).StatusCode.ShouldNotBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_operator_may_refuse_unsecured_stations_altogether()
    {
        await host.Api.Post("/api/v1/stations", new { id = "U0" }).Is(HttpStatusCode.Created);
        await using (await TestStation.Connect(host, "U0"))
        {
        }

        await host.Api.Patch("/api/v1/security-settings", new { lowestProfile = 1 }).Is(HttpStatusCode.OK);
        await IsRefused(() => TestStation.Connect(host, "U0"), "U0", "noPasswordSet");
    }

    private static void Forward(ClientWebSocketOptions options, string certificate)
    {
        options.SetRequestHeader("X-Client-Certificate", certificate);
        options.SetRequestHeader("X-Forwarded-Proto", "https");
        options.SetRequestHeader("X-Forwarded-For", "203.0.113.7");
    }

    private Task<TestStation> Connect(string path, string? password, X509Certificate2? certificate = null, bool later = false) => TestStation.Connect(host.Secure[later ? 1 : 0], path, password, configure: o =>
    {
        o.RemoteCertificateValidationCallback = pki.Vouches;
        if (certificate is not null)
        {
            o.ClientCertificates.Add(certificate);
        }
    });

    private async Task IsRefused(Func<Task<TestStation>> connect, string station, string reason)
    {
        (await Should.ThrowAsync<TestStation.RefusedException>(connect)).Status.ShouldBe(401, reason);
        (await host.Api.Json("/api/v1/refused-connections")).GetProperty("items").EnumerateArray()
            .First(r => r.GetProperty("stationId").GetString()!.Equals(station, StringComparison.OrdinalIgnoreCase)).GetProperty("reason").GetString().ShouldBe(reason);
    }

    private static async Task Until(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 100 && !await isSo(); i++)
        {
            await Task.Delay(50);
        }

        (await isSo()).ShouldBeTrue();
    }

    private Task NewTenant(string slug) => Sql("insert into tenant (id, slug, name) values (gen_random_uuid(), $1, $1)", slug);

    private async Task Sql(string sql, string argument)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        command.Parameters.Add(new() { Value = argument });
        await command.ExecuteNonQueryAsync();
    }
}
