using System.Net;
using System.Text.Json;
using Ladewerk.FakeStripe;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Payments;

/// <summary>A card reader at a site of its own, for some guests' charge points.</summary>
public sealed class CardReader
{
    private static int sites;
    private readonly PaymentScene scene;

    private CardReader(PaymentScene scene, JsonElement terminal)
    {
        (this.scene, Id, Own) = (scene, terminal.GetProperty("id").GetString()!, scene.Fake.Books.Reader(terminal.GetProperty("readerId").GetString()!));
    }

    public string Id { get; }

    /// <summary>The reader itself.</summary>
    public FakeReader Own { get; }

    /// <summary>A site with a station for each charge point, and a reader for all of them.</summary>
    public static async Task<(CardReader Reader, Guest[] Guests)> For(PaymentScene scene, int points = 1)
    {
        var site = (await scene.Host.Api.Post("/api/v1/sites", new { name = $"Autohof {Interlocked.Increment(ref sites)}", street = "An der A5 1", postalCode = "76133", city = "Karlsruhe" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        var guests = new Guest[points];
        for (var i = 0; i < points; i++)
        {
            guests[i] = await scene.Guest(site);
        }

        var made = await scene.Host.Api.Post("/api/v1/payment-terminals", new { siteId = site, label = "Säule 1", registrationCode = "simulated-s700", evses = guests.Select(g => g.Code) }).Is(HttpStatusCode.Created);
        made.GetProperty("online").GetBoolean().ShouldBeTrue();
        return (new CardReader(scene, made), guests);
    }

    /// <summary>A car is plugged in.</summary>
    public static Task Plug(Guest guest) => guest.Station.Call("StatusNotification", new { connectorId = 1, status = "Preparing", errorCode = "NoError" });

    public static Task Leave(Guest guest) => guest.Station.Call("StatusNotification", new { connectorId = 1, status = "Available", errorCode = "NoError" });

    /// <summary>Waits until the reader asks for a card for the guest's charge point.</summary>
    public async Task Asks(Guest guest)
    {
        await Offered(guest);
        await Until(() => Task.FromResult(Own.AsksFor is { } intent && scene.Fake.Books.Intent(intent).Payment == guest.PaymentId), "asks for a card");
    }

    /// <summary>Waits until there is an open offer for the guest's charge point.</summary>
    public async Task Offered(Guest guest)
    {
        await Until(
            async () =>
            {
                var found = await scene.Scalar<Guid>(
                    "select o.payment_id from terminal_offer o join evse e on e.station_id = o.station_id and e.number = o.evse_number where e.short_code = $1 and o.terminal_id = $2 and o.state <> 'over'", guest.Code, Guid.Parse(Id));
                guest.PaymentId = found == Guid.Empty ? guest.PaymentId : found.ToString();
                return found != Guid.Empty;
            },
            "offers");
    }

    public void Present(string card) => scene.Fake.Books.Present(Own.Id, card);

    /// <summary>Why no card came for the guest.</summary>
    public async Task<string?> Ending(Guest guest)
    {
        await guest.Becomes("released");
        return await scene.Scalar<string>("select ending from terminal_offer where payment_id = $1", Guid.Parse(guest.PaymentId));
    }

    public async Task<JsonElement> View() => await scene.Host.Api.Json($"/api/v1/payment-terminals/{Id}");

    public static async Task Until(Func<Task<bool>> holds, string what)
    {
        for (var i = 0; !await holds(); i++)
        {
            i.ShouldBeLessThan(300, "never " + what);
            await Task.Delay(50);
        }
    }
}
