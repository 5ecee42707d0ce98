using System.Globalization;

namespace Ladewerk.Tariffs;

/// <summary>The words of one language for <see cref="TariffWording"/>.</summary>
internal abstract class Phrases(CultureInfo culture, string currency)
{
    protected CultureInfo Culture { get; } = culture;

    protected string Currency { get; } = currency;

    public abstract string FreeOfCharge { get; }

    public abstract string Amount(decimal amount);

    public abstract string Range(decimal low, decimal high);

    public abstract string ShortUnit(Dimension dimension, bool perMinute);

    public abstract string Sentence(string clauses, Dimension dimension, bool perMinute, int stepSize);

    public abstract string Parking(string sentence, decimal graceMinutes, decimal? cap);

    public abstract string Reservation(IReadOnlyList<string> prices, IReadOnlyList<string> expired);

    public abstract string Free(FreeAllowance allowance);

    public abstract string Cap(Cap cap);

    public abstract string Least(decimal amount);

    public abstract string Most(decimal amount);

    public abstract string Subscription(decimal perMonth);

    public abstract string Tax(bool included, IReadOnlyList<decimal> rates);

    protected abstract string Else { get; }

    protected abstract string Window(TimeOnly from, TimeOnly to);

    protected abstract string Dates(DateOnly? from, DateOnly? to);

    protected abstract string Between(decimal? min, decimal? max, string unit);

    protected abstract string Duration(int? minSeconds, int? maxSeconds);

    protected abstract string Holidays(bool only);

    protected abstract string For(IEnumerable<string> names);

    protected abstract string Market(MarketEnergyPrice price);

    protected abstract string DayName(Weekday day);

    /// <summary>"Mo – Fr 6 – 18 Uhr 0,55 €".</summary>
    public string Clause(WordedPrice price, bool perMinute, bool isElse)
    {
        var amount = price.Component is MarketEnergyPrice market ? Market(market) : Amount(price.Shown(perMinute));
        var condition = isElse ? Else : price.Condition(this);
        return condition.Length == 0 ? amount : condition + " " + amount;
    }

    /// <summary>All restrictions but the reservation, as a few words; empty where there are none.</summary>
    public string Condition(Restrictions restrictions)
    {
        var parts = new List<string>();
        if (restrictions.DayOfWeek is { Count: > 0 and < 7 } days)
        {
            parts.Add(Days(days));
        }

        if (restrictions.Holidays is { } holidays)
        {
            parts.Add(Holidays(holidays));
        }

        if ((restrictions.StartTime ?? TimeOnly.MinValue) != (restrictions.EndTime ?? TimeOnly.MinValue))
        {
            parts.Add(Window(restrictions.StartTime ?? TimeOnly.MinValue, restrictions.EndTime ?? TimeOnly.MinValue));
        }

        if (restrictions.StartDate is not null || restrictions.EndDate is not null)
        {
            parts.Add(Dates(restrictions.StartDate, restrictions.EndDate));
        }

        AddRange(parts, restrictions.MinKwh, restrictions.MaxKwh, "kWh");
        AddRange(parts, restrictions.MinPower, restrictions.MaxPower, "kW");
        AddRange(parts, restrictions.MinCurrent, restrictions.MaxCurrent, "A");
        if (restrictions.MinDuration is not null || restrictions.MaxDuration is not null)
        {
            parts.Add(Duration(restrictions.MinDuration, restrictions.MaxDuration));
        }

        AddRange(parts, restrictions.MinEvsePower, restrictions.MaxEvsePower, "kW");
        AddNames(parts, restrictions.ConnectorTypes?.Select(ConnectorNames.Short));
        AddNames(parts, restrictions.UserGroups);
        AddNames(parts, restrictions.Contracts);
        AddNames(parts, restrictions.VehicleClasses);
        return string.Join(" ", parts);
    }

    protected string Number(decimal value) => value.ToString("0.####", Culture);

    /// <summary>At least two places and as many as the price needs.</summary>
    protected string Price(decimal amount)
    {
        var digits = MinorUnits.Of(Currency);
        return amount.ToString("N" + Math.Clamp(Places(amount), digits, 6).ToString(CultureInfo.InvariantCulture), Culture);
    }

    private static int Places(decimal amount)
    {
        var places = 0;
        for (var rest = Math.Abs(decimal.Round(amount, 6)); rest != decimal.Truncate(rest); rest *= 10m)
        {
            places++;
        }

        return places;
    }

    private string Days(IReadOnlyList<Weekday> days)
    {
        var sorted = days.Distinct().Order().ToList();
        var inARow = sorted.Count > 2 && (int)sorted[^1] - (int)sorted[0] == sorted.Count - 1;
        return inARow ? DayName(sorted[0]) + " – " + DayName(sorted[^1]) : string.Join(", ", sorted.Select(DayName));
    }

    private void AddRange(List<string> parts, decimal? min, decimal? max, string unit)
    {
        if (min is not null || max is not null)
        {
            parts.Add(Between(min, max, unit));
        }
    }

    private void AddNames(List<string> parts, IEnumerable<string>? names)
    {
        if (names is not null)
        {
            parts.Add(For(names));
        }
    }
}

/// <summary>What drivers call connectors.</summary>
internal static class ConnectorNames
{
    public static string Short(string ocpiType) => ocpiType switch
    {
        "IEC_62196_T2" => "AC",
        "IEC_62196_T2_COMBO" => "CCS",
        "CHADEMO" => "CHAdeMO",
        "DOMESTIC_F" => "Schuko",
        _ => ocpiType,
    };
}
