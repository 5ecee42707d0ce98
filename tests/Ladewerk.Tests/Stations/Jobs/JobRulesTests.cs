using Ladewerk.Stations.Jobs;

namespace Ladewerk.Tests.Stations.Jobs;

/// <summary>What a job does next.</summary>
public sealed class JobRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 20, 30, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Fact]
    public void It_works_while_stations_wait_and_ends_when_none_is_open()
    {
        Decide(new(), new JobCounts { Waiting = 3, OpenInWave = 3 }).ShouldBeOfType<JobDecision.Work>();
        Decide(new(), new JobCounts { Running = 1, OpenInWave = 1 }).ShouldBeOfType<JobDecision.Hold>();
        Decide(new(), new JobCounts { Answered = 3, Good = 3 }).ShouldBeOfType<JobDecision.Finish>();
    }

    [Fact]
    public void It_holds_before_its_start_and_skips_the_rest_after_its_end()
    {
        Decide(new() { StartAt = Now.AddMinutes(1) }, new JobCounts { Waiting = 3, OpenInWave = 3 }).ShouldBeOfType<JobDecision.Hold>();
        Decide(new() { EndAt = Now }, new JobCounts { Waiting = 3, OpenInWave = 3 }).ShouldBeOfType<JobDecision.Expire>();
        Decide(new() { EndAt = Now }, new JobCounts { Running = 3, OpenInWave = 3 }).ShouldBeOfType<JobDecision.Hold>();
    }

    [Theory]
    [InlineData("22:00", "06:00", true)] // 22:30 in Berlin
    [InlineData("22:31", "06:00", false)]
    [InlineData("20:00", "21:00", false)]
    [InlineData("22:00", "22:30", false)]
    public void A_window_is_on_the_wall_of_its_zone(string from, string to, bool open)
    {
        var window = new JobWindow(TimeOnly.Parse(from, System.Globalization.CultureInfo.InvariantCulture), TimeOnly.Parse(to, System.Globalization.CultureInfo.InvariantCulture));

        JobRules.IsOpen(window, Now, Berlin).ShouldBe(open);
        JobRules.IsOpen(window with { TimeZone = "Europe/Berlin" }, Now, TimeZoneInfo.Utc).ShouldBe(open);
    }

    [Fact]
    public void So_many_failures_or_refusals_pause_it()
    {
        var counts = new JobCounts { Waiting = 5, Answered = 4, Good = 2, Failed = 1, OpenInWave = 5 };
        Decide(new(), counts, failuresAllowed: 3).ShouldBe(new JobDecision.Pause(JobRules.PausedByFailures, 0));
        Decide(new(), counts, failuresAllowed: 4).ShouldBeOfType<JobDecision.Work>();
    }

    [Fact]
    public void Stations_that_stay_offline_are_given_up_at_the_limit()
    {
        var counts = new JobCounts { Offline = 2, Answered = 1, Good = 1 };
        Decide(new() { RetryOfflineUntil = Now.AddHours(1) }, counts).ShouldBeOfType<JobDecision.Hold>();
        Decide(new() { RetryOfflineUntil = Now }, counts).ShouldBeOfType<JobDecision.GiveUpOffline>();
    }

    [Fact]
    public void A_wave_follows_when_the_former_is_done_after_a_rest_or_a_word()
    {
        var waiting = new JobCounts { Waiting = 9, Answered = 1, Good = 1, OpenInWave = 0 };
        var options = new JobOptions { Waves = [1], MinutesBetweenWaves = 10 };
        Decide(options, waiting, waves: 2).ShouldBe(new JobDecision.NextWave(1, Now.AddMinutes(10)));
        Decide(options with { ConfirmWaves = true }, waiting, waves: 2).ShouldBe(new JobDecision.Pause(JobRules.PausedByWave, 1));
        Decide(options, waiting with { OpenInWave = 9 }, wave: 1, waves: 2, waveFrom: Now.AddMinutes(10)).ShouldBeOfType<JobDecision.Hold>();
        Decide(options, waiting with { OpenInWave = 9 }, wave: 1, waves: 2, waveFrom: Now).ShouldBeOfType<JobDecision.Work>();
        Enumerable.Range(0, 5).Select(i => JobRules.WaveOf(i, [1, 2])).ShouldBe([0, 1, 1, 2, 2]);
    }

    private static JobDecision Decide(JobOptions options, JobCounts counts, int wave = 0, int waves = 1, DateTimeOffset? waveFrom = null, int? failuresAllowed = null) =>
        JobRules.Decide(options, counts, wave, waves, waveFrom, failuresAllowed, Now, Berlin);
}
