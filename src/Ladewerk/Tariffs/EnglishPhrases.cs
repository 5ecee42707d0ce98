using System.Globalization;

namespace Ladewerk.Tariffs;

internal sealed class EnglishPhrases(string currency) : Phrases(CultureInfo.GetCultureInfo("en-GB"), currency)
{
    private static readonly string[] DayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    public override string FreeOfCharge => "free of charge";

    protected override string Else => "otherwise";

    private string Sign => Currency switch { "EUR" => "€", "GBP" => "£", "USD" => "$", var other => other + " " };

    public override string Amount(decimal amount) => $"{Sign}{Price(amount)}";

    public override string Range(decimal low, decimal high) => $"{Sign}{Price(low)} – {Price(high)}";

    public override string ShortUnit(Dimension dimension, bool perMinute) => dimension switch
    {
        Dimension.Energy => "/kWh",
        Dimension.Flat => "/session",
        _ => perMinute ? "/min" : "/h",
    };

    public override string Sentence(string clauses, Dimension dimension, bool perMinute, int stepSize)
    {
        var started = perMinute && stepSize == 60;
        var minute = started ? "per started minute" : "per minute";
        var unit = dimension switch
        {
            Dimension.Energy => "per kWh",
            Dimension.Time => perMinute ? $"{minute} of charging" : "per hour of charging",
            Dimension.ParkingTime => perMinute ? minute : "per hour",
            _ => "per session",
        };
        return $"{Capital(clauses)} {unit}{(started ? "" : Step(dimension, stepSize))}.";
    }

    public override string Parking(string sentence, decimal graceMinutes, decimal? cap)
    {
        var price = LowerFirst(sentence[..^1]);
        var limit = cap is { } most ? $", {Amount(most)} at most" : "";
        return graceMinutes > 0m
            ? $"After charging ends, {Number(graceMinutes)} minutes are free, then {price}{limit}."
            : $"Parking after charging ends: {price}{limit}.";
    }

    public override string Reservation(IReadOnlyList<string> prices, IReadOnlyList<string> expired)
    {
        var normal = prices.Count == 0 ? "" : "Reservation: " + Joined(prices) + ".";
        var late = expired.Count == 0 ? "" : "If a reservation expires: " + Joined(expired) + ".";
        return (normal + " " + late).Trim();
    }

    public override string Free(FreeAllowance allowance)
    {
        var parts = new List<string>();
        if (allowance.EnergyKwh is { } kwh)
        {
            parts.Add($"the first {Number(kwh)} kWh");
        }

        if (allowance.Minutes is { } minutes)
        {
            parts.Add($"the first {Number(minutes)} minutes");
        }

        var who = allowance.UserGroups is { Count: > 0 } groups ? $" for {string.Join(", ", groups)}" : "";
        return $"{Capital(string.Join(" and ", parts))} are free{who}.";
    }

    public override string Cap(Cap cap)
    {
        var what = cap.Dimensions is not { Count: > 0 } dimensions ? "" : string.Join(" and ", dimensions.Select(NameOf)) + ": ";
        var span = cap.Per switch
        {
            CapPeriod.Day => "per day",
            CapPeriod.Night => $"per night ({Window(cap.From ?? TimeOnly.MinValue, cap.To ?? TimeOnly.MinValue)})",
            _ => "per session",
        };
        return $"{what}{Amount(cap.Amount)} at most {span}.";
    }

    public override string Least(decimal amount) => $"At least {Amount(amount)} per session.";

    public override string Most(decimal amount) => $"{Amount(amount)} at most per session.";

    public override string Subscription(decimal perMonth) => $"{Amount(perMonth)} basic price per month.";

    public override string Tax(bool included, IReadOnlyList<decimal> rates)
    {
        var list = string.Join(" or ", rates.Select(rate => Number(rate) + " %"));
        return !included ? "Prices without VAT." : rates.Count == 0 ? "" : $"All prices include {list} VAT.";
    }

    protected override string Window(TimeOnly from, TimeOnly to) => $"{Clock(from)} – {Clock(to)}";

    protected override string Dates(DateOnly? from, DateOnly? to) => (from, to?.AddDays(-1)) switch
    {
        ({ } first, { } last) => string.Create(Culture, $"from {first:d MMM yyyy} to {last:d MMM yyyy}"),
        ({ } first, null) => string.Create(Culture, $"from {first:d MMM yyyy}"),
        (_, { } last) => string.Create(Culture, $"until {last:d MMM yyyy}"),
        _ => "",
    };

    protected override string Between(decimal? min, decimal? max, string unit) => (min, max) switch
    {
        ({ } low, { } high) => $"from {Number(low)} to {Number(high)} {unit}",
        ({ } low, null) => $"from {Number(low)} {unit}",
        (_, { } high) => unit == "kWh" ? $"up to {Number(high)} kWh" : $"below {Number(high)} {unit}",
        _ => "",
    };

    protected override string Duration(int? minSeconds, int? maxSeconds) => (minSeconds, maxSeconds) switch
    {
        ({ } low, { } high) => $"from minute {Number(low / 60m)} to {Number(high / 60m)}",
        ({ } low, null) => $"after {Number(low / 60m)} minutes",
        (_, { } high) => $"in the first {Number(high / 60m)} minutes",
        _ => "",
    };

    protected override string Holidays(bool only) => only ? "on public holidays" : "except on public holidays";

    protected override string For(IEnumerable<string> names) => "for " + string.Join(", ", names);

    protected override string Market(MarketEnergyPrice price) =>
        $"market price{(price.Factor == 1m ? "" : $" × {Number(price.Factor)}")} + {Amount(price.Adder)}";

    protected override string DayName(Weekday day) => DayNames[(int)day];

    private static string Clock(TimeOnly time)
    {
        if (time == TimeOnly.MinValue)
        {
            return "midnight";
        }

        var hour = time.Hour % 12 == 0 ? 12 : time.Hour % 12;
        var minutes = time.Minute == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $":{time.Minute:00}");
        return string.Create(CultureInfo.InvariantCulture, $"{hour}{minutes} {(time.Hour < 12 ? "am" : "pm")}");
    }

    private static string NameOf(Dimension dimension) => dimension switch
    {
        Dimension.Energy => "Energy",
        Dimension.Time => "Charging time",
        Dimension.ParkingTime => "Parking",
        _ => "Start price",
    };

    private string Step(Dimension dimension, int step) => (dimension, step) switch
    {
        (_, <= 1) or (Dimension.Flat, _) => "",
        (Dimension.Energy, _) => $", in steps of {Number(step / 1000m)} kWh",
        (_, 60) => ", per started minute",
        _ => step % 60 == 0 ? $", per {Number(step / 60m)} started minutes" : $", in steps of {step} s",
    };

    private static string Joined(IReadOnlyList<string> sentences) => string.Join(" and ", sentences.Select(sentence => LowerFirst(sentence[..^1]))).Replace(" of charging", "", StringComparison.Ordinal);

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    // Weekdays keep their capitals.
    private static string LowerFirst(string text) =>
        text.Length == 0 || DayNames.Any(day => text.StartsWith(day, StringComparison.Ordinal)) ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
