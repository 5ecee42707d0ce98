namespace Ladewerk.Tariffs;

/// <summary>
/// Rule 4: minimum and maximum price bound the net and the gross total, each on its own. What that adds or takes off is
/// spread over the VAT rates in the proportion of the bill.
/// </summary>
internal static class Limits
{
    public static ExactTotals Apply(CompiledTariff tariff, List<ExactLine> lines, ExactTotals totals)
    {
        totals = Apply(tariff, lines, totals, tariff.Source.MinPrice, "MIN_PRICE", static (total, limit) => limit > total);
        return Apply(tariff, lines, totals, tariff.Source.MaxPrice, "MAX_PRICE", static (total, limit) => limit < total);
    }

    private static ExactTotals Apply(
        CompiledTariff tariff, List<ExactLine> lines, ExactTotals totals, PriceLimit? limit, string type, Func<decimal, decimal, bool> binds)
    {
        if (limit is null)
        {
            return totals;
        }

        var excl = totals.ExclVat is { } net && limit.ExclVat is { } netLimit && binds(net, netLimit) ? netLimit : totals.ExclVat;
        var incl = totals.InclVat is { } gross && limit.InclVat is { } grossLimit && binds(gross, grossLimit) ? grossLimit : totals.InclVat;
        if (excl == totals.ExclVat && incl == totals.InclVat)
        {
            return totals;
        }

        var bound = new ExactTotals(excl, incl);
        Spread(tariff, lines, totals, bound, type);
        return bound;
    }

    private static void Spread(CompiledTariff tariff, List<ExactLine> lines, ExactTotals before, ExactTotals after, string type)
    {
        var (from, to) = lines.Count > 0 ? (lines.Min(line => line.From), lines.Max(line => line.To)) : (0, 0);
        var known = lines.Where(line => line.Excl is not null && line.Incl is not null && line.Excl != 0m).ToList();
        var rates = known.GroupBy(line => line.Vat).ToList();
        if (before.ExclVat is null or 0m || before.InclVat is null or 0m || rates.Count == 0)
        {
            lines.Add(Line(type, tariff.FallbackVat, after.ExclVat - before.ExclVat, after.InclVat - before.InclVat, from, to));
            return;
        }

        foreach (var rate in rates)
        {
            var excl = (after.ExclVat - before.ExclVat) * rate.Sum(line => line.Excl) / before.ExclVat;
            var incl = (after.InclVat - before.InclVat) * rate.Sum(line => line.Incl) / before.InclVat;
            lines.Add(Line(type, rate.Key, excl, incl, from, to));
        }
    }

    private static ExactLine Line(string type, decimal? vat, decimal? excl, decimal? incl, long from, long to) =>
        new(type, 1m, "", incl ?? excl ?? 0m, vat, excl, incl, from, to, null);
}
