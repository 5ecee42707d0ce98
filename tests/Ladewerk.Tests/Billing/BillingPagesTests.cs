using System.Net;
using Ladewerk.Billing;
using Ladewerk.Tests.Hosting;

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
