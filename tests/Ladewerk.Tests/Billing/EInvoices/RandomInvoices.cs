using System.Text;
using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using static Ladewerk.Tests.Billing.EInvoices.Cii;

namespace Ladewerk.Tests.Billing.EInvoices;

/// <summary>Customers of every kind with random sessions, and what must hold of their invoices' XML.</summary>
internal static class RandomInvoices
{
    /// <summary>Odd gross prices at two rates, with a fee.</summary>
    public static readonly Tariff Odd = new()
    {
        Id = Guid.CreateVersion7().ToString(),
        Currency = "EUR",
        TaxIncluded = true,
        Elements = [new TariffElement { Components = [new EnergyPrice { Price = 0.4737m, Vat = 19m }, new ParkingPrice { Price = 3.333m, Vat = 7m }, new FlatPrice { Price = 0.99m, Vat = 19m }] }],
    };

    public static async Task Check(BillingHost host, Invoice invoice)
    {
        var xml = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.xml");
        var cii = new Cii(xml);
        FacturXSchema.Faults(xml).ShouldBeEmpty(Encoding.UTF8.GetString(xml));
        En16931.Broken(cii).ShouldBeEmpty(Encoding.UTF8.GetString(xml));
        cii.Text("ExchangedDocument", "ID").ShouldBe(invoice.Number);
        cii.Sum("TaxBasisTotalAmount").ShouldBe(invoice.Net);
        cii.Sum("TaxTotalAmount").ShouldBe(invoice.Vat);
        cii.Sum("GrandTotalAmount").ShouldBe(invoice.Gross);
        cii.Breakdown.Select(b => (Number(b, "BasisAmount"), Number(b, "CalculatedAmount"), Text(b, "CategoryCode")))
            .ShouldBe(invoice.VatLines.Select(v => ((decimal?)v.Net, (decimal?)v.Vat, (string?)v.Category)));
        cii.Lines.Select(LineNet).ShouldBe(invoice.Lines.OrderBy(l => l.Position).ThenBy(l => l.Item).Select(l => l.Net));
    }

    public static async Task Account(BillingHost host, Random random, int number)
    {
        var account = await Account(host, $"Kunde {number} & Söhne <{number}>", a =>
        {
            a.Language = random.Next(3) == 0 ? "en" : "de";
            (string? Company, string Country, string? VatId, VatTreatment Treatment, string? Reference, string? Email) who = (number % 8) switch
            {
                0 => (null, "DE", null, VatTreatment.Standard, null, null),
                1 => ("Taxi KG", "DE", "DE123456789", VatTreatment.Standard, null, "taxi@example.org"),
                2 => ("Stadt Musterstadt", "DE", null, VatTreatment.Standard, "04011000-1234512345-06", "stadt@example.org"),
                3 => ("Roaming AG", "AT", "ATU12345678", VatTreatment.Reseller, null, null),
                4 => ("Roaming Inc.", "US", "US1234", VatTreatment.Reseller, null, null),
                5 => ("Elektro SA", "FR", "FR12345678901", VatTreatment.IntraCommunity, null, "elektro@example.org"),
                6 => ("Fjord AS", "NO", null, VatTreatment.Export, null, null),
                _ => ("Botschaft", "DE", null, VatTreatment.Exempt, random.Next(2) == 0 ? "B-77" : null, null),
            };
            (a.Company, a.Country, a.VatId, a.VatTreatment, a.BuyerReference, a.Email) = who;
        });
        for (var s = random.Next(1, 4); s > 0; s--)
        {
            var tariff = random.Next(3) switch { 0 => BillingHost.Gross, 1 => BillingHost.NetMixed, _ => Odd };
            await host.Recorded(account, tariff, random.Next(100, 90_000), BillingHost.Start.AddMinutes(random.Next(0, 20_000)));
        }
    }

    public static async Task<BillingAccount> Account(BillingHost host, string name, Action<BillingAccount> change)
    {
        var account = await host.Account(name);
        return await host.Db(async db =>
        {
            var stored = await db.Set<BillingAccount>().SingleAsync(a => a.Id == account.Id);
            change(stored);
            await db.SaveChangesAsync();
            return stored;
        });
    }

    private static decimal LineNet(System.Xml.Linq.XElement line) => Number(line, "SpecifiedLineTradeSettlement", "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")!.Value;
}
