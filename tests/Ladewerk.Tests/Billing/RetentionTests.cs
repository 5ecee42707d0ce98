using System.Net;
using Ladewerk.Billing;
using Ladewerk.Billing.Sepa;
using Ladewerk.Kernel.Mail;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Notifications;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Billing;

public sealed class RetentionTests(Database database)
{
    [Fact]
    public async Task What_is_eight_years_old_goes_with_a_report_and_the_rest_stays_refused()
    {
        var clock = new Clock { Now = new DateTimeOffset(2016, 12, 1, 5, 0, 0, TimeSpan.Zero) };
        await using var host = await BillingHost.Open(database, time: clock);
        var account = await host.Account();
        await host.Recorded(account, BillingHost.Gross, start: clock.Now.AddDays(-20));
        await host.Run();
        var first = (await host.Invoices()).ShouldHaveSingleItem();
        await host.Host.Api.Post($"/api/v1/invoices/{first.Id.Value}/cancel", new { reason = "Probe" }).Is(HttpStatusCode.Created);
        await host.Host.Api.Post($"/api/v1/invoices/{first.Id.Value}/payments", new { amount = 1m, receivedOn = "2016-12-03", reference = "B 1" }).Is(HttpStatusCode.NoContent);

        await host.Execute($"""
            insert into invoice_collection (invoice_id, tenant_id, billing_account_id, state, link_hash, link_sealed, created_at, updated_at) select id, tenant_id, billing_account_id, 'paid', '', '', now(), now() from invoice where id = '{first.Id.Value}';
            insert into invoice_charge (id, tenant_id, invoice_id, number, way, amount, currency, state, created_at) select id, tenant_id, id, 1, 'page', 1, 'EUR', 'paid', now() from invoice where id = '{first.Id.Value}';
            insert into invoice_refund (id, tenant_id, charge_id, invoice_id, amount, state, asked_at) select id, tenant_id, id, id, 1, 'done', now() from invoice where id = '{first.Id.Value}';
            insert into payment_dispute (id, tenant_id, provider_id, charge_id, state, opened_at) select id, tenant_id, 'du_old', id, 'closed', now() from invoice where id = '{first.Id.Value}';
            """);

        // The same session anew, and its cancellation in a year that is still kept: both stay.
        await host.Run();
        await host.Recorded(await host.Account("Zweite"), BillingHost.NetMixed, start: clock.Now.AddDays(-19));
        await host.Run();
        clock.Now = new DateTimeOffset(2026, 6, 1, 5, 0, 0, TimeSpan.Zero);
        await host.Recorded(account, BillingHost.Gross, start: clock.Now.AddDays(-3));
        await host.Run();
        await host.Host.Api.Post($"/api/v1/invoices/{(await host.Invoices()).Single(i => i.Number == "2016-R-000003").Id.Value}/cancel", new { rebill = false }).Is(HttpStatusCode.Created);
        var before = await host.Invoices();

        var over = (await host.Host.Api.Json("/api/v1/billing/retention")).GetProperty("over");
        over.EnumerateArray().Select(r => (r.GetProperty("year").GetInt32(), r.GetProperty("kind").GetString(), r.GetProperty("documents").GetInt32())).ShouldBe([(2016, "cancellation", 1), (2016, "invoice", 2)]);
        (await Should.ThrowAsync<PostgresException>(() => host.Execute("delete from invoice_line"))).SqlState.ShouldBe("23001");
        (await host.Host.Api.GetStringAsync("/portal/billing/retention")).ShouldContain("2016-R-000001");

        await host.Host.Api.Post("/api/v1/billing/retention/run", new { }).Is(HttpStatusCode.OK);
        var left = await host.Invoices();
        left.Select(i => i.Number).Order(StringComparer.Ordinal).ShouldBe(before.Select(i => i.Number).Except(["2016-R-000001", "2016-R-000002", "2016-S-000001"]).Order(StringComparer.Ordinal));
        (await NotifyHost.Scalar<long>(host.Host, "select count(*) from charge_detail_record where ended_at < '2018-01-01'")).ShouldBe(1);
        (await NotifyHost.Scalar<long>(host.Host, "select (select count(*) from invoice_payment) + (select count(*) from invoice_charge) + (select count(*) from invoice_refund) + (select count(*) from payment_dispute)")).ShouldBe(0);
        (await NotifyHost.Scalar<int>(host.Host, "select last_number from number_series where kind = 'invoice' and year = 2016")).ShouldBe(3);
        var removed = (await host.Host.Api.Json("/api/v1/billing/retention")).GetProperty("removed");
        removed.EnumerateArray().Sum(r => r.GetProperty("what").GetProperty("documents").GetInt32()).ShouldBe(4); // three documents and the record of the first session
        (await NotifyHost.Scalar<long>(host.Host, "select count(*) from audit_entry where action = 'retention.removed'")).ShouldBe(1);

        (await host.Host.Api.Post("/api/v1/billing/retention/run", new { }).Is(HttpStatusCode.OK)).GetProperty("removed").GetArrayLength().ShouldBe(0);
        foreach (var attempt in (string[])["delete from invoice where year = 2026", "delete from charge_detail_record"])
        {
            (await Should.ThrowAsync<PostgresException>(() => host.Execute("begin; select set_config('ladewerk.retention', 'over', true); " + attempt))).SqlState.ShouldBe("23001");
        }
    }

    [Theory]
    [InlineData("2026-12-01", "2026-12-10", 14, "2026-12-15")]
    [InlineData("2026-12-01", "2026-12-24", 5, "2026-12-24")]
    [InlineData("2026-12-01", null, 4, "2026-12-07")] // a Saturday
    public void A_debit_waits_for_its_notice_and_for_the_day_on_which_it_is_due(string today, string? due, int days, string expected) =>
        DebitDay.Of(Day(today), due is null ? null : Day(due), days).ShouldBe(Day(expected));

    [Fact]
    public async Task A_payer_is_told_of_a_debit_once_and_long_enough_before()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account();
        await host.Db(db => db.Database.ExecuteSqlAsync($"update billing_account set email = 'erika@example.org' where id = {account.Id.Value}"));
        await host.Recorded(account, BillingHost.Gross);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();

        for (var i = 0; i < 2; i++)
        {
            var on = await host.In(services => services.GetRequiredService<AnnounceDebit>().Run(invoice.Id, new PlannedDebit("pi_1", invoice.Gross, "MANDAT-7", "3000"), CancellationToken.None));
            on.ShouldBe(new DateOnly(2026, 12, 15));
        }

        var mail = (await host.Db(db => db.Set<QueuedMail>().Where(m => m.Kind == "debit").ToListAsync())).ShouldHaveSingleItem();
        mail.Recipient.ShouldBe("erika@example.org");
        (await host.Db(db => db.Set<SepaNotice>().SingleAsync())).Mailed.ShouldBeTrue();
        await host.Host.Api.Post($"/api/v1/invoices/{invoice.Id.Value}/cancel", new { }).Is(HttpStatusCode.Created);
        (await host.In(services => services.GetRequiredService<AnnounceDebit>().Run(invoice.Id, new PlannedDebit("pi_2", 1m, "M", "3000"), CancellationToken.None))).ShouldBeNull();
    }

    private static DateOnly Day(string text) => DateOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
