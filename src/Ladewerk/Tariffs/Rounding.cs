namespace Ladewerk.Tariffs;

/// <summary>
/// Rule 5: each total is rounded once, half up, to the currency's minor unit; lines and VAT rates then get whole minor
/// units by the largest remainder, so that what is shown adds up.
/// </summary>
internal static class Rounding
{
    public static Cost ToCost(string currency, List<ExactLine> lines, ExactTotals exact, List<TariffNotice> warnings)
    {
        var digits = MinorUnits.Of(currency);
        var excl = Round(exact.ExclVat, digits);
        var incl = Round(exact.InclVat, digits);
        var vat = new List<VatAmount>(2);
        decimal[]? exclOf = null;
        decimal[]? inclOf = null;
        if (excl is { } net && incl is { } gross)
        {
            inclOf = Allocate(gross, [.. lines.Select(static line => line.Incl ?? 0m)], digits);
            exclOf = SplitVat(gross - net, lines, inclOf, vat, digits);
        }
        else if (excl is { } onlyNet)
        {
            exclOf = Allocate(onlyNet, [.. lines.Select(static line => line.Excl ?? 0m)], digits);
        }
        else if (incl is { } onlyGross)
        {
            inclOf = Allocate(onlyGross, [.. lines.Select(static line => line.Incl ?? 0m)], digits);
        }

        var shown = new CostLine[lines.Count];
        for (var i = 0; i < shown.Length; i++)
        {
            var line = lines[i];
            shown[i] = new CostLine(
                line.Type, Plain(line.Quantity, 0), line.Unit, Plain(line.UnitPrice, digits), exclOf?[i], line.Vat, inclOf?[i],
                new DateTimeOffset(line.From, TimeSpan.Zero), new DateTimeOffset(line.To, TimeSpan.Zero), line.Element);
        }

        return new Cost(currency, excl, incl, vat, shown, new ExactTotals(Plain(exact.ExclVat, digits), Plain(exact.InclVat, digits)), warnings);
    }

    /// <summary>The net amounts of the lines: gross less a share of the VAT of the line's rate.</summary>
    private static decimal[] SplitVat(decimal total, List<ExactLine> lines, decimal[] incl, List<VatAmount> vat, int digits)
    {
        var rates = new List<decimal?>(2);
        foreach (var line in lines)
        {
            if (!rates.Contains(line.Vat))
            {
                rates.Add(line.Vat);
            }
        }

        var taxes = new decimal[lines.Count];
        for (var i = 0; i < taxes.Length; i++)
        {
            taxes[i] = (lines[i].Incl ?? 0m) - (lines[i].Excl ?? 0m);
        }

        var sums = new decimal[rates.Count];
        for (var i = 0; i < taxes.Length; i++)
        {
            sums[rates.IndexOf(lines[i].Vat)] += taxes[i];
        }

        var perRate = Allocate(total, sums, digits);
        var net = (decimal[])incl.Clone();
        for (var r = 0; r < perRate.Length; r++)
        {
            if (rates[r] is { } rate)
            {
                vat.Add(new VatAmount(rate, perRate[r]));
            }

            TakeOff(net, perRate[r], MembersOf(rates[r], lines), taxes, digits);
        }

        return net;
    }

    private static List<int> MembersOf(decimal? rate, List<ExactLine> lines)
    {
        var members = new List<int>(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Vat == rate)
            {
                members.Add(i);
            }
        }

        return members;
    }

    private static void TakeOff(decimal[] net, decimal tax, List<int> members, decimal[] taxes, int digits)
    {
        var exact = new decimal[members.Count];
        for (var m = 0; m < exact.Length; m++)
        {
            exact[m] = taxes[members[m]];
        }

        var shares = Allocate(tax, exact, digits);
        for (var m = 0; m < shares.Length; m++)
        {
            net[members[m]] -= shares[m];
        }
    }

    /// <summary>Splits a rounded total into rounded parts near the exact ones (largest remainder).</summary>
    internal static decimal[] Allocate(decimal total, decimal[] exact, int digits)
    {
        var unit = MinorUnits.Smallest(digits);
        var parts = new decimal[exact.Length];
        var rest = total;
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = decimal.Floor(exact[i] / unit) * unit; // keeps the places of the unit
            rest -= parts[i];
        }

        for (var missing = (int)(rest / unit); missing != 0 && parts.Length > 0; missing -= Math.Sign(missing))
        {
            var chosen = 0;
            for (var i = 1; i < parts.Length; i++)
            {
                var better = (exact[i] - parts[i]).CompareTo(exact[chosen] - parts[chosen]);
                chosen = better * Math.Sign(missing) > 0 ? i : chosen;
            }

            parts[chosen] += unit * Math.Sign(missing);
        }

        return parts;
    }

    private static decimal? Round(decimal? amount, int digits) =>
        amount is { } known ? Plain(decimal.Round(known, digits, MidpointRounding.AwayFromZero), digits) : null;

    private static decimal? Plain(decimal? amount, int digits) => amount is { } known ? Plain(known, digits) : null;

    // The same value with as many places as it needs, but at least those of the currency.
    private static decimal Plain(decimal amount, int digits) => amount / 1.0000000000000000000000000000m + MinorUnits.Zero(digits);
}
