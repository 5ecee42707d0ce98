using System.Net;
using System.Text;
using Ladewerk.FakeStripe;
using Ladewerk.Payments.Stripe;

namespace Ladewerk.Tests.Payments;

/// <summary>What the provider tells us: twice, backwards, an hour late, tampered with, by strangers.</summary>
public sealed class StripeWebhookTests(PaymentScene scene) : IClassFixture<PaymentScene>
{
    private static readonly DateTimeOffset Start = Hosting.TestClock.Now.AddMinutes(-20);

    [Fact]
    public async Task Events_that_come_twice_and_backwards_book_once()
    {
        (scene.Fake.Hooks.Copies, scene.Fake.Hooks.Reversed) = (2, true);
        await using var guest = await scene.Guest();
        await Charge(guest);
        await guest.Becomes("captured");
        await Sent();
        (guest.Intent.Captures, guest.Intent.Received).ShouldBe((1, 600));
        (await scene.Scalar<long>("select count(*) from ledger_booking where payment_id = $1 and kind in ('sale', 'capture')", Guid.Parse(guest.PaymentId))).ShouldBe(2);
        (await scene.Scalar<long>("select count(*) from payment_event where payment_id = $1", Guid.Parse(guest.PaymentId))).ShouldBe(3);
        scene.Fake.Hooks.Answers.ShouldAllBe(status => status == 200);
        await scene.ShouldBalance();
        (scene.Fake.Hooks.Copies, scene.Fake.Hooks.Reversed) = (1, false);
    }

    [Fact]
    public async Task Events_that_are_an_hour_late_change_nothing_that_is_over()
    {
        scene.Fake.Hooks.Held = true;
        await using var guest = await scene.Guest();
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        await guest.Reads("pay"); // back from the provider's page: no event has come
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Station.Stop(transaction, 10_000, Start.AddMinutes(10));
        await guest.Becomes("captured");
        scene.Fake.Hooks.Held = false;
        await Sent();
        await guest.Becomes("captured");
        guest.Intent.Captures.ShouldBe(1);
        await scene.ShouldBalance();
    }

    [Fact]
    public async Task What_is_not_signed_for_us_leaves_no_trace()
    {
        await using var guest = await scene.Guest();
        await guest.Open();
        var body = $$$$$"""{"id":"evt_forged","type":"payment_intent.amount_capturable_updated","data":{"object":{"id":"{{{{{guest.Intent.Id}}}}}","object":"payment_intent","metadata":{"payment":"{{{{{guest.PaymentId}}}}}"}}}}""";
        var now = TimeProvider.System.GetUtcNow();
        (await scene.Fake.Hooks.Send(body, FakeHooks.Sign(body, "whsec_of_a_stranger", now))).ShouldBe(HttpStatusCode.BadRequest);
        (await scene.Fake.Hooks.Send(body.Replace("evt_forged", "evt_other", StringComparison.Ordinal), FakeHooks.Sign(body, PaymentScene.Secret, now))).ShouldBe(HttpStatusCode.BadRequest);
        (await scene.Fake.Hooks.Send(body, FakeHooks.Sign(body, PaymentScene.Secret, now.AddSeconds(-310)))).ShouldBe(HttpStatusCode.BadRequest);
        (await scene.Fake.Hooks.Send(body, "v1=00")).ShouldBe(HttpStatusCode.BadRequest);
        (await scene.Fake.Hooks.Send("{}")).ShouldBe(HttpStatusCode.BadRequest);
        (await scene.Scalar<long>("select count(*) from payment_event where event_id in ('evt_forged', 'evt_other')")).ShouldBe(0);

        // Signed, but it lies: the provider is asked and knows of no card.
        (await scene.Fake.Hooks.Send(body)).ShouldBe(HttpStatusCode.OK);
        (await scene.Fake.Hooks.Send(body, FakeHooks.Sign(body, "whsec_former", now))).ShouldBe(HttpStatusCode.OK);
        (await scene.Scalar<long>("select count(*) from payment_event where event_id = 'evt_forged'")).ShouldBe(1);
        await Task.Delay(1500);
        (await guest.Payment()).GetProperty("state").GetString().ShouldBe("opened");
        while (scene.Fake.Hooks.Answers.TryDequeue(out _))
        {
            // the refusals are no concern of the other tests
        }
    }

    [Fact]
    public void A_signature_is_the_hash_of_time_and_body_under_one_of_the_secrets()
    {
        var body = Encoding.UTF8.GetBytes("{\"a\":1}");
        var at = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        var header = FakeHooks.Sign("{\"a\":1}", "whsec_new", at);
        Check(header, at).ShouldBeTrue();
        Check(header, at.AddSeconds(300)).ShouldBeTrue();
        Check(header, at.AddSeconds(301)).ShouldBeFalse();
        Check(header, at.AddSeconds(-301)).ShouldBeFalse();
        Check(header + ",v1=" + new string('0', 64), at).ShouldBeTrue();
        Check(header.Replace("v1=", "v0=", StringComparison.Ordinal), at).ShouldBeFalse();
        Check(null, at).ShouldBeFalse();
        Check("t=,v1=", at).ShouldBeFalse();
        Check($"t={long.MaxValue}9,v1={new string('a', 64)}", at).ShouldBeFalse();

        bool Check(string? of, DateTimeOffset now) => StripeSignature.IsValid(of, body, ["whsec_old", "whsec_new"], now, TimeSpan.FromSeconds(300));
    }

    private static async Task Charge(Guest guest)
    {
        await guest.Open();
        await guest.Give(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 0, Start);
        await guest.Station.Stop(transaction, 10_000, Start.AddMinutes(10));
    }

    private async Task Sent()
    {
        await scene.Fake.Hooks.Sent();
        await Task.Delay(300);
    }
}
