using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Billing;

public sealed class InvoiceTests(Database database)
{
    [Theory]
    [InlineData("de", "Rechnung", "Rechnungsbetrag", "Umsatzsteuer")]
    [InlineData("en", "Invoice", "Invoice total", "VAT amount")]
    public async Task The_pdf_says_what_the_database_says(string language, params string[] words)
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account(language: language);
        await host.Recorded(account, BillingHost.Gross);
        await host.Recorded(account, BillingHost.NetMixed, 35_400, BillingHost.Start.AddDays(6));
        await host.Recorded(account, BillingHost.Gross, 23_417, BillingHost.Start.AddDays(10));
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();

        var pdf = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf");
        var text = await PdfTools.Text(pdf);

        foreach (var word in (string[])[.. words, invoice.Number, "Stadtwerke Musterstadt GmbH", "Am Markt 5", "DE000000000", "000/000/00000", "Erika Mustermann", "Gartenweg 7", "DE*SMU*E0019*1"])
        {
            text.ShouldContain(word);
        }

        decimal[] amounts = [invoice.Gross, invoice.Net, .. invoice.VatLines.SelectMany(v => (decimal[])[v.Net, v.Vat, v.Gross]), .. invoice.Lines.Select(l => l.Net)];
        foreach (var amount in amounts)
        {
            text.ShouldContain(amount.ToString("N2", System.Globalization.CultureInfo.GetCultureInfo(language == "de" ? "de-DE" : "en-GB")));
        }

        text.ShouldContain(language == "de" ? "11,004" : "11.004");
        text.ShouldContain(language == "de" ? "3.318,870" : "3,318.870");
        (await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf")).ShouldBe(pdf);
        Keep(pdf, "invoice-" + language);
    }

    [Fact]
    public async Task The_document_is_pdf_a_3_with_its_fonts_and_its_digest()
    {
        await using var host = await BillingHost.Open(database);
        await host.Recorded(await host.Account(), BillingHost.Gross);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();

        var answer = await host.Host.Api.GetAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf");
        var pdf = await answer.Content.ReadAsByteArrayAsync();

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/pdf");
        answer.Headers.ETag!.Tag.Trim('"').ShouldBe(Convert.ToHexStringLower(SHA256.HashData(pdf)));
        var raw = Encoding.Latin1.GetString(pdf);
        raw.ShouldStartWith("%PDF-1.7");
        raw.ShouldContain("pdfaid:part=\"3\"");
        raw.ShouldContain("pdfaid:conformance=\"B\"");
        (await PdfTools.Run("pdffonts", pdf)).ShouldNotContain(" no  "); // every font is embedded
    }

    [Theory]
    [InlineData("update invoice set gross = 0, net = 0, vat = 0")]
    [InlineData("update invoice set customer = '{}'")]
    [InlineData("delete from invoice_line")]
    [InlineData("update invoice_line set net = 0")]
    [InlineData("delete from invoice")]
    [InlineData("insert into invoice_line select invoice_id, position, item + 90, tenant_id, cdr_id, type, quantity, unit, unit_price, vat_rate, net, gross, from_at, to_at from invoice_line")]
    [InlineData("update invoice_document set content = ''")]
    [InlineData("delete from invoice_document")]
    public async Task An_issued_invoice_never_changes(string attempt)
    {
        await using var host = await BillingHost.Open(database);
        await host.Recorded(await host.Account(), BillingHost.Gross);
        await host.Run();
        if (attempt.Contains("document", StringComparison.Ordinal))
        {
            await host.Execute("insert into invoice_document select id, 'xml', tenant_id, 'x.xml', 'text/xml', 'x', 'x', now() from invoice");
        }

        (await Should.ThrowAsync<PostgresException>(() => host.Execute(attempt))).SqlState.ShouldBe("23001");
    }

    [Fact]
    public async Task Cancelling_issues_the_negative_once_and_frees_the_sessions()
    {
        await using var host = await BillingHost.Open(database);
        await host.Recorded(await host.Account(), BillingHost.NetMixed);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();

        var first = await Cancel(host, invoice.Id, new { reason = "Falsche Anschrift" });
        var second = await Cancel(host, invoice.Id, new { });

        second.GetProperty("id").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());
        first.GetProperty("number").GetString().ShouldBe("2026-S-000001");
        first.GetProperty("inclVat").GetProperty("amount").GetString().ShouldBe((-invoice.Gross).ToString(System.Globalization.CultureInfo.InvariantCulture));
        var detail = await host.Host.Api.GetFromJsonAsync<JsonElement>($"/api/v1/invoices/{invoice.Id.Value}");
        detail.GetProperty("state").GetString().ShouldBe("cancelled");
        detail.GetProperty("cancelledById").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());

        (await host.Run()).Invoices.ShouldBe(1);
        var all = await host.Invoices();
        all.Sum(i => i.Gross).ShouldBe(invoice.Gross);
        all.Where(i => i.Kind == InvoiceKind.Invoice).Select(i => i.Number).ShouldBe(["2026-R-000001", "2026-R-000002"]);

        var pdf = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{first.GetProperty("id").GetGuid()}.pdf");
        var text = await PdfTools.Text(pdf);
        text.ShouldContain("Stornorechnung");
        text.ShouldContain(invoice.Number);
        text.ShouldContain("Falsche Anschrift");
        Keep(pdf, "cancellation-de");
    }

    [Fact]
    public async Task Without_the_pdf_program_the_invoice_stays_issued_and_the_answer_says_why()
    {
        await using var host = await BillingHost.Open(database, new Dictionary<string, string?> { ["Billing:WeasyPrint"] = "/nowhere/weasyprint" });
        await host.Recorded(await host.Account(), BillingHost.Gross);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();

        var answer = await host.Host.Api.GetAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString().ShouldEndWith("/pdf-renderer-missing");
        (await host.Invoices()).ShouldHaveSingleItem().State.ShouldBe(InvoiceState.Issued);
    }

    [Fact]
    public async Task A_consumer_pays_the_sum_of_what_was_shown_and_a_company_reckons_net()
    {
        await using var host = await BillingHost.Open(database);
        var consumer = await host.Account();
        var company = await host.Account("Jonas Pohl", company: "Taxi Yildiz KG");
        foreach (var account in (BillingAccount[])[consumer, company])
        {
            for (var s = 0; s < 7; s++)
            {
                await host.Recorded(account, BillingHost.NetMixed, 4_321 + (s * 777), BillingHost.Start.AddDays(s));
            }
        }

        await host.Run();

        var records = await host.Records();
        var invoices = await host.Invoices();
        var forConsumer = invoices.Single(i => i.BillingAccountId == consumer.Id);
        var forCompany = invoices.Single(i => i.BillingAccountId == company.Id);
        forConsumer.Gross.ShouldBe(records.Where(r => r.BillingAccountId == consumer.Id).Sum(r => r.InclVat!.Value));
        forCompany.Net.ShouldBe(records.Where(r => r.BillingAccountId == company.Id).Sum(r => r.ExclVat!.Value));
        forCompany.VatLines.ShouldAllBe(v => v.Vat == decimal.Round(v.Net * v.Rate / 100m, 2, MidpointRounding.AwayFromZero));
        foreach (var invoice in invoices)
        {
            invoice.VatLines.Select(v => v.Rate).ShouldBe([19m, 7m]);
            foreach (var rate in invoice.VatLines)
            {
                invoice.Lines.Where(l => l.VatRate == rate.Rate).Sum(l => l.Net).ShouldBe(rate.Net);
                invoice.Lines.Where(l => l.VatRate == rate.Rate).Sum(l => l.Gross).ShouldBe(rate.Gross);
                (rate.Net + rate.Vat).ShouldBe(rate.Gross);
                Math.Abs(rate.Vat - (rate.Net * rate.Rate / 100m)).ShouldBeLessThan(0.0100m);
            }
        }
    }

    private static async Task<JsonElement> Cancel(BillingHost host, InvoiceId id, object request)
    {
        var answer = await host.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{id.Value}/cancel", request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Keeps the document for looking at it where LADEWERK_TEST_OUTPUT names a folder.</summary>
    private static void Keep(byte[] pdf, string name)
    {
        if (Environment.GetEnvironmentVariable("LADEWERK_TEST_OUTPUT") is { Length: > 0 } folder)
        {
            File.WriteAllBytes(Path.Combine(folder, name + ".pdf"), pdf);
        }
    }
}
