namespace Ladewerk.Billing.EInvoices;

/// <summary>The rules that an electronic invoice promises to keep.</summary>
/// <param name="Guideline">Specification identifier (EN 16931 BT-24).</param>
/// <param name="FileName">Of the XML within the PDF.</param>
/// <param name="Level">Conformance level in the PDF's metadata (ZUGFeRD 2.3, chapter 6).</param>
/// <param name="Version">Version in the PDF's metadata.</param>
internal sealed record InvoiceProfile(string Guideline, string FileName, string Level, string Version)
{
    /// <summary>ZUGFeRD 2.3, which is Factur-X 1.07, in the profile EN 16931.</summary>
    public static readonly InvoiceProfile Zugferd = new("urn:cen.eu:en16931:2017", "factur-x.xml", "EN 16931", "1.0");

    /// <summary>XRechnung 3.0, which public customers in Germany want.</summary>
    public static readonly InvoiceProfile XRechnung =
        new("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "xrechnung.xml", "XRECHNUNG", "3.0");

    /// <summary>Business process of both (BT-23).</summary>
    public const string Process = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";

    /// <summary>The profile of a document; null: it is none that is handed over as XML (a receipt names no customer).</summary>
    public static InvoiceProfile? Of(Invoice invoice) => invoice.Kind switch
    {
        InvoiceKind.Receipt => null,
        _ when string.IsNullOrWhiteSpace(invoice.Customer.Name) => null,
        _ => invoice.Customer.BuyerReference is null ? Zugferd : XRechnung,
    };
}
