using System.Globalization;

namespace Ladewerk.Ocpp;

/// <summary>Reads timestamps as stations write them (quirk Q19).</summary>
internal static class TimestampHabits
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm", "yyyyMMdd'T'HHmmss", "yyyyMMddHHmmss", "yyyy-MM-dd", "dd.MM.yyyy HH:mm:ss", "yyyy/MM/dd'T'HH:mm:ss",
    ];

    /// <summary>The time, and what had to be forgiven; null when it is unreadable.</summary>
    public static (DateTimeOffset Time, Leniency Kind)? Read(string text)
    {
        text = text.Trim();
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && text.Length is >= 9 and not 14)
        {
            return Unix(number);
        }

        var (local, offset) = SplitZone(text);
        var kind = offset is null || !text.EndsWith('Z') ? Leniency.TimestampZone : Leniency.TimestampForm;
        if (local.Length > 10 && local[10] == ' ' && local[2] != '.')
        {
            local = local[..10] + "T" + local[11..].TrimStart();
            kind = Leniency.TimestampForm;
        }

        if (!DateTime.TryParseExact(local.Replace(',', '.'), Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return null;
        }

        var utc = time.Ticks - (offset ?? TimeSpan.Zero).Ticks;
        return (new DateTimeOffset(Math.Clamp(utc, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero), kind);
    }

    // Seconds or milliseconds since 1970; 10^11 seconds would be the year 5138.
    private static (DateTimeOffset, Leniency)? Unix(decimal number)
    {
        var milliseconds = Math.Abs(number) >= 100_000_000_000m ? number : number * 1000;
        return Math.Abs(milliseconds) > 250_000_000_000_000m || milliseconds < -62_135_596_800_000m
            ? null
            : (DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds), Leniency.TimestampForm);
    }

    // "Z", "+03", "+0300", "+03:00", " +3", after the time of day.
    private static (string Local, TimeSpan? Offset) SplitZone(string text)
    {
        if (text.EndsWith('Z') || text.EndsWith('z'))
        {
            return (text[..^1].TrimEnd(), TimeSpan.Zero);
        }

        var sign = text.LastIndexOfAny(['+', '-']);
        if (sign < 11)
        {
            return (text, null);
        }

        var digits = text[(sign + 1)..].Replace(":", "", StringComparison.Ordinal);
        if (digits.Length is < 1 or > 4 || !digits.All(char.IsAsciiDigit))
        {
            return (text, null);
        }

        var number = int.Parse(digits, CultureInfo.InvariantCulture);
        var minutes = digits.Length <= 2 ? number * 60 : (number / 100 * 60) + (number % 100);
        return (text[..sign].TrimEnd(), TimeSpan.FromMinutes(text[sign] == '-' ? -minutes : minutes));
    }
}
