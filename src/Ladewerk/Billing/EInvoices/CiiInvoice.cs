using Ladewerk.Billing.Templates;
using Ladewerk.Tariffs;

namespace Ladewerk.Billing.EInvoices;

/// <summary>
/// An issued invoice as EN 16931 XML in the syntax CII: ZUGFeRD/Factur-X in the profile EN 16931, or XRechnung 3.0. It says what the invoice's
/// rows say and nothing else, so the same invoice always gives the same bytes.
/// </summary>
internal sealed class CiiInvoice
{
    private readonly Invoice invoice;
    private readonly IReadOnlyDictionary<CdrId, ChargeDetailRecord> records;
    private readonly InvoiceProfile profile;
    private readonly InvoiceTexts texts;
    private readonly CiiXml xml;

    private CiiInvoice(Invoice invoice, IReadOnlyDictionary<CdrId, ChargeDetailRecord> records, InvoiceProfile profile, CiiXml xml)
    {
        (this.invoice, this.records, this.profile, this.xml) = (invoice, records, profile, xml);
        texts = InvoiceTexts.In(invoice.Language);
    }

    /// <param name="invoice">With its lines.</param>
    /// <param name="records">The charge detail records behind the lines.</param>
    public static byte[] Write(Invoice invoice, IReadOnlyDictionary<CdrId, ChargeDetailRecord> records, InvoiceProfile profile)
    {
        using var writer = new CiiXml(MinorUnits.Of(invoice.Currency));
        return new CiiInvoice(invoice, records, profile, writer).Document();
    }

    /// <summary>UNTDID 1001 (BT-3): what takes back or corrects keeps its signs as a corrected invoice.</summary>
    internal static string TypeCode(InvoiceKind kind) => kind switch
    {
        InvoiceKind.Correction or InvoiceKind.Cancellation => "384",
        InvoiceKind.SelfBilling => "389",
        _ => "380",
    };

    private byte[] Document() => xml.Document(() =>
    {
        xml.Part("ExchangedDocumentContext", () =>
        {
            xml.Group("BusinessProcessSpecifiedDocumentContextParameter", () => xml.Text("ID", InvoiceProfile.Process));
            xml.Group("GuidelineSpecifiedDocumentContextParameter", () => xml.Text("ID", profile.Guideline));
        });
        xml.Part("ExchangedDocument", () =>
        {
            xml.Text("ID", invoice.Number);
            xml.Text("TypeCode", TypeCode(invoice.Kind));
            xml.Day("IssueDateTime", invoice.IssuedOn);
            foreach (var note in Notes())
            {
                xml.Group("IncludedNote", () => xml.Text("Content", note));
            }
        });
        xml.Part("SupplyChainTradeTransaction", Transaction);
    });

    private IEnumerable<string> Notes() => invoice.Reason is { Length: > 0 } reason ? [.. invoice.Notes, $"{texts.Reason}: {reason}"] : invoice.Notes;

    private void Transaction()
    {
        var id = 0;
        foreach (var line in invoice.Lines.OrderBy(l => l.Position).ThenBy(l => l.Item))
        {
            id++;
            Line(line, id);
        }

        Agreement();
        xml.Group("ApplicableHeaderTradeDelivery", () =>
        {
            // BR-IC-12: an intra-Community supply says to which country.
            if (invoice.VatLines.Any(v => v.Category == "K"))
            {
                xml.Group("ShipToTradeParty", () => xml.Group("PostalTradeAddress", () => xml.Text("CountryID", invoice.Customer.Country)));
            }

            xml.Group("ActualDeliverySupplyChainEvent", () => xml.Day("OccurrenceDateTime", invoice.PeriodTo));
        });
        Settlement();
    }

    private void Line(InvoiceLine line, int id) => xml.Group("IncludedSupplyChainTradeLineItem", () =>
    {
        var item = BilledItem.Of(line);
        var vat = VatOf(line);
        xml.Group("AssociatedDocumentLineDocument", () => xml.Text("LineID", id.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        xml.Group("SpecifiedTradeProduct", () => Product(line));
        xml.Group("SpecifiedLineTradeAgreement", () => xml.Group("NetPriceProductTradePrice", () =>
        {
            xml.Number("ChargeAmount", item.Price);
            xml.Number("BasisQuantity", 1m, item.Unit);
        }));
        xml.Group("SpecifiedLineTradeDelivery", () => xml.Number("BilledQuantity", item.Quantity, item.Unit));
        xml.Group("SpecifiedLineTradeSettlement", () =>
        {
            xml.Group("ApplicableTradeTax", () => Tax(vat));
            xml.Group("BillingSpecifiedPeriod", () =>
            {
                xml.Day("StartDateTime", Within(line.FromAt));
                xml.Day("EndDateTime", Within(line.ToAt));
            });
            xml.Group("SpecifiedTradeSettlementLineMonetarySummation", () => xml.Amount("LineTotalAmount", line.Net));
            if (line.CostCentre is { Length: > 0 } centre)
            {
                xml.Group("ReceivableSpecifiedTradeAccountingAccount", () => xml.Text("ID", centre));
            }
        });
    });

    private void Product(InvoiceLine line)
    {
        xml.Text("Name", BilledItem.NameOf(line, texts));
        if (line.CdrId is not { } cdr || !records.TryGetValue(cdr, out var record))
        {
            return;
        }

        xml.Text("Description", record.Place.Site ?? record.Place.Station);
        Characteristic("EVSE-ID", record.Place.EvseId);
        Characteristic(texts.ReadingStart, $"{Figure(record.MeterStartWh)} kWh, {Moment(record.StartedAt)}");
        Characteristic(texts.ReadingEnd, record.MeterStopWh is { } stop ? $"{Figure(stop)} kWh, {Moment(record.EndedAt)}" : Moment(record.EndedAt));
    }

    private void Characteristic(string name, string value) => xml.Group("ApplicableProductCharacteristic", () =>
    {
        xml.Text("Description", name);
        xml.Text("Value", value);
    });

    private void Agreement() => xml.Group("ApplicableHeaderTradeAgreement", () =>
    {
        xml.Text("BuyerReference", invoice.Customer.BuyerReference);
        var outside = invoice.VatLines.Any(v => v.Category == "O");
        xml.Group("SellerTradeParty", () => CiiParties.Seller(xml, invoice.Supplier, withVatId: !outside));
        xml.Group("BuyerTradeParty", () => CiiParties.Buyer(xml, invoice.Customer, withVatId: !outside));
    });

    private void Settlement() => xml.Group("ApplicableHeaderTradeSettlement", () =>
    {
        xml.Text("PaymentReference", invoice.Number);
        xml.Text("InvoiceCurrencyCode", invoice.Currency);
        xml.Group("SpecifiedTradeSettlementPaymentMeans", PaymentMeans);
        foreach (var vat in invoice.VatLines)
        {
            xml.Group("ApplicableTradeTax", () => Breakdown(vat));
        }

        xml.Group("BillingSpecifiedPeriod", () =>
        {
            xml.Day("StartDateTime", invoice.PeriodFrom);
            xml.Day("EndDateTime", invoice.PeriodTo);
        });
        xml.Group("SpecifiedTradePaymentTerms", () =>
        {
            if (invoice.Collecting is { } collecting)
            {
                xml.Text("Description", texts.Of(collecting));
            }

            if (invoice.DueOn is { } due)
            {
                xml.Day("DueDateDateTime", due);
            }
            else
            {
                xml.Text("Description", texts.NothingToPay);
            }
        });
        xml.Group("SpecifiedTradeSettlementHeaderMonetarySummation", Sums);
        foreach (var preceding in invoice.Preceding)
        {
            xml.Group("InvoiceReferencedDocument", () =>
            {
                xml.Text("IssuerAssignedID", preceding.Number);
                xml.ReferencedDay("FormattedIssueDateTime", preceding.IssuedOn);
            });
        }
    });

    /// <summary>
    /// UNTDID 4461 (BT-81): a SEPA transfer where the supplier names an account, otherwise it is not said how. What is collected names no account to transfer to: a card by its last digits
    /// (BG-18, which the code 48 demands). A debit is made by the payment provider in its own name, which alone knows the payer's IBAN; without that and the creditor's identifier the codes of
    /// direct debits are not allowed (BR-DE-25, -30 and -31), so it is what the payer sees of it: an online payment service, with mandate and account in words.
    /// </summary>
    private void PaymentMeans()
    {
        if (invoice.Collecting is { } collecting)
        {
            xml.Text("TypeCode", collecting.From == CollectedFrom.Card ? "48" : "68");
            xml.Text("Information", texts.Of(collecting));
            if (collecting.From == CollectedFrom.Card)
            {
                xml.Group("ApplicableTradeSettlementFinancialCard", () => xml.Text("ID", collecting.Last4));
            }

            return;
        }

        var iban = invoice.Supplier.Iban?.Replace(" ", "", StringComparison.Ordinal);
        if (string.IsNullOrEmpty(iban))
        {
            xml.Text("TypeCode", "1");
            return;
        }

        xml.Text("TypeCode", "58");
        xml.Group("PayeePartyCreditorFinancialAccount", () =>
        {
            xml.Text("IBANID", iban);
            xml.Text("AccountName", invoice.Supplier.Name);
        });
        if (invoice.Supplier.Bic is { Length: > 0 } bic)
        {
            xml.Group("PayeeSpecifiedCreditorFinancialInstitution", () => xml.Text("BICID", bic));
        }
    }

    private void Breakdown(VatLine vat)
    {
        xml.Amount("CalculatedAmount", vat.Vat);
        xml.Text("TypeCode", "VAT");
        xml.Text("ExemptionReason", vat.Reason);
        xml.Amount("BasisAmount", vat.Net);
        xml.Text("CategoryCode", vat.Category);
        xml.Text("ExemptionReasonCode", vat.ReasonCode);
        Rate(vat);
    }

    private void Tax(VatLine vat)
    {
        xml.Text("TypeCode", "VAT");
        xml.Text("CategoryCode", vat.Category);
        Rate(vat);
    }

    /// <summary>What is outside the scope of VAT has no rate (BR-O-05).</summary>
    private void Rate(VatLine vat)
    {
        if (vat.Category != "O")
        {
            xml.Number("RateApplicablePercent", vat.Rate);
        }
    }

    private void Sums()
    {
        xml.Amount("LineTotalAmount", invoice.Net);
        xml.Amount("TaxBasisTotalAmount", invoice.Net);
        xml.Amount("TaxTotalAmount", invoice.Vat, invoice.Currency);
        xml.Amount("GrandTotalAmount", invoice.Gross);
        xml.Amount("DuePayableAmount", invoice.Gross);
    }

    private VatLine VatOf(InvoiceLine line) => invoice.VatLines.Single(v => v.Rate == line.VatRate);

    /// <summary>The line's day, which lies in the period of the invoice (BR-30 and BR-CO-20 of its periods).</summary>
    private DateOnly Within(DateTimeOffset instant)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.FindSystemTimeZoneById(invoice.TimeZone)).DateTime);
        return day < invoice.PeriodFrom ? invoice.PeriodFrom : day > invoice.PeriodTo ? invoice.PeriodTo : day;
    }

    private static string Figure(Kernel.WattHours energy) => energy.KilowattHours.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);

    private static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
