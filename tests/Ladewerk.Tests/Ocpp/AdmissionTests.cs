using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ladewerk.Ocpp;
using Ladewerk.Stations;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

public sealed class AdmissionTests(Database database) : IAsyncLifetime
{
    private LadewerkHost host = null!;

    public async ValueTask InitializeAsync() => host = await LadewerkHost.Start(database);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task An_unknown_station_gets_404_and_is_shown_as_refused()
    {
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "NOBODY"))).Status.ShouldBe(404);
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "nobody"))).Status.ShouldBe(404);

        var refused = await host.Api.GetFromJsonAsync<JsonElement>("/api/v1/refused-connections");
        var row = refused.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        row.GetProperty("reason").GetString().ShouldBe("unknownStation");
        row.GetProperty("attempts").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task A_password_is_needed_where_one_is_set_and_guessing_is_slowed_down()
    {
        (await host.Api.PostAsJsonAsync("/api/v1/stations", new { id = "CP1", password = "a long password" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP1"))).Status.ShouldBe(401);
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP1", "wrong"))).Status.ShouldBe(401);
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP1", "a long password", user: "CP"))).Status.ShouldBe(401);
        await using (var station = await TestStation.Connect(host, "cp1/", "a long password", user: "CP1"))
        {
            station.Subprotocol.ShouldBe("ocpp1.6");
        }
        for (var i = 0; i < 12; i++)
        {
            await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP1", "wrong"));
        }

        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP1", "a long password"))).Status.ShouldBe(429);
    }

    [Fact]
    public async Task No_common_protocol_is_400()
    {
        await host.Api.PostAsJsonAsync("/api/v1/stations", new { id = "CP2" });
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP2", protocol: "ocpp9.9"))).Status.ShouldBe(400);
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP2", protocol: null))).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("/ocpp/CP1", null, "CP1")]
    [InlineData("/OCPP/CP1/", null, "CP1")]
    [InlineData("///ocpp///CP1?x=/y", null, "CP1")]
    [InlineData("/ocpp/acme/CP%20%311", "acme", "CP 11")]
    public void Addresses_are_read_in_every_spelling(string target, string? tenant, string identity) =>
        StationAddress.Parse(target).ShouldBe(new StationAddress(tenant, identity));

    [Theory]
    [InlineData("/ocpp")]
    [InlineData("/ocpp/a/b/c")]
    [InlineData("/other/CP1")]
    public void Other_addresses_are_not_stations(string target) => StationAddress.Parse(target).ShouldBeNull();

    [Fact]
    public void Passwords_are_known_as_text_as_raw_bytes_and_as_hex()
    {
        const string Password = "00112233445566778899AABBCCDDEEFF";
        foreach (var hash in new[] { StationPassword.Hash(Password, generated: true), StationPassword.Hash(Password, generated: false) })
        {
            StationPassword.Verify(hash, Encoding.UTF8.GetBytes(Password)).ShouldBeTrue();
            StationPassword.Verify(hash, Convert.FromHexString(Password)).ShouldBeTrue();
            StationPassword.Verify(hash, Encoding.UTF8.GetBytes(Convert.ToHexString(Encoding.UTF8.GetBytes(Password)))).ShouldBeTrue();
            StationPassword.Verify(hash, Encoding.UTF8.GetBytes(Password[1..])).ShouldBeFalse();
        }
    }
}
