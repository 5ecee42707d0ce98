using Ladewerk.Operations;
using Ladewerk.Operations.Rules;
using Ladewerk.Operations.Uptime;

namespace Ladewerk.Tests.Operations;

/// <summary>The watchdogs' rules alone: facts in, symptoms out.</summary>
public sealed class RuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly Guid Station = Guid.CreateVersion7();
    private static readonly WatchPolicies Defaults = new([]);

    [Theory]
    [InlineData(19, null, null)]
    [InlineData(20, 1, "trigger-message")]
    [InlineData(41, 2, "unlock")]
    [InlineData(60, 3, "reset")]
    [InlineData(1799, 3, "reset")]
    [InlineData(1800, null, null)]
    public void A_remote_start_without_a_session_grows(int seconds, int? step, string? command)
    {
        var seen = Look(new() { Starts = [new(Station, 1, Ago(seconds), "a@b", Followed: false)] });
        seen.SingleOrDefault()?.Step.ShouldBe(step!.Value);
        seen.SingleOrDefault()?.Action?.Command.ShouldBe(command);
        (seen.Count == 1).ShouldBe(step is not null);
    }

    [Fact]
    public void A_start_that_was_followed_is_none() => Look(new() { Starts = [new(Station, 1, Ago(50), null, Followed: true)] }).ShouldBeEmpty();

    [Theory]
    [InlineData("Preparing", 30 * 60, "stuckPreparing")]
    [InlineData("Preparing", (30 * 60) - 1, null)]
    [InlineData("Finishing", 6 * 3600, "stuckFinishing")]
    [InlineData("SuspendedEV", 12 * 3600, "stuckSuspended")]
    [InlineData("SuspendedEV", 11 * 3600, null)]
    [InlineData("Faulted", 0, "fault")]
    [InlineData("Charging", 300, "energyWithoutSession")]
    [InlineData("Charging", 299, null)]
    public void A_connector_that_stays_in_a_state(string status, int seconds, string? kind)
    {
        Look(new() { Connectors = [new(Station, 1, status, Ago(seconds))] }).Select(s => s.Kind.Name).SingleOrDefault().ShouldBe(kind);
        Look(new() { Connectors = [new(Station, 1, status, Ago(seconds), IsOnline: false)] }).ShouldBeEmpty(); // what an offline station said is old
    }

    [Fact]
    public void The_operators_thresholds_hold()
    {
        var facts = new WatchFacts { Connectors = [new(Station, 1, "Preparing", Ago(600))] };
        AllRules.Look(facts, With(FindingKind.StuckPreparing, p => p with { Thresholds = new(After: TimeSpan.FromMinutes(5)) }), Now).ShouldHaveSingleItem();
        AllRules.Look(facts, With(FindingKind.StuckPreparing, p => p with { IsOn = false, Thresholds = new(After: TimeSpan.FromMinutes(5)) }), Now).ShouldBeEmpty();
    }

    [Fact]
    public void A_session_without_readings_is_found_only_while_it_should_have_some()
    {
        Look(new() { Sessions = [Session("charging", Ago(3600), Ago(901))] }).ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.NoSamples);
        Look(new() { Sessions = [Session("charging", Ago(3600), Ago(60))] }).ShouldBeEmpty();
        Look(new() { Sessions = [Session("suspendedByVehicle", Ago(3600), Ago(1800))] }).ShouldBeEmpty();
        Look(new() { Sessions = [Session("charging", Ago(3600), null) with { IsOnline = false }] }).ShouldBeEmpty();
    }

    [Fact]
    public void Readings_without_a_session_count_from_a_cars_power_or_a_risen_register()
    {
        Look(new() { Strays = [new(Station, 1, Ago(600), Ago(10), 101, null)] }).ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.EnergyWithoutSession);
        Look(new() { Strays = [new(Station, 1, Ago(600), Ago(10), 100, 20)] }).ShouldBeEmpty();
        Look(new() { Strays = [new(Station, 1, Ago(600), Ago(10), 0, 3600)] }).ShouldHaveSingleItem();
        Look(new() { Strays = [new(Station, 1, Ago(600), Ago(10), 500, 3600)], Sessions = [Session("charging", Ago(60), Ago(5))] }).ShouldBeEmpty(); // before the session began
    }

    [Fact]
    public void A_station_is_silent_beyond_its_heartbeat_and_offline_without_a_socket()
    {
        Look(new() { Stations = [Known(connected: Ago(3600), seen: Ago(329))] }).ShouldBeEmpty();
        Look(new() { Stations = [Known(connected: Ago(3600), seen: Ago(330))] }).ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.Silent);
        Look(new() { Stations = [Known(connected: null, seen: Ago(299))] }).ShouldBeEmpty();
        Look(new() { Stations = [Known(connected: null, seen: Ago(300))] }).ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.Offline);
        Look(new() { Stations = [Known(connected: null, seen: null)] }).ShouldBeEmpty(); // never there
    }

    [Fact]
    public void Flapping_boot_loops_and_clocks()
    {
        Look(new() { Stations = [Known(Ago(10), Ago(1)) with { Connects = 6, FirstConnect = Ago(900) }] }).ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.Flapping);
        Look(new() { Stations = [Known(Ago(10), Ago(1)) with { Boots = 4, FirstBoot = Ago(900) }] }).ShouldHaveSingleItem().Action.ShouldBeNull(); // a loop is left alone
        Look(new() { Stations = [Known(Ago(600), Ago(1)) with { ClockOffset = TimeSpan.FromMinutes(-70) }] }).ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.ClockDrift);
        Look(new() { Stations = [Known(Ago(60), Ago(1)) with { ClockOffset = TimeSpan.FromMinutes(-70) }] }).ShouldBeEmpty(); // it still sends what it kept
        Look(new() { Stations = [Known(Ago(600), Ago(1)) with { ClockOffset = TimeSpan.FromSeconds(40) }] }).ShouldBeEmpty();
        Look(new() { Faults = [new(Station, 1, 3, Ago(9000), Ago(100), "GroundFailure")] }).ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.RepeatedFaults);
    }

    [Theory]
    [InlineData(18.2, 3, true)]
    [InlineData(18.0, 3, false)] // 16 A, a tenth and half an ampere
    [InlineData(32.0, 1, false)] // one reading proves nothing
    public void A_limit_is_ignored_when_all_readings_lie_over_it(double least, int readings, bool found) =>
        Look(new() { Limits = [new(Station, 1, 16, null, Ago(900), (decimal)least, null, readings, Ago(170))] }).Count.ShouldBe(found ? 1 : 0);

    [Fact]
    public void Actions_keep_their_pace()
    {
        var finding = Guid.CreateVersion7();
        Actionable Open(int step, Guid? other = null) => new(other ?? finding, Station, step > 0 ? FindingKind.StartNotFollowed : FindingKind.Silent, step, SuggestedAction.Trigger("Heartbeat"), IsOnline: true);
        PastAction Done(int step, int seconds, Guid? other = null, ActionMode mode = ActionMode.Automatic) => new(other ?? finding, Station, step > 0 ? FindingKind.StartNotFollowed : FindingKind.Silent, step, mode, Ago(seconds));
        var automatic = With(FindingKind.StartNotFollowed, p => p with { Mode = ActionMode.Automatic }, FindingKind.Silent);

        ActionRules.Due([Open(1)], [], Defaults, Now).ShouldBeEmpty(); // off
        ActionRules.Due([Open(1)], [], automatic, Now).ShouldHaveSingleItem().Mode.ShouldBe(ActionMode.Automatic);
        ActionRules.Due([Open(1)], [Done(1, 5)], automatic, Now).ShouldBeEmpty(); // each step once
        ActionRules.Due([Open(2)], [Done(1, 20)], automatic, Now).ShouldHaveSingleItem(); // the next follows at once
        ActionRules.Due([Open(1)], [Done(3, 60, Guid.CreateVersion7())], automatic, Now).ShouldBeEmpty(); // another finding: cool-down
        ActionRules.Due([Open(0)], [Done(0, 1799)], automatic, Now).ShouldBeEmpty();
        ActionRules.Due([Open(0)], [Done(0, 1800)], automatic, Now).ShouldHaveSingleItem();
        ActionRules.Due([Open(0)], [.. Enumerable.Range(2, 6).Select(i => Done(0, i * 3600))], automatic, Now).ShouldBeEmpty(); // six a day
        ActionRules.Due([Open(0) with { IsOnline = false }], [], automatic, Now).ShouldBeEmpty();
        ActionRules.Due([Open(0), Open(0, Guid.CreateVersion7())], [], automatic, Now).ShouldHaveSingleItem(); // two at once share the pace
    }

    [Fact]
    public void Uptime_counts_outage_but_not_what_is_excluded()
    {
        Stretch S(string state, int from, int to) => new(state, Now.AddHours(from), Now.AddHours(to));
        Stretch[] day = [S("available", 0, 10), S("inUse", 10, 14), S("faulted", 14, 18), S("offline", 18, 20), S("available", 20, 30)];
        var plain = UptimeFigure.Of(day, [], Now, Now.AddHours(24));
        (plain.Period, plain.InUse, plain.Faulted, plain.Offline).ShouldBe((24 * 3600, 4 * 3600, 4 * 3600, 2 * 3600));
        plain.Percent.ShouldBe(75m);
        var excluded = UptimeFigure.Of(day, [(Now.AddHours(12), Now.AddHours(16)), (Now.AddHours(15), Now.AddHours(17))], Now, Now.AddHours(24)); // overlapping marks count once
        excluded.Excluded.ShouldBe(3 * 3600);
        excluded.Percent.ShouldBe(87.5m);
        UptimeFigure.None.Percent.ShouldBeNull();
    }

    private static IReadOnlyList<Symptom> Look(WatchFacts facts) => AllRules.Look(facts, Defaults, Now);

    private static DateTimeOffset Ago(int seconds) => Now.AddSeconds(-seconds);

    private static SessionFact Session(string phase, DateTimeOffset started, DateTimeOffset? sample) => new(Station, 1, Guid.CreateVersion7(), 42, phase, started, sample);

    private static StationFact Known(DateTimeOffset? connected, DateTimeOffset? seen) => new(Station, "accepted", null, Ago(100_000), connected, seen, TimeSpan.FromSeconds(300));

    private static WatchPolicies With(FindingKind kind, Func<WatchPolicy, WatchPolicy> change, params FindingKind[] more) => new(more.Prepend(kind).Select(k => change(WatchPolicy.Default(k))));
}
