using System.Net;
using System.Text.Json;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Templates;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Stations.Templates;

/// <summary>A template names the quirk profile by which its stations are taken: from the wire to the session, and who has the last word.</summary>
public sealed class TemplateQuirksTests(Database database) : OnOpenHost(database)
{
    private static readonly DateTimeOffset Now = TestClock.Now;

    [Fact]
    public void The_operator_overrules_the_template_and_the_template_overrules_what_fits()
    {
        OperatorProfile[] profiles =
        [
            new(new() { Key = "fits", Name = "f", Vendor = "*", Switches = new() { EnergyFactor = 2 } }, QuirkOrigin.Own, true),
            new(new() { Key = "named", Name = "n", Switches = new() { EnergyFactor = 3 } }, QuirkOrigin.Shipped, true),
            new(new() { Key = "off", Name = "o", Switches = new() { EnergyFactor = 4 } }, QuirkOrigin.Own, false),
            new(new() { Key = "chosen", Name = "c", Switches = new() { EnergyFactor = 5 } }, QuirkOrigin.Own, true),
        ];

        Decide(null, null).ShouldBe((2, QuirkChooser.Match, null));
        Decide(null, "named").ShouldBe((3, QuirkChooser.Template, "named"));
        Decide(null, QuirkProfiles.NoProfile).ShouldBe((null, QuirkChooser.Template, QuirkProfiles.NoProfile));
        Decide(null, "off").ShouldBe((2, QuirkChooser.Match, "off")); // as one that is gone: it says nothing
        Decide(null, "gone").ShouldBe((2, QuirkChooser.Match, "gone"));
        Decide("chosen", "named").ShouldBe((5, QuirkChooser.Operator, "named"));
        Decide(QuirkProfiles.NoProfile, "named").ShouldBe((null, QuirkChooser.Operator, "named"));
        Decide(QuirkProfiles.ByMake, "named").ShouldBe((2, QuirkChooser.Operator, "named"));
        QuirkProfiles.Decide(profiles, new("V", "M", null), null, new() { EnergyFactor = 9 }, Named("named")).Quirks.Said.EnergyFactor.ShouldBe(9);

        (decimal?, QuirkChooser, string?) Decide(string? chosen, string? named)
        {
            var decided = QuirkProfiles.Decide(profiles, new("V", "M", null), chosen, QuirkSwitches.None, named is null ? null : Named(named));
            return (decided.Quirks.Said.EnergyFactor, decided.ChosenBy, decided.Template?.QuirkProfile);
        }

        static StationTemplate Named(string profile) => new("t", "T", new("*", ["*"]), QuirkProfile: profile);
    }

    [Fact]
    public async Task A_station_whose_template_names_a_profile_is_taken_so_from_its_boot_on()
    {
        var vendor = "Wirework " + id;
        await Template($"boot-{id}", vendor, "kwh-as-wh");
        await using var station = await open.Connect(id);
        await Boot(station, vendor);

        var quirks = await Quirks();
        (quirks.GetProperty("chosenBy").GetString(), quirks.GetProperty("profile").ValueKind).ShouldBe(("template", JsonValueKind.Null));
        quirks.GetProperty("template").GetProperty("key").GetString().ShouldBe($"boot-{id}".ToLowerInvariant());
        quirks.GetProperty("applied")[0].GetProperty("key").GetString().ShouldBe("kwh-as-wh");

        var transaction = await station.Start(1, await open.NewBadge(), 100, Now.AddHours(-1));
        await station.Stop(transaction, 111.5m, Now);
        var session = await open.OnlySession(id);
        OpenHost.ShouldCharge(session, 11_500);
        session.Reasons().ShouldBeEmpty();
        (await Eventually(async () => (await Quirks()).GetProperty("switches").EnumerateArray().Single(s => s.GetProperty("name").GetString() == "energyFactor").GetProperty("used").GetInt64() > 0)).ShouldBeTrue();
        (await open.Api.Json("/api/v1/quirk-profiles/kwh-as-wh")).GetProperty("stations").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_changed_template_is_followed_at_once_but_never_over_the_operator_s_choice()
    {
        var (vendor, key) = ("Chosen " + id, $"later-{id}");
        await Template(key, vendor, null);
        await using var station = await open.Connect(id);
        await Boot(station, vendor);
        (await Quirks()).GetProperty("chosenBy").GetString().ShouldBe("match");

        await Template(key, vendor, "kwh-as-wh"); // while it is connected
        (await Energy(station, 100, 111)).ShouldBe(11_000);

        await open.Api.Put($"/api/v1/stations/{id}/quirks", new { profile = "none" }).Is(HttpStatusCode.OK);
        await Template(key, vendor, "kw-as-w");
        await Template(key, vendor, "kwh-as-wh");
        await open.Api.Put($"/api/v1/stations/{id}/template", new { template = key.ToLowerInvariant() }).Is(HttpStatusCode.OK);
        var kept = await Quirks();
        (kept.GetProperty("chosenBy").GetString(), kept.GetProperty("profile").GetString(), kept.GetProperty("template").GetProperty("profile").GetString()).ShouldBe(("operator", "none", "kwh-as-wh"));
        (await Energy(station, 200, 1200)).ShouldBe(1000);

        await open.Api.Put($"/api/v1/stations/{id}/quirks", new { profile = "match" }).Is(HttpStatusCode.OK);
        (await Energy(station, 1200, 2200)).ShouldBe(1000);

        await open.Api.Put($"/api/v1/stations/{id}/quirks", new { }).Is(HttpStatusCode.OK); // the operator takes the word back
        (await Quirks()).GetProperty("chosenBy").GetString().ShouldBe("template");
        (await Energy(station, 300, 311)).ShouldBe(11_000);

        (await open.Api.DeleteAsync($"/api/v1/station-templates/{key.ToLowerInvariant()}", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        (await Quirks()).GetProperty("chosenBy").GetString().ShouldBe("match");
        (await Energy(station, 400, 1400)).ShouldBe(1000);
    }

    [Fact]
    public async Task A_template_that_was_given_to_a_station_lets_it_in_before_it_ever_said_who_it_is()
    {
        await open.Api.Post("/api/v1/stations", new { id, securityProfile = 0 }).Is(HttpStatusCode.Created);
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(open.Host, id, protocol: null))).ShouldNotBeNull();

        await Template($"mute-{id}", "Nobody", "no-protocol");
        await open.Api.Put($"/api/v1/stations/{id}/template", new { template = $"mute-{id}".ToLowerInvariant() }).Is(HttpStatusCode.OK);
        await using var station = await TestStation.Connect(open.Host, id, protocol: null);
        await Boot(station, "Somebody else");
        (await Quirks()).GetProperty("chosenBy").GetString().ShouldBe("template");
    }

    [Fact]
    public async Task The_profile_goes_out_and_in_with_the_file_and_an_unknown_one_is_refused()
    {
        var key = $"file-{id}".ToLowerInvariant();
        await Template(key, "Filed " + id, "sleeper");
        var file = await open.Api.Json("/api/v1/station-templates/export");
        var exported = file.EnumerateArray().Single(t => t.GetProperty("key").GetString() == key);
        exported.GetProperty("quirkProfile").GetString().ShouldBe("sleeper");

        await Template(key, "Filed " + id, null);
        await open.Api.Post("/api/v1/station-templates/import", exported).Is(HttpStatusCode.OK);
        (await open.Api.Json($"/api/v1/station-templates/{key}")).GetProperty("template").GetProperty("quirkProfile").GetString().ShouldBe("sleeper");

        var faults = await open.Api.Post("/api/v1/station-templates/import", new { key, name = "x", match = new { vendor = "v", models = new[] { "m" } }, quirkProfile = "no-such" }).Is(HttpStatusCode.BadRequest);
        faults.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["quirkProfile"]);
        ShippedTemplates.All.Select(t => t.QuirkProfile).OfType<string>().Except(QuirkProfiles.Shipped.Select(p => p.Key)).ShouldBeEmpty();
    }

    private Task<JsonElement> Template(string key, string vendor, string? quirkProfile) => open.Api.Put(
        $"/api/v1/station-templates/{key.ToLowerInvariant()}",
        new { key = key.ToLowerInvariant(), name = key, match = new { vendor, models = new[] { "*" } }, quirkProfile }).Is(HttpStatusCode.OK);

    private static Task<JsonElement> Boot(TestStation station, string vendor) => station.Call("BootNotification", new { chargePointVendor = vendor, chargePointModel = "M" });

    private Task<JsonElement> Quirks() => open.Api.Json($"/api/v1/stations/{id}/quirks");

    /// <summary>What a session between two readings is counted as.</summary>
    private async Task<long> Energy(TestStation station, int from, int to)
    {
        var transaction = await station.Start(1, await open.NewBadge(), from, Now.AddMinutes(-30));
        await station.Stop(transaction, to, Now);
        return (await open.Sessions(id))[0].Energy();
    }

    private static async Task<bool> Eventually(Func<Task<bool>> met)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (await met())
            {
                return true;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        return false;
    }
}
