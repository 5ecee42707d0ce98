using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions.Reservations;

/// <summary>The reservation cases of the compliance test tool that concern the central system, checked by what the API shows afterwards.</summary>
public sealed class ReservationScenarios(Database database) : OnOpenHost(database)
{
    private const int Minutes = 60;

    [Fact]
    public async Task TC_046_A_reserved_connector_is_used_by_the_one_who_reserved_it()
    {
        var badge = await open.NewBadge(group: "FAMILY");
        await using var station = await Connect(2);
        var made = await Make(station, new { stationId = id, connectorId = 1, idToken = badge, durationMinutes = Minutes }, "Accepted", call =>
        {
            call.GetProperty("connectorId").GetInt32().ShouldBe(1);
            call.GetProperty("idTag").GetString().ShouldBe(badge);
            call.GetProperty("parentIdTag").GetString().ShouldBe("FAMILY");
            call.GetProperty("reservationId").GetInt32().ShouldBe(1);
        });
        made.Text("state").ShouldBe("active");
        made.Text("answer").ShouldBe("Accepted");
        await station.Status(1, "Reserved");

        (await station.Call("Authorize", new { idTag = badge })).GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Accepted");
        var started = await station.Start(1, badge, reservation: 1);
        started.Status.ShouldBe("Accepted");

        var session = await open.OnlySession(id);
        var reservation = await open.Reservation(made);
        reservation.Text("state").ShouldBe("fulfilled");
        reservation.Text("sessionId").ShouldBe(session.Text("id"));
        session.Text("reservationId").ShouldBe(made.Text("id"));
    }

    [Fact]
    public async Task TC_047_A_reservation_that_nobody_uses_expires_as_a_no_show()
    {
        var driver = (await open.Api.Post("/api/v1/drivers", new { name = "Nie Da " + id }).Is(HttpStatusCode.Created)).Text("id");
        var badge = await open.NewBadge();
        await open.Api.Patch($"/api/v1/id-tokens/{badge}", new { driverId = driver }).Is(HttpStatusCode.OK);
        await using var station = await Connect(1);
        var made = await Make(station, new { stationId = id, connectorId = 1, driverId = driver, expiresAt = TimeProvider.System.GetUtcNow().AddSeconds(3) }, "Accepted");
        await station.Status(1, "Reserved");

        var over = await open.Becomes(made, "noShow");
        over.GetProperty("sessionId").ValueKind.ShouldBe(JsonValueKind.Null);
        await station.Status(1, "Available");
        var count = (await open.Api.Json("/api/v1/reservations/no-shows")).GetProperty("items").EnumerateArray().Single(n => n.Text("driverId") == driver);
        count.GetProperty("count").GetInt32().ShouldBe(1);
        (await open.Connector(id, 1)).ShouldBe("Available");
    }

    [Theory]
    [InlineData("Faulted", "faulted")]
    [InlineData("Occupied", "occupied")]
    [InlineData("Unavailable", "unavailable")]
    [InlineData("Rejected", "rejected")]
    public async Task TC_048_1_and_TC_048_2_and_TC_048_3_and_TC_048_4_What_the_station_cannot_hold_is_recorded_with_its_reason(string answer, string reason)
    {
        await using var station = await Connect(1);
        var made = await Make(station, new { stationId = id, connectorId = 1, idToken = await open.NewBadge(), durationMinutes = Minutes }, answer);

        made.Text("state").ShouldBe("rejected");
        made.Text("answer").ShouldBe(answer);
        made.Text("reason").ShouldBe(reason);
        made.Text("explanation").ShouldNotBeNullOrEmpty();
        (await station.Start(1, await open.NewBadge())).Status.ShouldBe("Accepted", "a reservation that is not held keeps nobody away");
    }

    [Fact]
    public async Task TC_049_A_station_reserved_as_a_whole_is_used_at_any_connector()
    {
        var badge = await open.NewBadge();
        await using var station = await Connect(2);
        var made = await Make(station, new { stationId = id, idToken = badge, durationMinutes = Minutes }, "Accepted", call => call.GetProperty("connectorId").GetInt32().ShouldBe(0));
        made.GetProperty("connectorId").ValueKind.ShouldBe(JsonValueKind.Null);

        (await station.Start(2, badge, reservation: 1)).Status.ShouldBe("Accepted");
        (await open.Reservation(made)).Text("state").ShouldBe("fulfilled");
        (await open.OnlySession(id)).GetProperty("connectorId").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task TC_051_A_reservation_is_cancelled_at_the_station()
    {
        await using var station = await Connect(1);
        var made = await Make(station, new { stationId = id, connectorId = 1, idToken = await open.NewBadge(), durationMinutes = Minutes }, "Accepted");

        var cancelled = await (await Cancel(station, made, "Accepted")).Is(HttpStatusCode.OK);
        cancelled.Text("state").ShouldBe("cancelled");
        cancelled.Text("cancelAnswer").ShouldBe("Accepted");
        cancelled.GetProperty("stationKnows").GetBoolean().ShouldBeTrue();
        await open.Api.DeleteAsync($"/api/v1/reservations/{made.Text("id")}").IsProblem(HttpStatusCode.Conflict, "reservation-over");
    }

    [Fact]
    public async Task TC_052_A_refused_cancel_is_shown_and_changes_nothing()
    {
        await using var station = await Connect(1);
        var made = await Make(station, new { stationId = id, connectorId = 1, idToken = await open.NewBadge(), durationMinutes = Minutes }, "Accepted");

        await Task.FromResult(await Cancel(station, made, "Rejected")).IsProblem(HttpStatusCode.Conflict, "cancel-refused");
        var kept = await open.Reservation(made);
        kept.Text("state").ShouldBe("active");
        kept.Text("cancelAnswer").ShouldBe("Rejected");
        (await (await Cancel(station, made, "Rejected", "?force=true")).Is(HttpStatusCode.OK)).Text("state").ShouldBe("cancelled");
    }

    [Fact]
    public async Task Another_token_is_refused_at_a_reserved_connector_unless_it_is_of_the_group()
    {
        await using var station = await Connect(2);
        await Make(station, new { stationId = id, connectorId = 1, idToken = await open.NewBadge(group: "G" + id), durationMinutes = Minutes }, "Accepted");

        (await station.Start(1, await open.NewBadge())).Status.ShouldBe("Blocked");
        (await open.OnlySession(id)).Text("authorisation").ShouldBe("reserved");
        (await station.Start(2, await open.NewBadge())).Status.ShouldBe("Accepted");
        (await station.Start(1, await open.NewBadge(group: "G" + id))).Status.ShouldBe("Accepted");
    }

    [Fact]
    public async Task One_connector_stays_free_where_any_is_reserved()
    {
        await using var station = await Connect(2);
        await Make(station, new { stationId = id, idToken = await open.NewBadge(), durationMinutes = Minutes }, "Accepted");

        (await station.Start(1, await open.NewBadge())).Status.ShouldBe("Accepted");
        (await station.Start(2, await open.NewBadge())).Status.ShouldBe("Blocked");
    }

    [Fact]
    public async Task The_same_token_fulfils_without_naming_the_reservation_and_once()
    {
        var badge = await open.NewBadge();
        await using var station = await Connect(1);
        var made = await Make(station, new { stationId = id, connectorId = 1, idToken = badge, durationMinutes = Minutes }, "Accepted");
        var at = TimeProvider.System.GetUtcNow();
        var first = await station.Start(1, badge, at: at);
        (await station.Start(1, badge, at: at)).TransactionId.ShouldBe(first.TransactionId, "the same start again is the same session");
        (await open.Reservation(made)).Text("state").ShouldBe("fulfilled");
    }

    [Fact]
    public async Task What_overlaps_is_refused_with_what_is_in_the_way()
    {
        await using var station = await Connect(2);
        var from = TestClock.Now.AddDays(1);
        var first = await open.Api.Post("/api/v1/reservations", new { stationId = id, evseId = 1, idToken = await open.NewBadge(), startsAt = from, durationMinutes = 60 }).Is(HttpStatusCode.Created);
        first.Text("state").ShouldBe("planned");

        var second = new { stationId = id, evseId = 1, idToken = await open.NewBadge(), startsAt = from.AddMinutes(30), durationMinutes = 60 };
        (await open.Api.Post("/api/v1/reservations", second).IsProblem(HttpStatusCode.Conflict, "reservation-overlap")).Text("reservationId").ShouldBe(first.Text("id"));
        await open.Api.Post("/api/v1/reservations", second with { startsAt = from.AddMinutes(60) }).Is(HttpStatusCode.Created);
        await open.Api.Post("/api/v1/reservations", new { stationId = id, idToken = await open.NewBadge(), startsAt = from, durationMinutes = 60 }).Is(HttpStatusCode.Created);
        await open.Api.Post("/api/v1/reservations", new { stationId = id, idToken = await open.NewBadge(), startsAt = from, durationMinutes = 60 }).IsProblem(HttpStatusCode.Conflict, "reservation-overlap");

        await open.Api.DeleteAsync($"/api/v1/reservations/{first.Text("id")}").Is(HttpStatusCode.OK); // never sent: nobody is asked
        var listed = await open.Api.Json($"/api/v1/reservations?stationId={id}&state=planned&from={from:yyyy-MM-dd'T'HH:mm:ss}Z&to={from.AddMinutes(1):yyyy-MM-dd'T'HH:mm:ss}Z");
        listed.GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A_wish_that_cannot_be_is_refused_by_field()
    {
        await using var station = await Connect(1);
        var problem = await open.Api.Post("/api/v1/reservations", new { stationId = id, evseId = 9, idToken = await open.NewBadge(status: "blocked"), startsAt = TestClock.Now.AddDays(-1), durationMinutes = 10 }).Is(HttpStatusCode.BadRequest);
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal).ShouldBe(["evseId", "idToken", "startsAt"]);
        await open.Api.Post("/api/v1/reservations", new { stationId = "nowhere", idToken = "?" }).Is(HttpStatusCode.BadRequest);
    }

    private async Task<TestStation> Connect(int connectors)
    {
        await open.Api.Post("/api/v1/stations", new { id, evses = Enumerable.Range(1, connectors).Select(n => new { id = n, connectors = new[] { new { id = n } } }) }).Is(HttpStatusCode.Created);
        return await open.Connect(id);
    }

    private async Task<JsonElement> Make(TestStation station, object wish, string answer, Action<JsonElement>? check = null)
    {
        var making = open.Api.Post("/api/v1/reservations", wish);
        check?.Invoke(await station.Answer("ReserveNow", new { status = answer }));
        if (check is null)
        {
            await station.Answer("ReserveNow", new { status = answer });
        }

        return await making.Is(HttpStatusCode.Created);
    }

    private async Task<HttpResponseMessage> Cancel(TestStation station, JsonElement made, string answer, string query = "")
    {
        var cancelling = open.Api.DeleteAsync($"/api/v1/reservations/{made.Text("id")}{query}");
        (await station.Answer("CancelReservation", new { status = answer })).GetProperty("reservationId").GetInt32().ShouldBe(made.GetProperty("number").GetInt32());
        return await cancelling;
    }
}

/// <summary>Short ways of these tests.</summary>
internal static class ReservationTesting
{
    public static string? Text(this JsonElement json, string name) => json.GetProperty(name).GetString();

    /// <summary>Waits for a request of the back end, answers it, and gives its payload.</summary>
    public static async Task<JsonElement> Answer(this TestStation station, string action, object answer, TimeSpan? patience = null)
    {
        var call = patience is { } longer ? await station.Receive(longer) : await station.Receive();
        call[0].GetInt32().ShouldBe(2, call.ToString());
        if (call[2].GetString() == "TriggerMessage" && action != "TriggerMessage")
        {
            // A station that has not booted since it connected is asked to, when that takes long.
            await station.Send(JsonSerializer.Serialize<object[]>([3, call[1].GetString()!, new { status = "Rejected" }]));
            return await station.Answer(action, answer, patience);
        }

        call[2].GetString().ShouldBe(action);
        await station.Send(JsonSerializer.Serialize<object[]>([3, call[1].GetString()!, answer]));
        return call[3];
    }

    public static Task<JsonElement> Status(this TestStation station, int connector, string status) => station.Call("StatusNotification", new { connectorId = connector, status, errorCode = "NoError" });

    public static async Task<(long TransactionId, string? Status)> Start(this TestStation station, int connector, string badge, int? reservation = null, DateTimeOffset? at = null)
    {
        var request = new Dictionary<string, object> { ["connectorId"] = connector, ["idTag"] = badge, ["meterStart"] = 0, ["timestamp"] = (at ?? TimeProvider.System.GetUtcNow().AddSeconds(1)).UtcDateTime };
        if (reservation is { } number)
        {
            request["reservationId"] = number;
        }

        var answer = await station.Call("StartTransaction", request);
        return (answer.GetProperty("transactionId").GetInt64(), answer.GetProperty("idTagInfo").GetProperty("status").GetString());
    }

    public static Task<JsonElement> Reservation(this OpenHost open, JsonElement made) => open.Api.Json($"/api/v1/reservations/{made.Text("id")}");

    /// <summary>Waits until the reservation has come to a state.</summary>
    public static Task<JsonElement> Becomes(this OpenHost open, JsonElement made, string state) => open.Api.Becomes($"/api/v1/reservations/{made.Text("id")}", r => r.Text("state") == state);

    /// <summary>Reads an address until what it gives is as wished.</summary>
    public static async Task<JsonElement> Becomes(this HttpClient api, string path, Func<JsonElement, bool> isSo)
    {
        for (var attempt = 0; ; attempt++)
        {
            var now = await api.Json(path);
            if (isSo(now))
            {
                return now;
            }

            attempt.ShouldBeLessThan(100, now.ToString());
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    public static async Task<string?> Connector(this OpenHost open, string station, int number) =>
        (await open.Api.Json($"/api/v1/stations/{station}")).GetProperty("evses").EnumerateArray().SelectMany(e => e.GetProperty("connectors").EnumerateArray())
            .Single(c => c.GetProperty("wireNumber").GetInt32() == number).Text("status");
}
