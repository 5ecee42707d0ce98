using Ladewerk.Kernel.Branding;

namespace Ladewerk.Billing.Templates;

/// <summary>Everything a document shows, from the frozen facts and the tenant's look.</summary>
/// <param name="Records">The charge detail records behind the lines.</param>
/// <param name="Cancels">The invoice that a cancellation takes back.</param>
/// <param name="Brand">For logo and colours only; the facts are the invoice's own.</param>
/// <param name="Style">A tenant's style sheet that follows the product's.</param>
public sealed record InvoiceView(
    Invoice Invoice, IReadOnlyDictionary<CdrId, ChargeDetailRecord> Records, (string Number, DateOnly IssuedOn)? Cancels, Brand Brand, string? Style)
{
    private static readonly string ProductStyle = ReadStyle();

    public InvoiceTexts Texts { get; } = InvoiceTexts.In(Invoice.Language);

    public Figures Figures { get; } = new(InvoiceTexts.In(Invoice.Language), Invoice.Currency);

    public string Title => Texts.Title.Of(Invoice.Kind);

    /// <summary>What it is about: the month where all is of one, the invoice it cancels.</summary>
    public string Subject
    {
        get
        {
            if (Cancels is { } cancelled)
            {
                return cancelled.Number;
            }

            var (from, to) = (Invoice.PeriodFrom, Invoice.PeriodTo);
            var month = from.ToString("MMMM yyyy", Texts.Culture);
            return from.Year == to.Year && from.Month == to.Month
                ? $"{Texts.Charging} {month}"
                : $"{Texts.Charging} {month} – {to.ToString("MMMM yyyy", Texts.Culture)}";
        }
    }

    public string Period => Invoice.PeriodFrom == Invoice.PeriodTo
        ? Figures.Long(Invoice.PeriodFrom)
        : $"{Figures.Long(Invoice.PeriodFrom)} – {Figures.Long(Invoice.PeriodTo)}";

    public IEnumerable<(ChargeDetailRecord Record, IReadOnlyList<InvoiceLine> Lines)> Sessions => Invoice.Lines
        .OrderBy(line => line.Position).ThenBy(line => line.Item)
        .GroupBy(line => line.Position)
        .Select(session => (Records[session.First().CdrId], (IReadOnlyList<InvoiceLine>)[.. session]));

    /// <summary>Name and address as it stands in the window of an envelope; the country where it is another one.</summary>
    public IEnumerable<string> Address
    {
        get
        {
            var customer = Invoice.Customer;
            var country = string.Equals(customer.Country, Invoice.Supplier.Country, StringComparison.OrdinalIgnoreCase)
                ? null
                : CountryName(customer.Country);
            string?[] lines = [customer.Company, customer.Name, customer.Street, $"{customer.PostalCode} {customer.City}", country];
            return lines.Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => line!.Trim()).Distinct(StringComparer.Ordinal);
        }
    }

    /// <summary>Gross prices as they were shown, each with the numbers of its sessions; empty where net prices were agreed.</summary>
    public string ShownPrices
    {
        get
        {
            var prices = Sessions
                .Where(session => session.Record.PricesGross && session.Record.Kind != CdrKind.Credit)
                .SelectMany(session => session.Record.Cost.Lines
                    .Where(line => line.Unit.Length > 0 && line.UnitPrice != 0m)
                    .Select(line => (Price: PriceText(line), session.Lines[0].Position)))
                .GroupBy(price => price.Price, price => price.Position, StringComparer.Ordinal)
                .Select(price => $"{price.Key} ({Texts.Numbers}\u00A0{string.Join(", ", price.Distinct())})")
                .ToList();
            return prices.Count is > 0 and <= 12 && Invoice.SessionCount <= 60 ? $"{Texts.ShownPrices} {string.Join("; ", prices)}." : "";
        }
    }

    /// <summary>The product's style sheet, the tenant's colours and the tenant's own sheet: the document is one file.</summary>
    public string StyleElement => $"<style>{ProductStyle}{Colours}{Style?.Replace("</", "<\\/", StringComparison.Ordinal)}</style>";

    // On paper the first colour is used for words, and for areas with white on them: as a word on white it does both.
    private string Colours => $":root{{--brand:{Brand.Palette.Text};--brand-2:{Brand.Palette.Second}}}";

    /// <summary>The logo as a data address; null where there is none.</summary>
    public string? Logo => Brand.Logo?.DataAddress;

    public static DateTime Local(DateTimeOffset instant, ChargeDetailRecord record) =>
        TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.FindSystemTimeZoneById(record.TimeZone)).DateTime;

    /// <summary>In capitals and in English, as post abroad wants it; an unknown code stays as it is.</summary>
    private static string CountryName(string code)
    {
        try
        {
            return new System.Globalization.RegionInfo(code).EnglishName.ToUpperInvariant();
        }
        catch (ArgumentException)
        {
            return code;
        }
    }

    private string PriceText(Tariffs.CostLine line)
    {
        var (price, unit) = line.Unit switch
        {
            "h" => (line.UnitPrice / 60m, "min"),
            "session" => (line.UnitPrice, Texts.PerSession),
            _ => (line.UnitPrice, line.Unit),
        };
        return $"{(line.Type == "ENERGY" ? "" : Texts.Of(line.Type) + " ")}{Figures.Price(price)}/{unit}";
    }

    private static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(InvoiceView).Assembly.GetManifestResourceStream("Ladewerk.Billing.Templates.invoice.css")!);
        return reader.ReadToEnd();
    }
}
