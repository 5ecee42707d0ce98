using System.Text;
using System.Text.Json;
using Ladewerk.Ocpp.V16;
using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Tests;

/// <summary>A simulated station keeps reservations and its local list as the standard says.</summary>
public sealed class ReservationAndListTests
{
    private static readonly Vehicle Car = new(60_000, 40);
    private readonly ManualTime time = new();
    private readonly StationModel station;
    private readonly StationRequests requests;

    public ReservationAndListTests()
    {
        station = new StationModel(new StationSpec { Identity = "S1", Connectors = [new(false, 22_080), new(false, 22_080)] }, time, new Random(1));
        requests = new StationRequests(station);
        station.Accepted(new BootNotificationResponse { Status = RegistrationStatus.Accepted, CurrentTime = time.GetUtcNow(), Interval = 300 });
    }

    [Fact]
    public void One_connector_stays_free_for_who_reserved_any()
    {
        Reserve(0, 5, "MINE").ShouldBe("Accepted");
        Reserve(0, 6, "YOURS").ShouldBe("Accepted");
        Reserve(0, 7, "HERS").ShouldBe("Occupied");
        Ask("CancelReservation", """{"reservationId":6}""").ShouldBe("Accepted");
        Ask("CancelReservation", """{"reservationId":6}""").ShouldBe("Rejected");

        Ask("RemoteStartTransaction", """{"connectorId":1,"idTag":"OTHER"}""").ShouldBe("Accepted");
        station.Plug(1, Car);
        Ask("RemoteStartTransaction", """{"connectorId":2,"idTag":"OTHER"}""").ShouldBe("Rejected");
        Ask("RemoteStartTransaction", """{"connectorId":2,"idTag":"MINE"}""").ShouldBe("Accepted");
        station.Plug(2, Car);
        station.Connector(2).Transaction!.ReservationId.ShouldBe(5);
    }

    [Fact]
    public void A_reservation_of_the_same_id_is_replaced_and_one_expires()
    {
        Reserve(1, 5, "MINE").ShouldBe("Accepted");
        Reserve(2, 5, "MINE").ShouldBe("Accepted");
        station.Connector(1).Status.ShouldBe(ChargePointStatus.Available);
        station.Connector(2).Status.ShouldBe(ChargePointStatus.Reserved);
        Reserve(2, 6, "YOURS").ShouldBe("Occupied");
        time.Advance(TimeSpan.FromMinutes(11));
        station.Advance();
        station.Connector(2).Status.ShouldBe(ChargePointStatus.Available);
    }

    [Fact]
    public void A_list_is_taken_whole_or_not_at_all()
    {
        Send(3, "Full", "A", "B").ShouldBe("Accepted");
        Send(3, "Differential", "C").ShouldBe("VersionMismatch");
        Send(4, "Differential", "C").ShouldBe("Accepted");
        station.Authorization.Count.ShouldBe(3);
        Ask("SendLocalList", """{"listVersion":5,"updateType":"Differential","localAuthorizationList":[{"idTag":"A"}]}""").ShouldBe("Accepted");
        station.Configuration.Force("LocalAuthListMaxLength", "3");
        Send(6, "Differential", "D", "E").ShouldBe("Failed");
        station.Configuration.Force("SendLocalListMaxLength", "1");
        Send(6, "Full", "X", "Y").ShouldBe("Failed");
        (station.Authorization.Count, station.Authorization.ListVersion).ShouldBe((2, 5));
        station.Configuration.Force("LocalAuthListEnabled", "false");
        Send(7, "Full", "X").ShouldBe("NotSupported");
    }

    [Fact]
    public void Offline_the_list_decides()
    {
        station.Configuration.Force("AllowOfflineTxForUnknownId", "false");
        Send(1, "Full", "GOOD").ShouldBe("Accepted");
        Ask("SendLocalList", """{"listVersion":2,"updateType":"Differential","localAuthorizationList":[{"idTag":"BAD","idTagInfo":{"status":"Blocked"}}]}""").ShouldBe("Accepted");
        station.Offline();
        station.Plug(1, Car);
        station.PresentTag(1, "BAD");
        station.PresentTag(1, "STRANGE");
        station.Connector(1).Transaction.ShouldBeNull();
        station.PresentTag(1, "GOOD");
        station.Connector(1).Transaction.ShouldNotBeNull();
    }

    private string? Reserve(int connector, int id, string tag) => Ask(
        "ReserveNow", JsonSerializer.Serialize(new { connectorId = connector, idTag = tag, reservationId = id, expiryDate = time.GetUtcNow().AddMinutes(10).UtcDateTime }));

    private string? Send(int version, string type, params string[] tags) => Ask(
        "SendLocalList", JsonSerializer.Serialize(new { listVersion = version, updateType = type, localAuthorizationList = tags.Select(t => new { idTag = t, idTagInfo = new { status = "Accepted" } }) }));

    private string? Ask(string action, string payload)
    {
        using var answer = JsonDocument.Parse(requests.Answer(action, Encoding.UTF8.GetBytes(payload)));
        return answer.RootElement.TryGetProperty("status", out var status) ? status.GetString() : null;
    }
}
