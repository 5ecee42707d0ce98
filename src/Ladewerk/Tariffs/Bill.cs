namespace Ladewerk.Tariffs;

/// <summary>A line with exact amounts; a side is null where it cannot be known.</summary>
internal record struct ExactLine(
    string Type, decimal Quantity, string Unit, decimal UnitPrice, decimal? Vat, decimal? Excl, decimal? Incl, long From, long To, int? Element);

/// <summary>
/// From postings to a bill: one line per price, caps and limits as lines of their own, totals rounded once (rule 5) and
/// the lines rounded so that they add up to them.
/// </summary>
internal static class Bill
{
    public static Cost Of(CompiledTariff tariff, List<Posting> postings, List<Relief> reliefs, List<TariffNotice> warnings)
    {
        var lines = Lines(tariff, postings, reliefs);
        var exact = new ExactTotals(Sum(lines, static line => line.Excl), Sum(lines, static line => line.Incl));
        exact = Limits.Apply(tariff, lines, exact);
        if (exact.ExclVat is null || exact.InclVat is null)
        {
            warnings.Add(TariffNotice.Of(
                "vat-missing",
                "Ein Preis nennt keinen Umsatzsteuersatz: der Betrag ist nur auf einer Seite bekannt. Fehlend ist nicht 0 %.",
                "A price names no VAT rate: the amount is known on one side only. Missing is not 0 %."));
        }

        return Rounding.ToCost(tariff.Source.Currency, lines, exact, warnings);
    }

    private static List<ExactLine> Lines(CompiledTariff tariff, List<Posting> postings, List<Relief> reliefs)
    {
        var merged = new List<Posting>(8);
        foreach (var posting in postings)
        {
            var known = merged.FindIndexOf(posting);
            if (known < 0)
            {
                merged.Add(posting);
            }
            else
            {
                var line = merged[known];
                merged[known] = line with { Steps = line.Steps + posting.Steps, To = posting.To };
            }
        }

        var lines = new List<ExactLine>(merged.Count + reliefs.Count + 2);
        foreach (var posting in merged)
        {
            lines.Add(LineOf(tariff.Source, posting));
        }

        foreach (var relief in reliefs)
        {
            var (excl, incl) = Sides(tariff.Source, decimal.Round(relief.Amount, 18), relief.Vat);
            lines.Add(new ExactLine("CAP", 1m, "", relief.Amount, relief.Vat, excl, incl, relief.From, relief.To, null));
        }

        return lines;
    }

    private static int FindIndexOf(this List<Posting> merged, Posting posting)
    {
        for (var i = 0; i < merged.Count; i++)
        {
            if (ReferenceEquals(merged[i].Rule, posting.Rule) && merged[i].UnitPrice == posting.UnitPrice && merged[i].Free == posting.Free)
            {
                return i;
            }
        }

        return -1;
    }

    private static ExactLine LineOf(Tariff tariff, Posting posting)
    {
        var component = posting.Rule.Component;
        // The dust of divisions is taken off the quantity, so that cutting a period changes nothing.
        var steps = decimal.Round(posting.Steps, 12);
        var (excl, incl) = Sides(tariff, component.Cost(steps, posting.UnitPrice), component.Vat);
        var type = TypeOf(component.Dimension, posting.Reserved);
        return new ExactLine(type, steps / component.StepsPerUnit, component.Unit, posting.UnitPrice, component.Vat, excl, incl, posting.From, posting.To, posting.Rule.Element);
    }

    private static string TypeOf(Dimension dimension, bool reserved) => dimension switch
    {
        Dimension.Energy => "ENERGY",
        Dimension.Time => reserved ? "RESERVATION_TIME" : "TIME",
        Dimension.ParkingTime => "PARKING_TIME",
        Dimension.Flat => reserved ? "RESERVATION_FLAT" : "FLAT",
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, null),
    };

    private static (decimal? Excl, decimal? Incl) Sides(Tariff tariff, decimal amount, decimal? vat)
    {
        if (amount == 0m)
        {
            return (0m, 0m);
        }

        if (tariff.TaxIncluded)
        {
            return (vat is null ? null : amount * 100m / (100m + vat.Value), amount);
        }

        return (amount, vat is null ? null : amount * (100m + vat.Value) / 100m);
    }

    private static decimal? Sum(List<ExactLine> lines, Func<ExactLine, decimal?> side)
    {
        var sum = 0m;
        foreach (var line in lines)
        {
            if (side(line) is not { } amount)
            {
                return null;
            }

            sum += amount;
        }

        return sum;
    }
}
