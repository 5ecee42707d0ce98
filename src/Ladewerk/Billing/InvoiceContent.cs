using Ladewerk.Billing.Subscriptions;
using Ladewerk.Billing.Templates;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;

namespace Ladewerk.Billing;

/// <summary>An amount on its way to an invoice.</summary>
/// <param name="Record">The session's record; null where it is no session's.</param>
internal sealed record DraftLine(
    ChargeDetailRecord? Record, int Position, int Item, string Type, decimal Quantity, string Unit, decimal UnitPrice, decimal VatRate, decimal Net, decimal Gross,
    DateTimeOffset From, DateTimeOffset To)
{
    public string? CostCentre { get; init; }

    /// <summary>What it is, where the type does not say it.</summary>
    public string? Description { get; init; }
}

/// <summary>
/// What an invoice says in figures, decided from its records alone. Per VAT rate one side is the agreed one and its sum is exact to the
/// cent: the gross amounts where a consumer was shown gross prices, the net amounts where a company agreed on net prices. The other
/// side follows from the sum by the rate, rounded once; the lines are rounded so that they add up.
/// <para>
/// From a gross sum G the net amount is G ÷ (1 + rate), rounded, and the tax is the difference: what §10 UStG finds within G. EN 16931 (BR-CO-17) reckons the
/// tax as net × rate, rounded; there are sums G that no net amount reaches that way (0.03 at 19 % is one). Wherever one does, this is it; otherwise the tax is a cent off,
/// which the official rules let pass (they allow for a whole unit of currency).
/// </para>
/// </summary>
internal sealed record InvoiceContent(
    string Currency, IReadOnlyList<DraftLine> Lines, IReadOnlyList<VatLine> VatLines, decimal Net, decimal Vat, decimal Gross, int SessionCount, WattHours Energy)
{
    /// <param name="records">Of one currency, in the order in which they shall stand; each knows both of its sides.</param>
    /// <param name="consumer">The customer is a consumer: gross amounts are the agreed ones whatever the tariff says.</param>
    /// <param name="tax">Where nobody pays tax to the supplier, the net amounts are all there is.</param>
    public static InvoiceContent Of(IReadOnlyList<ChargeDetailRecord> records, bool consumer, VatDecision tax) => Of(records, [], consumer, tax, InvoiceTexts.In("de"));

    /// <param name="records">As above; there may be none where there are <paramref name="charges"/>.</param>
    /// <param name="charges">Monthly fees of the same currency.</param>
    /// <param name="texts">In the language of the invoice.</param>
    public static InvoiceContent Of(IReadOnlyList<ChargeDetailRecord> records, IReadOnlyList<SubscriptionCharge> charges, bool consumer, VatDecision tax, InvoiceTexts texts)
    {
        var currency = records.Count > 0 ? records[0].Currency : charges[0].Currency;
        var digits = MinorUnits.Of(currency);
        List<Share> shares = [.. records.SelectMany((record, index) => Shares(record, index + 1)), .. charges.Select((charge, index) => ShareOf(charge, records.Count + index + 1, texts))];
        if (tax.IsUntaxed)
        {
            shares = shares.ConvertAll(share => share with { Line = share.Line with { VatRate = 0m } });
        }

        var lines = new List<DraftLine>(shares.Count);
        var vatLines = new List<VatLine>();
        foreach (var rate in shares.GroupBy(share => share.Line.VatRate).OrderByDescending(rate => rate.Key))
        {
            var sums = rate.GroupBy(share => !tax.IsUntaxed && (consumer || share.IsGross))
                .Select(side => side.Key ? FromGross([.. side], rate.Key, digits, lines) : FromNet([.. side], rate.Key, digits, lines))
                .ToList();
            var (net, gross) = (sums.Sum(sum => sum.Net), sums.Sum(sum => sum.Gross));
            vatLines.Add(new VatLine(rate.Key, tax.CategoryOf(rate.Key), net, gross - net, gross) { Reason = tax.Reason, ReasonCode = tax.ReasonCode });
        }

        lines.Sort((a, b) => (a.Position, a.Item).CompareTo((b.Position, b.Item)));
        return new InvoiceContent(
            currency, lines, vatLines,
            vatLines.Sum(line => line.Net), vatLines.Sum(line => line.Vat), vatLines.Sum(line => line.Gross),
            records.Select(record => record.SessionId).Distinct().Count(),
            new WattHours(records.Sum(record => record.EnergyWh.Value)));
    }

    /// <summary>The VAT that the document of a session paid on the spot names: what is booked for the session is this, so that document and ledger agree.</summary>
    /// <param name="record">Where a price has no VAT rate there is no document, and none is known.</param>
    public static decimal VatAtThePoint(ChargeDetailRecord record) =>
        record is { ExclVat: not null, InclVat: not null } ? Of([record], consumer: true, VatDecision.AsPriced).Vat : record.Cost.Vat.Sum(vat => vat.Amount);

    private static IEnumerable<Share> Shares(ChargeDetailRecord record, int position)
    {
        // What is free and names no VAT rate has no place among the rates; its energy is shown with the readings.
        var charged = record.Cost.Lines.Where(line => line.VatRate is not null);
        return charged.Select((line, index) => new Share(LineOf(record, line, position, index + 1, line.VatRate!.Value), record.PricesGross, line.ExclVat ?? 0m, line.InclVat ?? 0m));
    }

    private static DraftLine LineOf(ChargeDetailRecord record, CostLine cost, int position, int item, decimal rate)
    {
        var netPrice = record.PricesGross ? cost.UnitPrice * 100m / (100m + rate) : cost.UnitPrice;
        // People count parking in minutes.
        var (quantity, unit, price) = cost.Unit == "h" ? (cost.Quantity * 60m, "min", netPrice / 60m) : (cost.Quantity, cost.Unit, netPrice);
        return new DraftLine(record, position, item, cost.Type, decimal.Round(quantity, 6), unit, decimal.Round(price, 6), rate, 0m, 0m, cost.From, cost.To) { CostCentre = record.CostCentre };
    }

    private static Share ShareOf(SubscriptionCharge charge, int position, InvoiceTexts texts)
    {
        var month = charge.Month.ToString("MMMM yyyy", texts.Culture);
        var said = charge.Days == charge.DaysOfMonth ? texts.MonthlyFee : texts.MonthlyFeeOfDays;
        var line = new DraftLine(
            null, position, 1, "SUBSCRIPTION", decimal.Round((decimal)charge.Days / charge.DaysOfMonth, 6), "month", decimal.Round(charge.Fee, 6), charge.VatRate ?? 0m, 0m, 0m,
            NoonOf(charge, charge.FromDay), NoonOf(charge, charge.ToDay))
        {
            CostCentre = charge.CostCentre,
            Description = string.Format(texts.Culture, said, charge.TariffName, charge.ContractNumber, month, charge.Days, charge.DaysOfMonth),
        };
        return new Share(line, IsGross: false, charge.ExclVat, charge.InclVat ?? charge.ExclVat);
    }

    /// <summary>A day of the charge's month; noon, so that it is the same day in every zone nearby.</summary>
    private static DateTimeOffset NoonOf(SubscriptionCharge charge, DateOnly day) => charge.DueAt.AddDays(day.DayNumber - charge.Month.AddMonths(1).DayNumber).AddHours(12);

    private static (decimal Net, decimal Gross) FromGross(Share[] shares, decimal rate, int digits, List<DraftLine> lines)
    {
        var gross = shares.Sum(share => share.Incl);
        var net = decimal.Round(gross * 100m / (100m + rate), digits, MidpointRounding.AwayFromZero);
        var nets = Apportion.Of(net, [.. shares.Select(share => share.Incl * 100m / (100m + rate))], digits);
        lines.AddRange(shares.Select((share, i) => share.Line with { Net = nets[i], Gross = share.Incl }));
        return (net, gross);
    }

    private static (decimal Net, decimal Gross) FromNet(Share[] shares, decimal rate, int digits, List<DraftLine> lines)
    {
        var net = shares.Sum(share => share.Excl);
        var gross = net + decimal.Round(net * rate / 100m, digits, MidpointRounding.AwayFromZero);
        var grosses = Apportion.Of(gross, [.. shares.Select(share => share.Excl * (100m + rate) / 100m)], digits);
        lines.AddRange(shares.Select((share, i) => share.Line with { Net = share.Excl, Gross = grosses[i] }));
        return (net, gross);
    }

    /// <summary>An amount before its invoice decides on its sides.</summary>
    /// <param name="Line">Without its amounts, and with the price's own rate.</param>
    /// <param name="IsGross">The gross amount is the agreed one.</param>
    private sealed record Share(DraftLine Line, bool IsGross, decimal Excl, decimal Incl);
}
