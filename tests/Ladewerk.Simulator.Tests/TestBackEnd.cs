using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Ladewerk.Ocpp;
using Ladewerk.Simulator.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ladewerk.Simulator.Tests;

/// <summary>A back end with just enough OCPP 1.6 to answer stations, and a memory of what they said.</summary>
internal sealed class TestBackEnd : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, WebSocket> sockets = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> waiting = new();
    private int transactions;

    private TestBackEnd(WebApplication app) => this.app = app;

    public sealed record Transaction(string Station, long Start, long? Stop, long Last);

    public sealed record Call(string Station, string MessageId, string Action, JsonElement Payload);

    public ConcurrentQueue<Call> Calls { get; } = new();

    public ConcurrentDictionary<int, Transaction> Transactions { get; } = new();

    public Uri Url { get; private set; } = new("ws://127.0.0.1/");

    /// <summary>Whether to keep silent to this call.</summary>
    public Func<Call, bool> Ignore { get; set; } = _ => false;

    public Func<Call, string?> Answer { get; set; } = _ => null;

    public static async Task<TestBackEnd> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var backEnd = new TestBackEnd(builder.Build());
        backEnd.app.UseWebSockets();
        backEnd.app.Map("/ocpp/{id}", backEnd.Serve);
        await backEnd.app.StartAsync();
        backEnd.Url = new UriBuilder(backEnd.app.Urls.Single()) { Scheme = "ws", Path = "/ocpp" }.Uri;
        return backEnd;
    }

    public IReadOnlyList<Call> Of(string action) => [.. Calls.Where(c => c.Action == action)];

    public IReadOnlyList<ApiSession> Sessions() =>
        [.. Transactions.Select(t => new ApiSession(Guid.NewGuid(), t.Value.Station, t.Key, t.Value.Start, (t.Value.Stop ?? t.Value.Last) - t.Value.Start, t.Value.Stop is not null))];

    public void Drop(string station) => sockets[station].Abort();

    /// <summary>Sends a request to a station and waits for its answer; a CALLERROR fails.</summary>
    public async Task<JsonElement> Request(string station, string action, string payload)
    {
        var id = Guid.NewGuid().ToString("N");
        var answer = waiting[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await sockets[station].SendAsync(Encoding.UTF8.GetBytes($"""[2,"{id}","{action}",{payload}]"""), WebSocketMessageType.Text, true, default);
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Waits until a call is there.</summary>
    public async Task<Call> Expect(string action, Func<JsonElement, bool>? where = null)
    {
        for (var i = 0; i < 1000; i++)
        {
            if (Calls.FirstOrDefault(c => c.Action == action && (where is null || where(c.Payload))) is { } call)
            {
                return call;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"No {action} came. There were: {string.Join(", ", Calls.Select(c => c.Action))}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in sockets.Values)
        {
            socket.Abort();
        }

        await app.DisposeAsync();
    }

    private async Task Serve(HttpContext context)
    {
        var station = context.Request.RouteValues["id"]!.ToString()!;
        using var socket = await context.WebSockets.AcceptWebSocketAsync("ocpp1.6");
        sockets[station] = socket;
        var buffer = new byte[64 * 1024];
        var gate = new SemaphoreSlim(1);
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                var frame = FrameReader.Read(buffer.AsMemory(0, received.Count)).Frame;
                if (frame.Type == MessageType.Call)
                {
                    await Reply(socket, station, frame);
                }
                else if (waiting.TryRemove(frame.MessageId, out var answer))
                {
                    using var document = JsonDocument.Parse(frame.Payload);
                    answer.SetResult(document.RootElement.Clone());
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The station is gone.
        }
    }

    private async Task Reply(WebSocket socket, string station, OcppFrame frame)
    {
        using var document = JsonDocument.Parse(frame.Payload);
        var call = new Call(station, frame.MessageId, frame.Action!, document.RootElement.Clone());
        try
        {
            if (!Ignore(call))
            {
                var output = new ArrayBufferWriter<byte>();
                FrameWriter.WriteCallResult(output, frame.MessageId, Encoding.UTF8.GetBytes(Answer(call) ?? Remember(call)));
                await socket.SendAsync(output.WrittenMemory, WebSocketMessageType.Text, true, default);
            }
        }
        finally
        {
            // Seen only when it is answered: what a test sends next then reaches a station that knows its transaction.
            Calls.Enqueue(call);
        }
    }

    private string Remember(Call call)
    {
        var payload = call.Payload;
        switch (call.Action)
        {
            case "BootNotification":
                return """{"status":"Accepted","currentTime":"2026-01-01T00:00:00.000Z","interval":300}""";
            case "Heartbeat":
                return """{"currentTime":"2026-01-01T00:00:00.000Z"}""";
            case "Authorize":
                return """{"idTagInfo":{"status":"Accepted"}}""";
            case "StartTransaction":
                var start = payload.GetProperty("meterStart").GetInt64();
                var known = Transactions.FirstOrDefault(t => t.Value.Station == call.Station && t.Value.Start == start).Key;
                var id = known > 0 ? known : Interlocked.Increment(ref transactions);
                Transactions.TryAdd(id, new Transaction(call.Station, start, null, start));
                return $$"""{"idTagInfo":{"status":"Accepted"},"transactionId":{{id}}}""";
            case "StopTransaction":
                Update(payload.GetProperty("transactionId").GetInt32(), t => t with { Stop = payload.GetProperty("meterStop").GetInt64() });
                return "{}";
            case "MeterValues" when payload.TryGetProperty("transactionId", out var transaction):
                var register = long.Parse(payload.GetProperty("meterValue")[0].GetProperty("sampledValue")[0].GetProperty("value").GetString()!);
                Update(transaction.GetInt32(), t => t with { Last = register });
                return "{}";
            default:
                return "{}";
        }
    }

    private void Update(int transaction, Func<Transaction, Transaction> change)
    {
        if (Transactions.TryGetValue(transaction, out var known))
        {
            Transactions[transaction] = change(known);
        }
    }
}
