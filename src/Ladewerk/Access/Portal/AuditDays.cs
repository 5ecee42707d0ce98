using System.Globalization;

namespace Ladewerk.Access.Portal;

/// <summary>The search of the audit log by days of the operator's zone.</summary>
internal static class AuditDays
{
    /// <param name="from">The first day, as a form sends it; absent or unreadable: from the beginning.</param>
    /// <param name="to">The last day, which counts whole.</param>
    public static AuditFilter Filter(string? q, string? subject, string? from, string? to, TimeZoneInfo zone) =>
        new(q, Subject: subject, From: Start(from, zone, 0), To: Start(to, zone, 1));

    private static DateTimeOffset? Start(string? day, TimeZoneInfo zone, int after) =>
        DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is > 1900 and < 3000
            ? new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(date.AddDays(after).ToDateTime(TimeOnly.MinValue), zone), TimeSpan.Zero)
            : null;
}
