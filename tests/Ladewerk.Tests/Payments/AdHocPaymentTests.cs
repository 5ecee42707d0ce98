using System.Net;
using System.Text.Json;
using Ladewerk.Payments;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Payments;

/// <summary>Paying by card at the charge point, through a real socket and the provider's API over HTTP: each way it can go ends with the right money.</summary>
public sealed class AdHocPaymentTests(PaymentScene scene) : IClassFixture<PaymentScene>
{
    private static readonly DateTimeOffset Start = TestClock.Now.AddMinutes(-20);

    [Fact]
    public async Task A_guest_pays_exactly_the_price_and_the_rest_is_released()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        (await guest.Reads("pay")).ShouldContain("Karte angeben");
        (await guest.Give(PaymentScene.Good)).ShouldBe(HttpStatusCode.Found);
        var token = await guest.Asked();
        guest.Intent.Status.ShouldBe("requires_capture");
        var transaction = await guest.Station.Start(1, token, 1000, Start);
        await guest.Becomes("charging");
        await guest.Station.Energy(1, transaction, 11_000, Start.AddMinutes(5));
        (await guest.Reads("g")).ShouldContain("50,00 € sind auf Ihrer Karte reserviert");
        await guest.Station.Stop(transaction, 21_567, Start.AddMinutes(10));

        var paid = await guest.Becomes("captured");

        // 20.567 kWh x 0.60 = 12.3402
        Amount(paid, "price").ShouldBe(12.34m);
        Amount(paid, "captured").ShouldBe(12.34m);
        (guest.Intent.Received, guest.Intent.Captures, guest.Intent.Capturable).ShouldBe((1234, 1, 0));
        (await guest.Booked("receivable")).ShouldBe(0);
        (await guest.Booked("vat")).ShouldBe(-1.97m);
        (await guest.Booked("revenue")).ShouldBe(-10.37m);
        (await guest.Booked("provider") + await guest.Booked("fee")).ShouldBe(12.34m);
        await scene.ShouldBalance();
        var receipt = await guest.Reads("g");
        receipt.ShouldContain("12,34 €");
        receipt.ShouldContain("37,66 €");
        (await scene.Scalar<string>("select receipt_number from payment where id = $1", Guid.Parse(guest.PaymentId))).ShouldNotBeNull();
        (await scene.Scalar<decimal>("select i.gross from invoice i join payment p on p.receipt_id = i.id where p.id = $1", Guid.Parse(guest.PaymentId))).ShouldBe(12.34m);
        (await guest.Fetches($"/pay/{guest.Link}/receipt.pdf"))[..5].ShouldBe("%PDF-"u8.ToArray());
        (await scene.Scalar<long>("select count(*) from mail where kind = 'payment.receipt' and recipient = 'gast@example.org'")).ShouldBeGreaterThan(0);
        (await guest.Station.Start(1, token, 21_567, Start.AddMinutes(11))).ShouldBeGreaterThan(0);
        (await scene.Scalar<string>("select authorisation from charging_session where id_token_key = upper($1) order by created_at desc limit 1", token)).ShouldBe("noCredit");
    }

    [Fact]
    public async Task A_declined_card_starts_nothing_and_another_card_does()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        (await guest.Give(PaymentScene.Declined)).ShouldBe(HttpStatusCode.OK);
        guest.Intent.Status.ShouldBe("requires_payment_method");
        (await guest.Payment()).GetProperty("state").GetString().ShouldBe("opened");
        (await guest.Give(PaymentScene.Good)).ShouldBe(HttpStatusCode.Found);
        await guest.Asked();
        await guest.Becomes("starting");
    }

    [Fact]
    public async Task The_bank_is_asked_first_and_a_no_holds_nothing()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        (await guest.Give(PaymentScene.Asking)).ShouldBe(HttpStatusCode.OK);
        guest.Intent.Status.ShouldBe("requires_action");
        (await guest.Give(PaymentScene.Asking, "no")).ShouldBe(HttpStatusCode.OK);
        guest.Intent.Capturable.ShouldBe(0);
        (await guest.Give(PaymentScene.Asking, "yes")).ShouldBe(HttpStatusCode.Found);
        await guest.Asked();
        await guest.Becomes("starting");
    }

    [Fact]
    public async Task Who_leaves_the_card_page_pays_nothing_and_cannot_pay_later()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Later("created_at");
        (await guest.Becomes("released")).GetProperty("outcome").GetString().ShouldBe("abandoned");
        (await guest.Give(PaymentScene.Good)).ShouldBe(HttpStatusCode.OK);
        guest.Intent.Capturable.ShouldBe(0);
        (await guest.Reads("pay")).ShouldContain("Es wurde nichts abgebucht");
    }

    [Fact]
    public async Task No_car_in_time_releases_the_card_and_a_late_start_is_refused()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var token = await guest.Asked();
        await guest.Becomes("starting");
        await guest.Later("start_before");
        (await guest.Becomes("released")).GetProperty("outcome").GetString().ShouldBe("notStarted");
        guest.Intent.Status.ShouldBe("canceled");
        await guest.Station.Start(1, token, 1000, TestClock.Now);
        (await scene.Scalar<string>("select authorisation from charging_session where id_token_key = upper($1)", token)).ShouldBe("blocked");
        (await guest.Reads("pay")).ShouldContain("kein Fahrzeug angesteckt");
    }

    [Fact]
    public async Task A_station_that_refuses_releases_the_card()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        await guest.Asked("Rejected");
        (await guest.Becomes("released")).GetProperty("outcome").GetString().ShouldBe("refused");
        guest.Intent.Status.ShouldBe("canceled");
        (await guest.Booked("provider")).ShouldBe(0);
    }

    [Fact]
    public async Task A_fault_while_the_card_is_given_releases_it()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Station.Call("StatusNotification", new { connectorId = 1, status = "Faulted", errorCode = "GroundFailure" });
        await guest.Give(PaymentScene.Good);
        (await guest.Becomes("released")).GetProperty("outcome").GetString().ShouldBe("refused");
        guest.Intent.Status.ShouldBe("canceled");
        (await guest.Reads("pay")).ShouldContain("Störung");
    }

    [Fact]
    public async Task No_energy_no_money()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 1000, Start);
        await guest.Station.Stop(transaction, 1000, Start.AddMinutes(1));
        (await guest.Becomes("released")).GetProperty("outcome").GetString().ShouldBe("noEnergy");
        (guest.Intent.Status, guest.Intent.Received).ShouldBe(("canceled", 0));
        (await guest.Reads("g")).ShouldContain("Es ist kein Strom geflossen");
    }

    [Fact]
    public async Task A_price_above_the_hold_takes_the_hold_and_no_more()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Becomes("charging");
        await guest.Station.Stop(transaction, 100_000, Start.AddMinutes(10));
        var paid = await guest.Becomes("captured");
        Amount(paid, "price").ShouldBe(60.00m);
        Amount(paid, "captured").ShouldBe(50.00m);
        guest.Intent.Received.ShouldBe(5000);
        (await guest.Booked("writeOff")).ShouldBe(10.00m);
        (await guest.Booked("receivable")).ShouldBe(0);
        (await guest.Reads("g")).ShouldContain("10,00 €");
    }

    [Fact]
    public async Task A_hold_that_the_provider_let_go_of_ends_as_lost_and_is_not_tried_for_ever()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Becomes("charging");
        scene.Fake.Books.Cancel(guest.Intent.Id);
        await guest.Station.Stop(transaction, 10_000, Start.AddMinutes(10));

        var lost = await guest.Becomes("released");

        (lost.GetProperty("outcome").GetString(), Amount(lost, "price"), Amount(lost, "captured")).ShouldBe(("holdLost", 6.00m, 0m));
        (await guest.Booked("writeOff"), await guest.Booked("receivable"), await guest.Booked("vat")).ShouldBe((6.00m, 0m, -0.96m));
        (guest.Intent.Captures, guest.Intent.Status).ShouldBe((0, "canceled"));
        for (var i = 0; i < 100 && await scene.Scalar<bool>("select due_at is not null or lease_until is not null from payment where id = $1", Guid.Parse(guest.PaymentId)); i++)
        {
            await Task.Delay(100);
        }

        (await scene.Scalar<bool>("select due_at is null and lease_until is null and last_error is null from payment where id = $1", Guid.Parse(guest.PaymentId))).ShouldBeTrue();
        WebUtility.HtmlDecode(await scene.Host.Api.GetStringAsync("/portal/payments")).ShouldContain("Die Reservierung der Karte war schon aufgehoben");
        (await scene.Host.Api.GetAsync($"/portal/payments/{guest.PaymentId}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await scene.ShouldBalance();
    }

    [Fact]
    public async Task A_session_that_has_used_up_the_hold_is_stopped()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var at = TimeProvider.System.GetUtcNow();
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, at);
        await guest.Station.Energy(1, transaction, 83_400, at.AddSeconds(1));
        await scene.Scalar<int>("update charging_session set watch_at = now() where transaction_id = $1", transaction);
        var stop = await guest.Station.Receive();
        stop[2].GetString().ShouldBe("RemoteStopTransaction");
        await guest.Station.Send($"[3,\"{stop[1].GetString()}\",{{\"status\":\"Accepted\"}}]");
        await guest.Station.Stop(transaction, 83_400, at.AddSeconds(2), "Remote");
        Amount(await guest.Becomes("captured"), "captured").ShouldBe(50.00m);
    }

    [Fact]
    public async Task A_card_that_allows_it_is_held_for_more()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Raising);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Becomes("charging");
        await guest.Station.Stop(transaction, 100_000, Start.AddMinutes(10));
        Amount(await guest.Becomes("captured"), "captured").ShouldBe(60.00m);
        (guest.Intent.Received, guest.Intent.Captures).ShouldBe((6000, 1));
    }

    [Fact]
    public async Task Money_goes_back_once_and_never_more_than_was_taken()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Station.Stop(transaction, 10_000, Start.AddMinutes(10));
        await guest.Becomes("captured");
        await scene.Host.Api.Post($"/api/v1/payments/{guest.PaymentId}/refunds", new { amount = 6.01m }).Is(HttpStatusCode.BadRequest);
        await scene.Host.Api.Post($"/api/v1/payments/{guest.PaymentId}/refunds", new { amount = 2.50m, reason = "Kulanz" }).Is(HttpStatusCode.Accepted);
        await scene.Host.Api.Post($"/api/v1/payments/{guest.PaymentId}/refunds", new { amount = 3.51m }).Is(HttpStatusCode.BadRequest);
        for (var i = 0; i < 100 && guest.Intent.Refunded == 0; i++)
        {
            await Task.Delay(100);
        }

        guest.Intent.Refunded.ShouldBe(250);
        await guest.Becomes("captured");
        await scene.ShouldBalance();

        // As if the server had died before its commit, and the provider had forgotten the key: it is found, not made again.
        await scene.Scalar<int>("with r as (update payment_refund set state = 'asked', provider_id = null, asked_at = asked_at - interval '2 days' where payment_id = $1) update payment set refunded = 0, due_at = now() where id = $1", Guid.Parse(guest.PaymentId));
        await Refunded(guest, 2.50m);
        guest.Intent.Refunded.ShouldBe(250);

        // Days later the payer's bank does not take it: the money is ours again.
        scene.Fake.Books.FailRefund(guest.Intent.Id);
        await Refunded(guest, 0m);
        (await guest.Booked("provider") + await guest.Booked("fee")).ShouldBe(6.00m);
        await scene.ShouldBalance();
    }

    [Fact]
    public async Task A_lost_answer_of_the_provider_takes_the_money_once()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Becomes("charging");
        scene.Fake.LoseAnswers(2);
        await guest.Station.Stop(transaction, 10_000, Start.AddMinutes(10));
        Amount(await guest.Becomes("captured"), "captured").ShouldBe(6.00m);
        guest.Intent.Captures.ShouldBe(1);
    }

    [Fact]
    public async Task The_address_of_a_payer_is_forgotten_when_nobody_needs_it_any_more()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Station.Stop(transaction, 10_000, Start.AddMinutes(10));
        await guest.Becomes("captured");
        var payment = Guid.Parse(guest.PaymentId);
        var forget = scene.Host.Services.GetRequiredService<ForgetGuests>();
        await forget.Run(CancellationToken.None);
        (await scene.Scalar<string>("select email from payment where id = $1", payment)).ShouldBe("gast@example.org");
        await scene.Scalar<int>("update payment set finished_at = finished_at - interval '91 days' where id = $1", payment);
        await forget.Run(CancellationToken.None);
        (await scene.Scalar<string>("select email from payment where id = $1", payment)).ShouldBeNull();
        (await scene.Scalar<decimal>("select captured from payment where id = $1", payment)).ShouldBe(6.00m);
        await scene.Scalar<int>("update payment set finished_at = finished_at + interval '91 days' where id = $1", payment);
    }

    [Fact]
    public async Task A_link_that_was_signed_for_another_point_takes_no_money()
    {
        await using var guest = await scene.Guest();
        await using var other = await scene.Guest();
        var (own, stranger) = (await guest.Signature(), await other.Signature());
        own.ShouldNotBe(stranger);
        (await guest.Reads($"c/{guest.Code}", $"?lang=de&s={own}")).ShouldContain("Mit Karte zahlen");
        var forged = await guest.Reads($"c/{guest.Code}", $"?lang=de&s={stranger}");
        forged.ShouldContain("gehört nicht hierher");
        forged.ShouldNotContain("Mit Karte zahlen");
        (await guest.Press(stranger)).ShouldStartWith("/c/");
        (await guest.Press(own)).ShouldStartWith("/pay/");
        (await guest.Press(null)).ShouldStartWith("/pay/");
        await scene.Host.Api.Patch("/api/v1/payments/settings", new { signedLinksOnly = true }).Is(HttpStatusCode.NoContent);
        (await guest.Press(null)).ShouldStartWith("/c/");
        (await guest.Press(own)).ShouldStartWith("/pay/");
        await scene.Host.Api.Patch("/api/v1/payments/settings", new { signedLinksOnly = false }).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task The_nightly_comparison_finds_money_that_moved_without_us()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Station.Stop(transaction, 10_000, Start.AddMinutes(10));
        await guest.Becomes("captured");
        var before = await scene.Host.Api.Post("/api/v1/payments/reconciliations", new { }).Is(HttpStatusCode.OK);
        var known = before.GetProperty("differences").GetArrayLength();

        var stranger = scene.Fake.Books.NewIntent(777, "eur", manual: false, payment: null, increments: false);
        scene.Fake.Books.Confirm(stranger, PaymentScene.Good, confirmed: true);
        await scene.Scalar<int>("update payment set captured = captured + 0.01 where id = $1", Guid.Parse(guest.PaymentId));

        await Task.Delay(1100); // the provider's times are whole seconds, and the span ends before this one
        var after = await scene.Host.Api.Post("/api/v1/payments/reconciliations", new { }).Is(HttpStatusCode.OK);
        known.ShouldBe(0);
        after.GetProperty("state").GetString().ShouldBe("done");
        after.GetProperty("differences").EnumerateArray().Select(d => (d.GetProperty("kind").GetString(), d.GetProperty("reference").GetString())).ShouldBe(
            [("unknownToUs", stranger.Id), ("amountDiffers", guest.Intent.Id)], ignoreOrder: true);
        (await scene.Host.Api.Json("/api/v1/ledger/agreement")).GetProperty("items").EnumerateArray().Where(r => !r.GetProperty("agrees").GetBoolean()).Select(r => r.GetProperty("what").GetString())
            .ShouldBe(["captured"]);
        await scene.CheckBooks();
        for (var i = 0; i < 300 && !await scene.Scalar<bool>("select exists (select from notice where event = 'booksDiffer')"); i++)
        {
            await Task.Delay(100);
        }

        (await scene.Scalar<long>("select count(*) from notice where event = 'booksDiffer'")).ShouldBe(1);
        (await scene.Scalar<string>("select r ->> 'what' from books_check c, jsonb_array_elements(c.rows) r where r #>> '{documents,amount}' <> r #>> '{ledger,amount}'")).ShouldBe("captured");
        await scene.Scalar<int>("update payment set captured = captured - 0.01 where id = $1", Guid.Parse(guest.PaymentId));
    }

    private static async Task Refunded(Guest guest, decimal amount)
    {
        for (var i = 0; i < 300 && Amount(await guest.Payment(), "refunded") != amount; i++)
        {
            await Task.Delay(100);
        }

        Amount(await guest.Payment(), "refunded").ShouldBe(amount);
    }

    private static decimal Amount(JsonElement payment, string name) =>
        decimal.Parse(payment.GetProperty(name).GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
}
