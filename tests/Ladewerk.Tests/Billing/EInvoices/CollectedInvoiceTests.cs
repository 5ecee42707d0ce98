using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Payments.Methods;
using Ladewerk.Tests.Hosting;
using static Ladewerk.Tests.Billing.EInvoices.Cii;

namespace Ladewerk.Tests.Billing.EInvoices;

/// <summary>An invoice that is collected says so in its XML and on its page, by the rules of the codes, and names no account to transfer to.</summary>
public sealed class CollectedInvoiceTests(Database database)
{
    [Fact]
    public async Task What_is_collected_says_from_what_and_asks_for_no_transfer()
    {
        var nowhere = new Dictionary<string, string?>
        {
            ["Stripe:ApiBase"] = "http://127.0.0.1:9/", ["Stripe:SecretKey"] = "sk_test_of_the_tests", ["Stripe:Attempts"] = "1",
        };
        await using var host = await BillingHost.Open(database, nowhere);
        var card = await RandomInvoices.Account(host, "Karte & Co", _ => { });
        var debit = await RandomInvoices.Account(host, "Gemeinde Musterdorf", a => (a.Company, a.BuyerReference, a.Email) = ("Gemeinde Musterdorf", "04011000-1234512345-06", "rechnung@musterdorf.example"));
        var english = await RandomInvoices.Account(host, "Debit Ltd", a => (a.Language, a.Company) = ("en", "Debit Ltd"));
        var transfer = await RandomInvoices.Account(host, "Ohne", _ => { });
        await Gives(host, card, PaymentMethodKind.Card, "4242", null);
        await Gives(host, debit, PaymentMethodKind.SepaDebit, "3000", "MANDAT-17");
        await Gives(host, english, PaymentMethodKind.SepaDebit, "3001", "MANDATE-18");
        foreach (var account in (BillingAccount[])[card, debit, english, transfer])
        {
            await host.Recorded(account, BillingHost.Gross);
        }

        await host.Run();
        var invoices = (await host.Invoices()).ToDictionary(i => i.BillingAccountId!.Value);
        foreach (var invoice in invoices.Values)
        {
            await RandomInvoices.Check(host, invoice);
        }

        (await Means(host, invoices[card.Id])).ShouldBe(("48", "4242", false));
        (await Means(host, invoices[debit.Id])).ShouldBe(("68", null, false));
        (await Means(host, invoices[transfer.Id])).ShouldBe(("58", null, true));
        var words = await Words(host, invoices[debit.Id]);
        words.ShouldContain("Endziffern 3000");
        words.ShouldContain("Mandat MANDAT-17");
        words.ShouldContain("Bitte überweisen Sie nicht");
        (await Words(host, invoices[english.Id])).ShouldContain("Please do not transfer");
        var paper = Flat(await PdfTools.Text(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoices[debit.Id].Id.Value}.pdf")));
        paper.ShouldContain("Endziffern 3000");
        paper.ShouldContain("überweisen"); // columns of the page lie beside each other in its text
        paper.ShouldNotContain("unter Angabe der Rechnungsnummer auf das Konto");
    }

    private static Task<int> Gives(BillingHost host, BillingAccount account, PaymentMethodKind kind, string last4, string? mandate) => host.Db(async db =>
    {
        db.Add(new PaymentMethod
        {
            TenantId = host.Tenant, BillingAccountId = account.Id, ProviderId = "pm_" + last4, Kind = kind, Last4 = last4, Mandate = mandate, IsDefault = true, AddedBy = "test", AddedAt = BillingHost.Start,
        });
        return await db.SaveChangesAsync();
    });

    private static async Task<(string? Code, string? Card, bool Iban)> Means(BillingHost host, Invoice invoice)
    {
        var means = Of((await Xml(host, invoice)).Settlement, "SpecifiedTradeSettlementPaymentMeans").Single();
        return (Text(means, "TypeCode"), Text(means, "ApplicableTradeSettlementFinancialCard", "ID"), Text(means, "PayeePartyCreditorFinancialAccount", "IBANID") is not null);
    }

    private static async Task<string> Words(BillingHost host, Invoice invoice)
    {
        var settlement = (await Xml(host, invoice)).Settlement;
        Text(settlement, "SpecifiedTradePaymentTerms", "Description").ShouldBe(Text(settlement, "SpecifiedTradeSettlementPaymentMeans", "Information"));
        return Text(settlement, "SpecifiedTradePaymentTerms", "Description")!;
    }

    private static async Task<Cii> Xml(BillingHost host, Invoice invoice) => new(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.xml"));

    /// <summary>Without the breaks of lines.</summary>
    private static string Flat(string text) => string.Join(' ', text.Split([' ', '\n', '\r', '\f'], StringSplitOptions.RemoveEmptyEntries));
}
