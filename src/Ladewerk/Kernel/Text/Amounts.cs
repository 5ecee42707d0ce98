using System.Globalization;

namespace Ladewerk.Kernel.Text;

/// <summary>Amounts of money as people read them.</summary>
public static class Amounts
{
    private static readonly CultureInfo German = CultureInfo.GetCultureInfo("de-DE"), English = CultureInfo.GetCultureInfo("en-GB");

    /// <summary>12,34 € in German, €12.34 in English; a minus stands before all of it.</summary>
    /// <param name="currency">ISO 4217.</param>
    /// <param name="language">de or en.</param>
    public static string Of(decimal amount, string currency, string language) => Write(decimal.Round(amount, 2, MidpointRounding.AwayFromZero), currency, language, "N2");

    /// <summary>A price of one unit, with as many places as it has, from two to four.</summary>
    /// <inheritdoc cref="Of"/>
    public static string Price(decimal price, string currency, string language) => Write(price, currency, language, "#,0.00##");

    private static string Write(decimal amount, string currency, string language, string format)
    {
        var sign = currency switch { "EUR" => "€", "GBP" => "£", "USD" => "$", _ => currency };
        var minus = amount < 0m ? "\u2212" : "";
        var figure = Math.Abs(amount).ToString(format, language == "en" ? English : German);
        return language == "en" ? $"{minus}{sign}{(sign.Length > 1 ? " " : "")}{figure}" : $"{minus}{figure} {sign}";
    }
}
