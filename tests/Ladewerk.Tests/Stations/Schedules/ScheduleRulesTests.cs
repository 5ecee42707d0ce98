using System.Globalization;
using Ladewerk.Stations.Schedules;

namespace Ladewerk.Tests.Stations.Schedules;

/// <summary>When schedules act, on a wall clock that jumps twice a year.</summary>
public sealed class ScheduleRulesTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly ScheduleRule Night = new(ScheduleKind.OutOfService, new TimeOnly(22, 0), new TimeOnly(6, 0));
    private static readonly ScheduleRule Restart = new(ScheduleKind.Restart, new TimeOnly(2, 30));

    [Theory]
    [InlineData("2026-06-10T12:00Z", "2026-06-10T20:00Z", ScheduleEdge.Close)]
    [InlineData("2026-06-10T20:00Z", "2026-06-11T04:00Z", ScheduleEdge.Open)]
    [InlineData("2026-06-10T23:30Z", "2026-06-11T04:00Z", ScheduleEdge.Open)]
    [InlineData("2026-03-28T22:00Z", "2026-03-29T04:00Z", ScheduleEdge.Open)] // the night has seven hours
    [InlineData("2026-10-24T21:00Z", "2026-10-25T05:00Z", ScheduleEdge.Open)] // and nine
    public void A_night_out_of_service_begins_and_ends_by_the_wall_clock(string after, string at, ScheduleEdge edge) =>
        ScheduleRules.Next(Night, Time(after), Berlin).ShouldBe(new ScheduleMoment(Time(at), edge));

    [Fact]
    public void A_time_that_is_skipped_comes_when_the_clock_goes_on_and_one_that_comes_twice_once()
    {
        ScheduleRules.Next(Restart, Time("2026-03-28T12:00Z"), Berlin)!.Value.At.ShouldBe(Time("2026-03-29T01:00Z")); // 02:30 does not exist: 03:00 summer time
        var twice = ScheduleRules.Next(Restart, Time("2026-10-24T12:00Z"), Berlin)!.Value;
        twice.At.ShouldBe(Time("2026-10-25T00:30Z")); // the first 02:30
        ScheduleRules.Next(Restart, twice.At, Berlin)!.Value.At.ShouldBe(Time("2026-10-26T01:30Z"));
    }

    [Fact]
    public void Only_chosen_days_and_a_date_only_once()
    {
        ScheduleRules.Next(Restart with { Days = [DayOfWeek.Sunday] }, Time("2026-06-10T12:00Z"), Berlin)!.Value.At.ShouldBe(Time("2026-06-14T00:30Z"));
        var once = Night with { Date = new DateOnly(2026, 6, 12) };
        ScheduleRules.Next(once, Time("2026-06-10T12:00Z"), Berlin).ShouldBe(new ScheduleMoment(Time("2026-06-12T20:00Z"), ScheduleEdge.Close));
        ScheduleRules.Next(once, Time("2026-06-12T21:00Z"), Berlin).ShouldBe(new ScheduleMoment(Time("2026-06-13T04:00Z"), ScheduleEdge.Open));
        ScheduleRules.Next(once, Time("2026-06-13T04:00Z"), Berlin).ShouldBeNull();
    }

    [Fact]
    public void After_a_downtime_stations_are_as_they_should_be_now_and_a_late_restart_is_left_out()
    {
        var due = new ScheduleMoment(Time("2026-06-10T20:00Z"), ScheduleEdge.Close);
        ScheduleRules.Due(Night, due, Time("2026-06-10T20:01Z"), Berlin).ShouldBe((due, new ScheduleMoment(Time("2026-06-11T04:00Z"), ScheduleEdge.Open)));
        ScheduleRules.Due(Night, due, Time("2026-06-12T23:00Z"), Berlin).Act.ShouldBe(new ScheduleMoment(Time("2026-06-12T20:00Z"), ScheduleEdge.Close)); // two nights later, in the night
        ScheduleRules.Due(Night, due, Time("2026-06-13T12:00Z"), Berlin).Act!.Value.Edge.ShouldBe(ScheduleEdge.Open);

        var restart = new ScheduleMoment(Time("2026-06-10T00:30Z"), ScheduleEdge.Restart);
        ScheduleRules.Due(Restart, restart, Time("2026-06-10T01:00Z"), Berlin).Act.ShouldBe(restart);
        ScheduleRules.Due(Restart, restart, Time("2026-06-10T09:00Z"), Berlin).ShouldBe((null, new ScheduleMoment(Time("2026-06-11T00:30Z"), ScheduleEdge.Restart)));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
