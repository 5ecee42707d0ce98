using System.Xml.Linq;
using static Ladewerk.Tests.Billing.EInvoices.Cii;

namespace Ladewerk.Tests.Billing.EInvoices;

/// <summary>
/// The business rules of EN 16931-1 that can concern our invoices (BR, BR-CO, BR-DEC, BR-S/Z/E/AE/O), those of XRechnung 3.0 (BR-DE) and of Peppol
/// BIS 3 that XRechnung takes over, each under its own name.
/// </summary>
internal static class En16931
{
    private static readonly string[] Categories = ["S", "Z", "E", "AE", "K", "G", "O"];

    /// <summary>Names of the rules that the invoice breaks.</summary>
    public static IReadOnlyList<string> Broken(Cii x)
    {
        var isXRechnung = x.Text("ExchangedDocumentContext", "GuidelineSpecifiedDocumentContextParameter", "ID")!.Contains("xrechnung", StringComparison.Ordinal);
        IEnumerable<(string Rule, bool Holds)> rules = [.. Content(x), .. Sums(x), .. Lines(x), .. Categories.SelectMany(category => Category(x, category)), .. isXRechnung ? XRechnung(x) : []];
        return [.. rules.Where(rule => !rule.Holds).Select(rule => rule.Rule).Distinct()];
    }

    private static IEnumerable<(string, bool)> Content(Cii x)
    {
        var document = Of(x.Root, "ExchangedDocument").Single();
        yield return ("BR-01", Has(x.Text("ExchangedDocumentContext", "GuidelineSpecifiedDocumentContextParameter", "ID")));
        yield return ("BR-02", Has(Text(document, "ID")));
        yield return ("BR-03", Has(Text(document, "IssueDateTime", "DateTimeString")));
        yield return ("BR-04", Has(Text(document, "TypeCode")));
        yield return ("BR-05", Has(Text(x.Settlement, "InvoiceCurrencyCode")));
        yield return ("BR-06", Has(Text(x.Seller, "Name")));
        yield return ("BR-07", Has(Text(x.Buyer, "Name")));
        yield return ("BR-09", Text(x.Seller, "PostalTradeAddress", "CountryID") is { Length: 2 });
        yield return ("BR-11", Text(x.Buyer, "PostalTradeAddress", "CountryID") is { Length: 2 });
        foreach (var (rule, sum) in ((string, string)[])[("BR-12", "LineTotalAmount"), ("BR-13", "TaxBasisTotalAmount"), ("BR-14", "GrandTotalAmount"), ("BR-15", "DuePayableAmount")])
        {
            yield return (rule, Number(x.Sums, sum) is not null);
        }

        yield return ("BR-16", x.Lines.Count > 0);
        yield return ("BR-29", Ordered(x.Settlement));
        yield return ("BR-55", Of(x.Settlement, "InvoiceReferencedDocument").All(d => Has(Text(d, "IssuerAssignedID"))));
        var means = Of(x.Settlement, "SpecifiedTradeSettlementPaymentMeans").ToList();
        yield return ("BR-49", means.TrueForAll(m => Has(Text(m, "TypeCode"))));
        yield return ("BR-61", means.TrueForAll(m => Text(m, "TypeCode") is not ("30" or "58") || Has(Text(m, "PayeePartyCreditorFinancialAccount", "IBANID"))));
        yield return ("BR-51", Of(x.Settlement, "SpecifiedTradeSettlementPaymentMeans", "ApplicableTradeSettlementFinancialCard").All(c => Text(c, "ID") is { Length: >= 4 and <= 6 }));
        yield return ("BR-62", new[] { x.Seller, x.Buyer }.SelectMany(p => Of(p, "URIUniversalCommunication", "URIID")).All(u => Has(u.Attribute("schemeID")?.Value)));
        yield return ("BR-CO-9", VatIds(x).All(id => id.Length > 2 && char.IsAsciiLetterUpper(id[0]) && char.IsAsciiLetterUpper(id[1])));
        yield return ("BR-CO-25", x.Sum("DuePayableAmount") <= 0m || Has(Text(x.Settlement, "SpecifiedTradePaymentTerms", "DueDateDateTime", "DateTimeString")) || Has(Text(x.Settlement, "SpecifiedTradePaymentTerms", "Description")));
        yield return ("BR-CO-26", Has(Text(x.Seller, "ID")) || Has(Text(x.Seller, "SpecifiedLegalOrganization", "ID")) || SellerTax(x, "VA"));
        yield return ("PEPPOL-EN16931-R008", x.Root.DescendantsAndSelf().All(e => e.HasElements || Has(e.Value)));
    }

    private static IEnumerable<(string, bool)> Sums(Cii x)
    {
        yield return ("BR-CO-10", x.Sum("LineTotalAmount") == x.Lines.Sum(LineNet));
        yield return ("BR-CO-11", x.Sum("AllowanceTotalAmount") == 0m);
        yield return ("BR-CO-12", x.Sum("ChargeTotalAmount") == 0m);
        yield return ("BR-CO-13", x.Sum("TaxBasisTotalAmount") == x.Sum("LineTotalAmount") - x.Sum("AllowanceTotalAmount") + x.Sum("ChargeTotalAmount"));
        yield return ("BR-CO-14", x.Sum("TaxTotalAmount") == x.Breakdown.Sum(b => Number(b, "CalculatedAmount") ?? 0m));
        yield return ("BR-CO-15", x.Sum("GrandTotalAmount") == x.Sum("TaxBasisTotalAmount") + x.Sum("TaxTotalAmount"));
        yield return ("BR-CO-16", x.Sum("DuePayableAmount") == x.Sum("GrandTotalAmount") - x.Sum("TotalPrepaidAmount") + x.Sum("RoundingAmount"));

        // The official rule allows a whole unit of currency; where a consumer agreed on gross amounts, the tax is their difference and a cent may be off.
        yield return ("BR-CO-17", x.Breakdown.All(b => Math.Abs(Number(b, "CalculatedAmount")!.Value - decimal.Round(Number(b, "BasisAmount")!.Value * (Number(b, "RateApplicablePercent") ?? 0m) / 100m, 2, MidpointRounding.AwayFromZero)) <= 0.01m));
        yield return ("BR-CO-18", x.Breakdown.Count > 0);
        yield return ("BR-53", Of(x.Sums, "TaxTotalAmount").All(t => t.Attribute("currencyID")?.Value == Text(x.Settlement, "InvoiceCurrencyCode")));
        yield return ("BR-DEC", x.Root.Descendants().Where(e => e.Name.LocalName.EndsWith("Amount", StringComparison.Ordinal) && e.Name.LocalName != "ChargeAmount").All(e => e.Value.Split('.') is [_] or [_, { Length: <= 2 }]));
        foreach (var tax in x.Breakdown)
        {
            yield return ("BR-45", Number(tax, "BasisAmount") is not null);
            yield return ("BR-46", Number(tax, "CalculatedAmount") is not null);
            yield return ("BR-47", Categories.Contains(Text(tax, "CategoryCode")));
            yield return ("BR-48", Text(tax, "CategoryCode") == "O" || Number(tax, "RateApplicablePercent") is not null);
        }
    }

    private static IEnumerable<(string, bool)> Lines(Cii x)
    {
        yield return ("BR-21", x.Lines.Select(l => Text(l, "AssociatedDocumentLineDocument", "LineID")).Distinct().Count() == x.Lines.Count);
        foreach (var line in x.Lines)
        {
            var quantity = Of(line, "SpecifiedLineTradeDelivery", "BilledQuantity").SingleOrDefault();
            var price = Number(line, "SpecifiedLineTradeAgreement", "NetPriceProductTradePrice", "ChargeAmount");
            yield return ("BR-22", quantity is not null);
            yield return ("BR-23", Has(quantity?.Attribute("unitCode")?.Value));
            yield return ("BR-24", Number(line, "SpecifiedLineTradeSettlement", "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount") is not null);
            yield return ("BR-25", Has(Text(line, "SpecifiedTradeProduct", "Name")));
            yield return ("BR-26", price is not null);
            yield return ("BR-27", price >= 0m);
            yield return ("BR-30", Ordered(Of(line, "SpecifiedLineTradeSettlement").Single()));
            yield return ("BR-CO-4", Categories.Contains(CategoryOf(line)));
            yield return ("BR-54", Of(line, "SpecifiedTradeProduct", "ApplicableProductCharacteristic").All(c => Has(Text(c, "Description")) && Has(Text(c, "Value"))));

            var basis = Of(line, "SpecifiedLineTradeAgreement", "NetPriceProductTradePrice", "BasisQuantity").SingleOrDefault();
            yield return ("PEPPOL-EN16931-R121", basis is null || Number(basis.Parent!, "BasisQuantity") > 0m);
            yield return ("PEPPOL-EN16931-R130", basis is null || basis.Attribute("unitCode")?.Value == quantity?.Attribute("unitCode")?.Value);
            yield return ("PEPPOL-EN16931-R120", Math.Abs((Number(line, "SpecifiedLineTradeDelivery", "BilledQuantity") * price ?? 0m) - LineNet(line)) <= 0.02m);
            yield return ("PEPPOL-EN16931-R110", string.CompareOrdinal(Start(Of(line, "SpecifiedLineTradeSettlement").Single()), Start(x.Settlement)) >= 0);
            yield return ("PEPPOL-EN16931-R111", string.CompareOrdinal(End(Of(line, "SpecifiedLineTradeSettlement").Single()), End(x.Settlement)) <= 0);
        }
    }

    /// <summary>The rules that every category has: -01 its breakdown, -02 whose numbers, -05 the rate, -08 and -09 the amounts, -10 the reason.</summary>
    private static IEnumerable<(string, bool)> Category(Cii x, string category)
    {
        var lines = x.Lines.Where(line => CategoryOf(line) == category).ToList();
        var breakdown = x.Breakdown.Where(b => Text(b, "CategoryCode") == category).ToList();
        yield return ($"BR-{category}-01", category == "S" ? breakdown.Count > 0 == lines.Count > 0 : breakdown.Count == (lines.Count > 0 ? 1 : 0));
        if (lines.Count == 0)
        {
            yield break;
        }

        var buyerVat = BuyerVat(x);
        yield return ($"BR-{category}-02", category switch
        {
            "O" => !SellerTax(x, "VA") && !buyerVat,
            "AE" => (SellerTax(x, "VA") || SellerTax(x, "FC")) && (buyerVat || Has(Text(x.Buyer, "SpecifiedLegalOrganization", "ID"))),
            "K" => SellerTax(x, "VA") && buyerVat,
            _ => SellerTax(x, "VA") || SellerTax(x, "FC"),
        });
        yield return ($"BR-{category}-05", lines.TrueForAll(line => Rate(line) is var rate && (category == "S" ? rate > 0m : category == "O" ? rate is null : rate == 0m)));
        foreach (var tax in breakdown)
        {
            var own = category == "S" ? lines.Where(line => Rate(line) == Number(tax, "RateApplicablePercent")) : lines;
            yield return ($"BR-{category}-08", own.Sum(LineNet) == Number(tax, "BasisAmount"));
            yield return ($"BR-{category}-09", category == "S" || Number(tax, "CalculatedAmount") == 0m);
            yield return ($"BR-{category}-10", category is "S" or "Z" == (Text(tax, "ExemptionReason") is null && Text(tax, "ExemptionReasonCode") is null));
        }

        yield return ("BR-O-11", category != "O" || x.Breakdown.Count == 1);
    }

    private static IEnumerable<(string, bool)> XRechnung(Cii x)
    {
        var means = Of(x.Settlement, "SpecifiedTradeSettlementPaymentMeans").ToList();
        var contact = Of(x.Seller, "DefinedTradeContact").SingleOrDefault();
        var type = x.Text("ExchangedDocument", "TypeCode");
        yield return ("BR-DE-1", means.Count > 0);
        yield return ("BR-DE-2", contact is not null);
        yield return ("BR-DE-3", Has(Text(x.Seller, "PostalTradeAddress", "CityName")));
        yield return ("BR-DE-4", Has(Text(x.Seller, "PostalTradeAddress", "PostcodeCode")));
        yield return ("BR-DE-5", contact is not null && Has(Text(contact, "PersonName")));
        yield return ("BR-DE-6", contact is not null && Has(Text(contact, "TelephoneUniversalCommunication", "CompleteNumber")));
        yield return ("BR-DE-7", contact is not null && Has(Text(contact, "EmailURIUniversalCommunication", "URIID")));
        yield return ("BR-DE-8", Has(Text(x.Buyer, "PostalTradeAddress", "CityName")));
        yield return ("BR-DE-9", Has(Text(x.Buyer, "PostalTradeAddress", "PostcodeCode")));
        yield return ("BR-DE-14", x.Breakdown.All(b => Text(b, "CategoryCode") == "O" || Number(b, "RateApplicablePercent") is not null));
        yield return ("BR-DE-15", Has(x.Text("SupplyChainTradeTransaction", "ApplicableHeaderTradeAgreement", "BuyerReference")));
        yield return ("BR-DE-16", x.Breakdown.All(b => Text(b, "CategoryCode") == "O") || SellerTax(x, "VA") || SellerTax(x, "FC"));
        yield return ("BR-DE-17", type is "326" or "380" or "384" or "389" or "381" or "875" or "876" or "877");
        yield return ("BR-DE-19", means.TrueForAll(m => Text(m, "TypeCode") != "58" || Text(m, "PayeePartyCreditorFinancialAccount", "IBANID")!.Length is >= 15 and <= 34));
        yield return ("BR-DE-21", x.Text("ExchangedDocumentContext", "GuidelineSpecifiedDocumentContextParameter", "ID") == "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0");
        yield return ("BR-DE-23", means.TrueForAll(m => Text(m, "TypeCode") != "58" || (Of(m, "PayeePartyCreditorFinancialAccount").Any() && !Of(m, "PayerPartyDebtorFinancialAccount").Any())));
        var isCard = Of(x.Settlement, "SpecifiedTradeSettlementPaymentMeans", "ApplicableTradeSettlementFinancialCard").Any();
        var mandate = Has(Text(x.Settlement, "SpecifiedTradePaymentTerms", "DirectDebitMandateID"));
        var isDebit = mandate || Has(Text(x.Settlement, "CreditorReferenceID")) || Of(x.Settlement, "SpecifiedTradeSettlementPaymentMeans", "PayerPartyDebtorFinancialAccount").Any();
        var isTransfer = Of(x.Settlement, "SpecifiedTradeSettlementPaymentMeans", "PayeePartyCreditorFinancialAccount").Any();
        yield return ("BR-DE-24-a", means.TrueForAll(m => Text(m, "TypeCode") is not ("48" or "54" or "55") || isCard));
        yield return ("BR-DE-24-b", means.TrueForAll(m => Text(m, "TypeCode") is not ("48" or "54" or "55") || (!isTransfer && !isDebit)));
        yield return ("BR-DE-25-a", means.TrueForAll(m => Text(m, "TypeCode") is not "59" || isDebit));
        yield return ("BR-DE-25-b", means.TrueForAll(m => Text(m, "TypeCode") is not "59" || (!isTransfer && !isCard)));
        yield return ("BR-DE-30", !isDebit || Has(Text(x.Settlement, "CreditorReferenceID")));
        yield return ("BR-DE-31", !isDebit || Has(Text(x.Settlement, "SpecifiedTradeSettlementPaymentMeans", "PayerPartyDebtorFinancialAccount", "IBANID")));
        yield return ("PEPPOL-EN16931-R061", means.TrueForAll(m => Text(m, "TypeCode") is not ("49" or "59") || mandate));
        yield return ("BR-DE-26", type != "384" || Of(x.Settlement, "InvoiceReferencedDocument").Any());
        yield return ("BR-DE-27", contact is not null && (Text(contact, "TelephoneUniversalCommunication", "CompleteNumber") ?? "").Count(char.IsAsciiDigit) >= 3);
        yield return ("BR-DE-28", contact is not null && (Text(contact, "EmailURIUniversalCommunication", "URIID") ?? "").Count(c => c == '@') == 1);
        yield return ("BR-DE-TMP-32", Of(x.Settlement, "BillingSpecifiedPeriod").Any());
        yield return ("PEPPOL-EN16931-R001", Has(x.Text("ExchangedDocumentContext", "BusinessProcessSpecifiedDocumentContextParameter", "ID")));
        yield return ("PEPPOL-EN16931-R010", Has(Text(x.Buyer, "URIUniversalCommunication", "URIID")));
        yield return ("PEPPOL-EN16931-R020", Has(Text(x.Seller, "URIUniversalCommunication", "URIID")));
    }

    private static bool Has(string? text) => !string.IsNullOrWhiteSpace(text);

    private static decimal LineNet(XElement line) => Number(line, "SpecifiedLineTradeSettlement", "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount") ?? 0m;

    private static string? CategoryOf(XElement line) => Text(line, "SpecifiedLineTradeSettlement", "ApplicableTradeTax", "CategoryCode");

    private static decimal? Rate(XElement line) => Number(line, "SpecifiedLineTradeSettlement", "ApplicableTradeTax", "RateApplicablePercent");

    private static bool SellerTax(Cii x, string scheme) => Of(x.Seller, "SpecifiedTaxRegistration", "ID").Any(id => id.Attribute("schemeID")?.Value == scheme && Has(id.Value));

    private static bool BuyerVat(Cii x) => Of(x.Buyer, "SpecifiedTaxRegistration", "ID").Any(id => id.Attribute("schemeID")?.Value == "VA");

    private static IEnumerable<string> VatIds(Cii x) => new[] { x.Seller, x.Buyer }.SelectMany(p => Of(p, "SpecifiedTaxRegistration", "ID")).Where(id => id.Attribute("schemeID")?.Value == "VA").Select(id => id.Value);

    private static string? Start(XElement of) => Text(of, "BillingSpecifiedPeriod", "StartDateTime", "DateTimeString");

    private static string? End(XElement of) => Text(of, "BillingSpecifiedPeriod", "EndDateTime", "DateTimeString");

    private static bool Ordered(XElement of) => Start(of) is not { } start || End(of) is not { } end || string.CompareOrdinal(start, end) <= 0;
}
