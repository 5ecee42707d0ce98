using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Ladewerk.Tests.Hosting;

/// <summary>A 1.6 station as plain as can be: a WebSocket and JSON text, so that it can be as odd as a test wants.</summary>
public sealed class TestStation : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly ClientWebSocket socket = new();
    private readonly Queue<JsonElement> asked = new();
    private int lastId;

    public WebSocketState State => socket.State;

    public string? Subprotocol => socket.SubProtocol;

    /// <summary>Connects to <c>/ocpp/{path}</c>.</summary>
    public static Task<TestStation> Connect(LadewerkHost host, string path, string? password = null, string? protocol = "ocpp1.6", string? user = null) =>
        Connect(host.Address, path, password, protocol, user);

    /// <summary>Connects to <c>/ocpp/{path}</c> of an address; over TLS where it is https.</summary>
    public static async Task<TestStation> Connect(
        Uri address, string path, string? password = null, string? protocol = "ocpp1.6", string? user = null, Action<ClientWebSocketOptions>? configure = null)
    {
        var station = new TestStation();
        if (protocol is not null)
        {
            station.socket.Options.AddSubProtocol(protocol);
        }

        if (password is not null)
        {
            station.socket.Options.SetRequestHeader("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user ?? path.Split('/')[^1]}:{password}")));
        }

        station.socket.Options.CollectHttpResponseDetails = true;
        configure?.Invoke(station.socket.Options);
        try
        {
            await station.socket.ConnectAsync(new Uri($"{(address.Scheme == Uri.UriSchemeHttps ? "wss" : "ws")}://127.0.0.1:{address.Port}/ocpp/{path}"), TestContext.Current.CancellationToken);
        }
        catch (WebSocketException refused)
        {
            throw new RefusedException((int)station.socket.HttpStatusCode, refused);
        }

        return station;
    }

    /// <summary>Sends a call and gives the payload of its CALLRESULT.</summary>
    public async Task<JsonElement> Call(string action, object payload, string? messageId = null)
    {
        await Send(JsonSerializer.Serialize<object[]>([2, messageId ?? NextId(), action, payload]));
        var answer = await Next(Patience);
        for (; answer[0].GetInt32() == 2; answer = await Next(Patience))
        {
            asked.Enqueue(answer); // the back end asks something just now: the next Receive gives it
        }

        answer[0].GetInt32().ShouldBe(3, answer.ToString());
        return answer[2];
    }

    /// <summary>Sends any text and gives the next frame.</summary>
    public async Task<JsonElement> Exchange(string frame)
    {
        await Send(frame);
        return await Receive();
    }

    public Task Send(string frame, bool binary = false) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(frame), binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    public Task Send(byte[] frame, bool binary) =>
        socket.SendAsync(frame, binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    /// <inheritdoc cref="Receive(TimeSpan)"/>
    public Task<JsonElement> Receive() => Receive(Patience);

    /// <summary>The next frame; the socket is lost when none comes in time.</summary>
    public Task<JsonElement> Receive(TimeSpan patience) => asked.TryDequeue(out var call) ? Task.FromResult(call) : Next(patience);

    private async Task<JsonElement> Next(TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), timeout.Token);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
            }

            length += part.Count;
            if (part.EndOfMessage)
            {
                return JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, length));
            }
        }
    }

    public string NextId() => $"m{Interlocked.Increment(ref lastId)}";

    public async Task<long> Start(int connector, string idTag, decimal meterStart, DateTimeOffset at) =>
        (await Call("StartTransaction", new { connectorId = connector, idTag, meterStart, timestamp = at.UtcDateTime })).GetProperty("transactionId").GetInt64();

    public Task<JsonElement> Stop(long transactionId, decimal meterStop, DateTimeOffset at, string? reason = null) =>
        Call("StopTransaction", new { transactionId, meterStop, timestamp = at.UtcDateTime, reason = reason ?? "Local" });

    public Task<JsonElement> Energy(int connector, long? transactionId, decimal wattHours, DateTimeOffset at) => Call("MeterValues", new
    {
        connectorId = connector,
        transactionId,
        meterValue = new[] { new { timestamp = at.UtcDateTime, sampledValue = new[] { new { value = wattHours.ToString(System.Globalization.CultureInfo.InvariantCulture) } } } },
    });

    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public sealed class RefusedException(int status, Exception inner) : Exception($"Refused with {status}", inner)
    {
        public int Status { get; } = status;
    }
}
