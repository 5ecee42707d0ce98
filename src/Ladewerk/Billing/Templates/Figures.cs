using System.Globalization;

namespace Ladewerk.Billing.Templates;

/// <summary>Writes amounts, quantities and times as a reader of the document's language expects them.</summary>
public sealed class Figures(InvoiceTexts texts, string currency)
{
    private const char NoBreak = '\u00A0';
    private const char Minus = '\u2212';

    private readonly NumberFormatInfo numbers = texts.Culture.NumberFormat;
    private readonly int digits = Tariffs.MinorUnits.Of(currency);

    /// <summary>An amount in whole minor units: <c>58,04 €</c>, <c>€58.04</c>.</summary>
    public string Money(decimal amount) => Money(amount, digits);

    /// <summary>A net price per unit, four places at least.</summary>
    public string UnitPrice(decimal amount) => Money(amount, Math.Max(4, digits));

    /// <summary>A price as a tariff states it, without padding zeros beyond the minor unit.</summary>
    public string Price(decimal amount)
    {
        var places = digits;
        while (places < 6 && decimal.Round(amount, places) != amount)
        {
            places++;
        }

        return Money(amount, places);
    }

    /// <summary><c>11,004 kWh</c>, <c>82 min</c>; a bare number for countable things.</summary>
    public string Quantity(decimal quantity, string unit) => unit switch
    {
        "" => "",
        "kWh" => Number(quantity, 3) + NoBreak + unit,
        "session" => Number(quantity, 0),
        "month" => Signed(quantity, value => value.ToString("0.####", numbers)) + NoBreak + texts.Month,
        _ => Number(quantity, quantity == decimal.Truncate(quantity) ? 0 : 1) + NoBreak + unit,
    };

    public string KilowattHours(Kernel.WattHours energy) => Number(energy.KilowattHours, 3);

    /// <summary><c>19 %</c>.</summary>
    public string Percent(decimal rate) => rate.ToString("0.##", numbers) + NoBreak + "%";

    public string Long(DateOnly date) => date.ToString(texts.LongDate, texts.Culture);

    public string Short(DateTime local) => local.ToString(texts.ShortDate, texts.Culture);

    public static string Clock(DateTime local) => local.ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>From and to, the end's date only where it is another one.</summary>
    public string Span(DateTime from, DateTime to)
    {
        var end = (to.Date - from.Date).Days switch
        {
            0 => Clock(to) + texts.TimeSuffix,
            1 => $"{Clock(to)} {texts.NextDay}",
            _ => $"{Short(to)}, {Clock(to)}{texts.TimeSuffix}",
        };
        return $"{Short(from)}, {Clock(from)} – {end}";
    }

    private string Number(decimal value, int places) => Signed(value, value => value.ToString("N" + places.ToString(CultureInfo.InvariantCulture), numbers));

    private string Money(decimal amount, int places) => Signed(amount, value =>
    {
        var figure = value.ToString("N" + places.ToString(CultureInfo.InvariantCulture), numbers);
        var symbol = currency switch { "EUR" => "€", "GBP" => "£", _ => currency };
        return texts.Language == "en" ? symbol + (symbol.Length > 1 ? $"{NoBreak}{figure}" : figure) : $"{figure}{NoBreak}{symbol}";
    });

    private static string Signed(decimal value, Func<decimal, string> write) => value < 0m ? Minus + write(-value) : write(value);
}
