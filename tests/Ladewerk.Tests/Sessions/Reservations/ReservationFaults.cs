using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Sessions.Reservations;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions.Reservations;

/// <summary>Reservations through restarts, lost answers, and stations that are away or forget.</summary>
public sealed class ReservationFaults(Database database) : IAsyncLifetime
{
    private const string Id = "R-1";
    private LadewerkHost host = null!;

    public async ValueTask InitializeAsync()
    {
        host = await LadewerkHost.Start(database, options: new Dictionary<string, string?>
        {
            ["Ocpp:Onboarding"] = "Open",
            ["Ocpp:CallTimeout"] = "00:00:02",
            ["Reservations:Poll"] = "00:00:00.2",
            ["Reservations:Retry"] = "00:00:01",
            ["Reservations:Settle"] = "00:00:00",
            ["Reservations:Lead"] = "00:00:01",
        });
        await host.Api.Post("/api/v1/stations", new { id = Id, evses = new[] { new { id = 1 } } }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/id-tokens", new { uid = "AABBCC01", concurrentSessions = 0 }).Is(HttpStatusCode.Created);
    }

    public async ValueTask DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task A_planned_reservation_is_sent_after_a_restart_that_lay_in_between()
    {
        var made = await Make(new { stationId = Id, idToken = "AABBCC01", startsAt = TimeProvider.System.GetUtcNow().AddSeconds(4), durationMinutes = 5 });
        made.Text("state").ShouldBe("planned");
        await host.Restart();

        await using var station = await TestStation.Connect(host, Id);
        await station.Answer("ReserveNow", new { status = "Accepted" });
        await Becomes(made, "active");
    }

    [Fact]
    public async Task A_reservation_whose_answer_was_lost_is_sent_again_under_the_same_number()
    {
        await using var station = await TestStation.Connect(host, Id);
        var making = host.Api.Post("/api/v1/reservations", new { stationId = Id, idToken = "AABBCC01", durationMinutes = 5 });
        var lost = await station.Receive();
        lost[2].GetString().ShouldBe("ReserveNow");
        var made = await making.Is(HttpStatusCode.Created);
        made.Text("state").ShouldBe("sent");
        made.Text("reason").ShouldBe("stationTimeout");

        var again = await station.Answer("ReserveNow", new { status = "Accepted" });
        again.GetProperty("reservationId").GetInt32().ShouldBe(lost[3].GetProperty("reservationId").GetInt32());
        (await Becomes(made, "active")).GetProperty("attempts").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task A_restart_while_the_answer_is_out_loses_nothing()
    {
        JsonElement made;
        await using (var station = await TestStation.Connect(host, Id))
        {
            var making = host.Api.Post("/api/v1/reservations", new { stationId = Id, idToken = "AABBCC01", durationMinutes = 5 });
            await station.Receive();
            await Task.WhenAny(host.Restart(), Task.Delay(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            await Task.WhenAny(making);
            made = (await host.Api.Json("/api/v1/reservations")).GetProperty("items")[0];
        }

        await using var back = await TestStation.Connect(host, Id);
        await back.Answer("ReserveNow", new { status = "Accepted" }, DeliverReservation.Lease + TimeSpan.FromSeconds(30)); // once the turn of the host before has run out
        await Becomes(made, "active");
        (await host.Api.Json("/api/v1/reservations")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task An_offline_station_is_told_when_it_connects_and_of_a_cancel_too()
    {
        var made = await Make(new { stationId = Id, idToken = "AABBCC01", durationMinutes = 5 });
        made.Text("reason").ShouldBe("stationOffline");
        await using (var station = await TestStation.Connect(host, Id))
        {
            await station.Answer("ReserveNow", new { status = "Accepted" });
            await Becomes(made, "active");
        }

        await host.Api.Becomes($"/api/v1/stations/{Id}", s => !s.GetProperty("online").GetBoolean());
        var cancelled = await host.Api.DeleteAsync($"/api/v1/reservations/{made.Text("id")}").Is(HttpStatusCode.OK);
        cancelled.Text("state").ShouldBe("cancelled");
        cancelled.GetProperty("stationKnows").GetBoolean().ShouldBeFalse();
        await using var back = await TestStation.Connect(host, Id);
        await back.Answer("CancelReservation", new { status = "Accepted" });
        (await host.Api.Becomes($"/api/v1/reservations/{made.Text("id")}", r => r.GetProperty("stationKnows").GetBoolean())).Text("cancelAnswer").ShouldBe("Accepted");
    }

    [Fact]
    public async Task A_station_that_restarted_gets_its_reservation_again()
    {
        await using var station = await TestStation.Connect(host, Id);
        var making = host.Api.Post("/api/v1/reservations", new { stationId = Id, idToken = "AABBCC01", durationMinutes = 5 });
        await station.Answer("ReserveNow", new { status = "Accepted" });
        var made = await making.Is(HttpStatusCode.Created);

        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        (await station.Answer("ReserveNow", new { status = "Accepted" })).GetProperty("reservationId").GetInt32().ShouldBe(made.GetProperty("number").GetInt32());
        await host.Api.Becomes($"/api/v1/reservations/{made.Text("id")}", r => r.GetProperty("attempts").GetInt32() == 2 && r.Text("state") == "active");
    }

    [Fact]
    public async Task A_start_that_is_told_late_still_fulfils()
    {
        JsonElement made;
        await using (var station = await TestStation.Connect(host, Id))
        {
            var making = host.Api.Post("/api/v1/reservations", new { stationId = Id, idToken = "AABBCC01", expiresAt = TimeProvider.System.GetUtcNow().AddSeconds(3) });
            await station.Answer("ReserveNow", new { status = "Accepted" });
            made = await making.Is(HttpStatusCode.Created);
        }

        await Becomes(made, "noShow");
        await using var back = await TestStation.Connect(host, Id);
        (await back.Start(1, "AABBCC01", reservation: made.GetProperty("number").GetInt32(), at: made.GetProperty("createdAt").GetDateTimeOffset().AddSeconds(1))).Status.ShouldBe("Accepted");
        (await Becomes(made, "fulfilled")).GetProperty("sessionId").ValueKind.ShouldBe(JsonValueKind.String);
    }

    [Fact]
    public async Task A_planned_reservation_waits_for_the_vehicle_before_it()
    {
        await using var station = await TestStation.Connect(host, Id);
        var made = await Make(new { stationId = Id, idToken = "AABBCC01", startsAt = TimeProvider.System.GetUtcNow().AddSeconds(3), durationMinutes = 5 });
        await station.Answer("ReserveNow", new { status = "Occupied" });
        (await host.Api.Becomes($"/api/v1/reservations/{made.Text("id")}", r => r.Text("answer") == "Occupied")).Text("state").ShouldBe("planned");
        await station.Answer("ReserveNow", new { status = "Accepted" });
        await Becomes(made, "active");
    }

    [Fact]
    public async Task The_same_wish_sent_twice_is_one_reservation()
    {
        using var first = Wish();
        using var second = Wish();
        var id = (await (await host.Api.SendAsync(first)).Is(HttpStatusCode.Created)).Text("id");
        (await (await host.Api.SendAsync(second)).Is(HttpStatusCode.Created)).Text("id").ShouldBe(id);

        static HttpRequestMessage Wish() => new(HttpMethod.Post, "/api/v1/reservations")
        {
            Headers = { { "Idempotency-Key", "reserve-once" } },
            Content = JsonContent.Create(new { stationId = Id, idToken = "AABBCC01", startsAt = TestClock.Now.AddDays(3), durationMinutes = 60 }),
        };
    }

    private async Task<JsonElement> Make(object wish) => await host.Api.Post("/api/v1/reservations", wish).Is(HttpStatusCode.Created);

    private Task<JsonElement> Becomes(JsonElement made, string state) => host.Api.Becomes($"/api/v1/reservations/{made.Text("id")}", r => r.Text("state") == state);
}
