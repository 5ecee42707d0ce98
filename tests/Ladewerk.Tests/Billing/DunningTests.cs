using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Drivers;
using Ladewerk.Kernel.Mail;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Billing;

public sealed class DunningTests(Database database)
{
    private static readonly BillingSettings Rules = new(IsDunning: true, Levels: [new(5, 0m), new(14, 2.50m)], BlockAtLevel: 2);

    [Theory]
    [InlineData(0, null, "2026-12-19", null)] // due on the 15th, first reminder after 5 days
    [InlineData(0, null, "2026-12-20", 1)]
    [InlineData(0, null, "2027-02-01", 1)] // never two at once
    [InlineData(1, "2026-12-28", "2026-12-30", null)] // time to pay
    [InlineData(1, "2026-12-20", "2026-12-29", 2)]
    [InlineData(2, "2026-12-29", "2027-03-01", null)] // the last one went out
    public void The_next_reminder_follows_the_schedule(int level, string? dunnedOn, string today, int? expected) =>
        DunningSchedule.Due(new OwedInvoice(10m, 4m, new DateOnly(2026, 12, 15), level, dunnedOn is null ? null : DateOnly.Parse(dunnedOn, CultureInfo.InvariantCulture), false), Rules.Schedule, DateOnly.Parse(today, CultureInfo.InvariantCulture)).ShouldBe(expected);

    [Fact]
    public void What_is_paid_or_on_hold_is_not_reminded()
    {
        var today = new DateOnly(2027, 3, 1);
        DunningSchedule.Due(new OwedInvoice(10m, 10m, new DateOnly(2026, 12, 15), 0, null, false), Rules.Schedule, today).ShouldBeNull();
        DunningSchedule.Due(new OwedInvoice(10m, 0m, new DateOnly(2026, 12, 15), 0, null, true), Rules.Schedule, today).ShouldBeNull();
    }

    [Fact]
    public async Task Who_does_not_pay_is_reminded_once_per_level_and_blocked_and_charges_again_once_it_is_paid()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account();
        await host.Db(async db =>
        {
            (await db.Set<BillingAccount>().SingleAsync()).Email = "erika@example.org";
            var driver = new Driver { TenantId = host.Tenant, Name = "Erika", BillingAccountId = account.Id };
            db.AddRange(
                driver,
                new IdToken { TenantId = host.Tenant, Uid = "04A1", UidKey = "04A1", DriverId = driver.Id },
                new IdToken { TenantId = host.Tenant, Uid = "04A2", UidKey = "04A2", DriverId = driver.Id, Status = IdTokenStatus.Lost });
            return await db.SaveChangesAsync();
        });
        await host.Recorded(account, BillingHost.Gross);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();
        (await host.Host.Api.PutAsJsonAsync("/api/v1/billing/settings", Rules)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await Remind(host, invoice.Id, "2026-12-20")).ShouldBe(1);
        (await Remind(host, invoice.Id, "2026-12-20")).ShouldBeNull();
        (await Tokens(host)).ShouldBe([IdTokenStatus.Accepted, IdTokenStatus.Lost]);
        (await Remind(host, invoice.Id, "2027-01-02")).ShouldBe(2);
        (await Tokens(host)).ShouldBe([IdTokenStatus.Blocked, IdTokenStatus.Lost]);
        (await host.Db(db => db.Set<QueuedMail>().CountAsync(m => m.Kind == "dunning"))).ShouldBe(2);
        (await host.Db(db => db.Set<DunningNotice>().SumAsync(n => n.Fee))).ShouldBe(2.50m);

        for (var i = 0; i < 2; i++)
        {
            var paid = await host.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{invoice.Id.Value}/payments", new { amount = invoice.Gross, receivedOn = "2027-01-03", reference = "Bank 1" });
            paid.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }

        for (var i = 0; i < 100 && (await Tokens(host))[0] != IdTokenStatus.Accepted; i++)
        {
            await Task.Delay(50);
        }

        (await Tokens(host)).ShouldBe([IdTokenStatus.Accepted, IdTokenStatus.Lost]);
        (await host.Invoices()).ShouldHaveSingleItem().Paid.ShouldBe(invoice.Gross);
        (await Remind(host, invoice.Id, "2027-02-01")).ShouldBeNull();
    }

    [Fact]
    public async Task The_posting_batch_books_every_rate_of_every_document()
    {
        await using var host = await BillingHost.Open(database);
        await host.Recorded(await host.Account(company: "Söhne \"GmbH\""), BillingHost.NetMixed);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();
        await host.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{invoice.Id.Value}/cancel", new { reason = "Probe" });

        var answer = await host.Host.Api.GetAsync("/api/v1/invoices/datev.csv?from=2026-12-01&to=2026-12-31");
        var lines = Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        lines[0].ShouldStartWith("\"EXTF\";700;21;\"Buchungsstapel\";13;");
        lines[0].Split(';').Length.ShouldBe(31);
        lines.Length.ShouldBe(2 + 4);
        var energy = invoice.VatLines.Single(v => v.Rate == 19m).Gross.ToString("0.00", CultureInfo.GetCultureInfo("de-DE"));
        lines[2].ShouldBe($"{energy};\"S\";\"EUR\";;;;10000;8400;;0112;\"2026-R-000001\";;;\"Söhne \"\"GmbH\"\"\"");
        lines[4].ShouldStartWith($"{energy};\"H\";");
        (await host.Host.Api.GetAsync("/api/v1/invoices/datev.csv?from=2026-12-01&to=2027-01-31")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await host.Host.Api.GetStringAsync("/api/v1/invoices/export.csv?from=2026-12-01&to=2026-12-31")).Split("\r\n").Length.ShouldBe(4);
    }

    [Fact]
    public async Task Who_wants_it_gets_an_invoice_per_session_at_once()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account();
        await host.Db(async db =>
        {
            (await db.Set<BillingAccount>().SingleAsync()).InvoiceCycle = InvoiceCycle.Immediate;
            return await db.SaveChangesAsync();
        });
        for (var s = 1; s <= 2; s++)
        {
            await host.Recorded(account, BillingHost.Gross, 10_000 * s);
        }

        for (var i = 0; i < 100 && (await host.Invoices()).Count < 2; i++)
        {
            await Task.Delay(50);
        }

        (await host.Invoices()).Select(i => i.SessionCount).ShouldBe([1, 1]);
    }

    [Fact]
    public async Task A_session_without_an_account_gets_one_small_receipt_that_needs_no_customer()
    {
        await using var host = await BillingHost.Open(database);
        var small = await host.Recorded(null, BillingHost.Gross);
        var large = await host.Recorded(null, BillingHost.Gross, 600_000);

        var first = (await Receipt(host, small.Id)).ShouldBeOfType<ReceiptResult.Issued>();
        (await Receipt(host, small.Id)).ShouldBe(first);
        (await Receipt(host, large.Id)).ShouldBeOfType<ReceiptResult.NeedsCustomer>();

        first.Number.ShouldBe("2026-B-000001");
        var receipt = (await host.Invoices()).ShouldHaveSingleItem();
        receipt.Gross.ShouldBe(small.InclVat!.Value);
        var text = await PdfTools.Text(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{receipt.Id.Value}.pdf"));
        foreach (var word in (string[])["Kleinbetrag", "Stadtwerke Musterstadt GmbH", "19 %", receipt.Gross.ToString("N2", CultureInfo.GetCultureInfo("de-DE")), "bezahlt"])
        {
            text.ShouldContain(word);
        }

        (await host.Host.Api.GetAsync($"/api/v1/invoices/{receipt.Id.Value}.xml")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var page = await host.Host.Api.GetAsync("/portal/dunning");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_operators_sentence_is_frozen_at_issue_and_the_look_is_noted_with_the_document()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account();
        (await host.Host.Api.PutAsJsonAsync("/api/v1/billing/settings", new BillingSettings(NoteDe: "Danke fürs Laden."))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await host.Recorded(account, BillingHost.Gross);
        await host.Run();
        (await host.Host.Api.PutAsJsonAsync("/api/v1/billing/settings", new BillingSettings(NoteDe: "Ein anderer Satz."))).StatusCode.ShouldBe(HttpStatusCode.OK);

        var invoice = (await host.Invoices()).ShouldHaveSingleItem();
        (await PdfTools.Text(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf"))).ShouldContain("Danke fürs Laden.");
        (await host.Host.Api.GetStringAsync($"/api/v1/invoices/{invoice.Id.Value}.xml")).ShouldContain("<ram:Content>Danke fürs Laden.</ram:Content>");
        (await host.Db(db => db.Set<InvoiceDocument>().SingleAsync(d => d.InvoiceId == invoice.Id && d.Format == "pdf"))).Template!.Length.ShouldBe(16);
    }

    [Fact]
    public async Task Cost_centres_stand_together_on_a_collective_invoice()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account("Fuhrpark", company: "Handwerk GmbH");
        string?[] centres = ["Vertrieb", null, "Bau", "Vertrieb"];
        for (var i = 0; i < centres.Length; i++)
        {
            var session = await host.Session(account, BillingHost.NetMixed, 9_000 + i, BillingHost.Start.AddHours(6 * i));
            session.CostCentre = centres[i];
            await host.Record(session, BillingHost.NetMixed);
        }

        await host.Run();

        var invoice = (await host.Invoices()).ShouldHaveSingleItem();
        invoice.Lines.OrderBy(l => l.Position).Select(l => l.CostCentre).Distinct().ShouldBe(["Bau", "Vertrieb", null]);
        var text = await PdfTools.Text(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id.Value}.pdf"));
        text.ShouldContain("Kostenstelle Bau");
        text.ShouldContain("Ohne Kostenstelle");
        var xml = await host.Host.Api.GetStringAsync($"/api/v1/invoices/{invoice.Id.Value}.xml");
        xml.ShouldContain("<ram:ID>Vertrieb</ram:ID>");
    }

    private static Task<ReceiptResult> Receipt(BillingHost host, CdrId id) => host.In(services => services.GetRequiredService<IssueAdHocReceipt>().Run(id, null, null, CancellationToken.None));

    private static Task<int?> Remind(BillingHost host, InvoiceId id, string today) =>
        host.In(services => services.GetRequiredService<RemindDebtor>().Run(id, Rules, DateOnly.Parse(today, CultureInfo.InvariantCulture), CancellationToken.None));

    private static Task<List<IdTokenStatus>> Tokens(BillingHost host) => host.Db(db => db.Set<IdToken>().OrderBy(t => t.Uid).Select(t => t.Status).ToListAsync());
}
