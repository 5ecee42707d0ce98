using System.Net;
using System.Text;
using System.Text.Json;
using Ladewerk.Stations;
using Ladewerk.Stations.Security;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Ocpp;

/// <summary>A change of a station's password that is interrupted at any step: the station can connect by what it has, old or new.</summary>
public sealed class PasswordRotationTests(Database database) : IAsyncLifetime
{
    private const string Old = "the old password";
    private LadewerkHost host = null!;

    public async ValueTask InitializeAsync()
    {
        host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:CallTimeout"] = "00:00:01" });
        await host.Api.Post("/api/v1/stations", new { id = "CP", password = Old }).Is(HttpStatusCode.Created);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task What_was_accepted_holds_and_the_old_one_ends_with_the_first_use_of_the_new()
    {
        var fresh = await Rotate("""{"status":"Accepted"}""");
        await ConnectsBy(Old);
        await host.Restart();
        await ConnectsBy(Old);
        await ConnectsBy(fresh);
        await IsRefused(Old);
        (await Pending()).ShouldBe(0);
    }

    [Fact]
    public async Task A_reboot_that_is_required_changes_nothing_until_it_happens()
    {
        var fresh = await Rotate("""{"status":"RebootRequired"}""");
        await ConnectsBy(Old);
        await ConnectsBy(fresh);
        await IsRefused(Old);
    }

    [Theory]
    [InlineData("Rejected")]
    [InlineData("NotSupported")]
    public async Task A_clear_no_takes_the_new_one_back(string status)
    {
        var fresh = await Rotate($$"""{"status":"{{status}}"}""");
        await IsRefused(fresh);
        await ConnectsBy(Old);
        (await Pending()).ShouldBe(0);
    }

    [Fact]
    public async Task After_a_lost_answer_both_hold()
    {
        var fresh = await Rotate(answer: null);
        await ConnectsBy(Old);
        await host.Restart();
        await ConnectsBy(fresh);
        await IsRefused(Old);
    }

    [Fact]
    public async Task A_station_that_hangs_up_instead_of_answering_may_have_taken_it()
    {
        await using var station = await TestStation.Connect(host, "CP", Old);
        var rotating = host.Api.Post("/api/v1/stations/CP/commands/rotate-password", new { });
        var fresh = Told(await station.Receive());
        await station.DisposeAsync();
        await rotating.IsProblem(HttpStatusCode.Conflict, "station-offline");
        await ConnectsBy(fresh);
        await IsRefused(Old);
    }

    [Fact]
    public async Task Without_a_connection_nothing_changes()
    {
        await host.Api.Post("/api/v1/stations/CP/commands/rotate-password", new { }).IsProblem(HttpStatusCode.Conflict, "station-offline");
        (await Pending()).ShouldBe(0);
        await ConnectsBy(Old);
    }

    [Fact]
    public async Task A_crash_before_it_was_sent_leaves_the_old_one_good_and_one_after_it_was_taken_the_new_one()
    {
        // As far as it got: stored, and then the process was gone.
        var changes = host.Services.GetRequiredService<CredentialChanges>();
        var station = (await host.Services.GetRequiredService<StationDirectory>().Find(LadewerkHost.Tenant, "CP", TestContext.Current.CancellationToken))!;
        const string Sent = "sent-and-not-known-of";
        (await changes.Begin(station.Id, CredentialChange.Of(new ChangePassword(Sent))!, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        await host.Restart();
        await ConnectsBy(Old);
        await host.Restart();
        await ConnectsBy(Sent);
        await IsRefused(Old);
    }

    [Fact]
    public async Task Several_changes_whose_answers_were_lost_leave_the_station_whichever_it_took()
    {
        var first = await Rotate(answer: null);
        var second = await Rotate(answer: null);
        await ConnectsBy(first);
        (await Pending()).ShouldBe(1);
        await IsRefused(Old);
        await ConnectsBy(second);
        await IsRefused(first);
    }

    [Fact]
    public async Task The_raw_request_and_the_plain_key_are_followed_as_well_and_no_password_is_written_down()
    {
        const string Chosen = "chosen by the operator";
        await using (var station = await TestStation.Connect(host, "CP", Old))
        {
            var sending = host.Api.Post("/api/v1/stations/CP/ocpp/ChangeConfiguration", new { key = "AuthorizationKey", value = Chosen });
            await Answer(station, await station.Receive(), """{"status":"Accepted"}""");
            await sending.Is(HttpStatusCode.OK);
        }

        await ConnectsBy(Chosen);
        await IsRefused(Old);
        (await host.Api.GetStringAsync("/api/v1/stations/CP/messages")).ShouldNotContain(Chosen);
        (await host.Api.GetStringAsync("/api/v1/stations/CP/commands")).ShouldNotContain(Chosen);
    }

    [Fact]
    public void A_hex_password_is_known_in_either_case_and_a_guess_costs_one_stretching()
    {
        const string Mixed = "00aA11bB22cC33dD44eE55fF66778899";
        foreach (var generated in new[] { true, false })
        {
            var hash = StationPassword.Hash(Mixed, generated);
            StationPassword.Verify(hash, Encoding.ASCII.GetBytes(Mixed.ToUpperInvariant())).ShouldBeTrue();
            StationPassword.Verify(hash, Encoding.ASCII.GetBytes(Mixed.ToLowerInvariant())).ShouldBeTrue();
            StationPassword.Verify(hash, Convert.FromHexString(Mixed)).ShouldBeTrue();
            StationPassword.Verify(hash, Encoding.ASCII.GetBytes(Convert.ToHexString(Encoding.ASCII.GetBytes(Mixed)))).ShouldBeTrue();
            StationPassword.Verify(hash, Encoding.ASCII.GetBytes(Mixed.Replace('0', '1'))).ShouldBeFalse();
        }
    }

    /// <summary>Starts a change, answers it as given (null: not at all), and gives the password that the station was told.</summary>
    private async Task<string> Rotate(string? answer)
    {
        await using var station = await TestStation.Connect(host, "CP", Old);
        var rotating = host.Api.Post("/api/v1/stations/CP/commands/rotate-password", new { });
        var call = await station.Receive();
        if (answer is not null)
        {
            await Answer(station, call, answer);
        }

        await rotating.Is(answer is null ? HttpStatusCode.GatewayTimeout : HttpStatusCode.OK);
        return Told(call);
    }

    private static string Told(JsonElement call)
    {
        call[2].GetString().ShouldBe("ChangeConfiguration");
        call[3].GetProperty("key").GetString().ShouldBe("AuthorizationKey");
        return Encoding.ASCII.GetString(Convert.FromHexString(call[3].GetProperty("value").GetString()!));
    }

    private static Task Answer(TestStation station, JsonElement call, string answer) => station.Send($"""[3,"{call[1].GetString()}",{answer}]""");

    private async Task ConnectsBy(string password)
    {
        await using var station = await TestStation.Connect(host, "CP", password);
    }

    private async Task IsRefused(string password) => (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "CP", password))).Status.ShouldBe(401);

    private async Task<int> Pending() => (await host.Api.Json("/api/v1/stations/CP/security")).GetProperty("pendingPasswords").GetInt32();
}
