using System.Net;
using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Payments;

/// <summary>Paying at a card reader beside the charge point: through a real socket and the provider's API over HTTP, each way it can go ends with the right money.</summary>
public sealed class TerminalTests(PaymentScene scene) : IClassFixture<PaymentScene>
{
    private static readonly DateTimeOffset Start = TestClock.Now.AddMinutes(-20);

    [Fact]
    public async Task Whoever_plugs_in_and_holds_a_card_to_the_reader_pays_exactly_the_price()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        await CardReader.Plug(guest);
        await reader.Asks(guest);
        guest.Intent.Amount.ShouldBe(5000);
        (await reader.View()).GetProperty("now").GetProperty("paymentId").GetString().ShouldBe(guest.PaymentId);

        reader.Present(PaymentScene.Good);
        var transaction = await guest.Station.Start(1, await guest.Asked(), 1000, Start);
        await guest.Station.Stop(transaction, 21_567, Start.AddMinutes(10));

        var paid = await guest.Becomes("captured");
        Amount(paid, "captured").ShouldBe(12.34m);
        paid.GetProperty("cardLast4").GetString().ShouldBe("4242");
        paid.GetProperty("terminalId").GetString().ShouldBe(reader.Id);
        (guest.Intent.Received, guest.Intent.Captures).ShouldBe((1234, 1));
        (await guest.Booked("provider") + await guest.Booked("fee")).ShouldBe(12.34m);
        await scene.ShouldBalance();
        reader.Own.AsksFor.ShouldBeNull();

        // Who has paid knows card, day and amount, and finds the receipt on the point's page; anything else finds nothing.
        var day = TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        (await guest.Reads($"c/{guest.Code}", "?lang=de")).ShouldContain("Beleg einer Zahlung am Kartenterminal");
        (await Look(guest, guest, "4242", day, "12,34 €")).Location.ShouldNotBeNull().ShouldStartWith("/pay/");
        var unknown = (await Look(guest, guest, "4243", day, "12,34")).Text;
        unknown.ShouldContain("keinen Beleg");
        (await Look(guest, guest, "4242", day, "12,35")).Text.ShouldBe(unknown.Replace("12,34", "12,35", StringComparison.Ordinal));
        (await Look(guest, guest, "4242", "2020-01-01", "12,34")).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        await using var other = await scene.Guest();
        (await Look(other, other, "4242", day, "12,34")).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);

        // Guessing ends soon, for an address and for the charge point: then the truth is not told either.
        await using var third = await scene.Guest();
        for (var i = 0; i < 7; i++)
        {
            (await Look(guest, guest, "0000", day, "12,34")).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        }

        (await Look(guest, guest, "4242", day, "12,34")).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        (await Look(third, guest, "4242", day, "12,34")).Status.ShouldBe(HttpStatusCode.Found);
        for (var i = 0; i < 2; i++)
        {
            (await Look(third, guest, "1111", day, "12,34")).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        }

        (await Look(third, guest, "4242", day, "12,34")).Status.ShouldBe(HttpStatusCode.TooManyRequests);

        // The digits are forgotten with the address.
        await scene.Scalar<int>("update payment set finished_at = finished_at - interval '91 days' where id = $1", Guid.Parse(guest.PaymentId));
        await scene.Host.Services.GetRequiredService<ForgetGuests>().Run(CancellationToken.None);
        (await scene.Scalar<string>("select card_last4 from payment where id = $1", Guid.Parse(guest.PaymentId))).ShouldBeNull();
        await scene.Scalar<int>("update payment set finished_at = finished_at + interval '91 days' where id = $1", Guid.Parse(guest.PaymentId));
    }

    [Fact]
    public async Task Who_chooses_the_reader_on_the_page_follows_the_session_there_and_may_give_up()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        (await guest.Reads($"c/{guest.Code}", "?lang=de")).ShouldContain("Am Kartenterminal zahlen");
        await guest.PressTerminal();
        await reader.Asks(guest);
        (await guest.Reads("pay")).ShouldContain("Karte an das Kartenterminal halten");
        (await guest.Reads($"c/{guest.Code}", "?lang=de")).ShouldContain("Halten Sie Ihre Karte an das Kartenterminal „Säule 1“");
        (await guest.Posts($"/c/{guest.Code}/terminal")).Location.ShouldNotBeNull().ShouldStartWith("/c/"); // nobody gets another's link
        (await guest.Posts($"/pay/{guest.Link}/cancel")).Status.ShouldBe(HttpStatusCode.Found);
        (await reader.Ending(guest)).ShouldBe("timedOut");
        (await guest.Reads("pay")).ShouldContain("Es wurde nichts abgebucht");

        await guest.PressTerminal();
        await reader.Asks(guest);
        reader.Present(PaymentScene.Good);
        await guest.Station.Start(1, await guest.Asked(), 0, TestClock.Now);
        (await guest.Reads("g")).ShouldContain("50,00 € sind auf Ihrer Karte reserviert");
    }

    [Fact]
    public async Task A_declined_card_starts_nothing_and_the_next_one_does()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        await CardReader.Plug(guest);
        await reader.Asks(guest);
        reader.Present(PaymentScene.Declined);
        await reader.Asks(guest);
        reader.Present(PaymentScene.Raising);
        await guest.Asked();
        await guest.Becomes("starting");
        (await scene.Scalar<int>("select declines from terminal_offer where payment_id = $1", Guid.Parse(guest.PaymentId))).ShouldBe(1);
        (await scene.Scalar<bool>("select can_increment from payment where id = $1", Guid.Parse(guest.PaymentId))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_badge_that_starts_there_ends_the_wait_for_a_card_and_nothing_is_held()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        await scene.Host.Api.Post("/api/v1/id-tokens", new { uid = "04BADGE00001" }).Is(HttpStatusCode.Created);
        await CardReader.Plug(guest);
        await reader.Asks(guest);
        await guest.Station.Start(1, "04BADGE00001", 0, TestClock.Now);
        (await reader.Ending(guest)).ShouldBe("taken");
        reader.Own.AsksFor.ShouldBeNull();
        (guest.Intent.Status, guest.Intent.Capturable).ShouldBe(("canceled", 0));
        (await guest.Payment()).GetProperty("outcome").GetString().ShouldBe("abandoned");

        // Operators see it at the reader, not among payments; after a month it is gone.
        (await scene.Host.Api.Json("/api/v1/payments?limit=100")).GetProperty("items").EnumerateArray().ShouldNotContain(p => p.GetProperty("id").GetString() == guest.PaymentId);
        (await scene.Host.Api.Json($"/api/v1/payment-terminals/{reader.Id}/offers")).GetProperty("items")[0].GetProperty("ending").GetString().ShouldBe("taken");
        await scene.Scalar<int>("update payment set finished_at = finished_at - interval '31 days' where id = $1", Guid.Parse(guest.PaymentId));
        await scene.Host.Services.GetRequiredService<ForgetGuests>().Run(CancellationToken.None);
        (await scene.Scalar<long>("select count(*) from payment where id = $1", Guid.Parse(guest.PaymentId))).ShouldBe(0);
    }

    [Fact]
    public async Task A_card_that_is_held_before_a_car_comes_is_released_where_none_does()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        var made = await scene.Host.Api.Post($"/api/v1/payment-terminals/{reader.Id}/offers", new { evseId = guest.Code }).Is(HttpStatusCode.Accepted);
        guest.PaymentId = made.GetProperty("paymentId").GetString()!;
        await scene.Host.Api.Post($"/api/v1/payment-terminals/{reader.Id}/offers", new { evseId = guest.Code }).IsProblem(HttpStatusCode.Conflict, "offer-running");
        await reader.Asks(guest);
        reader.Present(PaymentScene.Good);
        await guest.Asked();
        await guest.Becomes("starting");
        await guest.Later("start_before");
        (await guest.Becomes("released")).GetProperty("outcome").GetString().ShouldBe("notStarted");
        guest.Intent.Status.ShouldBe("canceled");
    }

    [Fact]
    public async Task Two_cars_at_one_reader_are_asked_one_after_the_other()
    {
        var (reader, guests) = await CardReader.For(scene, 3);
        await using var first = guests[0];
        await using var second = guests[1];
        await CardReader.Plug(first);
        await reader.Asks(first);
        await CardReader.Plug(second);
        await reader.Offered(second);
        (await reader.View()).GetProperty("waiting").GetInt32().ShouldBe(1);
        reader.Present(PaymentScene.Good);
        await first.Asked();
        await reader.Asks(second);

        await second.Becomes("opened");

        // Two wait, and each has the reader for a while.
        await using var third = guests[2];
        await CardReader.Plug(third);
        await reader.Offered(third);
        await scene.Scalar<int>("with o as (update terminal_offer set offered_at = offered_at - interval '1 minute' where payment_id = $1 returning payment_id) update payment set due_at = now() where id in (select payment_id from o)", Guid.Parse(second.PaymentId));
        await reader.Asks(third);
        reader.Present(PaymentScene.Good);
        await third.Asked();
        await reader.Asks(second);
        reader.Present(PaymentScene.Good);
        await second.Asked();
        await second.Becomes("starting");
        reader.Own.Replaced.ShouldBe(0);
    }

    [Fact]
    public async Task A_car_that_leaves_or_a_payer_who_cancels_is_asked_no_more()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        await CardReader.Plug(guest);
        await reader.Asks(guest);
        scene.Fake.Books.PressCancel(reader.Own.Id);
        (await reader.Ending(guest)).ShouldBe("cancelled");
        guest.Intent.Status.ShouldBe("canceled");

        // The same car is not asked again; the next one is.
        await CardReader.Leave(guest);
        await CardReader.Until(async () => !await scene.Scalar<bool>("select asked from terminal_point where terminal_id = $1", Guid.Parse(reader.Id)), "forgets the car");
        await CardReader.Plug(guest);
        await reader.Asks(guest);
        await CardReader.Leave(guest);
        (await reader.Ending(guest)).ShouldBe("left");
        guest.Intent.Status.ShouldBe("canceled");
        reader.Own.AsksFor.ShouldBeNull();
        (await scene.Scalar<long>("select count(*) from terminal_offer where terminal_id = $1", Guid.Parse(reader.Id))).ShouldBe(2);
    }

    [Fact]
    public async Task A_reader_that_is_offline_or_taken_out_holds_nothing()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        reader.Own.Online = false;
        await scene.Host.Api.Post($"/api/v1/payment-terminals/{reader.Id}/offers", new { evseId = guest.Code }).Is(HttpStatusCode.Accepted);
        guest.PaymentId = (await scene.Scalar<Guid>("select payment_id from terminal_offer where terminal_id = $1", Guid.Parse(reader.Id))).ToString();
        (await reader.Ending(guest)).ShouldBe("offline");
        guest.Intent.Status.ShouldBe("canceled");
        (await reader.View()).GetProperty("online").GetBoolean().ShouldBeFalse();
        await scene.Host.Api.Post($"/api/v1/payment-terminals/{reader.Id}/offers", new { evseId = guest.Code }).IsProblem(HttpStatusCode.Conflict, "terminal-offline");
        await scene.Scalar<int>("update payment_terminal set seen_at = now() - interval '11 minutes' where id = $1", Guid.Parse(reader.Id));
        await scene.Host.Services.GetRequiredService<Ladewerk.Operations.WatchSweep>().Sweep(new(await scene.Scalar<Guid>("select id from tenant")), TestContext.Current.CancellationToken);
        (await scene.Scalar<string>("select facts ->> 'detail' from finding where kind = 'terminalOffline' and key like '%/' || $1 and over_at is null", reader.Id)).ShouldBe((await reader.View()).GetProperty("label").GetString());

        reader.Own.Online = true;
        await scene.Scalar<int>("update payment_terminal set due_at = now() where id = $1", Guid.Parse(reader.Id));
        await CardReader.Until(async () => (await reader.View()).GetProperty("online").GetBoolean(), "is online again");
        await CardReader.Plug(guest);
        await reader.Asks(guest);
        (await scene.Host.Api.DeleteAsync($"/api/v1/payment-terminals/{reader.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await reader.Ending(guest)).ShouldBe("removed");
        guest.Intent.Status.ShouldBe("canceled");
        await CardReader.Until(() => Task.FromResult(!scene.Fake.Books.Readers.Contains(reader.Own)), "is given back");
    }

    [Fact]
    public async Task Lost_answers_make_one_payment_and_one_hold()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];

        // The provider's payment is made four times in vain, then the reader is reached and says nothing.
        scene.Fake.LoseAnswers(4);
        reader.Own.LosesAnswers = 1;
        await CardReader.Plug(guest);
        await reader.Asks(guest);
        reader.Present(PaymentScene.Good);
        await guest.Asked();
        await guest.Becomes("starting");
        scene.Fake.Books.Intents.Count(i => i.Payment == guest.PaymentId).ShouldBe(1);
        (guest.Intent.Status, guest.Intent.Capturable).ShouldBe(("requires_capture", 5000));
    }

    [Fact]
    public async Task What_was_made_before_a_crash_is_found_again_and_holds_nothing()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        var (made, gone) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        scene.Fake.BeforeAnswer = async path =>
        {
            if (path == "/v1/payment_intents")
            {
                made.TrySetResult();
                await gone.Task;
            }
        };
        await CardReader.Plug(guest);
        await made.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await reader.Offered(guest);
        await scene.Host.Restart(); // the server ends between the provider's answer and its own commit; the station is gone with it
        scene.Fake.BeforeAnswer = null;
        gone.SetResult();
        await scene.Scalar<int>("update payment set lease_until = now() - interval '1 second' where id = $1", Guid.Parse(guest.PaymentId));
        (await reader.Ending(guest)).ShouldBe("left");
        scene.Fake.Books.Intents.Where(i => i.Payment == guest.PaymentId).Select(i => i.Status).ShouldBe(["canceled"]);
        reader.Own.AsksFor.ShouldBeNull();
    }

    [Fact]
    public async Task A_reader_is_its_operators_alone()
    {
        var (reader, guests) = await CardReader.For(scene);
        await using var guest = guests[0];
        using var other = scene.Host.WithKey(await EndpointSecurityTests.AddKey(scene.Host, await EndpointSecurityTests.AddTenant(scene.Host, "nachbar"), Permission.OfTenant));
        await other.GetAsync($"/api/v1/payment-terminals/{reader.Id}").IsProblem(HttpStatusCode.NotFound, "not-found");
        await other.Post($"/api/v1/payment-terminals/{reader.Id}/offers", new { evseId = guest.Code }).IsProblem(HttpStatusCode.NotFound, "not-found");
        (await other.Json("/api/v1/payment-terminals")).GetProperty("items").GetArrayLength().ShouldBe(0);
        var site = (await other.Post("/api/v1/sites", new { name = "Nebenan", street = "Weg 1", postalCode = "76133", city = "Karlsruhe" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();

        // With an account that operators share, a reader's id is no proof that it is one's own; nor is a charge point of another's.
        await other.Post("/api/v1/payment-terminals", new { siteId = site, label = "x", readerId = reader.Own.Id }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await other.Post("/api/v1/payment-terminals", new { siteId = site, label = "x", registrationCode = "simulated-s700", evses = new[] { guest.Code } }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await scene.Host.Api.Post("/api/v1/payment-terminals", new { siteId = site, label = "x", registrationCode = "simulated-s700" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }

    private static Task<(HttpStatusCode Status, string? Location, string Text)> Look(Guest who, Guest where, string digits, string day, string amount) =>
        who.Posts($"/c/{where.Code}/receipt", ("digits", digits), ("day", day), ("amount", amount));

    private static decimal Amount(JsonElement payment, string name) =>
        decimal.Parse(payment.GetProperty(name).GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
}
