using System.Buffers;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp;

/// <summary>A call at hand: who calls, what is to be written, when it came. One for each socket, used again for each message.</summary>
internal sealed class IncomingCall(StationContext station)
{
    public StationContext Station { get; } = station;

    public StationSessions Sessions => Station.Sessions;

    public KnownStation Known => Station.Known;

    /// <summary>What the message changes; committed before the answer goes out.</summary>
    public Change Change { get; } = new();

    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>The payload as it came; valid until the answer.</summary>
    public ReadOnlyMemory<byte> Payload { get; set; }
}

/// <summary>An answer, and what to do once the change is committed.</summary>
internal readonly record struct Handled<TResponse>(TResponse Answer, Action? Apply = null);

/// <summary>Handles one action. Decides on the station's state; what it changes is committed with the raw frame before the answer leaves.</summary>
internal interface ICallHandler<in TRequest, TResponse>
{
    ValueTask<Handled<TResponse>> Handle(TRequest request, IncomingCall call, CancellationToken ct);
}

/// <summary>What came of routing: an answer in the buffer, or the error to send.</summary>
internal readonly record struct Routed(Action? Apply, Leniency Used, string? ErrorCode, string? ErrorDescription);

/// <summary>Which handler takes which action of a protocol version: a table, typed once.</summary>
internal sealed class CallTable(IServiceProvider services)
{
    // Writing is synchronous: one writer for each thread is enough.
    [ThreadStatic]
    private static Utf8JsonWriter? cached;

    private readonly Dictionary<string, Route> routes = new(StringComparer.Ordinal);

    public delegate ValueTask<Routed> Route(IncomingCall call, IBufferWriter<byte> answer, CancellationToken ct);

    /// <exception cref="ArgumentException">The action has a handler already.</exception>
    public CallTable On<TRequest, TResponse, THandler>()
        where TRequest : class, ICall<TResponse>, IWireMessage<TRequest>
        where TResponse : class, IWireMessage<TResponse>
        where THandler : class, ICallHandler<TRequest, TResponse>
    {
        var handler = ActivatorUtilities.CreateInstance<THandler>(services);
        routes.Add(TRequest.Action, async (call, answer, ct) =>
        {
            var read = WireReader.Read<TRequest>(call.Payload);
            if (!read.Ok)
            {
                return new Routed(null, Leniency.None, read.Fault.Code, read.Fault.Description);
            }

            var handled = await handler.Handle(read.Value, call, ct);
            Write(answer, handled.Answer);
            return new Routed(handled.Apply, read.Used, null, null);
        });
        return this;
    }

    public bool TryGet(string action, out Route route) => routes.TryGetValue(action, out route!);

    private static void Write<TResponse>(IBufferWriter<byte> output, TResponse answer)
        where TResponse : class, IWireMessage<TResponse>
    {
        var writer = cached ??= new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        writer.Reset(output);
        JsonSerializer.Serialize(writer, answer, TResponse.JsonType);
        writer.Flush();
    }
}
