using FsCheck;
using FsCheck.Fluent;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;

namespace Ladewerk.Tests.Drivers;

/// <summary>Who may charge where and when, by the contract alone.</summary>
public sealed class ContractRulesTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly Guid Market = Guid.NewGuid();
    private static readonly ChargeWindow Night = new([], new TimeOnly(20, 0), new TimeOnly(7, 0));

    [Theory]
    [InlineData("2026-03-02T19:59:59+01:00", false)]
    [InlineData("2026-03-02T20:00:00+01:00", true)]
    [InlineData("2026-03-03T00:00:00+01:00", true)]
    [InlineData("2026-03-03T06:59:59+01:00", true)]
    [InlineData("2026-03-03T07:00:00+01:00", false)]
    public void A_window_over_midnight_is_open_from_its_start_to_its_end(string at, bool open) => Judged(new() { Windows = [Night] }, at).Refusal.ShouldBe(open ? null : ContractRefusal.OutsideWindow);

    [Fact]
    public void A_no_outside_of_the_window_says_when_it_opens_and_a_yes_when_it_ends()
    {
        Judged(new() { Windows = [Night] }, "2026-03-02T12:00:00+01:00").Until.ShouldBe(At("2026-03-02T20:00:00+01:00"));
        Judged(new() { Windows = [Night] }, "2026-03-02T23:00:00+01:00").Until.ShouldBe(At("2026-03-03T07:00:00+01:00"));
    }

    [Fact]
    public void The_night_in_which_summer_time_begins_is_an_hour_shorter_and_the_other_an_hour_longer()
    {
        var plan = WeekPlan.Of(new() { Windows = [Night] })!;
        (plan.OpenUntil(At("2026-03-28T20:00:00+01:00"), Berlin)! - At("2026-03-28T20:00:00+01:00")).ShouldBe(TimeSpan.FromHours(10));
        (plan.OpenUntil(At("2026-10-24T20:00:00+02:00"), Berlin)! - At("2026-10-24T20:00:00+02:00")).ShouldBe(TimeSpan.FromHours(12));
    }

    [Fact]
    public void An_end_that_clocks_show_twice_is_the_second_and_one_they_never_show_is_the_end_of_the_gap()
    {
        var plan = WeekPlan.Of(new() { Windows = [new([], new TimeOnly(22, 0), new TimeOnly(2, 30))] })!;
        plan.OpenUntil(At("2026-10-25T02:29:00+02:00"), Berlin).ShouldBe(At("2026-10-25T02:30:00+01:00"));
        plan.OpenUntil(At("2026-03-29T01:00:00+01:00"), Berlin).ShouldBe(At("2026-03-29T03:00:00+02:00"));
    }

    [Fact]
    public void Windows_that_follow_each_other_are_one_and_a_day_from_midnight_to_midnight_leaves_no_gap()
    {
        Judged(new() { Windows = [new([], new TimeOnly(8, 0), new TimeOnly(12, 0)), new([], new TimeOnly(12, 0), new TimeOnly(18, 0))] }, "2026-03-02T09:00:00+01:00").Until.ShouldBe(At("2026-03-02T18:00:00+01:00"));
        Judged(new() { Windows = [new([], TimeOnly.MinValue, TimeOnly.MinValue)] }, "2026-03-02T00:00:00+01:00").ShouldBe(new ContractVerdict(null, null));
    }

    [Fact]
    public void On_a_holiday_no_window_opens_or_it_is_open_all_day()
    {
        // Good Friday 2026 is 3 April; the night before runs into it.
        ContractTerms Terms(HolidayRule rule) => new() { Windows = [Night], Holidays = new("DE-BY", rule) };
        Judged(Terms(HolidayRule.Closed), "2026-04-03T02:00:00+02:00").Refusal.ShouldBeNull();
        Judged(Terms(HolidayRule.Closed), "2026-04-03T21:00:00+02:00").Until.ShouldBe(At("2026-04-04T20:00:00+02:00"));
        Judged(Terms(HolidayRule.Open), "2026-04-03T13:00:00+02:00").Refusal.ShouldBeNull();
    }

    [Fact]
    public void A_window_of_a_weekday_begins_on_that_day_alone()
    {
        var weekend = new ContractTerms { Windows = [new([DayOfWeek.Saturday], new TimeOnly(20, 0), new TimeOnly(7, 0))] };
        Judged(weekend, "2026-03-08T06:00:00+01:00").Refusal.ShouldBeNull();
        Judged(weekend, "2026-03-08T20:00:00+01:00").Refusal.ShouldBe(ContractRefusal.OutsideWindow);
    }

    [Fact]
    public void A_month_is_the_sites()
    {
        // 31 March 23:30 UTC is April in Berlin and March in the Azores.
        var at = At("2026-03-31T23:30:00Z");
        WeekPlan.MonthOf(at, Berlin).ShouldBe(At("2026-04-01T00:00:00+02:00"));
        WeekPlan.MonthOf(at, TimeZoneInfo.FindSystemTimeZoneById("Atlantic/Azores")).ShouldBe(At("2026-03-01T00:00:00-01:00"));
        WeekPlan.NextMonth(at, Berlin).ShouldBe(At("2026-05-01T00:00:00+02:00"));
    }

    [Theory]
    [InlineData(9_999, 0, 0, null)]
    [InlineData(10_000, 0, 0, ContractRefusal.BudgetUsedUp)]
    [InlineData(0, 50, 0, ContractRefusal.BudgetUsedUp)]
    [InlineData(0, 0, 3, ContractRefusal.BudgetUsedUp)]
    public void A_budget_is_used_up_by_whichever_limit_comes_first(long energy, int money, int sessions, ContractRefusal? refusal)
    {
        var budget = new MonthlyBudget(new WattHours(10_000), 50m, 3);
        var offer = Offer(new() { Budget = budget }) with { Used = new(new WattHours(energy), money, sessions) };
        ContractRules.Judge(offer, Wish("2026-03-02T12:00:00+01:00")).Refusal.ShouldBe(refusal);
    }

    [Fact]
    public void Of_several_contracts_the_one_that_says_yes_holds_and_else_the_no_that_is_nearest()
    {
        var elsewhere = Offer(new()) with { Sites = [Guid.NewGuid()] };
        var atNight = Offer(new() { Windows = [Night] }) with { Sites = [Market] };
        var everywhere = Offer(new());
        var noon = Wish("2026-03-02T12:00:00+01:00");
        ContractRules.Choose([elsewhere, atNight, everywhere], noon)!.Value.Offer.ShouldBe(everywhere);
        ContractRules.Choose([elsewhere, atNight, everywhere], Wish("2026-03-02T22:00:00+01:00"))!.Value.Offer.ShouldBe(atNight);
        ContractRules.Choose([elsewhere, atNight], noon)!.Value.Verdict.Refusal.ShouldBe(ContractRefusal.OutsideWindow);
    }

    [Fact]
    public void A_contract_that_names_no_site_opens_the_public_ones_only()
    {
        var wish = Wish("2026-03-02T12:00:00+01:00");
        ContractRules.Judge(Offer(new()), wish with { IsPublic = false }).Refusal.ShouldBe(ContractRefusal.NotThisSite);
        ContractRules.Judge(Offer(new()) with { Sites = [Market] }, wish with { IsPublic = false }).Refusal.ShouldBeNull();
    }

    [Fact]
    public void At_any_minute_of_the_year_open_and_until_agree()
    {
        var minutes = Gen.Choose(0, 366 * 24 * 60);
        var windows = Gen.Choose(0, 95).Zip(Gen.Choose(0, 95)).Select(w => new ChargeWindow([], new TimeOnly(0).AddMinutes(w.Item1 * 15), new TimeOnly(0).AddMinutes(w.Item2 * 15)));
        Prop.ForAll(minutes.Zip(windows).ToArbitrary(), sample =>
        {
            var (minute, window) = sample;
            var at = At("2026-01-01T00:00:00Z").AddMinutes(minute);
            var plan = WeekPlan.Of(new() { Windows = [window] })!;
            return plan.IsOpen(at, Berlin)
                ? plan.OpenUntil(at, Berlin) is not { } until || (until > at && !plan.IsOpen(until, Berlin) && plan.IsOpen(until.AddTicks(-1), Berlin))
                : plan.NextOpening(at, Berlin) is { } next && next > at && plan.IsOpen(next, Berlin) && !plan.IsOpen(next.AddTicks(-1), Berlin);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Away_from_changes_of_the_clock_a_window_is_what_the_wall_clock_says()
    {
        var samples = Gen.Choose(0, 20 * 24 * 60).Zip(Gen.Choose(0, 95)).Zip(Gen.Choose(0, 95));
        Prop.ForAll(samples.ToArbitrary(), sample =>
        {
            var ((minute, from), to) = sample;
            var at = At("2026-06-01T00:00:00+02:00").AddMinutes(minute);
            var window = new ChargeWindow([], new TimeOnly(0).AddMinutes(from * 15), new TimeOnly(0).AddMinutes(to * 15));
            var clock = TimeOnly.FromDateTime(at.DateTime);
            var wall = window.From < window.To ? clock >= window.From && clock < window.To : clock >= window.From || clock < window.To;
            return WeekPlan.Of(new() { Windows = [window] })!.IsOpen(at, Berlin) == wall;
        }).QuickCheckThrowOnFailure();
    }

    private static ContractVerdict Judged(ContractTerms terms, string at) => ContractRules.Judge(Offer(terms), Wish(at));

    private static ContractOffer Offer(ContractTerms terms) => new(Guid.NewGuid(), ContractStatus.Active, null, null, [], terms, default, 0);

    private static ChargeWish Wish(string at) => new(At(at), Berlin, Market, IsPublic: true);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
