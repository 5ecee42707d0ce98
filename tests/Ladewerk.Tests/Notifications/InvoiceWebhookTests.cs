using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Drivers;
using Ladewerk.Notifications;
using Ladewerk.Tests.Billing;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Notifications;

/// <summary>What other systems and drivers hear of invoices.</summary>
public sealed class InvoiceWebhookTests(Database database)
{
    [Fact]
    public async Task Each_invoice_is_told_when_it_is_issued_overdue_paid_and_cancelled()
    {
        await using var listener = await Listener.Start();
        await using var host = await BillingHost.Open(database, NotifyHost.Quick(new Dictionary<string, string?> { ["Outgoing:AllowPrivate"] = "true", ["Notifications:WebhookRetry"] = "00:00:00.200" }));
        var account = await host.Account();
        await host.Db(async db =>
        {
            db.Add(new Driver { TenantId = host.Tenant, Name = "Erika", BillingAccountId = account.Id });
            return await db.SaveChangesAsync();
        });
        (await host.Host.Api.PostAsJsonAsync("/api/v1/webhooks", new { name = "ERP", url = listener.Address, events = new[] { "invoiceIssued", "invoiceOverdue", "invoicePaid", "invoiceCancelled" } })).StatusCode.ShouldBe(HttpStatusCode.Created);
        await host.Recorded(account, BillingHost.Gross);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();

        (await Told(listener, "invoiceIssued")).GetProperty("inclVat").GetDecimal().ShouldBe(invoice.Gross);
        foreach (var expected in (int[])[1, 0])
        {
            (await host.In(services => services.GetRequiredService<NoteOverdue>().Run(invoice.DueOn!.Value.AddDays(1), CancellationToken.None))).ShouldBe(expected);
        }

        (await Told(listener, "invoiceOverdue")).GetProperty("number").GetString().ShouldBe(invoice.Number);
        await host.Host.Api.Post($"/api/v1/invoices/{invoice.Id.Value}/payments", new { amount = invoice.Gross, receivedOn = "2027-01-03", reference = "Bank 1" }).Is(HttpStatusCode.NoContent);
        (await Told(listener, "invoicePaid")).GetProperty("paid").GetDecimal().ShouldBe(invoice.Gross);
        var cancellation = await host.Host.Api.Post($"/api/v1/invoices/{invoice.Id.Value}/cancel", new { reason = "Probe" }).Is(HttpStatusCode.Created);
        // The cancellation is a document of its own, and what it cancels is told of as well; they may come in any order.
        var (first, second) = (await Next(listener), await Next(listener));
        var (issued, cancelled) = first.Type == "invoiceIssued" ? (first, second) : (second, first);
        issued.Invoice.GetProperty("kind").GetString().ShouldBe("cancellation");
        issued.Invoice.GetProperty("id").GetGuid().ShouldBe(cancellation.GetProperty("id").GetGuid());
        (cancelled.Type, cancelled.Invoice.GetProperty("state").GetString(), cancelled.Invoice.GetProperty("id").GetGuid()).ShouldBe(("invoiceCancelled", "cancelled", invoice.Id.Value));
        listener.IsEmpty.ShouldBeTrue();

        // The driver's own message leads to the app, not into the portal.
        (await NotifyHost.Scalar<string>(host.Host, "select string_agg(distinct href, ',') from notice where event = 'invoiceReady'")).ShouldBe("/app/invoices");
        await NotifyHost.Until(async () => await NotifyHost.Scalar<long>(host.Host, "select count(*) from notice where event = 'invoiceReady' and told_at is not null") > 0);
        Catalogue.Find("invoiceReady")!.ForDriver.ShouldBeTrue();
    }

    private static async Task<JsonElement> Told(Listener listener, string what)
    {
        var (type, invoice) = await Next(listener);
        type.ShouldBe(what);
        return invoice;
    }

    private static async Task<(string Type, JsonElement Invoice)> Next(Listener listener)
    {
        var body = JsonDocument.Parse((await listener.Next()).Body).RootElement;
        return (body.GetProperty("type").GetString()!, body.GetProperty("data").GetProperty("invoice"));
    }
}
