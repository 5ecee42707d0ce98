namespace Ladewerk.Tariffs;

/// <summary>
/// The public holidays of a German federal state (ISO 3166-2, for example <c>DE-BY</c>; <c>DE</c>: those of the whole
/// country), and further days that a tariff names.
/// </summary>
internal sealed class HolidayCalendar(string? region, IEnumerable<DateOnly> extra)
{
    private readonly HashSet<DateOnly> extraDays = [.. extra];
    private readonly string state = region?.ToUpperInvariant() ?? "";

    public static bool Knows(string region) => region.ToUpperInvariant() is
        "DE" or "DE-BW" or "DE-BY" or "DE-BE" or "DE-BB" or "DE-HB" or "DE-HH" or "DE-HE" or "DE-MV" or "DE-NI"
        or "DE-NW" or "DE-RP" or "DE-SL" or "DE-SN" or "DE-ST" or "DE-SH" or "DE-TH";

    public bool Has(DateOnly day) => extraDays.Contains(day) || (state.StartsWith("DE", StringComparison.Ordinal) && IsPublicHoliday(day));

    private bool IsPublicHoliday(DateOnly day)
    {
        var fixedDay = (day.Month, day.Day) switch
        {
            (1, 1) or (5, 1) or (10, 3) or (12, 25) or (12, 26) => true,
            (1, 6) => state is "DE-BW" or "DE-BY" or "DE-ST",
            (3, 8) => (state is "DE-BE" && day.Year >= 2019) || (state is "DE-MV" && day.Year >= 2023),
            (8, 15) => state is "DE-SL",
            (9, 20) => state is "DE-TH" && day.Year >= 2019,
            (10, 31) => state is "DE-BB" or "DE-MV" or "DE-SN" or "DE-ST" or "DE-TH"
                || (day.Year >= 2018 && state is "DE-HB" or "DE-HH" or "DE-NI" or "DE-SH"),
            (11, 1) => state is "DE-BW" or "DE-BY" or "DE-NW" or "DE-RP" or "DE-SL",
            _ => false,
        };
        return fixedDay || IsMovable(day);
    }

    private bool IsMovable(DateOnly day)
    {
        var sinceEaster = day.DayNumber - EasterSunday(day.Year).DayNumber;
        return sinceEaster switch
        {
            -2 or 1 or 39 or 50 => true,
            0 or 49 => state is "DE-BB",
            60 => state is "DE-BW" or "DE-BY" or "DE-HE" or "DE-NW" or "DE-RP" or "DE-SL",
            _ => state is "DE-SN" && day == DayOfRepentance(day.Year),
        };
    }

    // The Wednesday before 23 November.
    private static DateOnly DayOfRepentance(int year)
    {
        var day = new DateOnly(year, 11, 22);
        return day.AddDays(-(((int)day.DayOfWeek - (int)DayOfWeek.Wednesday + 7) % 7));
    }

    // The Gregorian computus in the form of Meeus, Jones and Butcher.
    private static DateOnly EasterSunday(int year)
    {
        var golden = year % 19;
        var century = year / 100;
        var ofCentury = year % 100;
        var epact = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
        var weekday = (32 + 2 * (century % 4) + 2 * (ofCentury / 4) - epact - ofCentury % 4) % 7;
        var correction = (golden + 11 * epact + 22 * weekday) / 451;
        var month = (epact + weekday - 7 * correction + 114) / 31;
        var dayOfMonth = (epact + weekday - 7 * correction + 114) % 31 + 1;
        return new DateOnly(year, month, dayOfMonth);
    }
}
