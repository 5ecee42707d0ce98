using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>Stations that hang up on a chain they do not know, speak no newer TLS, or name no host: they get an address of their own, with another certificate.</summary>
public sealed class LegacyTlsTests(Database database)
{
    private const string Password = "a password of its own";

    [Fact]
    public async Task Q30_a_station_that_knows_another_chain_charges_by_an_address_of_its_own()
    {
        using var ours = new TestPki();
        using var known = new TestPki("Known to the station");
        var options = ours.Server(more: o =>
        {
            foreach (var (name, value) in known.Server("ZLegacy").Where(setting => setting.Key.StartsWith("Tls:", StringComparison.Ordinal)))
            {
                o[name] = value;
            }
        });
        await using var host = await LadewerkHost.Start(database, options: options);
        await host.Api.Post("/api/v1/stations", new { id = "L1", password = Password, securityProfile = 2 }).Is(System.Net.HttpStatusCode.Created);
        await host.Api.Post("/api/v1/id-tokens", new { uid = "04A22F1B90" }).Is(System.Net.HttpStatusCode.Created);

        await Should.ThrowAsync<Exception>(() => TestStation.Connect(host.Secure[0], "L1", Password, configure: o => o.RemoteCertificateValidationCallback = known.Vouches));
        await using var station = await TestStation.Connect(host.Secure[1], "L1", Password, configure: o => o.RemoteCertificateValidationCallback = known.Vouches);
        await station.Call("BootNotification", new { chargePointVendor = "Autel", chargePointModel = "MaxiCharger" });
        var transaction = await station.Start(1, "04A22F1B90", 1000, TestClock.Now.AddHours(-1));
        await station.Stop(transaction, 6000, TestClock.Now);

        var session = (await host.Api.Json("/api/v1/sessions?stationId=L1")).GetProperty("items")[0];
        session.Energy().ShouldBe(5000);
        session.NeedsReview().ShouldBeFalse();
        session.GetProperty("cost").GetProperty("inclVat").GetString().ShouldBe("2.45"); // 5 kWh at the default of 0.49

        // No newer than 1.2, and no name of a host in the handshake.
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.Secure[1].Host, host.Secure[1].Port, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "", EnabledSslProtocols = SslProtocols.Tls12, RemoteCertificateValidationCallback = known.Vouches }, TestContext.Current.CancellationToken);
        stream.SslProtocol.ShouldBe(SslProtocols.Tls12);
    }

    /// <summary>
    /// A server and a client of their own with OpenSSL told as docs/operators.md says. Whether this machine's OpenSSL speaks the
    /// old versions at all is asked of its own server first; what is newer works everywhere.
    /// </summary>
    [Fact]
    public async Task Q30_an_old_version_is_spoken_only_on_the_address_that_is_told_to()
    {
        using var pki = new TestPki();
        var permissive = Configuration(pki, "permissive.cnf", "TLSv1", "DEFAULT:@SECLEVEL=0");
        var (usual, from11, from10) = (FreePort(), FreePort(), FreePort());
        await using var server = await ServerProcess.Start(
            await database.Create(), [("OPENSSL_CONF", permissive), .. Listener(pki, "Usual", usual, null), .. Listener(pki, "From11", from11, "1.1"), .. Listener(pki, "From10", from10, "1.0")]);

        (await Speaks(usual, "-tls1", permissive)).ShouldBeFalse();
        (await Speaks(usual, "-tls1_1", permissive)).ShouldBeFalse();
        (await Speaks(from11, "-tls1", permissive)).ShouldBeFalse();
        var (has10, has11) = await Has(pki, permissive);
        (await Speaks(from11, "-tls1_1", permissive)).ShouldBe(has11);
        (await Speaks(from10, "-tls1", permissive)).ShouldBe(has10);
        (await Speaks(from10, "-tls1_1", permissive)).ShouldBe(has11);
        foreach (var port in new[] { usual, from11, from10 })
        {
            (await Speaks(port, "-tls1_2", permissive)).ShouldBeTrue();
            (await Speaks(port, "-tls1_3", permissive)).ShouldBeTrue();
        }

        // A station that knows nothing newer is let in by its password, and by that alone.
        await server.Api.Post("/api/v1/stations", new { id = "OLD-1", password = Password, securityProfile = 2 }).Is(HttpStatusCode.Created);
        var version = has10 ? "-tls1" : has11 ? "-tls1_1" : "-tls1_2";
        (await Upgrade(from10, version, permissive, Password)).ShouldStartWith("HTTP/1.1 101 ");
        (await Upgrade(from10, version, permissive, "another password")).ShouldStartWith("HTTP/1.1 401 ");
    }

    [Fact]
    public async Task Q30_where_openssl_is_not_told_an_old_version_is_refused_and_newer_ones_are_spoken()
    {
        using var pki = new TestPki();
        var permissive = Configuration(pki, "permissive.cnf", "TLSv1", "DEFAULT:@SECLEVEL=0");
        var strict = Configuration(pki, "strict.cnf", "TLSv1.2", "DEFAULT:@SECLEVEL=2");
        var port = FreePort();
        await using var server = await ServerProcess.Start(await database.Create(), [("OPENSSL_CONF", strict), .. Listener(pki, "From10", port, "1.0")]);
        (await Speaks(port, "-tls1", permissive)).ShouldBeFalse();
        (await Speaks(port, "-tls1_1", permissive)).ShouldBeFalse();
        (await Speaks(port, "-tls1_2", permissive)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_version_that_does_not_exist_stops_the_start()
    {
        using var pki = new TestPki();
        (await Should.ThrowAsync<InvalidOperationException>(() => LadewerkHost.Start(database, options: pki.Server(more: o => o["Tls:Stations:OldestVersion"] = "0.9")))).Message.ShouldContain("OldestVersion");
    }

    private static IEnumerable<(string Name, string Value)> Listener(TestPki pki, string name, int port, string? oldest)
    {
        foreach (var (key, value) in pki.Server(name).Where(o => o.Key.StartsWith("Tls:", StringComparison.Ordinal)))
        {
            yield return (key.Replace(":", "__", StringComparison.Ordinal), key.EndsWith(":Url", StringComparison.Ordinal) ? $"https://127.0.0.1:{port}" : value!);
        }

        if (oldest is not null)
        {
            yield return ($"Tls__{name}__OldestVersion", oldest);
        }
    }

    private static string Configuration(TestPki pki, string name, string oldest, string ciphers)
    {
        var file = Path.Combine(pki.Folder, name);
        File.WriteAllText(file, $"openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = default\n[default]\nMinProtocol = {oldest}\nCipherString = {ciphers}\n");
        return file;
    }

    /// <summary>Whether OpenSSL's own server and client of this machine speak 1.0 and 1.1 with each other.</summary>
    private static async Task<(bool Tls10, bool Tls11)> Has(TestPki pki, string configuration)
    {
        var (port, file) = (FreePort(), Path.Combine(pki.Folder, "server.pem"));
        var start = new ProcessStartInfo("openssl", ["s_server", "-accept", $"127.0.0.1:{port}", "-cert", file, "-key", file, "-quiet"])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["OPENSSL_CONF"] = configuration;
        using var server = Process.Start(start)!;
        try
        {
            for (var i = 0; i < 100 && !await Speaks(port, "-tls1_2", configuration); i++)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            return (await Speaks(port, "-tls1", configuration), await Speaks(port, "-tls1_1", configuration));
        }
        finally
        {
            server.Kill();
        }
    }

    private static async Task<bool> Speaks(int port, string version, string configuration) =>
        (await OpenSsl(configuration, "", "s_client", "-connect", $"127.0.0.1:{port}", version, "-brief")) is { Code: 0 };

    /// <summary>The first line that a station gets which asks for a WebSocket by that version of TLS.</summary>
    private static async Task<string> Upgrade(int port, string version, string configuration, string password)
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"OLD-1:{password}"));
        var request = $"GET /ocpp/OLD-1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + $"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: Basic {basic}\r\n\r\n";
        return (await OpenSsl(configuration, request, "s_client", "-connect", $"127.0.0.1:{port}", version, "-quiet", "-no_ign_eof")).Said;
    }

    /// <summary>Runs the openssl program; where something is sent, until the answer's first line.</summary>
    private static async Task<(int Code, string Said)> OpenSsl(string configuration, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OPENSSL_CONF"] = configuration;
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        if (input is { Length: > 0 })
        {
            await process.StandardInput.WriteAsync(input);
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
            process.Kill();
            return (0, line);
        }

        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, said);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
