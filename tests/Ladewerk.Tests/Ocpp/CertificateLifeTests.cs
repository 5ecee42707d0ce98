using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ladewerk.Tests.Ocpp;

/// <summary>Certificates over their lives: renewed before they end, signed by a service of the operator's, and the server's own from PKCS#12.</summary>
public sealed class CertificateLifeTests(Database database)
{
    private const string Password = "a password of its own";

    [Fact]
    public async Task A_certificate_near_its_end_is_renewed_by_itself_and_the_station_asked_once()
    {
        var time = new ManualTime(TestClock.Now);
        await using var host = await LadewerkHost.Start(database, time, new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open", ["Ocpp:SilenceGrace"] = "90.00:00:00", ["Templates:Settle"] = "90.00:00:00" });
        await host.Api.Patch("/api/v1/security-settings", new { certificateDays = 2, renewBeforeDays = 1 }).Is(HttpStatusCode.OK);
        await using var station = await Certified.Connect(host, "N-1");
        await using var other = await Certified.Connect(host, "N-2");
        await station.Request();
        var first = await Newest(host, "N-1", 1);

        time.Advance(TimeSpan.FromHours(12)); // 36 hours are left
        await LooksAgain(host, other, 1);
        station.Triggers.ShouldBeEmpty();

        time.Advance(TimeSpan.FromHours(14)); // 22 hours
        await Until(() => Task.FromResult(!station.Triggers.IsEmpty));
        station.Triggers.ShouldHaveSingleItem().GetProperty("requestedMessage").GetString().ShouldBe("SignChargePointCertificate");
        await station.Request(); // as the station was asked to
        var second = await Newest(host, "N-1", 2);
        second.GetProperty("serialNumber").GetString().ShouldNotBe(first.GetProperty("serialNumber").GetString());
        second.GetProperty("notAfter").GetDateTimeOffset().ShouldBe(time.GetUtcNow().AddDays(2), TimeSpan.FromMinutes(1));
        station.Chains.Count.ShouldBe(2);

        time.Advance(TimeSpan.FromHours(2)); // the old one is nearer still, but there is a new one
        await LooksAgain(host, other, 3);
        station.Triggers.Count.ShouldBe(1);
        (await host.Api.Json("/api/v1/stations/N-1/commands")).GetProperty("items").EnumerateArray().Count(c => c.GetProperty("command").GetString() == "trigger-message").ShouldBe(1);
    }

    [Fact]
    public async Task A_service_of_the_operators_signs_by_http_and_the_station_comes_in_by_what_it_signed()
    {
        using var pki = new TestPki("Company CA");
        await using var service = await Authority.Start(pki);
        var time = new ManualTime(TestClock.Now);
        await using var host = await LadewerkHost.Start(database, time, pki.Server(more: o => (o["Ocpp:Onboarding"], o["Ocpp:SilenceGrace"]) = ("Open", "90.00:00:00")));
        await host.Api.Post("/api/v1/trusted-certificates", new { use = "stations", certificate = pki.Root.ExportCertificatePem() }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/certificate-authorities", new { kind = "external", url = "http://ca.example.org/sign" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        var made = await host.Api.Post("/api/v1/certificate-authorities", new { kind = "external", url = service.Url, token = "s3cret-token" }).Is(HttpStatusCode.Created);
        made.ToString().ShouldNotContain("s3cret-token");

        // Busy at first: tried again, with nothing lost.
        service.Status = 503;
        await using var station = await Certified.Connect(host, "X-1");
        await station.Request();
        await Until(() => Task.FromResult(!service.Asked.IsEmpty));
        await Until(async () => await Last(host, "X-1", "reason") == "authority-503");
        service.Status = 200;
        time.Advance(TimeSpan.FromMinutes(5));
        var signed = await Newest(host, "X-1", 1);
        signed.GetProperty("issuer").GetString().ShouldBe("CN=Company CA");
        service.Asked.ShouldAllBe(a => a.Identity == "X-1" && a.Authorization == "Bearer s3cret-token" && a.ContentType == "application/x-pem-file" && a.Csr.StartsWith("-----BEGIN CERTIFICATE REQUEST-----", StringComparison.Ordinal));

        await Sql(host, "update charging_station set security_profile = 3 where identity = 'X-1'");
        using var own = station.Own();
        await using (var secured = await TestStation.Connect(host.Secure[0], "X-1", configure: o =>
        {
            o.RemoteCertificateValidationCallback = pki.Vouches;
            o.ClientCertificates.Add(own);
        }))
        {
            await secured.Call("Heartbeat", new { });
        }

        // What is not for this station and its key is not brought to it; a no is a no.
        foreach (var (id, forge, status, reason) in new (string, Func<string, string>?, int, string)[]
            { ("X-2", _ => pki.Sign(TestPki.Request("X-2").Csr), 200, "otherCertificate"), ("X-3", _ => "nonsense", 200, "unreadableCertificate"), ("X-4", null, 403, "authority-403") })
        {
            (service.Forge, service.Status) = (forge, status);
            await using var next = await Certified.Connect(host, id);
            await next.Request();
            await Until(async () => await Last(host, id, "status") == "refused");
            (await Last(host, id, "reason")).ShouldBe(reason);
            next.Chains.ShouldBeEmpty();
        }

        // Unreachable: later.
        await service.DisposeAsync();
        await using var last = await Certified.Connect(host, "X-5");
        await last.Request();
        await Until(async () => await Last(host, "X-5", "reason") == "authorityUnreachable");
        (await Last(host, "X-5", "status")).ShouldBe("requested");
    }

    [Fact]
    public async Task The_servers_certificate_may_be_pkcs12_with_its_chain_and_is_taken_anew_when_it_changes()
    {
        using var pki = new TestPki();
        var time = new ManualTime(TestClock.Now);
        var file = Path.Combine(pki.Folder, "server.p12");
        var first = Write(pki, file);
        var options = pki.Server(more: o => (o["Tls:Stations:Certificate"], o["Tls:Stations:Password"], o["Ocpp:Onboarding"]) = (file, Password, "Open"));
        await using var host = await LadewerkHost.Start(database, time, options);
        (await Shown()).ShouldBe(first);

        var second = Write(pki, file);
        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(5));
        time.Advance(TimeSpan.FromSeconds(11));
        (await Shown()).ShouldBe(second);

        // Half a file is not taken: the one before it stays.
        await File.WriteAllBytesAsync(file, [0x30, 0x82], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(10));
        time.Advance(TimeSpan.FromSeconds(11));
        (await Shown()).ShouldBe(second);

        async Task<string?> Shown()
        {
            string? serial = null;
            await using var station = await TestStation.Connect(host.Secure[0], "S-1", configure: o => o.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            {
                serial = certificate!.GetSerialNumberString();
                return pki.Vouches(sender, certificate, chain, errors);
            });
            await station.Call("Heartbeat", new { });
            return serial;
        }
    }

    [Theory]
    [InlineData("another password", null)]
    [InlineData(Password, "no key")]
    public async Task A_pkcs12_file_that_cannot_be_used_stops_the_start(string password, string? fault)
    {
        using var pki = new TestPki();
        var file = Path.Combine(pki.Folder, "server.pfx");
        if (fault is null)
        {
            Write(pki, file);
        }
        else
        {
            await File.WriteAllBytesAsync(file, pki.Root.Export(X509ContentType.Cert) is { } alone ? X509CertificateLoader.LoadCertificate(alone).Export(X509ContentType.Pkcs12, Password) : [], TestContext.Current.CancellationToken);
        }

        await Should.ThrowAsync<CryptographicException>(() => LadewerkHost.Start(database, options: pki.Server(more: o => (o["Tls:Stations:Certificate"], o["Tls:Stations:Password"]) = (file, password))));
    }

    private static string Write(TestPki pki, string file)
    {
        using var own = pki.Issue("127.0.0.1");
        X509Certificate2Collection all = [own, X509CertificateLoader.LoadCertificate(pki.Root.RawData)];
        File.WriteAllBytes(file, all.Export(X509ContentType.Pkcs12, Password)!);
        return own.SerialNumber;
    }

    /// <summary>The work has looked at all certificates since: another station's second one comes after the look that followed its first.</summary>
    private static async Task LooksAgain(LadewerkHost host, Certified other, int number)
    {
        await other.Request();
        await Newest(host, "N-2", number);
        await other.Request();
        await Newest(host, "N-2", number + 1);
    }

    private static async Task<JsonElement[]> Certificates(LadewerkHost host, string station) =>
        [.. (await host.Api.Json($"/api/v1/station-certificates?stationId={station}")).GetProperty("items").EnumerateArray()];

    /// <summary>A member of the newest; null where there is none yet.</summary>
    private static async Task<string?> Last(LadewerkHost host, string station, string member) =>
        await Certificates(host, station) is [var newest, ..] ? newest.GetProperty(member).GetString() : null;

    /// <summary>The newest, once the station has taken so many.</summary>
    private static async Task<JsonElement> Newest(LadewerkHost host, string station, int count)
    {
        await Until(async () => (await Certificates(host, station)).Count(c => c.GetProperty("status").GetString() == "accepted") == count);
        return (await Certificates(host, station))[0];
    }

    private static async Task Until(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 600 && !await isSo(); i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        (await isSo()).ShouldBeTrue();
    }

    private static async Task Sql(LadewerkHost host, string sql)
    {
        await using var data = Npgsql.NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A station that asks for certificates and takes them.</summary>
    private sealed class Certified : IAsyncDisposable
    {
        private readonly string id;
        private AnsweringStation station = null!;
        private ECDsa key = null!;

        private Certified(string id) => this.id = id;

        public ConcurrentQueue<string> Chains { get; } = new();

        public ConcurrentQueue<JsonElement> Triggers { get; } = new();

        public static async Task<Certified> Connect(LadewerkHost host, string id)
        {
            var made = new Certified(id);
            made.station = await AnsweringStation.Connect(host, id, made.Answer);
            await made.station.Boot("Acme", "Box");
            return made;
        }

        public Task Request()
        {
            (var csr, key) = TestPki.Request(id);
            return station.Send(JsonSerializer.Serialize<object[]>([2, Guid.NewGuid().ToString("N"), "SignCertificate", new { csr }]));
        }

        /// <summary>The last certificate with its key.</summary>
        public X509Certificate2 Own()
        {
            using var own = X509Certificate2.CreateFromPem(Chains.Last());
            return own.CopyWithPrivateKey(key);
        }

        public ValueTask DisposeAsync() => station.DisposeAsync();

        private string Answer(JsonElement call)
        {
            switch (call[2].GetString())
            {
                case "CertificateSigned":
                    Chains.Enqueue(call[3].GetProperty("certificateChain").GetString()!);
                    break;
                case "ExtendedTriggerMessage":
                    Triggers.Enqueue(call[3]);
                    break;
            }

            return """{"status":"Accepted"}""";
        }
    }

    /// <summary>A certificate service on a socket of its own.</summary>
    private sealed class Authority(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentQueue<(string Identity, string Authorization, string? ContentType, string Csr)> Asked { get; } = new();

        public int Status { get; set; } = 200;

        /// <summary>Answers something else than what was asked for.</summary>
        public Func<string, string>? Forge { get; set; }

        public string Url => app.Urls.First() + "/sign";

        public static async Task<Authority> Start(TestPki pki)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var authority = new Authority(app);
            app.MapPost("/sign", async (HttpContext http) =>
            {
                using var body = new StreamReader(http.Request.Body);
                var csr = await body.ReadToEndAsync();
                authority.Asked.Enqueue((http.Request.Headers["X-Station-Identity"].ToString(), http.Request.Headers.Authorization.ToString(), http.Request.ContentType?.Split(';')[0], csr));
                return authority.Status == 200 ? Results.Text(authority.Forge?.Invoke(csr) ?? pki.Sign(csr), "application/x-pem-file") : Results.StatusCode(authority.Status);
            });
            await app.StartAsync();
            return authority;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
