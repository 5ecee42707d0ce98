using System.Globalization;
using System.Text.RegularExpressions;
using Ladewerk.Billing;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Billing.EInvoices;

/// <summary>PDF, XML and database of random invoices, amount by amount. <c>bench/documents.sh</c> does the same with a hundred.</summary>
public sealed partial class DocumentTests(Database database)
{
    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("LADEWERK_TEST_DOCUMENTS"), CultureInfo.InvariantCulture, out var wished) ? wished : 5;

    [Fact]
    public async Task Pdf_xml_and_database_of_random_invoices_agree_to_the_cent()
    {
        await using var host = await BillingHost.Open(database, new Dictionary<string, string?> { ["Billing:ConcurrentDocuments"] = "2" });
        await host.Store(RandomInvoices.Odd);
        var random = new Random(Count);
        for (var i = 0; i < Count; i++)
        {
            await RandomInvoices.Account(host, random, i);
        }

        var run = await host.Run();
        run.Invoices.ShouldBe(Count);
        var made = new SortedSet<int>();
        for (var i = 0; i < 6000 && made.Max < Count; i++)
        {
            await Task.Delay(50);
            made.Add((await host.In(services => ((ReadInvoices)services.GetService(typeof(ReadInvoices))!).Run(run.Id, CancellationToken.None)))!.Documents);
        }

        made.Max.ShouldBe(Count);
        foreach (var invoice in await host.Invoices())
        {
            await RandomInvoices.Check(host, invoice);
            await Printed(host, invoice);
        }
    }

    private static async Task Printed(BillingHost host, Invoice invoice)
    {
        var pdf = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf");
        var (_, attached) = await PdfTools.Attachment(pdf);
        attached.ShouldBe(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.xml"));

        var text = await PdfTools.Text(pdf);
        text.ShouldContain(invoice.Number);
        var culture = CultureInfo.GetCultureInfo(invoice.Language == "de" ? "de-DE" : "en-GB");
        var printed = Amount().Matches(text).Select(m => (m.Groups["sign"].Value + m.Groups["figure"].Value).Replace('−', '-')).ToList();
        var amounts = printed.Where(p => Places(p) == 2).Select(p => decimal.Parse(p, culture)).Order();
        amounts.ShouldBe(Amounts(invoice).Order(), text);
        var prices = printed.Where(p => Places(p) == 4).Select(p => decimal.Parse(p, culture)).Order();
        prices.ShouldBe(invoice.Lines.Where(l => l.Unit.Length > 0).Select(l => decimal.Round(l.UnitPrice, 4, MidpointRounding.AwayFromZero)).Order(), text);
    }

    /// <summary>Every amount that stands on a document, as often as it does.</summary>
    private static IEnumerable<decimal> Amounts(Invoice invoice) =>
    [
        invoice.Gross,
        .. invoice.Lines.Select(l => l.Net),
        .. invoice.VatLines.SelectMany(v => (decimal[])[v.Net, v.Vat, v.Gross]),
        .. invoice.VatLines.Count > 1 ? (decimal[])[invoice.Net, invoice.Vat, invoice.Gross] : [],
        invoice.Net, .. invoice.VatLines.Select(v => v.Vat), invoice.Gross,
    ];

    private static int Places(string figure) => figure.Length - 1 - figure.LastIndexOfAny([',', '.']);

    // Before a slash stands a price as it was shown at the start, which is no amount of the invoice.
    [GeneratedRegex(@"(?<sign>−?)(?:€(?<figure>[\d,]+\.\d{2,6})|(?<figure>[\d.]+,\d{2,6})\s€)(?![/\d])", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Amount();
}
