using Ladewerk.Kernel;
using Ladewerk.Tariffs;

namespace Ladewerk.Billing;

/// <summary>An amount on its way to an invoice.</summary>
internal sealed record DraftLine(
    ChargeDetailRecord Record, int Position, int Item, string Type, decimal Quantity, string Unit, decimal UnitPrice, decimal VatRate, decimal Net, decimal Gross,
    DateTimeOffset From, DateTimeOffset To);

/// <summary>
/// What an invoice says in figures, decided from its records alone. Per VAT rate one side is the agreed one and its sum is exact to the
/// cent: the gross amounts where a consumer was shown gross prices, the net amounts where a company agreed on net prices. The other
/// side follows from the sum by the rate, rounded once; the lines are rounded so that they add up.
/// </summary>
internal sealed record InvoiceContent(
    string Currency, IReadOnlyList<DraftLine> Lines, IReadOnlyList<VatLine> VatLines, decimal Net, decimal Vat, decimal Gross, int SessionCount, WattHours Energy)
{
    /// <param name="records">Of one currency, in the order in which they shall stand; each knows both of its sides.</param>
    /// <param name="consumer">The customer is a consumer: gross amounts are the agreed ones whatever the tariff says.</param>
    /// <param name="tax">Where nobody pays tax to the supplier, the net amounts are all there is.</param>
    public static InvoiceContent Of(IReadOnlyList<ChargeDetailRecord> records, bool consumer, VatDecision tax)
    {
        var digits = MinorUnits.Of(records[0].Currency);
        var shares = records.SelectMany((record, index) => Shares(record, index + 1)).ToList();
        if (tax.IsUntaxed)
        {
            shares = shares.ConvertAll(share => share with { TaxedAt = 0m });
        }

        var lines = new List<DraftLine>(shares.Count);
        var vatLines = new List<VatLine>();
        foreach (var rate in shares.GroupBy(share => share.TaxedAt).OrderByDescending(rate => rate.Key))
        {
            var sums = rate.GroupBy(share => !tax.IsUntaxed && (consumer || share.Record.PricesGross))
                .Select(side => side.Key ? FromGross([.. side], rate.Key, digits, lines) : FromNet([.. side], rate.Key, digits, lines))
                .ToList();
            var (net, gross) = (sums.Sum(sum => sum.Net), sums.Sum(sum => sum.Gross));
            vatLines.Add(new VatLine(rate.Key, tax.CategoryOf(rate.Key), net, gross - net, gross) { Reason = tax.Reason, ReasonCode = tax.ReasonCode });
        }

        lines.Sort((a, b) => (a.Position, a.Item).CompareTo((b.Position, b.Item)));
        return new InvoiceContent(
            records[0].Currency, lines, vatLines,
            vatLines.Sum(line => line.Net), vatLines.Sum(line => line.Vat), vatLines.Sum(line => line.Gross),
            records.Select(record => record.SessionId).Distinct().Count(),
            new WattHours(records.Sum(record => record.EnergyWh.Value)));
    }

    private static IEnumerable<Share> Shares(ChargeDetailRecord record, int position)
    {
        // What is free and names no VAT rate has no place among the rates; its energy is shown with the readings.
        var charged = record.Cost.Lines.Where(line => line.VatRate is not null);
        return charged.Select((line, index) => new Share(record, line, position, index + 1, line.VatRate!.Value, line.ExclVat ?? 0m, line.InclVat ?? 0m));
    }

    private static (decimal Net, decimal Gross) FromGross(Share[] shares, decimal rate, int digits, List<DraftLine> lines)
    {
        var gross = shares.Sum(share => share.Incl);
        var net = decimal.Round(gross * 100m / (100m + rate), digits, MidpointRounding.AwayFromZero);
        var nets = Apportion.Of(net, [.. shares.Select(share => share.Incl * 100m / (100m + rate))], digits);
        lines.AddRange(shares.Select((share, i) => share.Line(nets[i], share.Incl)));
        return (net, gross);
    }

    private static (decimal Net, decimal Gross) FromNet(Share[] shares, decimal rate, int digits, List<DraftLine> lines)
    {
        var net = shares.Sum(share => share.Excl);
        var gross = net + decimal.Round(net * rate / 100m, digits, MidpointRounding.AwayFromZero);
        var grosses = Apportion.Of(gross, [.. shares.Select(share => share.Excl * (100m + rate) / 100m)], digits);
        lines.AddRange(shares.Select((share, i) => share.Line(share.Excl, grosses[i])));
        return (net, gross);
    }

    private sealed record Share(ChargeDetailRecord Record, CostLine Cost, int Position, int Item, decimal Rate, decimal Excl, decimal Incl)
    {
        /// <summary>Percent on this invoice; the price itself was made with <see cref="Rate"/>.</summary>
        public decimal TaxedAt { get; init; } = Rate;

        public DraftLine Line(decimal net, decimal gross)
        {
            var netPrice = Record.PricesGross ? Cost.UnitPrice * 100m / (100m + Rate) : Cost.UnitPrice;
            // People count parking in minutes.
            var (quantity, unit, price) = Cost.Unit == "h" ? (Cost.Quantity * 60m, "min", netPrice / 60m) : (Cost.Quantity, Cost.Unit, netPrice);
            return new DraftLine(Record, Position, Item, Cost.Type, decimal.Round(quantity, 6), unit, decimal.Round(price, 6), TaxedAt, net, gross, Cost.From, Cost.To);
        }
    }
}
