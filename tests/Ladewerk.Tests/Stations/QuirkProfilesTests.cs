using System.Net;
using System.Net.Http.Json;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations.Quirks;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Stations;

/// <summary>Quirk profiles: what is shipped, how they lie over each other, and how operators change them.</summary>
public sealed class QuirkProfilesTests(Database database) : OnOpenHost(database)
{
    [Fact]
    public void Every_habit_has_a_shipped_profile_and_each_is_valid_and_in_words()
    {
        Enumerable.Range(1, QuirkRules.Habits).Select(n => $"Q{n}").Where(q => !QuirkProfiles.Shipped.Any(p => p.Habits.Contains(q))).ShouldBeEmpty();
        QuirkProfiles.Shipped.Select(p => p.Key).Distinct().Count().ShouldBe(QuirkProfiles.Shipped.Count);
        foreach (var profile in QuirkProfiles.Shipped)
        {
            var faults = new Ladewerk.Kernel.Http.Faults();
            QuirkRules.Check(profile, faults);
            faults.Errors.ShouldBeEmpty(profile.Key);
            profile.Note.ShouldNotBeNullOrWhiteSpace(profile.Key);
            profile.NoteDe.ShouldNotBeNullOrWhiteSpace(profile.Key);
        }

        Enum.GetNames<QuirkSwitch>().ShouldBe(typeof(QuirkSwitches).GetProperties().Where(p => p.CanWrite).Select(p => p.Name));
        StationHabits.SwitchNames.Where(n => !Texts.Has("stations.switch." + n)).ShouldBeEmpty();
        Enumerable.Range(1, QuirkRules.Habits).Where(n => !Texts.Has($"stations.habit.Q{n}")).ShouldBeEmpty();
        Enum.GetNames<Ladewerk.Ocpp.Leniency>().Except(["None", "All"]).Where(n => !Texts.Has("stations.leniency." + char.ToLowerInvariant(n[0]) + n[1..])).ShouldBeEmpty();
    }

    [Fact]
    public void The_more_exact_profile_and_the_operator_s_have_the_last_word()
    {
        OperatorProfile[] profiles =
        [
            new(new() { Key = "exact", Name = "e", Vendor = "ABB*", Firmware = "1.8.*", Switches = new() { EnergyFactor = 2, MaxConnectors = 2 } }, QuirkOrigin.Shipped, true),
            new(new() { Key = "wide", Name = "w", Vendor = "abb*|Other", Switches = new() { EnergyFactor = 3, SettleSeconds = 9 } }, QuirkOrigin.Shipped, true),
            new(new() { Key = "mine", Name = "m", Vendor = "*", Switches = new() { SettleSeconds = 5 } }, QuirkOrigin.Own, true),
            new(new() { Key = "off", Name = "o", Vendor = "*", Switches = new() { EnergyFactor = 9 } }, QuirkOrigin.Own, false),
            new(new() { Key = "by-hand", Name = "h", Switches = new() { EnergyFactor = 7 } }, QuirkOrigin.Own, true),
        ];
        var make = new StationMake("ABB", "Terra", "1.8.21");
        var said = QuirkProfiles.Decide(profiles, make, null, new QuirkSwitches { MaxConnectors = 1 }).Quirks.Said;
        (said.EnergyFactor, said.SettleSeconds, said.MaxConnectors).ShouldBe((2, 5, 1));
        QuirkProfiles.Decide(profiles, make, "by-hand", QuirkSwitches.None).Quirks.Said.ShouldBe(new QuirkSwitches { EnergyFactor = 7 });
        QuirkProfiles.Decide(profiles, make, QuirkProfiles.NoProfile, QuirkSwitches.None).Quirks.IsPlain.ShouldBeTrue();
        QuirkProfiles.Decide(profiles, new StationMake(null, null, null), null, QuirkSwitches.None).Quirks.IsPlain.ShouldBeTrue();
    }

    [Fact]
    public async Task An_operator_makes_changes_switches_off_and_removes_profiles()
    {
        var made = await open.Api.Post("/api/v1/quirk-profiles", new { name = "Grüne Säule", vendor = "Green*", habits = new[] { "Q14" }, switches = new { energyFactor = 1000 } }).Is(HttpStatusCode.Created);
        made.GetProperty("key").GetString().ShouldBe("gruene-saeule");
        await open.Api.Post("/api/v1/quirk-profiles", new { name = "Grüne Säule" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await open.Api.Post("/api/v1/quirk-profiles", new { name = "x", switches = new { energyFactr = 1 } }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await open.Api.Post("/api/v1/quirk-profiles", new { name = "y", switches = new { energyFactor = 0 } }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");

        var copy = await open.Api.Put("/api/v1/quirk-profiles/huawei", new { name = "Huawei", vendor = "Huawei*", switches = new { settleSeconds = 40 }, enabled = false }).Is(HttpStatusCode.OK);
        (copy.GetProperty("origin").GetString(), copy.GetProperty("enabled").GetBoolean()).ShouldBe(("changed", false));
        (await open.Api.DeleteAsync("/api/v1/quirk-profiles/huawei", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await open.Api.Json("/api/v1/quirk-profiles/huawei")).GetProperty("origin").GetString().ShouldBe("shipped");

        var file = await open.Api.Json("/api/v1/quirk-profiles/export");
        (await open.Api.PostAsJsonAsync("/api/v1/quirk-profiles/import", file, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await open.Api.Json("/api/v1/quirk-profiles?q=Q14&limit=500")).GetProperty("items").EnumerateArray().Select(p => p.GetProperty("key").GetString()).ShouldBe(["gruene-saeule", "kw-as-w", "kwh-as-wh"]);
        (await open.Api.Json("/api/v1/quirk-profiles/mennekes")).GetProperty("origin").GetString().ShouldBe("shipped"); // unchanged ones are not copied
        await open.Api.DeleteAsync("/api/v1/quirk-profiles/gruene-saeule", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Q14_a_profile_holds_at_once_and_a_session_that_mixes_two_scales_goes_to_review()
    {
        await using var station = await open.Connect(id);
        await station.Call("BootNotification", new { chargePointVendor = "Mixed" + id, chargePointModel = "M" });
        var transaction = await station.Start(1, await open.NewBadge(), 100, TestClock.Now.AddHours(-1));
        await open.Api.Put($"/api/v1/quirk-profiles/mixed-{id.ToLowerInvariant()}", new { name = "Mixed", vendor = "Mixed" + id, switches = new { energyFactor = 1000 } }).Is(HttpStatusCode.OK);
        await station.Stop(transaction, 111, TestClock.Now);
        (await open.OnlySession(id)).Reasons().ShouldContain("unitMismatch");
    }
}
