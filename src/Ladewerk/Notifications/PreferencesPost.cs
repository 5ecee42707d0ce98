using System.Globalization;

namespace Ladewerk.Notifications;

/// <summary>Reads the forms of preferences and rules: a field <c>event</c> for each event that stands there, and for each channel the events that are ticked.</summary>
internal static class PreferencesPost
{
    private static readonly string[] Ways = ["feed", "mail", "push"];

    /// <summary>All that a person can wish.</summary>
    public static PreferencesBody Read(IFormCollection form) => new()
    {
        Events = Channels(form), QuietFrom = new(Clock(form["quietFrom"])), QuietTo = new(Clock(form["quietTo"])), SummaryAt = new(Clock(form["summaryAt"])), TargetSoc = Number(form["targetSoc"]),
    };

    /// <summary>By event: its channels.</summary>
    public static Dictionary<string, IReadOnlyList<string>> Channels(IFormCollection form) => form["event"].OfType<string>().Distinct(StringComparer.Ordinal).ToDictionary(
        e => e, e => (IReadOnlyList<string>)[.. Ways.Where(channel => form[channel].Contains(e, StringComparer.Ordinal))], StringComparer.Ordinal);

    /// <summary>A whole number; null for anything else.</summary>
    public static int? Number(string? text) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static TimeOnly? Clock(string? text) => TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;
}
