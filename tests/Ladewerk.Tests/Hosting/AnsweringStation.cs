using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;

namespace Ladewerk.Tests.Hosting;

/// <summary>A station that answers every call by itself, as a test says.</summary>
public sealed class AnsweringStation : IAsyncDisposable
{
    private readonly TestStation station;
    private readonly Func<JsonElement, string?> answer;
    private readonly TimeSpan thinks;
    private readonly CancellationTokenSource stop = new();
    private readonly Task reading;

    private AnsweringStation(TestStation station, Func<JsonElement, string?> answer, TimeSpan thinks)
    {
        (this.station, this.answer, this.thinks) = (station, answer, thinks);
        reading = Task.Run(Read);
    }

    /// <summary>Payloads of the calls it was asked, in order.</summary>
    public ConcurrentQueue<JsonElement> Seen { get; } = new();

    /// <summary>Actions of the calls it was asked, in order.</summary>
    public ConcurrentQueue<string> Actions { get; } = new();

    /// <param name="thinks">How long it takes to answer.</param>
    /// <param name="answer">The payload of the answer to a call ([2, id, action, payload]); null: none.</param>
    public static async Task<AnsweringStation> Connect(LadewerkHost host, string identity, Func<JsonElement, string?> answer, TimeSpan thinks = default) =>
        new(await TestStation.Connect(host, identity), answer, thinks);

    /// <summary>Sends a frame; an answer to it is passed over.</summary>
    public Task Send(string frame) => station.Send(frame);

    /// <summary>Introduces itself.</summary>
    public Task Boot(string vendor, string model, string? firmware = null) =>
        station.Send(JsonSerializer.Serialize<object[]>([2, station.NextId(), "BootNotification", new { chargePointVendor = vendor, chargePointModel = model, firmwareVersion = firmware ?? "1.0" }]));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await station.DisposeAsync();
        await reading;
        stop.Dispose();
    }

    private async Task Read()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var call = await station.Receive(TimeSpan.FromMinutes(10)); // it may be long until it is asked
                if (call[0].GetInt32() == 2)
                {
                    Seen.Enqueue(call[3]);
                    Actions.Enqueue(call[2].GetString()!);
                    if (answer(call) is { } payload)
                    {
                        await Task.Delay(thinks, stop.Token);
                        await station.Send($"[3,\"{call[1].GetString()}\",{payload}]");
                    }
                }
            }
            catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
