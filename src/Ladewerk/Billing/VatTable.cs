using Ladewerk.Drivers;

namespace Ladewerk.Billing;

/// <summary>How the supplies of an invoice are taxed.</summary>
/// <param name="Category">UNCL 5305, as <see cref="VatLine.Category"/>; null: by the rate of each price.</param>
/// <param name="Reason">Stands on the invoice where there is no tax.</param>
/// <param name="ReasonCode">The same as a code of the VATEX list.</param>
internal sealed record VatDecision(string? Category, string? Reason = null, string? ReasonCode = null)
{
    /// <summary>The tax of the tariffs.</summary>
    public static readonly VatDecision AsPriced = new((string?)null);

    /// <summary>Nobody pays tax to the supplier: net is gross.</summary>
    public bool IsUntaxed => Category is not null;

    /// <summary>The category of a price with a rate.</summary>
    public string CategoryOf(decimal rate) => Category ?? (rate == 0m ? "Z" : "S");
}

/// <summary>
/// The VAT treatment of a customer. Charging is a supply of electricity (CJEU C-282/22): taxed where it is consumed (Art. 39 Directive
/// 2006/112/EC), that is at the rate of the tariff; sold to somebody who sells it on, taxed where that buyer is established (Art. 38).
/// </summary>
internal static class VatTable
{
    private static readonly (string Category, string Code, string German, string English)[] Rows =
    [
        ("E", "VATEX-EU-151", "Steuerfrei nach Art. 151 der Richtlinie 2006/112/EG.", "Exempt under Article 151 of Directive 2006/112/EC."),
        ("AE", "VATEX-EU-AE", "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge).", "Reverse charge: the customer is liable for the tax."),
        ("K", "VATEX-EU-IC", "Steuerfreie innergemeinschaftliche Lieferung.", "Exempt intra-Community supply."),
        ("G", "VATEX-EU-G", "Steuerfreie Ausfuhrlieferung.", "Exempt export."),
        ("O", "VATEX-EU-O", "Im Inland nicht steuerbar.", "Outside the scope of VAT of the supplier's country."),
    ];

    /// <summary>Members of the European Union, ISO 3166-1 alpha-2.</summary>
    private static readonly HashSet<string> Union = new(StringComparer.OrdinalIgnoreCase)
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    };

    /// <param name="supplierCountry">ISO 3166-1 alpha-2.</param>
    /// <param name="customerCountry">ISO 3166-1 alpha-2.</param>
    /// <remarks>Where the facts do not bear a treatment (a VAT number is missing, the country is the wrong one), the supply is taxed as priced: what is not proven is not free.</remarks>
    public static VatDecision Of(VatTreatment treatment, string supplierCountry, string customerCountry, string? customerVatId, string language) => treatment switch
    {
        VatTreatment.Standard => VatDecision.AsPriced,
        VatTreatment.Exempt => Untaxed("E", language),

        // §13b Abs. 2 Nr. 5 Buchst. b UStG within the country, Art. 195 of the Directive across borders of the Union.
        VatTreatment.Reseller when !Union.Contains(supplierCountry) || Union.Contains(customerCountry) =>
            string.IsNullOrWhiteSpace(customerVatId) ? VatDecision.AsPriced : Untaxed("AE", language),

        // Established outside of the Union: the place of supply is there.
        VatTreatment.Reseller => Untaxed("O", language),

        // Art. 138 of the Directive, §6a UStG: to another member state, to a buyer with a VAT number there.
        VatTreatment.IntraCommunity => IsAcross(supplierCountry, customerCountry) && !string.IsNullOrWhiteSpace(customerVatId) ? Untaxed("K", language) : VatDecision.AsPriced,

        // Art. 146 of the Directive, §6 UStG: out of the Union.
        VatTreatment.Export => Union.Contains(supplierCountry) && !Union.Contains(customerCountry) ? Untaxed("G", language) : VatDecision.AsPriced,
        _ => throw new ArgumentOutOfRangeException(nameof(treatment), treatment, null),
    };

    private static bool IsAcross(string from, string to) => Union.Contains(from) && Union.Contains(to) && !string.Equals(from, to, StringComparison.OrdinalIgnoreCase);

    /// <summary>The row of a category without tax, with its reason in the invoice's language.</summary>
    /// <param name="category">E, AE, K, G or O.</param>
    public static VatDecision Untaxed(string category, string language)
    {
        var row = Array.Find(Rows, r => r.Category == category);
        return row.Category is null
            ? throw new ArgumentOutOfRangeException(nameof(category), category, null)
            : new VatDecision(category, language == "en" ? row.English : row.German, row.Code);
    }
}
