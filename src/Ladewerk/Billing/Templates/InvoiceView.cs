namespace Ladewerk.Billing.Templates;

/// <summary>Everything a document says, from the frozen facts. Its looks are put in their places afterwards (<see cref="InvoiceLook.Dress"/>).</summary>
/// <param name="Records">The charge detail records behind the lines.</param>
/// <param name="Cancels">The invoice that a cancellation takes back.</param>
/// <param name="HasLogo">Whether the operator has a picture.</param>
public sealed record InvoiceView(Invoice Invoice, IReadOnlyDictionary<CdrId, ChargeDetailRecord> Records, (string Number, DateOnly IssuedOn)? Cancels, bool HasLogo)
{
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
            if (Invoice.SessionCount == 0)
            {
                return Period;
            }

            var month = from.ToString("MMMM yyyy", Texts.Culture);
            return from.Year == to.Year && from.Month == to.Month
                ? $"{Texts.Charging} {month}"
                : $"{Texts.Charging} {month} – {to.ToString("MMMM yyyy", Texts.Culture)}";
        }
    }

    public string Period => Invoice.PeriodFrom == Invoice.PeriodTo
        ? Figures.Long(Invoice.PeriodFrom)
        : $"{Figures.Long(Invoice.PeriodFrom)} – {Figures.Long(Invoice.PeriodTo)}";

    /// <summary>What stands on it, by session; lines that are no session's stand alone.</summary>
    public IEnumerable<Entry> Entries => Invoice.Lines
        .OrderBy(line => line.Position).ThenBy(line => line.Item)
        .GroupBy(line => line.Position)
        .Select(entry => new Entry(entry.First().CdrId is { } cdr ? Records[cdr] : null, [.. entry]));

    /// <summary>The entries by cost centre, each with its sum; one without a name where nobody has named any.</summary>
    public IReadOnlyList<Section> Sections
    {
        get
        {
            var entries = Entries.ToList();
            return entries.TrueForAll(e => e.Lines[0].CostCentre is null)
                ? [new Section(null, entries)]
                : [.. entries.GroupBy(e => e.Lines[0].CostCentre, StringComparer.Ordinal).Select(centre => new Section(
                    centre.Key is null ? Texts.NoCostCentre : string.Format(Texts.Culture, Texts.CostCentre, centre.Key), [.. centre]))];
        }
    }

    /// <summary>Entries of sessions, whose readings are shown.</summary>
    public IEnumerable<(ChargeDetailRecord Record, int Position)> Sessions => Entries.Where(e => e.Record is not null).Select(e => (e.Record!, e.Lines[0].Position));

    /// <summary>Who writes: the supplier, but on a statement the operator, who is its customer (§14 Abs. 2 Satz 5 UStG).</summary>
    public Supplier Letterhead => Invoice.Kind != InvoiceKind.SelfBilling
        ? Invoice.Supplier
        : new Supplier(
            Invoice.Customer.Addressee, Invoice.Customer.Street ?? "", Invoice.Customer.PostalCode ?? "", Invoice.Customer.City ?? "", Invoice.Customer.Country,
            Invoice.Customer.VatId, null, Invoice.Customer.Name) { Email = Invoice.Customer.Email };

    /// <summary>Name and address as it stands in the window of an envelope; the country where it is another one.</summary>
    public IEnumerable<string> Address
    {
        get
        {
            var (supplier, customer) = (Invoice.Supplier, Invoice.Customer);
            if (Invoice.Kind == InvoiceKind.SelfBilling)
            {
                customer = new Customer(supplier.Name, null, supplier.Street, supplier.PostalCode, supplier.City, supplier.Country);
            }

            var country = string.Equals(customer.Country, Letterhead.Country, StringComparison.OrdinalIgnoreCase) ? null : CountryName(customer.Country);
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
                    .Select(line => (Price: PriceText(line), session.Position)))
                .GroupBy(price => price.Price, price => price.Position, StringComparer.Ordinal)
                .Select(price => $"{price.Key} ({Texts.Numbers}\u00A0{string.Join(", ", price.Distinct())})")
                .ToList();
            return prices.Count is > 0 and <= 12 && Invoice.SessionCount <= 60 ? $"{Texts.ShownPrices} {string.Join("; ", prices)}." : "";
        }
    }

    /// <summary>Where the style sheets come.</summary>
    public string StyleElement => InvoiceLook.StylePlace;

    /// <summary>Where the logo comes; null where there is none.</summary>
    public string? Logo => HasLogo ? InvoiceLook.LogoPlace : null;

    /// <summary>One session or one other thing, with its amounts.</summary>
    /// <param name="Record">Null where it is no session.</param>
    public sealed record Entry(ChargeDetailRecord? Record, IReadOnlyList<InvoiceLine> Lines);

    /// <summary>What belongs to one cost centre.</summary>
    public sealed record Section(string? Name, IReadOnlyList<Entry> Entries)
    {
        public decimal Net => Entries.Sum(e => e.Lines.Sum(l => l.Net));
    }

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
}
