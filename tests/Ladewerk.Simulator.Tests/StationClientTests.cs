using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Tests;

public sealed class StationClientTests
{
    private static readonly StationSpec Spec = new() { Identity = "CP 1", Connectors = [new(false, 22_080)] };

    [Fact]
    public async Task A_station_boots_charges_obeys_and_comes_back()
    {
        await using var backEnd = await TestBackEnd.Start();
        using var stop = new CancellationTokenSource();
        using var client = Station(backEnd);
        var running = client.Run(stop.Token);
        await backEnd.Expect("StatusNotification", p => p.GetProperty("connectorId").GetInt32() == 1);
        await client.Do(s =>
        {
            s.Plug(1, new Vehicle(60_000, 40));
            s.PresentTag(1, "TAG");
        });
        await backEnd.Expect("StartTransaction");
        (await backEnd.Request("CP 1", "RemoteStopTransaction", """{"transactionId":1}""")).GetProperty("status").GetString().ShouldBe("Accepted");
        (await backEnd.Expect("StopTransaction")).Payload.GetProperty("reason").GetString().ShouldBe("Remote");

        (await backEnd.Request("CP 1", "Reset", """{"type":"Hard"}""")).GetProperty("status").GetString().ShouldBe("Accepted");
        for (var i = 0; i < 500 && backEnd.Of("BootNotification").Count < 2; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        backEnd.Of("BootNotification").Count.ShouldBe(2);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_start_whose_answer_was_lost_is_sent_again_unchanged_under_a_new_id()
    {
        await using var backEnd = await TestBackEnd.Start();
        var starts = 0;
        backEnd.Ignore = call =>
        {
            if (call.Action == "StartTransaction" && Interlocked.Increment(ref starts) == 1)
            {
                backEnd.Drop(call.Station);
                return true;
            }

            return false;
        };
        using var stop = new CancellationTokenSource();
        using var client = Station(backEnd);
        var running = client.Run(stop.Token);
        await backEnd.Expect("StatusNotification");
        await client.Do(s =>
        {
            s.Plug(1, new Vehicle(60_000, 40));
            s.PresentTag(1, "TAG");
        });
        await backEnd.Expect("MeterValues");

        var sent = backEnd.Of("StartTransaction");
        sent.Count.ShouldBe(2);
        sent[1].Payload.GetRawText().ShouldBe(sent[0].Payload.GetRawText());
        sent[1].MessageId.ShouldNotBe(sent[0].MessageId);
        backEnd.Of("BootNotification").Count.ShouldBe(1);
        await stop.CancelAsync();
        await running;
    }

    private static StationClient Station(TestBackEnd backEnd) => new(
        new StationModel(Spec, TimeProvider.System, new Random(1)),
        new BackEnd(backEnd.Url, null) { RestartPause = TimeSpan.FromMilliseconds(50), FirstPause = TimeSpan.FromMilliseconds(50) },
        TimeProvider.System,
        new Random(1),
        _ => { });
}
