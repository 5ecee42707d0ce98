using Ladewerk.Kernel.Mail;

namespace Ladewerk.Billing.EInvoices;

/// <summary>Seller (BG-4) and buyer (BG-7) of an electronic invoice.</summary>
internal static class CiiParties
{
    /// <summary>Code of the Electronic Address Scheme list for an e-mail address.</summary>
    private const string MailScheme = "EM";

    /// <param name="withVatId">What is outside the scope of VAT names no VAT number (BR-O-02).</param>
    public static void Seller(CiiXml xml, Supplier seller, bool withVatId)
    {
        // BR-CO-26: something must say who it is where no VAT number does.
        if ((!withVatId || string.IsNullOrWhiteSpace(seller.VatId)) && string.IsNullOrWhiteSpace(seller.RegisterEntry))
        {
            xml.Text("ID", seller.TaxNumber ?? seller.Name);
        }

        xml.Text("Name", seller.Name);
        if (seller.RegisterEntry is { Length: > 0 } register)
        {
            xml.Group("SpecifiedLegalOrganization", () => xml.Text("ID", register));
        }

        if (!string.IsNullOrWhiteSpace(seller.Phone) || !string.IsNullOrWhiteSpace(seller.Email))
        {
            xml.Group("DefinedTradeContact", () => Contact(xml, seller));
        }

        Address(xml, seller.Street, seller.PostalCode, seller.City, seller.Country);
        if (MailQueue.IsAddress(seller.Email))
        {
            xml.Group("URIUniversalCommunication", () => xml.Text("URIID", seller.Email, "schemeID", MailScheme));
        }

        if (withVatId)
        {
            Registration(xml, "VA", seller.VatId);
        }

        Registration(xml, "FC", seller.TaxNumber);
    }

    public static void Buyer(CiiXml xml, Customer buyer, bool withVatId)
    {
        xml.Text("ID", buyer.CustomerNumber);
        xml.Text("Name", buyer.Addressee);
        if (buyer.Company is not null && !string.Equals(buyer.Name, buyer.Company, StringComparison.Ordinal))
        {
            xml.Group("DefinedTradeContact", () => xml.Text("PersonName", buyer.Name));
        }

        Address(xml, buyer.Street, buyer.PostalCode, buyer.City, buyer.Country);
        var (address, scheme) = AddressOf(buyer);
        if (address is not null)
        {
            xml.Group("URIUniversalCommunication", () => xml.Text("URIID", address, "schemeID", scheme));
        }

        if (withVatId)
        {
            Registration(xml, "VA", buyer.VatId);
        }
    }

    /// <summary>Where the buyer takes electronic invoices (BT-49): its own word, its e-mail, its Leitweg-ID.</summary>
    private static (string? Address, string? Scheme) AddressOf(Customer buyer)
    {
        if (!string.IsNullOrWhiteSpace(buyer.ElectronicAddress))
        {
            return (buyer.ElectronicAddress, buyer.ElectronicScheme);
        }

        return MailQueue.IsAddress(buyer.Email) ? (buyer.Email, MailScheme) : buyer.BuyerReference is { } reference ? (reference, "0204") : (null, null);
    }

    private static void Contact(CiiXml xml, Supplier seller)
    {
        xml.Text("PersonName", seller.DisplayName);
        if (!string.IsNullOrWhiteSpace(seller.Phone))
        {
            xml.Group("TelephoneUniversalCommunication", () => xml.Text("CompleteNumber", seller.Phone));
        }

        if (!string.IsNullOrWhiteSpace(seller.Email))
        {
            xml.Group("EmailURIUniversalCommunication", () => xml.Text("URIID", seller.Email));
        }
    }

    private static void Address(CiiXml xml, string? street, string? postalCode, string? city, string country) => xml.Group("PostalTradeAddress", () =>
    {
        xml.Text("PostcodeCode", postalCode);
        xml.Text("LineOne", street);
        xml.Text("CityName", city);
        xml.Text("CountryID", country);
    });

    private static void Registration(CiiXml xml, string scheme, string? number)
    {
        if (!string.IsNullOrWhiteSpace(number))
        {
            xml.Group("SpecifiedTaxRegistration", () => xml.Text("ID", number.Replace(" ", "", StringComparison.Ordinal), "schemeID", scheme));
        }
    }
}
