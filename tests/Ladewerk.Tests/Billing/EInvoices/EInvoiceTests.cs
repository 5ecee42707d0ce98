using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using static Ladewerk.Tests.Billing.EInvoices.Cii;

namespace Ladewerk.Tests.Billing.EInvoices;

public sealed class EInvoiceTests(Database database)
{
    [Fact]
    public async Task The_xml_of_100_random_invoices_keeps_the_schema_and_the_rules_and_says_what_the_database_says()
    {
        await using var host = await BillingHost.Open(database);
        await host.Store(RandomInvoices.Odd);
        var random = new Random(16931);
        for (var i = 0; i < 100; i++)
        {
            await RandomInvoices.Account(host, random, i);
        }

        await host.Run();
        var invoices = await host.Invoices();
        invoices.Count.ShouldBe(100);
        foreach (var invoice in invoices.Where(i => i.Sequence % 12 == 0))
        {
            (await host.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{invoice.Id.Value}/cancel", new { reason = "Probe & <Zeichen>" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        }

        await host.Run();
        invoices = await host.Invoices();
        invoices.Count.ShouldBe(116);
        foreach (var invoice in invoices)
        {
            await RandomInvoices.Check(host, invoice);
        }

        invoices.Select(i => i.Customer.BuyerReference is not null).Distinct().Count().ShouldBe(2);
        invoices.SelectMany(i => i.VatLines).Select(v => v.Category).Distinct().Order(StringComparer.Ordinal).ShouldBe(["AE", "E", "G", "K", "O", "S"]);
    }

    [Fact]
    public async Task The_pdf_holds_the_stored_xml_byte_for_byte_and_its_words_agree_with_it()
    {
        await using var host = await BillingHost.Open(database);
        var town = await RandomInvoices.Account(host, "Gemeinde Musterdorf", a => (a.Company, a.BuyerReference, a.Email) = ("Gemeinde Musterdorf", "04011000-1234512345-06", "rechnung@musterdorf.example"));
        await host.Recorded(await host.Account(), BillingHost.Gross);
        await host.Recorded(town, BillingHost.NetMixed, 35_417);
        await host.Recorded(await RandomInvoices.Account(host, "Strom & Mehr", a => (a.Company, a.Country, a.VatId, a.VatTreatment) = ("Strom & Mehr GmbH", "AT", "ATU12345678", VatTreatment.Reseller)), BillingHost.NetMixed, 8_888);
        await host.Run();

        foreach (var invoice in await host.Invoices())
        {
            var xml = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.xml");
            var pdf = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf");

            var (name, content) = await PdfTools.Attachment(pdf);
            content.ShouldBe(xml);
            name.ShouldBe(invoice.Customer.BuyerReference is null ? "factur-x.xml" : "xrechnung.xml");
            (await host.Db(db => db.Set<InvoiceDocument>().SingleAsync(d => d.InvoiceId == invoice.Id && d.Format == "xml"))).Sha256.ShouldBe(SHA256.HashData(content));
            await PdfTools.Run("qpdf", pdf, "--check");
            var raw = Encoding.Latin1.GetString(pdf);
            raw.ShouldContain("/AFRelationship /Alternative");
            raw.ShouldContain(invoice.Customer.BuyerReference is null ? "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" : "<fx:ConformanceLevel>XRECHNUNG</fx:ConformanceLevel>");
            Keep(pdf, "einvoice-" + invoice.Number);

            var text = await PdfTools.Text(pdf);
            var cii = new Cii(xml);
            decimal[] amounts = [cii.Sum("GrandTotalAmount"), cii.Sum("TaxBasisTotalAmount"), cii.Sum("TaxTotalAmount"), .. cii.Lines.Select(LineNet)];
            foreach (var amount in amounts)
            {
                text.ShouldContain(amount.ToString("N2", CultureInfo.GetCultureInfo("de-DE")));
            }

            if (invoice.Customer.BuyerReference is { } reference)
            {
                text.ShouldContain(reference);
            }

            if (invoice.VatLines.Any(v => v.Category == "AE"))
            {
                text.ShouldContain("Steuerschuldnerschaft des Leistungsempfängers");
                invoice.Vat.ShouldBe(0m);
            }
        }
    }

    [Fact]
    public async Task A_cancellation_and_the_new_invoice_name_the_first_one()
    {
        await using var host = await BillingHost.Open(database);
        await host.Recorded(await host.Account(), BillingHost.NetMixed);
        await host.Run();
        var first = (await host.Invoices()).ShouldHaveSingleItem();
        await host.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{first.Id.Value}/cancel", new { reason = "Falsche Anschrift" });
        await host.Run();

        var later = (await host.Invoices()).Where(i => i.Id != first.Id).ToList();
        later.Count.ShouldBe(2);
        foreach (var invoice in later)
        {
            var cii = new Cii(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.xml"));
            cii.Text("ExchangedDocument", "TypeCode").ShouldBe(invoice.Kind == InvoiceKind.Cancellation ? "384" : "380");
            Text(cii.Settlement, "InvoiceReferencedDocument", "IssuerAssignedID").ShouldBe(first.Number);
            Text(cii.Settlement, "InvoiceReferencedDocument", "FormattedIssueDateTime", "DateTimeString").ShouldBe("20261201");
            cii.Sum("GrandTotalAmount").ShouldBe(invoice.Gross);
        }
    }

    [Fact]
    public async Task A_public_customer_waits_until_the_xrechnung_can_be_complete()
    {
        await using var host = await BillingHost.Open(database);
        var town = await RandomInvoices.Account(host, "Gemeinde", a => a.BuyerReference = "04011000-1234512345-06");
        await host.Recorded(town, BillingHost.Gross);
        await host.Db(async db =>
        {
            (await db.Set<Tenant>().SingleAsync(t => t.Id == host.Tenant)).Profile = BillingHost.Supplier with { Phone = null };
            return await db.SaveChangesAsync();
        });

        (await host.Run()).Skipped.ShouldHaveSingleItem().Reason.ShouldBe("eInvoiceIncomplete");
        (await host.Invoices()).ShouldBeEmpty();
    }

    private static decimal LineNet(System.Xml.Linq.XElement line) => Number(line, "SpecifiedLineTradeSettlement", "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")!.Value;

    private static void Keep(byte[] pdf, string name)
    {
        if (Environment.GetEnvironmentVariable("LADEWERK_TEST_OUTPUT") is { Length: > 0 } folder)
        {
            File.WriteAllBytes(Path.Combine(folder, name + ".pdf"), pdf);
        }
    }
}
