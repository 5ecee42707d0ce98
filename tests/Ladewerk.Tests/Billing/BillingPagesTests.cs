using System.Net;
using System.Net.Http.Json;
using Ladewerk.Billing;
using Ladewerk.Kernel.Mail;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tests.Billing;

public sealed class BillingPagesTests(Database database)
{
    [Fact]
    public async Task The_pages_show_what_is_open_what_was_issued_and_who_is_asked()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account("Erika Mustermann");
        await host.Recorded(account, BillingHost.Gross);
        var first = await Page(host, "/portal/invoices");
        first.ShouldContain("Abrechnung");
        first.ShouldContain("13,59"); // 11.004 kWh and 82 min wait for an invoice

        await host.Run();

        var list = await Page(host, "/portal/invoices");
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();
        list.ShouldContain(invoice.Number);
        var detail = await Page(host, $"/portal/invoices/{invoice.Id.Value}");
        detail.ShouldContain("Standgeb");
        detail.ShouldContain($"/api/v1/invoices/{invoice.Id.Value}.pdf");
        (await Page(host, "/portal/cdrs?billing=invoiced")).ShouldContain("DE*SMU*E0019*1");
        (await Page(host, "/portal/invoices?kind=cancellation")).ShouldNotContain(">" + invoice.Number + "<");
    }

    [Fact]
    public async Task An_account_is_added_and_changed_by_its_form_and_its_invoice_goes_out_by_mail()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account("Gemeinde Musterdorf");
        (await Page(host, $"/portal/billing-accounts/{account.Id.Value:D}/edit")).ShouldContain("Leitweg-ID");
        (await host.Host.Api.PatchAsJsonAsync($"/api/v1/billing-accounts/{account.Id.Value}", new { buyerReference = "04011000-1234512345-06", email = "rechnung@musterdorf.example", vatTreatment = "reseller" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await host.Host.Api.PatchAsJsonAsync($"/api/v1/billing-accounts/{account.Id.Value}", new { buyerReference = "04011000-1234512345-06", email = "rechnung@musterdorf.example" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Page(host, "/portal/billing-accounts?q=musterdorf")).ShouldContain("XRechnung");

        await host.Recorded(account, BillingHost.Gross);
        await host.Run();
        for (var i = 0; i < 200 && await host.Db(db => db.Set<QueuedMail>().CountAsync(m => m.Kind == "invoice")) == 0; i++)
        {
            await Task.Delay(50);
        }

        (await host.Db(db => db.Set<QueuedMail>().SingleAsync(m => m.Kind == "invoice"))).Recipient.ShouldBe("rechnung@musterdorf.example");
        (await host.Invoices()).ShouldHaveSingleItem().MailedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_stranger_sees_no_page()
    {
        await using var host = await BillingHost.Open(database);

        (await host.Host.Stranger().GetAsync("/portal/invoices")).StatusCode.ShouldBeOneOf(HttpStatusCode.Redirect, HttpStatusCode.Found, HttpStatusCode.Unauthorized);
    }

    private static async Task<string> Page(BillingHost host, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", "de");
        var answer = await host.Host.Api.SendAsync(request);
        var html = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, html);
        return html;
    }
}
