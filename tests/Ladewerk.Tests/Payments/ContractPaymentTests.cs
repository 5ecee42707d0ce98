using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.FakeStripe;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Payments;

/// <summary>Invoices of payers with an account, through a real station and the provider's API over HTTP: each way it can go ends with the right money.</summary>
public sealed class ContractPaymentTests(PaymentScene scene) : IClassFixture<PaymentScene>
{
    [Fact]
    public async Task A_card_that_was_given_once_pays_the_invoice_by_itself()
    {
        await using var payer = await Payer.Create(scene);
        var link = await payer.Gives(FakeCards.Good);
        var invoice = await payer.Invoiced();

        var paid = await payer.Becomes(invoice, "paid");

        var charge = paid.GetProperty("charges").EnumerateArray().ShouldHaveSingleItem();
        charge.GetProperty("method").GetProperty("last4").GetString().ShouldBe("4242");
        (await payer.Paid(invoice)).ShouldBe(6.00m);
        var intent = await payer.Intent(invoice);
        (intent.Captures, intent.Received).ShouldBe((1, 600));
        await Eventually(async () => (await payer.Booked(invoice, "receivable"), await payer.Booked(invoice, "revenue"), await payer.Booked(invoice, "provider") + await payer.Booked(invoice, "fee")), (0m, -5.04m, 6.00m));
        await scene.ShouldBalance();
        (await scene.Scalar<string>("select settled_on::text from invoice where id = $1", Guid.Parse(invoice))).ShouldNotBeNull();
        (await scene.Scalar<long>("select count(*) from collecting_invoice where invoice_id = $1", Guid.Parse(invoice))).ShouldBe(0);

        // The link has done its work; the invoice cannot be paid again.
        (await payer.Reads(link)).ShouldNotContain("Zahlungsart angeben");
        await scene.Host.Api.Post($"/api/v1/invoice-collections/{invoice}", new { }).IsProblem(HttpStatusCode.Conflict, "nothing-owed");
        (await scene.Host.Api.GetStringAsync($"/api/v1/billing-accounts/{payer.Account}/payment-methods")).ShouldNotContain(FakeCards.Good);
        foreach (var page in (string[])["/portal/collections", "/portal/disputes", $"/portal/invoices/{invoice}", $"/portal/billing-accounts/{payer.Account}/edit"])
        {
            (await scene.Host.Api.GetAsync(page)).StatusCode.ShouldBe(HttpStatusCode.OK, page);
        }
    }

    [Fact]
    public async Task A_debit_is_announced_then_under_way_for_days_then_paid_and_nobody_is_reminded_meanwhile()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.GoodAccount);
        var invoice = await payer.Invoiced();

        var planned = await payer.Becomes(invoice, "planned");
        planned.GetProperty("charges").GetArrayLength().ShouldBe(0);
        DateOnly.Parse(planned.GetProperty("collection").GetProperty("collectOn").GetString()!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        (await payer.Mails("debit")).ShouldBe(1);
        await payer.DayComes(invoice);
        await payer.Becomes(invoice, "processing");
        (await payer.Paid(invoice)).ShouldBe(0);
        (await scene.Scalar<long>("select count(*) from collecting_invoice where invoice_id = $1", Guid.Parse(invoice))).ShouldBe(1);
        (await payer.Reads(await payer.PayLink(invoice))).ShouldContain("Lastschrift läuft");

        scene.Fake.Books.Decide((await payer.Intent(invoice)).Id);
        await payer.Becomes(invoice, "paid");
        (await payer.Paid(invoice)).ShouldBe(6.00m);
        (await payer.Intent(invoice)).Captures.ShouldBe(1);
    }

    [Fact]
    public async Task A_debit_without_money_is_tried_once_more_and_then_the_payer_pays_on_the_hosted_page()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.EmptyAccount);
        var invoice = await payer.Invoiced();
        await payer.Becomes(invoice, "planned");
        await payer.DayComes(invoice);
        await payer.Becomes(invoice, "processing");
        scene.Fake.Books.Decide((await payer.Intent(invoice)).Id);

        var again = await payer.Becomes(invoice, "planned");
        (again.GetProperty("collection").GetProperty("fault").GetString(), again.GetProperty("collection").GetProperty("tries").GetInt32()).ShouldBe(("insufficient_funds", 1));
        await payer.DayComes(invoice);
        await payer.Becomes(invoice, "processing");
        scene.Fake.Books.Decide((await payer.Intent(invoice)).Id);
        (await payer.Becomes(invoice, "open")).GetProperty("charges").GetArrayLength().ShouldBe(2);
        (await payer.Mails("collection")).ShouldBe(2);
        (await payer.Paid(invoice)).ShouldBe(0);

        var link = await payer.PayLink(invoice);
        (await payer.Reads(link)).ShouldContain("Das Konto war nicht gedeckt");
        var page = await payer.Press(link);
        (await payer.Press(link)).ShouldBe(page, "pressed twice it is the same page");
        (await Payer.Give(page, FakeCards.Good, "")).ShouldBe(HttpStatusCode.Found);
        await payer.Reads(link);
        await payer.Becomes(invoice, "paid");
        (await payer.Reads(link)).ShouldContain("Bezahlt");
        (await payer.Paid(invoice)).ShouldBe(6.00m);
        await scene.ShouldBalance();
    }

    [Fact]
    public async Task A_card_whose_bank_wants_its_owner_leads_to_the_hosted_page_and_another_card_pays_what_failed()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.AsksAlways);
        var invoice = await payer.Invoiced();

        await Eventually(() => scene.Scalar<string>("select fault from invoice_collection where invoice_id = $1", Guid.Parse(invoice)), "authentication_required");
        await payer.Becomes(invoice, "open");
        (await payer.Mails("collection")).ShouldBe(1);
        (await payer.Intent(invoice)).Status.ShouldBe("canceled", "nobody may pay it later beside another one");

        await payer.Gives(FakeCards.Good);
        await payer.Becomes(invoice, "paid");
        (await payer.Paid(invoice)).ShouldBe(6.00m);
    }

    [Fact]
    public async Task Events_that_come_twice_and_backwards_book_once()
    {
        (scene.Fake.Hooks.Copies, scene.Fake.Hooks.Reversed) = (2, true);
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.GoodAccount);
        var invoice = await payer.Invoiced();
        await payer.Becomes(invoice, "planned");
        await payer.DayComes(invoice);
        await payer.Becomes(invoice, "processing");
        scene.Fake.Books.Decide((await payer.Intent(invoice)).Id);
        await payer.Becomes(invoice, "paid");
        await scene.Fake.Hooks.Sent();
        (await scene.Scalar<long>("select count(*) from ledger_booking where invoice_id = $1 and kind = 'received'", Guid.Parse(invoice))).ShouldBe(1);
        (await scene.Scalar<long>("select count(*) from invoice_payment where invoice_id = $1", Guid.Parse(invoice))).ShouldBe(1);
        await Eventually(() => scene.Scalar<long>("select count(*) from payment_event e join invoice_charge c on c.id = e.subject_id where c.invoice_id = $1", Guid.Parse(invoice)), 2);
        (scene.Fake.Hooks.Copies, scene.Fake.Hooks.Reversed) = (1, false);
    }

    [Fact]
    public async Task A_returned_debit_makes_the_invoice_owed_again_and_tells_payer_and_operator()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.ReturnedLater);
        var invoice = await payer.Invoiced();
        await payer.Becomes(invoice, "planned");
        await payer.DayComes(invoice);
        await payer.Becomes(invoice, "processing");
        scene.Fake.Books.Decide((await payer.Intent(invoice)).Id);

        await Eventually(() => scene.Scalar<string>("select d.state from payment_dispute d join invoice_charge c on c.id = d.charge_id where c.invoice_id = $1", Guid.Parse(invoice)), "lost");
        await payer.Becomes(invoice, "open");
        (await payer.Paid(invoice)).ShouldBe(0);
        await Eventually(() => payer.Booked(invoice, "receivable"), 6.00m);
        (await payer.Booked(invoice, "fee")).ShouldBeGreaterThanOrEqualTo(3.50m);
        (await payer.Mails("collection")).ShouldBe(1);
        await Eventually(() => scene.Scalar<bool>("select exists (select from notice where event = 'paymentDisputed' and facts ->> 'detail' = (select number from invoice where id = $1))", Guid.Parse(invoice)), true);
        (await scene.Scalar<long>("select count(*) from collecting_invoice where invoice_id = $1", Guid.Parse(invoice))).ShouldBe(0, "reminders go out again");
        await scene.ShouldBalance();
        await Agrees();
    }

    [Fact]
    public async Task A_disputed_card_payment_is_owed_while_the_bank_decides_and_paid_when_it_was_won()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.Disputed);
        var invoice = await payer.Invoiced();
        await Eventually(() => scene.Scalar<string>("select d.state from payment_dispute d join invoice_charge c on c.id = d.charge_id where c.invoice_id = $1", Guid.Parse(invoice)), "open");
        await payer.Becomes(invoice, "open");
        (await payer.Paid(invoice)).ShouldBe(0);
        (await scene.Scalar<long>("select count(*) from collecting_invoice where invoice_id = $1", Guid.Parse(invoice))).ShouldBe(1, "no reminder while the bank decides");
        await payer.Gives(FakeCards.Good); // and nothing is taken anew by itself, whatever card there is now
        await scene.Host.Api.Post($"/api/v1/invoice-collections/{invoice}", new { }).IsProblem(HttpStatusCode.Conflict, "collection-under-way");
        var dispute = (await scene.Host.Api.Json("/api/v1/disputes?open=true")).GetProperty("items").EnumerateArray().Single(d => d.GetProperty("invoiceId").GetString() == invoice);
        dispute.GetProperty("reason").GetString().ShouldBe("fraudulent");
        (await scene.Host.Api.GetStringAsync("/portal/disputes")).ShouldContain(dispute.GetProperty("invoiceNumber").GetString()!);

        scene.Fake.Books.DecideDispute(dispute.GetProperty("providerId").GetString()!, won: true);
        await payer.Becomes(invoice, "paid");
        (await payer.Paid(invoice)).ShouldBe(6.00m);
        (await payer.Collection(invoice)).GetProperty("charges").GetArrayLength().ShouldBe(1);
        await Eventually(() => payer.Booked(invoice, "receivable"), 0m);
        await scene.ShouldBalance();
        await Agrees();
    }

    [Fact]
    public async Task A_guest_who_disputes_leaves_the_money_held_back_and_then_lost()
    {
        await using var guest = await scene.Guest();
        var start = TestClock.Now.AddMinutes(-20);
        await guest.Open();
        (await guest.Give(PaymentScene.Good)).ShouldBe(HttpStatusCode.Found);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, start);
        await guest.Station.Stop(transaction, 10_000, start.AddMinutes(10));
        await guest.Becomes("captured");

        var dispute = scene.Fake.Books.OpenDispute(guest.Intent.Id, "unrecognized");
        await Eventually(() => guest.Booked("deposit"), 6.00m);
        scene.Fake.Books.DecideDispute(dispute.Id, won: false);
        await Eventually(() => guest.Booked("writeOff"), 6.00m);
        (await guest.Booked("deposit")).ShouldBe(0);
        (await guest.Booked("receivable")).ShouldBe(0);
        await scene.ShouldBalance();
        await Agrees();
    }

    [Fact]
    public async Task What_was_paid_goes_back_once_when_the_invoice_is_cancelled()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.Good);
        var invoice = await payer.Invoiced();
        await payer.Becomes(invoice, "paid");

        (await scene.Host.Api.PostAsJsonAsync($"/api/v1/invoices/{invoice}/cancel", new { reason = "Doppelt", rebill = false })).IsSuccessStatusCode.ShouldBeTrue();
        await payer.Becomes(invoice, "over");
        await Eventually(async () => (await payer.Intent(invoice)).Refunded, 600);
        await Eventually(() => scene.Scalar<decimal>("select coalesce(sum(amount), -1) from invoice_payment where invoice_id = $1", Guid.Parse(invoice)), 0m);
        await scene.ShouldBalance();
        await Agrees();
    }

    [Fact]
    public async Task A_method_that_was_taken_away_is_gone_at_the_provider_and_pays_nothing()
    {
        await using var payer = await Payer.Create(scene);
        await payer.Gives(FakeCards.Good);
        await payer.Gives(FakeCards.Raising);
        var methods = (await scene.Host.Api.Json($"/api/v1/billing-accounts/{payer.Account}/payment-methods")).GetProperty("items").EnumerateArray().ToList();
        methods.Select(m => (m.GetProperty("last4").GetString(), m.GetProperty("isDefault").GetBoolean())).ShouldBe([("1111", true), ("4242", false)]);
        (await scene.Host.Api.DeleteAsync($"/api/v1/payment-methods/{methods[0].GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var gone = await Provider(methods[0]);
        scene.Fake.Books.Methods.ShouldNotContain(m => m.Id == gone);
        var invoice = await payer.Invoiced();
        (await payer.Becomes(invoice, "paid")).GetProperty("charges")[0].GetProperty("method").GetProperty("last4").GetString().ShouldBe("4242");
        (await scene.Host.Api.DeleteAsync($"/api/v1/payment-methods/{methods[1].GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var second = await payer.Invoiced();
        await scene.Host.Api.Post($"/api/v1/invoice-collections/{second}", new { }).IsProblem(HttpStatusCode.Conflict, "no-payment-method");

        // Whoever has none pays by the link of the reminder all the same.
        (await Payer.Give(await payer.Press(await payer.PayLink(second)), FakeCards.Good, "")).ShouldBe(HttpStatusCode.Found);
        await payer.Becomes(second, "paid");
    }

    private Task<string?> Provider(JsonElement method) => scene.Scalar<string>("select provider_id from payment_method where id = $1", Guid.Parse(method.GetProperty("id").GetString()!));

    /// <summary>Documents and ledger say the same, as soon as all is booked.</summary>
    private Task Agrees() => Eventually(
        async () => string.Join(' ', (await scene.Host.Api.Json("/api/v1/ledger/agreement")).GetProperty("items").EnumerateArray().Where(r => !r.GetProperty("agrees").GetBoolean()).Select(r => r.ToString())), "");

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
