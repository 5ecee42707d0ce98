using System.Net;
using System.Net.Http.Json;
using Ladewerk.Billing;
using Ladewerk.Billing.Statements;
using Ladewerk.Tests.Billing.EInvoices;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Billing;

public sealed class StatementTests(Database database)
{
    private static readonly DateOnly December = new(2026, 12, 1);

    [Fact]
    public async Task A_site_host_gets_one_statement_a_month_with_its_share_and_fees()
    {
        await using var host = await BillingHost.Open(database);
        var organisation = await Organisation(host, "DE111111111");
        var account = await host.Account();
        await host.Recorded(account, BillingHost.Gross);
        await host.Recorded(account, BillingHost.NetMixed, 20_000);
        var records = await host.Records();
        var set = await host.Host.Api.PutAsJsonAsync($"/api/v1/billing/hosts/{organisation}", new { isOn = true, sharePercent = 20, perKwh = 0.013, perSession = 0.25, vatRate = 19 });
        set.StatusCode.ShouldBe(HttpStatusCode.OK);

        var first = await Issue(host);
        (await Issue(host)).Skipped.ShouldHaveSingleItem().Reason.ShouldBe("known");

        var statement = (await host.Invoices()).Single(i => i.Kind == InvoiceKind.SelfBilling);
        first.Statements.ShouldBe([statement.Id]);
        statement.Number.ShouldBe("2026-G-000001");
        statement.Lines.Select(l => l.Net).ShouldBe([decimal.Round(records.Sum(r => r.ExclVat!.Value) * 0.2m, 2, MidpointRounding.AwayFromZero), 0.40m, 0.50m]);
        statement.Vat.ShouldBe(decimal.Round(statement.Net * 0.19m, 2, MidpointRounding.AwayFromZero));
        statement.Supplier.Name.ShouldBe("Parkhaus GmbH");

        var xml = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{statement.Id.Value}.xml");
        FacturXSchema.Faults(xml).ShouldBeEmpty();
        En16931.Broken(new Cii(xml)).ShouldBeEmpty();
        new Cii(xml).Text("ExchangedDocument", "TypeCode").ShouldBe("389");
        var text = await PdfTools.Text(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{statement.Id.Value}.pdf"));
        foreach (var word in (string[])["Gutschrift", "Parkhaus GmbH", "DE111111111", "Rathaus: Anteil 20 %", statement.Gross.ToString("N2", System.Globalization.CultureInfo.GetCultureInfo("de-DE"))])
        {
            text.ShouldContain(word);
        }

        // Taken back, the month may be settled anew.
        await host.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{statement.Id.Value}/cancel", new { reason = "Probe" });
        (await Issue(host)).Statements.Count.ShouldBe(1);
        (await host.Invoices()).Sum(i => i.Gross).ShouldBe(statement.Gross);
        (await host.Host.Api.GetStringAsync("/portal/statements")).ShouldContain("2026-G-000002");
    }

    [Fact]
    public async Task A_host_without_a_tax_number_waits_and_a_small_business_shows_no_vat()
    {
        await using var host = await BillingHost.Open(database);
        var organisation = await Organisation(host, null);
        await host.Recorded(await host.Account(), BillingHost.Gross);
        await host.Host.Api.PutAsJsonAsync($"/api/v1/billing/hosts/{organisation}", new { isOn = true, perKwh = 0.1, isSmall = true });

        (await Issue(host)).Skipped.ShouldHaveSingleItem().Reason.ShouldBe("hostIncomplete");
        await host.Host.Api.PutAsJsonAsync($"/api/v1/billing/hosts/{organisation}", new { isOn = true, perKwh = 0.1, isSmall = true, taxNumber = "201/113/40209" });
        (await Issue(host)).Statements.Count.ShouldBe(1);

        var statement = (await host.Invoices()).ShouldHaveSingleItem();
        (statement.Net, statement.Vat, statement.Gross).ShouldBe((1.10m, 0m, 1.10m));
        var xml = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{statement.Id.Value}.xml");
        FacturXSchema.Faults(xml).ShouldBeEmpty();
        En16931.Broken(new Cii(xml)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_employee_who_charges_at_home_gets_the_outlay_back()
    {
        await using var host = await BillingHost.Open(database);
        var session = await host.Session(null, null, 12_345, new DateTimeOffset(2026, 12, 3, 18, 0, 0, TimeSpan.Zero));
        await host.Execute($"""
            insert into driver (id, tenant_id, name) values ('00000000-0000-0000-0000-00000000d001', '{host.Tenant.Value}', 'Jonas Pohl');
            insert into contract (id, tenant_id, number, name, kind, cost_centre, reimbursement_per_kwh, terms, created_at)
            values ('00000000-0000-0000-0000-00000000c001', '{host.Tenant.Value}', 'V-7', 'Zuhause', 'homeCharging', 'Vertrieb', 0.32, '{"{}"}', now());
            update charging_session set contract_id = '00000000-0000-0000-0000-00000000c001', driver_id = '00000000-0000-0000-0000-00000000d001', cost_centre = 'Vertrieb', reimbursement_per_kwh = 0.32 where id = '{session.Id.Value}'
            """);

        (await Issue(host)).Statements.Count.ShouldBe(1);

        var statement = (await host.Invoices()).ShouldHaveSingleItem();
        (statement.Gross, statement.Vat).ShouldBe((3.95m, 0m));
        statement.VatLines.ShouldHaveSingleItem().Category.ShouldBe("O");
        var xml = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{statement.Id.Value}.xml");
        FacturXSchema.Faults(xml).ShouldBeEmpty();
        En16931.Broken(new Cii(xml)).ShouldBeEmpty();
        (await host.Host.Api.PostAsJsonAsync("/api/v1/statements/run", new { month = "2026-12" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static Task<StatementsIssued> Issue(BillingHost host) => host.In(services => services.GetRequiredService<IssueStatements>().Run(December, CancellationToken.None));

    private static async Task<Guid> Organisation(BillingHost host, string? vatId)
    {
        var id = Guid.CreateVersion7();
        await host.Execute($"""
            insert into organisation (id, tenant_id, name, street, postal_code, city, vat_id, created_at) values ('{id}', '{host.Tenant.Value}', 'Parkhaus GmbH', 'Ring 1', '12345', 'Musterstadt', {(vatId is null ? "null" : $"'{vatId}'")}, now());
            update site set organisation_id = '{id}'
            """);
        return id;
    }
}
