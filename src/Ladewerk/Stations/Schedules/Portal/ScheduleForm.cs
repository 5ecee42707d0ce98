using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Stations.Schedules.Portal;

/// <summary>What the form of a schedule means, and a rule in words.</summary>
internal static class ScheduleForm
{
    /// <summary>A week as it is written here.</summary>
    public static readonly IReadOnlyList<DayOfWeek> Week = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday];

    public static ScheduleWish Read(IFormCollection form)
    {
        var kind = Enum.TryParse<ScheduleKind>(form["kind"], out var said) ? said : ScheduleKind.OutOfService;
        List<DayOfWeek> days = [.. form["days"].OfType<string>().Select(d => Enum.TryParse<DayOfWeek>(d, out var day) ? day : (DayOfWeek?)null).OfType<DayOfWeek>()];
        string[] stations = form["stations"].ToString().Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries);
        return new ScheduleWish(
            form["name"].ToString().Trim(),
            new ScheduleRule(
                kind, Clock(form, "at") ?? default, kind == ScheduleKind.OutOfService ? Clock(form, "until") : null, days.Count is 0 or 7 ? null : days,
                DateOnly.TryParse(form["date"], CultureInfo.InvariantCulture, out var date) ? date : null, form["hard"] == "true", form["onlyIdle"] == "true"),
            Guid.TryParse(form["site"], out var site) ? new SiteId(site) : null,
            stations.Length > 0 ? stations : null,
            Enabled: form["enabled"] == "true");
    }

    /// <summary>A stored schedule as its form shows it.</summary>
    public static ScheduleWish Of(Schedule s) => new(s.Name, s.Rule, s.SiteId, s.Selection.Stations, s.Selection.Filter, s.Enabled);

    /// <summary>When, in the reader's words.</summary>
    public static string When(Texts texts, ScheduleRule rule)
    {
        var clock = rule.Until is { } until ? texts["schedules.fromTo", Of(rule.At), Of(until)] : texts["schedules.atTime", Of(rule.At)];
        return rule.Date is { } date ? $"{Show.Date(date)}, {clock}"
            : rule.Days is { Count: > 0 } days ? $"{string.Join(", ", Week.Where(days.Contains).Select(CultureInfo.CurrentCulture.DateTimeFormat.GetAbbreviatedDayName))}, {clock}"
            : $"{texts["schedules.daily"]}, {clock}";
    }

    private static string Of(TimeOnly time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);

    private static TimeOnly? Clock(IFormCollection form, string name) => TimeOnly.TryParse(form[name], CultureInfo.InvariantCulture, out var time) ? time : null;
}
