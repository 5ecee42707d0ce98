using System.Globalization;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Notifications;

/// <summary>A message in a person's language.</summary>
/// <param name="Title">One line.</param>
/// <param name="Text">A sentence or two.</param>
/// <param name="Facts">What there is to know in detail.</param>
internal sealed record Worded(string Title, string Text, IReadOnlyList<MailFact> Facts);

/// <summary>Puts happenings into words.</summary>
internal static class Words
{
    /// <summary>One happening, or several of one kind as one message.</summary>
    /// <param name="count">How many there are; <paramref name="items"/> are the first of them.</param>
    /// <param name="zone">For times where the happening has no zone of its own.</param>
    public static Worded Say(NoticeEvent e, int count, IReadOnlyList<NoticeFacts> items, string language, TimeZoneInfo zone)
    {
        var culture = CultureInfo.GetCultureInfo(language == "de" ? "de-DE" : "en-GB");
        var first = items.Count > 0 ? items[0] : new NoticeFacts();
        var key = "notifications.event." + e.Name;
        if (count == 1)
        {
            object[] said = Said(first, e, language, culture, zone);
            return new(Format(culture, language, key, said), Format(culture, language, key + ".text", said), e.ForDriver ? Details(first, language, culture, zone) : []);
        }

        var lines = items.GroupBy(i => i.StationName ?? i.Station ?? i.Detail ?? "").Select(g => g.First()).Select(i => string.Join(" · ", new[] { i.StationName ?? i.Station, i.Site }.Where(p => !string.IsNullOrEmpty(p)))).Where(l => l.Length > 0).ToList();
        var text = string.Join("\n", lines) + (count > items.Count ? "\n" + Texts.In(language, "notifications.andMore", count - items.Count) : "");
        return new(Format(culture, language, key + ".many", [count]), text, []);
    }

    private static object[] Said(NoticeFacts facts, NoticeEvent e, string language, CultureInfo culture, TimeZoneInfo zone) =>
    [
        facts.StationName ?? facts.Station ?? "",
        facts.Site is { } site ? $" ({site})" : "",
        Energy(facts, culture),
        Money(facts, culture) is { } cost ? Texts.In(language, "notifications.costs", cost) : "",
        Time(facts, e, culture, zone),
        Detail(facts, e, language),
        (facts.Soc ?? 0).ToString("N0", culture),
        Money(facts, culture) ?? "",
    ];

    private static string Format(CultureInfo culture, string language, string key, object[] said) => string.Format(culture, Texts.In(language, key), said);

    private static string Energy(NoticeFacts facts, CultureInfo culture) => ((facts.EnergyWh ?? 0) / 1000m).ToString("N2", culture) + " kWh";

    private static string? Money(NoticeFacts facts, CultureInfo culture) =>
        facts.Cost is { } cost ? Amounts.Of(cost, facts.Currency ?? "EUR", culture.TwoLetterISOLanguageName) : null;

    private static string Time(NoticeFacts facts, NoticeEvent e, CultureInfo culture, TimeZoneInfo zone)
    {
        var own = facts.TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : zone;
        return (facts.EndedAt ?? facts.StartedAt) is { } at ? TimeZoneInfo.ConvertTime(at, own).ToString(e == Catalogue.CertificateExpiring ? DateOf(culture) : "HH:mm", culture) : "";
    }

    /// <summary>19.11.2026 or 19 Nov 2026: the same day to every reader of English.</summary>
    private static string DateOf(CultureInfo culture) => culture.TwoLetterISOLanguageName == "de" ? "dd.MM.yyyy" : "d MMM yyyy";

    private static string Detail(NoticeFacts facts, NoticeEvent e, string language) =>
        e == Catalogue.CertificateExpiring ? Texts.In(language, "notifications.certificate." + facts.Detail) : facts.Detail ?? "";

    private static List<MailFact> Details(NoticeFacts facts, string language, CultureInfo culture, TimeZoneInfo zone)
    {
        var own = facts.TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : zone;
        var lines = new List<MailFact>();
        Add("station", facts.StationName ?? facts.Station);
        Add("site", facts.Site);
        Add("started", facts.StartedAt is { } start ? TimeZoneInfo.ConvertTime(start, own).ToString(DateOf(culture) + " HH:mm", culture) : null);
        Add("ended", facts.EndedAt is { } end ? TimeZoneInfo.ConvertTime(end, own).ToString(DateOf(culture) + " HH:mm", culture) : null);
        Add("duration", facts is { StartedAt: { } from, EndedAt: { } to } ? string.Create(culture, $"{(int)(to - from).TotalHours}:{(to - from).Minutes:00} h") : null);
        Add("energy", facts.EnergyWh is not null ? Energy(facts, culture) : null);
        Add("soc", facts is { Soc: { } soc, Station: not null } ? soc.ToString("N0", culture) + " %" : null);
        Add("cost", Money(facts, culture));
        return lines;

        void Add(string what, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                lines.Add(new(Texts.In(language, "notifications.fact." + what), value));
            }
        }
    }
}
