using Ladewerk.Billing.Templates;
using Ladewerk.Tariffs;

namespace Ladewerk.Billing.Statements;

/// <summary>A month of a host's site: what was recorded, credits taken off.</summary>
internal sealed record SiteMonth(string Site, long EnergyWh, int Sessions, decimal Net);

/// <summary>A line of a statement.</summary>
internal sealed record StatementLine(string Type, string Description, decimal Quantity, string Unit, decimal UnitPrice, decimal Net);

/// <summary>What a statement says in figures; pure.</summary>
internal sealed record StatementContent(IReadOnlyList<StatementLine> Lines, IReadOnlyList<decimal> Grosses, VatLine Vat)
{
    /// <summary>A host's statement: per site what it gets for the month; what comes to nothing is left out.</summary>
    public static StatementContent OfHost(IEnumerable<SiteMonth> sites, HostTermsView terms, string currency, InvoiceTexts texts)
    {
        var (digits, figures, lines) = (MinorUnits.Of(currency), new Figures(texts, currency), new List<StatementLine>());
        foreach (var site in sites)
        {
            var share = Round(site.Net * terms.SharePercent / 100m, digits);
            Add(new StatementLine("SHARE", string.Format(texts.Culture, texts.Share, site.Site, figures.Percent(terms.SharePercent), figures.Money(site.Net)), 1m, "", share, share));
            Add(new StatementLine("PER_KWH", string.Format(texts.Culture, texts.PerKwh, site.Site), site.EnergyWh / 1000m, "kWh", terms.PerKwh, Round(site.EnergyWh * terms.PerKwh / 1000m, digits)));
            Add(new StatementLine("PER_SESSION", string.Format(texts.Culture, texts.PerSessions, site.Site), site.Sessions, "session", terms.PerSession, Round(site.Sessions * terms.PerSession, digits)));
        }

        return terms.IsSmall ? Of(lines, 0m, "E", texts.SmallBusiness, null, digits) : Of(lines, terms.VatRate, terms.VatRate == 0m ? "Z" : "S", null, null, digits);

        void Add(StatementLine line)
        {
            if (line.Net != 0m)
            {
                lines.Add(line);
            }
        }
    }

    /// <summary>A statement without VAT: what an employee laid out is no supply.</summary>
    public static StatementContent OfEmployee(IReadOnlyList<StatementLine> lines, string currency, InvoiceTexts texts) =>
        Of(lines, 0m, "O", texts.Outlay, "VATEX-EU-O", MinorUnits.Of(currency));

    private static StatementContent Of(IReadOnlyList<StatementLine> lines, decimal rate, string category, string? reason, string? code, int digits)
    {
        var net = lines.Sum(l => l.Net);
        var vat = Round(net * rate / 100m, digits);
        var grosses = Apportion.Of(net + vat, [.. lines.Select(l => l.Net * (100m + rate) / 100m)], digits);
        return new StatementContent(lines, grosses, new VatLine(rate, category, net, vat, net + vat) { Reason = reason, ReasonCode = code });
    }

    private static decimal Round(decimal amount, int digits) => decimal.Round(amount, digits, MidpointRounding.AwayFromZero);
}
