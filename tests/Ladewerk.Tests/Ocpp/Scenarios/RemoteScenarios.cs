using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp.Scenarios;

/// <summary>Starting, stopping and asking from afar.</summary>
public sealed class RemoteScenarios(Database database) : Scenario(database)
{
    private static readonly object Accepted = new { status = "Accepted" };
    private static readonly object Rejected = new { status = "Rejected" };

    [Fact]
    public async Task TC_010_Remote_start_with_the_plug_first()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        await Status(station, 1, "Preparing");
        var (call, _) = await Command(station, "remote-start", new { connectorId = 1, idToken = badge }, Accepted);
        call[2].GetString().ShouldBe("RemoteStartTransaction");
        call[3].GetProperty("idTag").GetString().ShouldBe(badge);
        (await Authorize(station, badge)).ShouldBe("Accepted"); // AuthorizeRemoteTxRequests
        var transaction = await Charge(station, badge, Now.AddMinutes(-30), "Remote");

        (await IsCharged(transaction, badge)).GetProperty("authorisation").GetString().ShouldBe("accepted");
        (await open.Api.Json($"/api/v1/stations/{id}/commands")).GetProperty("items").EnumerateArray().Single(c => c.GetProperty("command").GetString() == "remote-start").GetProperty("outcome").GetString().ShouldBe("Accepted");
    }

    [Fact]
    public async Task TC_011_1_Remote_start_first()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        await Command(station, "remote-start", new { connectorId = 1, idToken = badge }, Accepted);
        await Status(station, 1, "Preparing");
        (await ConnectorStatus(1)).ShouldBe("Preparing");
        (await open.Sessions(id)).ShouldBeEmpty();
        var transaction = await Charge(station, badge, Now.AddMinutes(-30));

        await IsCharged(transaction, badge);
    }

    [Fact]
    public async Task TC_011_2_Remote_start_and_nothing_plugged_in()
    {
        await using var station = await Booted();
        await Command(station, "remote-start", new { connectorId = 1, idToken = await open.NewBadge() }, Accepted);
        await Status(station, 1, "Preparing");
        await Status(station, 1, "Available"); // the station's ConnectionTimeOut has passed

        (await open.Sessions(id)).ShouldBeEmpty();
        (await ConnectorStatus(1)).ShouldBe("Available");
    }

    [Fact]
    public async Task TC_012_Remote_stop()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        var transaction = await station.Start(1, badge, 1000, Now.AddMinutes(-30));
        await Status(station, 1, "Charging");
        var session = await open.OnlySession(id);
        var (call, said) = await Command(station, "remote-stop", new { sessionId = session.GetProperty("id").GetString() }, Accepted);
        call[2].GetString().ShouldBe("RemoteStopTransaction");
        call[3].GetProperty("transactionId").GetInt64().ShouldBe(transaction);
        said.GetProperty("status").GetString().ShouldBe("Accepted");
        await station.Stop(transaction, 6000, Now, "Remote");
        await Status(station, 1, "Finishing");
        await Status(station, 1, "Available");

        (await IsCharged(transaction, badge)).GetProperty("stopReason").GetString().ShouldBe("Remote");
    }

    [Fact]
    public async Task TC_026_Remote_start_rejected()
    {
        await using var station = await Booted();
        var (_, said) = await Command(station, "remote-start", new { connectorId = 1, idToken = await open.NewBadge() }, Rejected);

        said.GetProperty("status").GetString().ShouldBe("Rejected");
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe("Rejected");
        (await open.Sessions(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task TC_028_Remote_stop_rejected()
    {
        await using var station = await Booted();
        var badge = await open.NewBadge();
        var transaction = await station.Start(1, badge, 1000, Now.AddMinutes(-30));
        await Status(station, 1, "Charging");
        var (call, said) = await Command(station, "remote-stop", new { transactionId = transaction + 1 }, Rejected);

        call[3].GetProperty("transactionId").GetInt64().ShouldBe(transaction + 1);
        said.GetProperty("status").GetString().ShouldBe("Rejected");
        (await open.OnlySession(id)).State().ShouldBe("active"); // nothing has ended
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe("Rejected");
    }

    [Theory]
    [InlineData("MeterValues", 1)]
    [InlineData("Heartbeat", null)]
    [InlineData("StatusNotification", 1)]
    [InlineData("DiagnosticsStatusNotification", null)]
    [InlineData("FirmwareStatusNotification", null)]
    [InlineData("BootNotification", null)]
    public async Task TC_054_Trigger_a_message(string message, int? connector)
    {
        await using var station = await Booted();
        var (call, said) = await Command(station, "trigger-message", new { message, connectorId = connector }, Accepted);
        call[2].GetString().ShouldBe("TriggerMessage");
        call[3].GetProperty("requestedMessage").GetString().ShouldBe(message);
        call[3].TryGetProperty("connectorId", out var asked).ShouldBe(connector is not null);
        (connector is null || asked.GetInt32() == connector).ShouldBeTrue();
        said.GetProperty("status").GetString().ShouldBe("Accepted");

        _ = message switch
        {
            "MeterValues" => await station.Energy(1, null, 1500, Now),
            "StatusNotification" => await Status(station, 1, "Available"),
            "BootNotification" => await Boot(station),
            "Heartbeat" => await station.Call("Heartbeat", new { }),
            _ => await station.Call(message, new { status = "Idle" }),
        };
        var came = (await open.Api.Json($"/api/v1/stations/{id}/messages?action={message}")).GetProperty("items").EnumerateArray().First(m => m.GetProperty("direction").GetString() == "in");
        came.GetProperty("verdict").GetString().ShouldBe("ok");
    }

    [Fact]
    public async Task TC_055_Trigger_rejected()
    {
        await using var station = await Booted();
        var (_, said) = await Command(station, "trigger-message", new { message = "MeterValues", connectorId = 1 }, Rejected);

        said.GetProperty("status").GetString().ShouldBe("Rejected");
        (await LastCommand()).GetProperty("outcome").GetString().ShouldBe("Rejected");
    }
}
