using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Portal;

/// <summary>Numbers and times as people read them: in the reader's locale, 24 hours, in the site's zone. Units stand beside, in small.</summary>
public static class Show
{
    private static bool German => string.Equals(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName, "de", StringComparison.Ordinal);

    /// <summary>A number with thousands separators and fixed decimals.</summary>
    public static string Number(decimal value, int decimals = 0) =>
        value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.CurrentCulture);

    /// <summary>Kilowatts with one decimal, without the unit.</summary>
    public static string Kw(long watts) => Number(watts / 1000m, 1);

    /// <summary>Kilowatt-hours, without the unit: two decimals where money depends on it, else one.</summary>
    public static string Kwh(long wattHours, int decimals = 1) => Number(wattHours / 1000m, decimals);

    /// <summary>An amount, without the unit.</summary>
    public static string Amount(decimal amount) => Number(amount, 2);

    /// <summary>€ for EUR, else the code.</summary>
    public static string Currency(string code) => code switch
    {
        "EUR" => "€",
        "GBP" => "£",
        "USD" => "$",
        _ => code,
    };

    /// <summary>Amount and currency in one text.</summary>
    public static string Money(Money money) => Amounts.Of(money.Amount, money.Currency, German ? "de" : "en");

    /// <summary>The zone of that IANA name; UTC where this machine does not know it.</summary>
    public static TimeZoneInfo Zone(string? name) => name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>14:32</summary>
    public static string Time(DateTimeOffset at, TimeZoneInfo zone) => In(at, zone).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>14:32:07</summary>
    public static string Seconds(DateTimeOffset at, TimeZoneInfo zone) => In(at, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>14:32:07,004</summary>
    public static string Milliseconds(DateTimeOffset at, TimeZoneInfo zone) => In(at, zone).ToString(German ? "HH:mm:ss,fff" : "HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>19.11. or 19 Nov</summary>
    public static string Day(DateTimeOffset at, TimeZoneInfo zone) => In(at, zone).ToString(German ? "dd.MM." : "d MMM", CultureInfo.CurrentCulture);

    /// <summary>19.11.2026 or 19 Nov 2026</summary>
    public static string Date(DateTimeOffset at, TimeZoneInfo zone) => In(at, zone).ToString(German ? "dd.MM.yyyy" : "d MMM yyyy", CultureInfo.CurrentCulture);

    /// <summary>19.11.2026 or 19 Nov 2026, of a day that stands in no zone.</summary>
    public static string Date(DateOnly day) => day.ToString(German ? "dd.MM.yyyy" : "d MMM yyyy", CultureInfo.CurrentCulture);

    /// <summary>Donnerstag, 19. November 2026</summary>
    public static string LongDate(DateTimeOffset at, TimeZoneInfo zone) => In(at, zone).ToString(German ? "dddd, d. MMMM yyyy" : "dddd, d MMMM yyyy", CultureInfo.CurrentCulture);

    /// <summary>Day and time: 19.11., 14:32</summary>
    public static string DayTime(DateTimeOffset at, TimeZoneInfo zone) => $"{Day(at, zone)}{(German ? "," : "")} {Time(at, zone)}";

    /// <summary>The time alone when it was today, else day and time.</summary>
    public static string Moment(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone) =>
        In(at, zone).Date == In(now, zone).Date ? Time(at, zone) : DayTime(at, zone);

    /// <summary>Start of the day that <paramref name="now"/> lies in.</summary>
    public static DateTimeOffset Midnight(DateTimeOffset now, TimeZoneInfo zone)
    {
        var day = In(now, zone).Date;
        return new DateTimeOffset(day, zone.GetUtcOffset(day)).ToUniversalTime();
    }

    /// <summary>Hours and minutes: 2:08</summary>
    public static string Hours(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}:{span.Minutes:00}");

    /// <summary>A stretch of time in the two largest units: 6 s, 52 min, 3 h 12 min, 11 T 4 h.</summary>
    public static string Span(TimeSpan span)
    {
        var days = German ? "T" : "d";
        return span switch
        {
            { TotalSeconds: < 90 } => $"{Math.Max(0, (long)span.TotalSeconds)} s",
            { TotalMinutes: < 90 } => $"{(long)span.TotalMinutes} min",
            { TotalHours: < 48 } => span.Minutes == 0 ? $"{(long)span.TotalHours} h" : $"{(long)span.TotalHours} h {span.Minutes} min",
            _ => $"{(long)span.TotalDays} {days} {span.Hours} h",
        };
    }

    /// <summary>A transaction's number in groups of three: 48 213.</summary>
    public static string Grouped(long number) => number.ToString("#,0", new NumberFormatInfo { NumberGroupSeparator = " " });

    /// <summary>A token's first characters: enough to recognise, too few to copy.</summary>
    public static string Masked(string token) => token.Length <= 4 ? "****" : string.Concat(token.AsSpan(0, 4), "****");

    private static DateTimeOffset In(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone);
}
