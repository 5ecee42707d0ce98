using Ladewerk.Stations;
using Ladewerk.Stations.Firmware;
using Ladewerk.Stations.Firmware.Campaigns;

namespace Ladewerk.Tests.Stations;

/// <summary>What a campaign does next: one case for each rule, without a database and without a station.</summary>
public sealed class CampaignRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero); // a Monday, 9:00 in Berlin
    private static readonly CampaignPolicy Policy = new() { Canary = 1, CanarySoakMinutes = 30, SoakMinutes = 10, Parallel = 2, MaxFailurePercent = 25 };

    [Fact]
    public void The_canary_goes_first_and_alone()
    {
        Decide(Waiting(0), Waiting(1), Waiting(1)).ShouldBe([new CampaignStep.Begin(Id(0))]);
    }

    [Fact]
    public void An_installed_canary_soaks_and_then_succeeds()
    {
        Decide(Updated(0, UpdateState.Installed), Waiting(1)).ShouldBe([new CampaignStep.Soak(Id(0), Now.AddMinutes(-1))]);
        Decide(Soaking(0, 29), Waiting(1)).ShouldBeEmpty();
        Decide(Soaking(0, 30), Waiting(1)).ShouldBe([new CampaignStep.Succeed(Id(0))]);
        Decide(Part(0, PartState.Succeeded), Waiting(1)).ShouldBe([new CampaignStep.NextWave(1)]);
    }

    [Theory]
    [InlineData(UpdateState.Failed, "installationFailed")]
    [InlineData(UpdateState.TimedOut, "notBack")]
    [InlineData(UpdateState.Cancelled, "givenUp")]
    public void A_canary_that_fails_stops_everything(UpdateState state, string reason)
    {
        Decide(Updated(0, state) with { UpdateReason = reason }, Waiting(1)).ShouldBe([new CampaignStep.Fail(Id(0), reason), new CampaignStep.Stop("canary", Id(0).Value.ToString())]);
    }

    [Fact]
    public void A_canary_with_a_new_fault_or_not_back_online_fails()
    {
        Decide(Soaking(0, 5) with { FaultAt = Now.AddMinutes(-1) }, Waiting(1)).ShouldContain(new CampaignStep.Fail(Id(0), "newFault"));
        Decide(Soaking(0, 5) with { FaultAt = Now.AddHours(-1) }, Waiting(1)).ShouldBeEmpty(); // it was faulted before
        Decide(Soaking(0, 29) with { IsOnline = false }, Waiting(1)).ShouldBeEmpty(); // it may still come back
        Decide(Soaking(0, 30) with { IsOnline = false }, Waiting(1)).ShouldContain(new CampaignStep.Fail(Id(0), "notBack"));
    }

    [Fact]
    public void A_wave_keeps_to_its_parallelism_and_the_next_waits_for_its_end()
    {
        var canary = Part(0, PartState.Succeeded);
        Wave(1, canary, Waiting(1), Waiting(1), Waiting(1)).ShouldBe([new CampaignStep.Begin(Id(1)), new CampaignStep.Begin(Id(2))]);
        Wave(1, canary, Part(1, PartState.Updating, 1) with { IsSent = true }, Waiting(1), Waiting(1)).ShouldBe([new CampaignStep.Begin(Id(2))]);
        Wave(1, canary, Soaking(1, 1), Part(2, PartState.Waiting)).ShouldBeEmpty();
        Wave(1, canary, Part(1, PartState.Succeeded), Part(2, PartState.Waiting)).ShouldBe([new CampaignStep.NextWave(2)]);
        Wave(2, canary, Part(1, PartState.Succeeded), Part(2, PartState.Skipped)).ShouldBe([new CampaignStep.Complete()]);
    }

    [Fact]
    public void Too_many_failures_stop_it_but_the_first_of_many_does_not()
    {
        var canary = Part(0, PartState.Succeeded);
        var policy = Policy with { Parallel = 4 };
        Wave(policy, 1, canary, Part(1, PartState.Failed), Part(1, PartState.Updating) with { IsSent = true }, Waiting(1), Waiting(1)).OfType<CampaignStep.Stop>().ShouldBeEmpty();
        Wave(policy, 1, canary, Part(1, PartState.Failed), Part(1, PartState.Failed), Part(1, PartState.Succeeded), Waiting(1)).ShouldContain(new CampaignStep.Stop("failures", "2/4"));
        Wave(policy, 1, canary, Part(1, PartState.Failed), Part(1, PartState.Succeeded), Part(1, PartState.Succeeded), Waiting(1)).OfType<CampaignStep.Stop>().ShouldBeEmpty();
    }

    [Fact]
    public void A_busy_station_waits_or_is_taken_out_of_service_first()
    {
        Decide(Waiting(0) with { IsBusy = true }).ShouldBeEmpty();
        var policy = Policy with { Busy = BusyStations.TakeOutOfService };
        Wave(policy, 0, Waiting(0) with { IsBusy = true }).ShouldBe([new CampaignStep.Clear(Id(0))]);
        Wave(policy, 0, Part(0, PartState.Clearing) with { IsBusy = true, OutOfService = true }).ShouldBeEmpty();
        Wave(policy, 0, Part(0, PartState.Clearing) with { OutOfService = true }).ShouldBe([new CampaignStep.Begin(Id(0))]);
        Wave(policy, 0, Part(0, PartState.Clearing) with { OutOfService = true, InWindow = false }).ShouldBe([new CampaignStep.Return(Id(0))]);
        Wave(policy, 0, Part(0, PartState.Succeeded) with { OutOfService = true }, Waiting(1)).ShouldContain(new CampaignStep.Restore(Id(0)));
        Wave(policy, 0, Part(0, PartState.Failed) with { OutOfService = true, IsOnline = false }, Waiting(1)).OfType<CampaignStep.Restore>().ShouldBeEmpty();
    }

    [Fact]
    public void Whoever_is_offline_or_out_of_its_window_is_waited_for_and_at_last_left_out()
    {
        Decide(Waiting(0) with { IsOnline = false }).ShouldBeEmpty();
        Decide(Waiting(0) with { InWindow = false }).ShouldBeEmpty();
        var late = CampaignRules.Decide(Facts(Policy, CampaignState.Running, 0, [Waiting(0) with { IsOnline = false }, Waiting(1)]) with { WaveAt = Now.AddHours(-72) }, Now);
        late.ShouldBe([new CampaignStep.Skip(Id(0), "offline")]);
        Decide(Part(0, PartState.Skipped), Waiting(1)).ShouldBe([new CampaignStep.Stop("canaryUnproven", "")]);
        Decide(Updated(0, UpdateState.Failed) with { UpdateReason = "offline" }).ShouldBe([new CampaignStep.Return(Id(0))]);
    }

    [Fact]
    public void A_paused_or_ended_campaign_begins_nothing_but_follows_what_runs()
    {
        foreach (var state in new[] { CampaignState.Paused, CampaignState.Stopped, CampaignState.Cancelled })
        {
            var steps = CampaignRules.Decide(Facts(Policy, state, 1, [Part(0, PartState.Succeeded), Updated(1, UpdateState.Installed, 1), Waiting(1, 2)]), Now);
            steps.ShouldBe([new CampaignStep.Soak(Id(1), Now.AddMinutes(-1))]);
        }

        CampaignRules.Decide(Facts(Policy, CampaignState.Paused, 0, [Updated(0, UpdateState.Failed), Waiting(1)]), Now).ShouldContain(s => s is CampaignStep.Stop);
        CampaignRules.Decide(Facts(Policy, CampaignState.Cancelled, 0, [Part(0, PartState.Clearing) with { OutOfService = true }]), Now).ShouldBe([new CampaignStep.Skip(Id(0), "stopped")]);
    }

    [Fact]
    public void What_was_begun_and_not_told_is_told_and_a_bad_version_stops_it()
    {
        Decide(Part(0, PartState.Updating)).ShouldBe([new CampaignStep.Tell(Id(0))]);
        CampaignRules.Decide(Facts(Policy, CampaignState.Running, 0, [Waiting(0)]) with { IsKnownBad = true }, Now).ShouldBe([new CampaignStep.Stop("knownBad", "")]);
    }

    [Theory]
    [InlineData("22:00", "05:00", null, "2026-03-02T23:30:00+01:00", true)]
    [InlineData("22:00", "05:00", null, "2026-03-02T12:00:00+01:00", false)]
    [InlineData("22:00", "05:00", "Monday", "2026-03-03T04:59:00+01:00", true)] // Monday's night reaches into Tuesday
    [InlineData("22:00", "05:00", "Tuesday", "2026-03-03T04:59:00+01:00", false)]
    [InlineData("08:00", "12:00", "Monday", "2026-03-02T08:00:00+01:00", true)]
    [InlineData("08:00", "12:00", "Sunday", "2026-03-02T08:00:00+01:00", false)]
    [InlineData("02:00", "04:00", null, "2026-03-29T03:30:00+02:00", true)] // the hour that summer time skips
    public void A_window_follows_the_clock_on_the_wall(string from, string to, string? day, string at, bool isOpen) => CampaignRules.IsOpen(
        new(TimeOnly.Parse(from, System.Globalization.CultureInfo.InvariantCulture), TimeOnly.Parse(to, System.Globalization.CultureInfo.InvariantCulture), day is null ? null : [Enum.Parse<DayOfWeek>(day)]),
        DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")).ShouldBe(isOpen);

    [Theory]
    [InlineData("1.2", "v1.2", true)]
    [InlineData(" 1.2 ", "1.2", true)]
    [InlineData("1.2", "1.2.0", false)]
    [InlineData(null, null, false)]
    public void Versions_are_compared_as_people_mean_them(string? a, string? b, bool same) => Versions.Same(a, b).ShouldBe(same);

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("Box*", "box 22", true)]
    [InlineData("*22*", "Box 22 DC", true)]
    [InlineData("Box*DC", "Box 22", false)]
    [InlineData("Box", "Box 22", false)]
    public void A_model_pattern_has_stars(string pattern, string model, bool fits) => Versions.Matches(pattern, model).ShouldBe(fits);

    [Fact]
    public void The_proof_of_an_update_is_the_version_after_a_restart()
    {
        UpdateStep Of(string? version, int? bootedAfter, bool online, int minutes, params string[] words) => UpdateProgress.Of(
            new(Now, Now.AddHours(1), "1.0", "2.0", [.. words.Select((w, i) => new StationReport(Now.AddSeconds(i), null, w))], version, bootedAfter is { } b ? Now.AddMinutes(b) : Now.AddDays(-1), online, false),
            Now.AddMinutes(minutes));

        Of("1.0", null, true, 0).State.ShouldBe(UpdateState.Requested);
        Of("1.0", null, true, 1, "Downloading").State.ShouldBe(UpdateState.Downloading);
        Of("2.0", 3, true, 4).ShouldBe(new(UpdateState.Installed, IsEnd: true)); // without a word
        Of("1.0", 3, true, 4, "Installing").State.ShouldBe(UpdateState.Installing); // a restart in between proves nothing
        Of("1.0", null, true, 0, "Installed").ShouldBe(new(UpdateState.Proving));
        Of("1.0", null, true, 2, "Installed").AskVersion.ShouldBeTrue();
        Of("1.0", 3, true, 4, "Installed").ShouldBe(new(UpdateState.Failed, "otherVersion", true));
        Of("1.0", null, true, 16, "Installed").Reason.ShouldBe("unproven");
        Of("1.0", null, false, 16, "Installed").Reason.ShouldBe("notBack");
        Of(null, null, true, 1, "Installed").ShouldBe(new(UpdateState.Installed, "noVersion", true));
        Of("1.0", null, true, 60).ShouldBe(new(UpdateState.TimedOut, "silent", true));
        Of("1.0", null, false, 60, "Installing").Reason.ShouldBe("notBack");
        Of("1.0", null, true, 60, "Downloading", "Downloaded").Reason.ShouldBe("stuck");
    }

    private static StationId Id(int position) => new(new Guid(position, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]));

    private static PartFacts Part(int wave, PartState state, int? position = null) => new(Id(position ?? wave), wave, position ?? wave, state);

    private static PartFacts Waiting(int wave, int? position = null) => Part(wave, PartState.Waiting, position);

    private static PartFacts Updated(int wave, UpdateState state, int? position = null) => Part(wave, PartState.Updating, position) with { IsSent = true, Update = state, UpdateEndedAt = Now.AddMinutes(-1) };

    private static PartFacts Soaking(int wave, int minutes) => Part(wave, PartState.Soaking) with { InstalledAt = Now.AddMinutes(-minutes) };

    private static IReadOnlyList<CampaignStep> Decide(params PartFacts[] parts) => Wave(Policy, 0, parts);

    private static IReadOnlyList<CampaignStep> Wave(int wave, params PartFacts[] parts) => Wave(Policy, wave, parts);

    private static IReadOnlyList<CampaignStep> Wave(CampaignPolicy policy, int wave, params PartFacts[] parts) => CampaignRules.Decide(Facts(policy, CampaignState.Running, wave, parts), Now);

    /// <summary>Parts of one campaign in their order, each a station of its own.</summary>
    private static CampaignFacts Facts(CampaignPolicy policy, CampaignState state, int wave, IReadOnlyList<PartFacts> parts) =>
        new(policy, state, wave, Now.AddHours(-1), false, [.. parts.Select((p, i) => p with { Station = Id(i), Position = i })]);
}
