using System.Globalization;

namespace Ladewerk.Tariffs;

internal sealed class GermanPhrases(string currency) : Phrases(CultureInfo.GetCultureInfo("de-DE"), currency)
{
    private static readonly string[] DayNames = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

    public override string FreeOfCharge => "kostenlos";

    protected override string Else => "sonst";

    private string Sign => Currency switch { "EUR" => "€", "CHF" => "CHF", var other => other };

    public override string Amount(decimal amount) => $"{Price(amount)} {Sign}";

    public override string Range(decimal low, decimal high) => $"{Price(low)} – {Price(high)} {Sign}";

    public override string ShortUnit(Dimension dimension, bool perMinute) => dimension switch
    {
        Dimension.Energy => "/kWh",
        Dimension.Flat => "/Vorgang",
        _ => perMinute ? "/min" : "/h",
    };

    public override string Sentence(string clauses, Dimension dimension, bool perMinute, int stepSize)
    {
        var started = perMinute && stepSize == 60;
        var minute = started ? "je angefangene Minute" : "je Minute";
        var unit = dimension switch
        {
            Dimension.Energy => "je kWh",
            Dimension.Time => perMinute ? $"{minute} Ladezeit" : "je Stunde Ladezeit",
            Dimension.ParkingTime => perMinute ? minute : "je Stunde",
            _ => "je Vorgang",
        };
        return $"{Capital(clauses)} {unit}{(started ? "" : Step(dimension, stepSize))}.";
    }

    public override string Parking(string sentence, decimal graceMinutes, decimal? cap)
    {
        var price = LowerFirst(sentence[..^1]);
        var limit = cap is { } most ? $", höchstens {Amount(most)}" : "";
        return graceMinutes > 0m
            ? $"Nach Ladeende {Number(graceMinutes)} Minuten frei, dann {price}{limit}."
            : $"Standzeit nach Ladeende: {price}{limit}.";
    }

    public override string Reservation(IReadOnlyList<string> prices, IReadOnlyList<string> expired)
    {
        var normal = prices.Count == 0 ? "" : "Reservierung: " + Joined(prices) + ".";
        var late = expired.Count == 0 ? "" : "Verfällt eine Reservierung: " + Joined(expired) + ".";
        return (normal + " " + late).Trim();
    }

    public override string Free(FreeAllowance allowance)
    {
        var parts = new List<string>();
        if (allowance.EnergyKwh is { } kwh)
        {
            parts.Add($"die ersten {Number(kwh)} kWh");
        }

        if (allowance.Minutes is { } minutes)
        {
            parts.Add($"die ersten {Number(minutes)} Minuten");
        }

        var who = allowance.UserGroups is { Count: > 0 } groups ? $" für {string.Join(", ", groups)}" : "";
        return $"{Capital(string.Join(" und ", parts))} sind{who} frei.";
    }

    public override string Cap(Cap cap)
    {
        var what = cap.Dimensions is not { Count: > 0 } dimensions ? "" : string.Join(" und ", dimensions.Select(NameOf)) + " ";
        var span = cap.Per switch
        {
            CapPeriod.Day => "am Tag",
            CapPeriod.Night => $"in der Nacht ({Window(cap.From ?? TimeOnly.MinValue, cap.To ?? TimeOnly.MinValue)})",
            _ => "je Vorgang",
        };
        return $"{what}{(what.Length == 0 ? "Höchstens" : "höchstens")} {Amount(cap.Amount)} {span}.";
    }

    public override string Least(decimal amount) => $"Mindestens {Amount(amount)} je Vorgang.";

    public override string Most(decimal amount) => $"Höchstens {Amount(amount)} je Vorgang.";

    public override string Subscription(decimal perMonth) => $"Grundpreis {Amount(perMonth)} im Monat.";

    public override string Tax(bool included, IReadOnlyList<decimal> rates)
    {
        var list = string.Join(" oder ", rates.Select(rate => Number(rate) + " %"));
        return !included ? "Preise ohne Umsatzsteuer." : rates.Count == 0 ? "" : $"Alle Preise mit {list} USt.";
    }

    protected override string Window(TimeOnly from, TimeOnly to) =>
        from.Minute == 0 && to.Minute == 0
            ? $"{from.Hour} – {(to == TimeOnly.MinValue ? 24 : to.Hour)} Uhr"
            : $"{from:H\\:mm} – {(to == TimeOnly.MinValue ? "24:00" : to.ToString("H:mm", CultureInfo.InvariantCulture))} Uhr";

    protected override string Dates(DateOnly? from, DateOnly? to) => (from, to?.AddDays(-1)) switch
    {
        ({ } first, { } last) => $"vom {first:d.M.yyyy} bis {last:d.M.yyyy}",
        ({ } first, null) => $"ab {first:d.M.yyyy}",
        (_, { } last) => $"bis {last:d.M.yyyy}",
        _ => "",
    };

    protected override string Between(decimal? min, decimal? max, string unit) => (min, max) switch
    {
        ({ } low, { } high) => $"von {Number(low)} bis {Number(high)} {unit}",
        ({ } low, null) => $"ab {Number(low)} {unit}",
        (_, { } high) => unit == "kWh" ? $"bis {Number(high)} kWh" : $"unter {Number(high)} {unit}",
        _ => "",
    };

    protected override string Duration(int? minSeconds, int? maxSeconds) => (minSeconds, maxSeconds) switch
    {
        ({ } low, { } high) => $"von Minute {Number(low / 60m)} bis {Number(high / 60m)}",
        ({ } low, null) => $"nach {Number(low / 60m)} Minuten",
        (_, { } high) => $"in den ersten {Number(high / 60m)} Minuten",
        _ => "",
    };

    protected override string Holidays(bool only) => only ? "an Feiertagen" : "außer an Feiertagen";

    protected override string For(IEnumerable<string> names) => "für " + string.Join(", ", names);

    protected override string Market(MarketEnergyPrice price) =>
        $"Börsenpreis{(price.Factor == 1m ? "" : $" × {Number(price.Factor)}")} + {Amount(price.Adder)}";

    protected override string DayName(Weekday day) => DayNames[(int)day];

    private static string NameOf(Dimension dimension) => dimension switch
    {
        Dimension.Energy => "Energie",
        Dimension.Time => "Ladezeit",
        Dimension.ParkingTime => "Standzeit",
        _ => "Startpreis",
    };

    private string Step(Dimension dimension, int step) => (dimension, step) switch
    {
        (_, <= 1) or (Dimension.Flat, _) => "",
        (Dimension.Energy, _) => step == 1000 ? ", je angefangene kWh" : $", in Schritten von {Number(step / 1000m)} kWh",
        (_, 60) => ", je angefangene Minute",
        _ => step % 60 == 0 ? $", je angefangene {Number(step / 60m)} Minuten" : $", in Schritten von {step} s",
    };

    private static string Joined(IReadOnlyList<string> sentences) => string.Join(" und ", sentences.Select(sentence => LowerFirst(sentence[..^1]))).Replace(" Ladezeit", "", StringComparison.Ordinal);

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    // Weekdays and nouns keep their capitals.
    private static string LowerFirst(string text) =>
        text.StartsWith("An ", StringComparison.Ordinal) || text.StartsWith("Ab ", StringComparison.Ordinal) || text.StartsWith("Von ", StringComparison.Ordinal)
        || text.StartsWith("Für ", StringComparison.Ordinal) || text.StartsWith("Nach ", StringComparison.Ordinal) || text.StartsWith("In ", StringComparison.Ordinal)
            ? char.ToLowerInvariant(text[0]) + text[1..]
            : text;
}
