using Ladewerk.Tariffs;

namespace Ladewerk.Sessions;

/// <summary>
/// Lets a code pay: one line for each VAT rate, that takes off net and VAT in the proportion in which they are owed. Never more than is
/// owed. Pure.
/// </summary>
internal static class CreditRelief
{
    private const string Line = "VOUCHER";

    public static SessionCost Of(CodeCredit credit, Cost cost, bool gross, PricingSession facts)
    {
        // The side that is known; what is agreed is gross where both are.
        var useGross = cost.InclVat is not null;
        if ((useGross ? cost.InclVat : cost.ExclVat) is not { } owed || owed <= 0 || credit.Amount <= 0)
        {
            return new SessionCost(cost, TakenOfNothing(credit, facts));
        }

        var digits = MinorUnits.Of(cost.Currency);
        var energy = facts.Periods.Sum(p => p.EnergyKwh) * 1000m;
        var (taken, wanted) = credit.Grants switch
        {
            "energy" => OfEnergy(credit.Amount, energy, cost, useGross),
            "money" => (Math.Min(credit.Amount, owed), credit.Amount),
            "sessions" => (1m, owed),
            _ => throw new ArgumentOutOfRangeException(nameof(credit), credit.Grants, "Grants no such thing."),
        };
        var relief = Math.Min(owed, decimal.Round(wanted, digits, MidpointRounding.AwayFromZero));
        return relief <= 0 ? new SessionCost(cost, taken) : new SessionCost(Apply(cost, relief, useGross, gross, digits), taken, relief);
    }

    private static decimal TakenOfNothing(CodeCredit credit, PricingSession facts) => credit.Grants switch
    {
        "energy" => Math.Min(credit.Amount, facts.Periods.Sum(p => p.EnergyKwh) * 1000m),
        "sessions" => Math.Min(credit.Amount, 1m),
        _ => 0m,
    };

    /// <summary>The share of the price of the energy that is free.</summary>
    private static (decimal Taken, decimal Worth) OfEnergy(decimal free, decimal energy, Cost cost, bool useGross)
    {
        var price = cost.Lines.Where(l => l.Type == "ENERGY").Sum(l => (useGross ? l.InclVat : l.ExclVat) ?? 0m);
        var taken = Math.Min(free, energy);
        return (taken, energy <= 0 ? 0 : price * taken / energy);
    }

    private static Cost Apply(Cost cost, decimal relief, bool useGross, bool gross, int digits)
    {
        var rates = cost.Lines.GroupBy(l => l.VatRate).Select(r => (Rate: r.Key, Net: r.Sum(l => l.ExclVat ?? 0m), Gross: r.Sum(l => l.InclVat ?? 0m)))
            .Where(r => (useGross ? r.Gross : r.Net) > 0).ToList();
        var owed = rates.Sum(r => useGross ? r.Gross : r.Net);
        var shares = Rounding.Allocate(Math.Min(relief, owed), [.. rates.Select(r => Math.Min(relief, owed) * (useGross ? r.Gross : r.Net) / owed)], digits);
        var (from, to) = (cost.Lines.Min(l => l.From), cost.Lines.Max(l => l.To));
        var lines = new List<CostLine>(cost.Lines);
        var vat = cost.Vat.ToList();
        var net = 0m;
        for (var i = 0; i < rates.Count; i++)
        {
            var rate = rates[i];
            var share = shares[i];
            var ofNet = !useGross || share == rate.Gross ? (useGross ? rate.Net : share) : decimal.Round(share * rate.Net / rate.Gross, digits, MidpointRounding.AwayFromZero);
            decimal? netLine = cost.ExclVat is null ? null : -ofNet;
            decimal? grossLine = useGross ? -share : null;
            lines.Add(new CostLine(Line, 1m, "", gross ? grossLine ?? 0m : netLine ?? 0m, netLine, rate.Rate, grossLine, from, to, null));
            net += ofNet;
            if (vat.FindIndex(v => v.Rate == rate.Rate) is >= 0 and var at)
            {
                vat[at] = vat[at] with { Amount = vat[at].Amount - (share - ofNet) };
            }
        }

        var taken = shares.Sum();
        return cost with
        {
            ExclVat = cost.ExclVat - net,
            InclVat = useGross ? cost.InclVat - taken : cost.InclVat,
            Vat = vat,
            Lines = lines,
            Exact = new ExactTotals(cost.Exact.ExclVat - net, useGross ? cost.Exact.InclVat - taken : cost.Exact.InclVat),
        };
    }
}
