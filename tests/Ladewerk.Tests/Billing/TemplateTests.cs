using System.Net;
using System.Net.Http.Json;
using Ladewerk.Billing.Templates;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Notifications;

namespace Ladewerk.Tests.Billing;

public sealed class TemplateTests(Database database)
{
    [Theory]
    [InlineData("h1 { color: #123456 }", true)]
    [InlineData("h1 { background: url(data:image/png;base64,AAAA) }", true)]
    [InlineData("h1 { background: url( 'data:image/png;base64,AAAA') }", true)]
    [InlineData("@import 'x.css';", false)]
    [InlineData("h1 { background: url(file:///etc/passwd) }", false)]
    [InlineData("h1 { background: URL (\"https://x.example/\") }", false)]
    [InlineData("h1 { background: u\\72l(file:///etc/passwd) }", false)]
    [InlineData("</style><script>", false)]
    public void A_style_sheet_fetches_nothing(string css, bool allowed) => SaveTemplate.Check(new TemplateWish(css)).Any.ShouldBe(!allowed);

    [Fact]
    public async Task An_old_document_is_made_again_as_it_was_after_the_looks_have_changed_and_a_version_comes_back()
    {
        await using var host = await BillingHost.Open(database);
        await host.Host.Api.Post("/api/v1/billing/templates/preview", new { css = "" }).IsProblem(HttpStatusCode.NotFound, "not-found");
        await host.Host.Api.Post("/api/v1/billing/templates", new { css = "h1::before { content: 'ALPHA ' }", comment = "Erste" }).Is(HttpStatusCode.Created);
        await host.Recorded(await host.Account(), BillingHost.Gross);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();
        var first = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf");
        (await PdfTools.Text(first)).ShouldContain("ALPHA Rechnung");

        await host.Host.Api.Post("/api/v1/billing/templates", new { css = "h1::before { content: 'BETA ' }" }).Is(HttpStatusCode.Created);
        (await host.Host.Api.PatchAsJsonAsync("/api/v1/brand", new { colour = "#7a1010" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        var again = await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}/remade.pdf");
        (await PdfTools.Text(again)).ShouldBe(await PdfTools.Text(first));
        again.ShouldBe(first);
        (await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf")).ShouldBe(first);

        var tried = await host.Host.Api.PostAsJsonAsync("/api/v1/billing/templates/preview", new { css = "h1::before { content: 'GAMMA ' }" });
        (await PdfTools.Text(await tried.Content.ReadAsByteArrayAsync())).ShouldContain("GAMMA Rechnung");
        await host.Host.Api.Post("/api/v1/billing/templates/1/activate", new { }).Is(HttpStatusCode.NoContent);
        await host.Host.Api.Post("/api/v1/billing/templates/9/activate", new { }).IsProblem(HttpStatusCode.NotFound, "not-found");
        var versions = (await host.Host.Api.Json("/api/v1/billing/templates")).GetProperty("items");
        versions.EnumerateArray().Select(v => (v.GetProperty("version").GetInt32(), v.GetProperty("isActive").GetBoolean())).ShouldBe([(2, false), (1, true)]);
        (await host.Host.Api.GetStringAsync("/portal/billing/template")).ShouldContain("Erste");
        (await NotifyHost.Scalar<long>(host.Host, "select count(*) from invoice_look where template = 1")).ShouldBe(1);
        await host.Host.Api.Post("/api/v1/billing/templates", new { css = "@import 'x'" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }
}
