using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
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
}
