using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Tariffs.Portal;

/// <summary>A line of a bill as people read it.</summary>
internal sealed record BillLine(string Name, string When, string Quantity, string Unit, string UnitPrice, decimal? Amount);

/// <summary>Puts the lines of a cost into words: minutes where the price per minute is neat, days where it spans several.</summary>
internal static class BillLines
{
    public static IEnumerable<BillLine> Of(Cost cost, Tariff tariff, TimeZoneInfo zone, Texts texts) => cost.Lines.Select(line => Of(line, cost, tariff, zone, texts));

    /// <summary>What a line is for: the element's name where it has one.</summary>
    public static string Name(CostLine line, Tariff tariff, Texts texts)
    {
        var element = line.Element is { } index && index < tariff.Elements.Count ? tariff.Elements[index].Name?.In(Texts.Language) : null;
        var name = string.IsNullOrEmpty(element) ? texts["tariffs.line." + line.Type] : element;
        return line is { UnitPrice: 0m, Quantity: > 0m, Element: not null } ? texts["tariffs.line.free", name] : name;
    }

    /// <summary>What the driver pays for the line: gross where that is known.</summary>
    public static decimal? Amount(CostLine line) => line.InclVat ?? line.ExclVat;

    private static BillLine Of(CostLine line, Cost cost, Tariff tariff, TimeZoneInfo zone, Texts texts)
    {
        var currency = Show.Currency(cost.Currency);
        var name = Name(line, tariff, texts);
        var when = When(line, zone);
        if (line.Element is null)
        {
            return new BillLine(name, "", "", "", "", Amount(line));
        }

        if (line.Unit == "h")
        {
            var perMinute = decimal.Round(line.UnitPrice / 60m, 4) * 60m == line.UnitPrice;
            var price = perMinute ? line.UnitPrice / 60m : line.UnitPrice;
            return new BillLine(name, when, FormNumber.Text(decimal.Round(line.Quantity * 60m, 2)), "min", Price(price, currency, perMinute ? "" : "/h"), Amount(line));
        }

        return line.Unit == "kWh"
            ? new BillLine(name, when, Show.Number(line.Quantity, line.Quantity == decimal.Round(line.Quantity, 2) ? 2 : 3), "kWh", Price(line.UnitPrice, currency, ""), Amount(line))
            : new BillLine(name, "", "1", "", Price(line.UnitPrice, currency, ""), Amount(line));
    }

    private static string Price(decimal price, string currency, string unit) => Texts.Language == "en" ? $"× {currency}{FormNumber.Text(price, 2)}{unit}" : $"× {FormNumber.Text(price, 2)} {currency}{unit}";

    private static string When(CostLine line, TimeZoneInfo zone)
    {
        if (line.From == line.To)
        {
            return "";
        }

        var sameDay = TimeZoneInfo.ConvertTime(line.From, zone).Date == TimeZoneInfo.ConvertTime(line.To, zone).Date;
        return sameDay ? $"{Show.Time(line.From, zone)} – {Show.Time(line.To, zone)}" : $"{Show.DayTime(line.From, zone)} – {Show.DayTime(line.To, zone)}";
    }
}
