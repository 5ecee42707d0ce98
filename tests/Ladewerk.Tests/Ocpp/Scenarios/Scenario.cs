using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp.Scenarios;

/// <summary>
/// Cases that a conformance tool for central systems walks, told from the station's side. Each looks at what the API shows afterwards, not
/// only at the frames. The number of the case is the beginning of the test's name.
/// </summary>
public abstract class Scenario(Database database) : OnOpenHost(database)
{
    protected static readonly DateTimeOffset Now = TestClock.Now;

    /// <summary>A station that has booted and whose connectors are free.</summary>
    protected async Task<TestStation> Booted(int connectors = 1)
    {
        var station = await open.Connect(id);
        await Boot(station, connectors);
        return station;
    }

    protected static async Task<JsonElement> Boot(TestStation station, int connectors = 1)
    {
        var answer = await station.Call("BootNotification", new { chargePointVendor = "Scenario", chargePointModel = "One", firmwareVersion = "1.0" });
        for (var connector = 0; connector <= connectors; connector++)
        {
            await Status(station, connector, "Available");
        }

        return answer;
    }

    protected static Task<JsonElement> Status(TestStation station, int connector, string status, string errorCode = "NoError") =>
        station.Call("StatusNotification", new { connectorId = connector, status, errorCode });

    protected static async Task<string> Authorize(TestStation station, string idTag) => Tag(await station.Call("Authorize", new { idTag }));

    /// <summary>The status under idTagInfo.</summary>
    protected static string Tag(JsonElement answer) => answer.GetProperty("idTagInfo").GetProperty("status").GetString()!;

    /// <summary>Sends a command by the API; the station answers with <paramref name="answer"/>. Gives the call and what the API said.</summary>
    protected async Task<(JsonElement Call, JsonElement Said)> Command(TestStation station, string command, object body, object answer)
    {
        var sending = open.Api.Post($"/api/v1/stations/{id}/commands/{command}", body);
        var call = await station.Receive();
        call[0].GetInt32().ShouldBe(2);
        await station.Send(JsonSerializer.Serialize<object[]>([3, call[1].GetString()!, answer]));
        return (call, await sending.Is(HttpStatusCode.OK));
    }

    /// <summary>What the API keeps of the last command.</summary>
    protected async Task<JsonElement> LastCommand() => (await open.Api.Json($"/api/v1/stations/{id}/commands?limit=1")).GetProperty("items")[0];

    protected Task<JsonElement> Station() => open.Api.Json($"/api/v1/stations/{id}");

    /// <summary>The status of a connector as the API shows it.</summary>
    protected async Task<string> ConnectorStatus(int connector) => (await Station()).GetProperty("evses").EnumerateArray()
        .SelectMany(e => e.GetProperty("connectors").EnumerateArray())
        .Single(c => c.GetProperty("wireNumber").GetInt32() == connector).GetProperty("status").GetString()!;

    /// <summary>A session from start to stop with 5 kWh; gives its transaction id.</summary>
    protected static async Task<long> Charge(TestStation station, string badge, DateTimeOffset from, string? reason = null)
    {
        var transaction = await station.Start(1, badge, 1000, from);
        await Status(station, 1, "Charging");
        await station.Energy(1, transaction, 3000, from.AddMinutes(10));
        await Status(station, 1, "Finishing");
        await station.Stop(transaction, 6000, from.AddMinutes(20), reason);
        await Status(station, 1, "Available");
        return transaction;
    }

    /// <summary>The station's one session has ended with 5 kWh, and is priced without a question.</summary>
    protected async Task<JsonElement> IsCharged(long transaction, string badge)
    {
        var session = await open.OnlySession(id);
        session.GetProperty("transactionId").GetInt64().ShouldBe(transaction);
        session.GetProperty("idToken").GetString().ShouldBe(badge);
        session.State().ShouldBe("ended");
        session.Energy().ShouldBe(5000);
        session.NeedsReview().ShouldBeFalse(string.Join(", ", session.Reasons()));
        session.GetProperty("cost").GetProperty("inclVat").GetString().ShouldBe("2.98"); // 5 kWh at 0.50 and 19 % VAT
        return session;
    }
}
