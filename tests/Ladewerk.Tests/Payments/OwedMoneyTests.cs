using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Billing;
using Ladewerk.FakeStripe;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Payments;

/// <summary>What customers owe beside an invoice, and what is owed to them: fees are collected along, credits go back, each once.</summary>
public sealed class OwedMoneyTests(PaymentScene scene) : IClassFixture<PaymentScene>
{
    [Fact]
    public async Task Reminder_fees_are_paid_along_on_the_hosted_page()
    {
        await using var payer = await Payer.Create(scene);
        var invoice = await payer.Invoiced();
        await Reminded(invoice, 2.50m);
        var link = await payer.PayLink(invoice);
        var words = await payer.Reads(link);
        words.ShouldContain("Mahngebühren");
        words.ShouldContain("8,50 €");

        (await Payer.Give(await payer.Press(link), FakeCards.Good, "")).ShouldBe(HttpStatusCode.Found);
        await payer.Reads(link);
        await payer.Becomes(invoice, "paid");

        (await payer.Intent(invoice)).Received.ShouldBe(850);
        (await payer.Paid(invoice)).ShouldBe(6.00m);
        (await payer.Booked(invoice, "reminderFee")).ShouldBe(-2.50m);
        (await payer.Booked(invoice, "provider") + await payer.Booked(invoice, "fee")).ShouldBe(8.50m);
        await Eventually(() => payer.Booked(invoice, "receivable"), 0m);
        (await payer.Booked(invoice, "vat")).ShouldBe(-0.96m);
        var detail = await scene.Host.Api.Json($"/api/v1/invoices/{invoice}");
        (Amount(detail, "feesOwed"), Amount(detail, "feesPaid")).ShouldBe((0m, 2.50m));
        (await scene.Host.Api.GetStringAsync($"/portal/invoices/{invoice}")).ShouldContain("2,50");
        await Agrees();
    }

    [Fact]
    public async Task Fees_are_collected_anew_taken_back_with_a_dispute_and_given_back_with_a_cancellation()
    {
        await using var payer = await Payer.Create(scene);
        var invoice = await payer.Invoiced();
        await Reminded(invoice, 2.50m);
        await payer.Gives(FakeCards.Good);
        await scene.Host.Api.Post($"/api/v1/invoice-collections/{invoice}", new { }).Is(HttpStatusCode.Accepted);
        var paid = await payer.Becomes(invoice, "paid");
        Amount(paid.GetProperty("charges")[0], "amount").ShouldBe(8.50m);

        var dispute = scene.Fake.Books.OpenDispute((await payer.Intent(invoice)).Id, "unrecognized");
        await payer.Becomes(invoice, "open");
        (await payer.Paid(invoice)).ShouldBe(0m);
        var owed = (await payer.Collection(invoice)).GetProperty("collection");
        (Amount(owed, "owed"), Amount(owed, "fees")).ShouldBe((8.50m, 2.50m));
        await Eventually(() => payer.Booked(invoice, "reminderFee"), 0m);
        scene.Fake.Books.DecideDispute(dispute.Id, won: true);
        await payer.Becomes(invoice, "paid");
        await Eventually(() => payer.Booked(invoice, "reminderFee"), -2.50m);

        await scene.Host.Api.Post($"/api/v1/invoices/{invoice}/cancel", new { reason = "Falsch", rebill = false }).Is(HttpStatusCode.Created);
        await Eventually(async () => (await payer.Intent(invoice)).Refunded, 850);
        await Eventually(() => payer.Booked(invoice, "reminderFee"), 0m);
        await Agrees();
    }

    [Fact]
    public async Task A_transfer_counts_towards_fees_first_and_what_is_left_of_them_can_be_waived()
    {
        await using var payer = await Payer.Create(scene);
        var invoice = await payer.Invoiced();
        await Reminded(invoice, 2.50m);
        await Transfers(invoice, 1.00m);
        await Transfers(invoice, 3.00m);
        (await payer.Paid(invoice)).ShouldBe(1.50m);
        await Reminded(invoice, 5.00m);
        await Transfers(invoice, 4.50m);

        // Exactly what was open of the invoice: it is paid, the later fee is not.
        var detail = await scene.Host.Api.Json($"/api/v1/invoices/{invoice}");
        (Amount(detail, "paid"), Amount(detail, "feesOwed"), Amount(detail, "feesPaid")).ShouldBe((6.00m, 5.00m, 2.50m));
        (await scene.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{invoice}/dunning-fees/waive", new { reason = "Kulanz" })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Amount(await scene.Host.Api.Json($"/api/v1/invoices/{invoice}"), "feesOwed").ShouldBe(0m);
        await Agrees();
    }

    [Fact]
    public async Task What_a_correction_gives_back_goes_to_the_card_by_itself_and_is_owed_again_where_its_bank_does_not_take_it()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.Good);
        var invoice = await payer.Invoiced();
        await payer.Becomes(invoice, "paid");
        var correction = await Corrected(payer, 6_000);

        await Eventually(async () => (await payer.Intent(invoice)).Refunded, 240);
        await Eventually(() => payer.Paid(correction), -2.40m);
        (await Credits(payer)).ShouldBeEmpty();
        Amount((await payer.Collection(invoice)).GetProperty("charges")[0], "refunded").ShouldBe(2.40m);
        await Agrees();

        await scene.Scalar<int>("update invoice_collection set due_at = now() where invoice_id = $1", Guid.Parse(invoice)); // asked again it gives nothing more
        await Quiet(invoice);
        (await payer.Intent(invoice)).Refunds.Count.ShouldBe(1);
        scene.Fake.Books.FailRefund((await payer.Intent(invoice)).Id);
        await scene.Scalar<int>("update invoice_collection set due_at = now() where invoice_id = $1", Guid.Parse(invoice));
        await Eventually(async () => (await Credits(payer)).Sum(c => Amount(c, "credit")), 2.40m);
        (await payer.Intent(invoice)).Refunds.Count.ShouldBe(1);
        await Agrees();
    }

    [Fact]
    public async Task A_credit_waits_until_the_debit_has_settled()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.GoodAccount);
        var invoice = await payer.Invoiced();
        await payer.Becomes(invoice, "planned");
        await payer.DayComes(invoice);
        await payer.Becomes(invoice, "processing");
        await Corrected(payer, 6_000);
        await Quiet(invoice);
        (await payer.Intent(invoice)).Refunds.ShouldBeEmpty();
        Amount((await Credits(payer)).ShouldHaveSingleItem(), "credit").ShouldBe(2.40m);

        scene.Fake.Books.Decide((await payer.Intent(invoice)).Id);
        await payer.Becomes(invoice, "paid");
        await Eventually(async () => (await payer.Intent(invoice)).Refunded, 240);
        await Eventually(async () => (await Credits(payer)).Count, 0);
        await Agrees();
    }

    [Fact]
    public async Task What_was_paid_by_transfer_is_shown_as_owed_set_against_an_invoice_or_noted_as_paid_back()
    {
        await using var payer = await Payer.Create(scene);
        var first = await payer.Invoiced();
        await Transfers(first, 6.00m);
        await scene.Host.Api.Post($"/api/v1/invoices/{first}/cancel", new { reason = "Falsch", rebill = false }).Is(HttpStatusCode.Created);
        Amount((await Credits(payer)).ShouldHaveSingleItem(), "credit").ShouldBe(6.00m);
        var second = await payer.Invoiced();
        var page = WebUtility.HtmlDecode(await scene.Host.Api.GetStringAsync($"/portal/billing-accounts/{payer.Account}/edit"));
        page.ShouldContain($"/portal/billing-accounts/{payer.Account}/credits/{first}/apply");
        WebUtility.HtmlDecode(await scene.Host.Api.GetStringAsync($"/portal/billing-accounts?q={payer.Uid}")).ShouldContain("Guthaben 6,00");

        await scene.Host.Api.Post($"/api/v1/credits/{first}/apply", new { toInvoiceId = second, amount = 6.01m }).Is(HttpStatusCode.BadRequest);
        await scene.Host.Api.Post($"/api/v1/credits/{first}/apply", new { toInvoiceId = first }).Is(HttpStatusCode.BadRequest);
        (await scene.Host.Api.PostAsJsonAsync($"/api/v1/credits/{first}/apply", new { toInvoiceId = second, amount = 4.00m })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await payer.Paid(second)).ShouldBe(4.00m);
        await Transfers(second, 3.50m);
        (await Credits(payer)).Select(c => Amount(c, "credit")).ShouldBe([2.00m, 1.50m], ignoreOrder: true);
        await scene.Host.Api.Post($"/api/v1/credits/{second}/paid-back", new { reference = "" }).Is(HttpStatusCode.BadRequest);
        foreach (var document in (string[])[first, second])
        {
            (await scene.Host.Api.PostAsJsonAsync($"/api/v1/credits/{document}/paid-back", new { reference = "Überweisung " + document })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            await scene.Host.Api.Post($"/api/v1/credits/{document}/paid-back", new { reference = "Noch einmal" }).IsProblem(HttpStatusCode.NotFound, "not-found");
        }

        (await Credits(payer)).ShouldBeEmpty();
        await Agrees();
        (await scene.Scalar<decimal>("select sum(amount) from ledger_entry where account = 'deposit'")).ShouldBe(0m);
    }

    private int transfers;

    private async Task<List<JsonElement>> Credits(Payer payer) => [.. (await scene.Host.Api.Json($"/api/v1/credits?billingAccountId={payer.Account}")).GetProperty("items").EnumerateArray()];

    /// <summary>Nothing more is to be done for the collection now.</summary>
    private Task Quiet(string invoice) => Eventually(() => scene.Scalar<bool>("select lease_until is null and (due_at is null or due_at > now()) from invoice_collection where invoice_id = $1", Guid.Parse(invoice)), true);

    /// <summary>A reading that came late makes the last session cheaper; gives the correction.</summary>
    private async Task<string> Corrected(Payer payer, long wattHours)
    {
        var session = await scene.Scalar<Guid>(
            """
            update charging_session set energy_wh = $2, meter_stop_wh = meter_start_wh + $2
            where id = (select session_id from charge_detail_record where billing_account_id = $1 order by started_at desc limit 1) returning id
            """,
            Guid.Parse(payer.Account), wattHours);
        await using (var scope = scene.Host.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(new TenantId(await scene.Scalar<Guid>("select id from tenant")));
            await scope.ServiceProvider.GetRequiredService<CreateCdr>().Consume(new SessionEnded(new SessionId(session)), CancellationToken.None);
        }

        await scene.Host.Api.Post("/api/v1/invoices/run", new { billingAccountId = payer.Account }).Is(HttpStatusCode.OK);
        return (await scene.Scalar<Guid>("select id from invoice where billing_account_id = $1 and kind = 'correction'", Guid.Parse(payer.Account))).ToString();
    }

    private async Task Transfers(string invoice, decimal amount) =>
        (await scene.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{invoice}/payments", new { amount, receivedOn = "2026-01-03", reference = $"Bank {invoice} {++transfers}" })).StatusCode.ShouldBe(HttpStatusCode.NoContent);

    /// <summary>A reminder went out with that fee.</summary>
    private Task<int> Reminded(string invoice, decimal fee) => scene.Scalar<int>(
        """
        with n as (
          insert into dunning_notice (invoice_id, level, tenant_id, issued_on, pay_until, open_amount, fee, mailed, created_at)
          select id, dunning_level + 1, tenant_id, current_date, current_date + 7, gross - paid, $2, false, now() from invoice where id = $1 returning invoice_id, level)
        update invoice i set dunning_level = n.level from n where i.id = n.invoice_id returning n.level
        """,
        Guid.Parse(invoice), fee);

    /// <summary>Documents and ledger say the same, as soon as all is booked.</summary>
    private async Task Agrees()
    {
        scene.Host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Ladewerk.Payments.ReceivedPayments>().Single().Ring();
        await Eventually(
            async () => string.Join(' ', (await scene.Host.Api.Json("/api/v1/ledger/agreement")).GetProperty("items").EnumerateArray().Where(r => !r.GetProperty("agrees").GetBoolean()).Select(r => r.ToString())), "");
        await scene.ShouldBalance();
    }

    private static decimal Amount(JsonElement of, string name) => decimal.Parse(of.GetProperty(name).GetProperty("amount").GetString()!, CultureInfo.InvariantCulture);

    private static async Task Eventually<T>(Func<Task<T>> look, T wanted)
    {
        for (var i = 0; ; i++)
        {
            var now = await look();
            if (Equals(now, wanted) || i == 300)
            {
                now.ShouldBe(wanted);
                return;
            }

            await Task.Delay(100);
        }
    }
}
