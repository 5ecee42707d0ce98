using Ladewerk.Kernel.Text;
using Ladewerk.Notifications;

namespace Ladewerk.Tests.Notifications;

/// <summary>The pure decisions: what a session has to tell, when several become one, when a person may be disturbed.</summary>
public sealed class NoticeRulesTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 20, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly SessionMark Fresh = new("", At, []);

    private static SessionStanding Standing(string phase, long energy = 5000, decimal? soc = null, bool ended = false, string? reason = null, bool priced = true) =>
        new(ended, phase, At.AddMinutes(-1), energy, soc, reason, priced);

    private static (string[] News, SessionMark Mark, bool Settled) Decide(SessionMark mark, SessionStanding now, DateTimeOffset? at = null)
    {
        var (news, next, settled) = SessionNews.Decide(mark, now, 80, TimeSpan.FromMinutes(15), at ?? At);
        return ([.. news.Select(n => n.Name)], next, settled);
    }

    [Fact]
    public void A_session_tells_its_start_its_target_its_idling_and_its_end_once_each()
    {
        var (news, mark, _) = Decide(Fresh, Standing("starting", energy: 0));
        news.ShouldBe(["sessionStarted"]);
        (news, mark, _) = Decide(mark, Standing("charging", soc: 79));
        news.ShouldBeEmpty();
        (news, mark, _) = Decide(mark, Standing("charging", soc: 80));
        news.ShouldBe(["targetReached"]);
        (news, mark, _) = Decide(mark, Standing("suspendedByVehicle", soc: 100), At.AddMinutes(5));
        news.ShouldBeEmpty();
        (news, mark, _) = Decide(mark, Standing("suspendedByVehicle", soc: 100), At.AddMinutes(20));
        news.ShouldBe(["idle"]);
        (news, mark, _) = Decide(mark, Standing("suspendedByVehicle", soc: 100), At.AddMinutes(40));
        news.ShouldBeEmpty();
        (news, _, var settled) = Decide(mark, Standing("ended", ended: true, reason: "EVDisconnected"));
        news.ShouldBe(["sessionFinished"]);
        settled.ShouldBeTrue();
    }

    [Fact]
    public void A_pause_of_the_energy_management_and_its_end_are_told()
    {
        var mark = Fresh with { Phase = "charging" };
        (var news, mark, _) = Decide(mark, Standing("suspendedByStation"));
        news.ShouldBe(["energyPaused"]);
        (news, _, _) = Decide(mark, Standing("charging"));
        news.ShouldBe(["energyResumed"]);
    }

    [Theory]
    [InlineData("EmergencyStop", "stoppedByFault")]
    [InlineData("PowerLoss", "stoppedByFault")]
    [InlineData("Remote", "sessionFinished")]
    [InlineData(null, "sessionFinished")]
    public void A_stop_that_nobody_wished_is_told_as_a_fault(string? reason, string told) =>
        Decide(Fresh with { Phase = "charging" }, Standing("ended", ended: true, reason: reason)).News.ShouldBe([told]);

    [Fact]
    public void The_end_waits_for_its_price()
    {
        var (news, mark, settled) = Decide(Fresh with { Phase = "charging" }, Standing("ended", ended: true, priced: false));
        (news.Length, mark.Phase, settled).ShouldBe((0, "charging", false));
    }

    [Fact]
    public void A_start_that_is_learned_of_late_is_no_news() =>
        Decide(Fresh, Standing("charging") with { StartedAt = At.AddHours(-3) }).News.ShouldBeEmpty();

    [Theory]
    [InlineData(50, 50, null, false)] // still coming in
    [InlineData(200, 61, null, true)]
    [InlineData(301, 1, null, true)] // a storm that does not end
    [InlineData(200, 61, 899, false)]
    [InlineData(200, 61, 900, true)]
    public void Several_of_a_kind_are_told_together(int firstAgo, int lastAgo, int? toldAgo, bool due) => Grouping.IsDue(
        new(At.AddSeconds(-firstAgo), At.AddSeconds(-lastAgo), toldAgo is { } ago ? At.AddSeconds(-ago) : null), TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(15), At).ShouldBe(due);

    [Fact]
    public void Quiet_hours_and_the_daily_summary_hold_back_what_is_not_urgent()
    {
        var quiet = new Preferences { QuietFrom = new(21, 0), QuietTo = new(7, 0) };
        quiet.Earliest(Catalogue.SessionFinished, Channels.Mail, At.AddHours(-1), Berlin).ShouldBe(At.AddHours(-1));
        quiet.Earliest(Catalogue.SessionFinished, Channels.Mail, At, Berlin).ShouldBe(new DateTimeOffset(2026, 3, 3, 6, 0, 0, TimeSpan.Zero), "21:00 in Berlin: not before seven");
        quiet.Earliest(Catalogue.Idle, Channels.Mail, At, Berlin).ShouldBe(At, "urgent");
        var summary = new Preferences { SummaryAt = new(8, 30) };
        summary.Earliest(Catalogue.SessionFinished, Channels.Mail, At, Berlin).ShouldBe(new DateTimeOffset(2026, 3, 3, 7, 30, 0, TimeSpan.Zero));
        summary.Earliest(Catalogue.SessionFinished, Channels.Push, At, Berlin).ShouldBe(At);
        // 2:30 does not exist in the night when the clock goes forward.
        new Preferences { SummaryAt = new(2, 30) }.Earliest(Catalogue.SessionFinished, Channels.Mail, new(2026, 3, 28, 22, 0, 0, TimeSpan.Zero), Berlin).ShouldBe(new DateTimeOffset(2026, 3, 29, 1, 30, 0, TimeSpan.Zero));
    }

    [Fact]
    public void Every_event_has_its_words_in_both_languages()
    {
        foreach (var e in Catalogue.All)
        {
            foreach (var language in Texts.Languages)
            {
                var one = Words.Say(e, 1, [new() { Station = "S-1", Site = "Markt", EnergyWh = 12_345, Cost = 4.5m, Currency = "EUR", StartedAt = At, EndedAt = At, Detail = "station" }], language, Berlin);
                (one.Title + one.Text).ShouldNotContain("notifications.");
                (one.Title + one.Text).ShouldNotContain("{");
                Texts.In(language, "notifications.name." + e.Name).ShouldNotStartWith("notifications.");
                if (!e.ForDriver)
                {
                    Words.Say(e, 12, [new() { Station = "S-1" }], language, Berlin).Title.ShouldContain("12");
                }
            }
        }
    }
}
