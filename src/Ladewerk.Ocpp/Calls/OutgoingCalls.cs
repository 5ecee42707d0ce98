using System.Buffers;

namespace Ladewerk.Ocpp;

/// <summary>Limits of <see cref="OutgoingCalls"/>; one instance serves many connections.</summary>
public sealed record OutgoingCallOptions
{
    /// <summary>How long to wait for an answer, from the sending.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many calls may wait behind the one in flight.</summary>
    public int QueueLimit { get; init; } = 64;
}

/// <summary>
/// The calls of one side of one connection. One CALL is in flight at a time (1.6J §4.1.1); others wait in order. A call
/// that its caller gives up keeps the line until the answer or the timeout, because the other side still works on it.
/// While idle this is two small objects: queue, timer and buffer exist only with a call.
/// </summary>
/// <param name="send">
/// Sends one text message; the buffer is valid until it completes. Must queue behind other sends of the connection, as
/// answers are sent too; may be called while an earlier call hangs in it longer than the timeout.
/// </param>
/// <param name="time">Clock of the timeouts.</param>
/// <param name="options">Limits, shared.</param>
public sealed class OutgoingCalls(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send, TimeProvider time, OutgoingCallOptions options)
{
    private readonly Lock gate = new();
    private PendingCall? inFlight;
    private Queue<PendingCall>? waiting;
    private Exception? closed;

    /// <summary>Calls in flight and waiting.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return (inFlight is null ? 0 : 1) + (waiting?.Count ?? 0);
            }
        }
    }

    /// <summary>Sends a call and waits for what comes back.</summary>
    /// <param name="action">The action.</param>
    /// <param name="payload">UTF-8 JSON of the request; must stay unchanged until the call completes.</param>
    /// <param name="ct">Gives up waiting; a call that still waits in the queue is then never sent.</param>
    /// <exception cref="QueueFullException">Too many calls wait.</exception>
    /// <exception cref="CallTimeoutException">No answer in time.</exception>
    /// <exception cref="DisconnectedException">The connection is lost.</exception>
    public Task<OcppReply> Call(string action, ReadOnlyMemory<byte> payload, CancellationToken ct) => Call(NewMessageId(), action, payload, ct);

    /// <summary>An id that no other call has.</summary>
    public string NewMessageId() => Guid.CreateVersion7(time.GetUtcNow()).ToString();

    /// <summary>Sends a call under an id that the caller keeps, for its log.</summary>
    /// <inheritdoc cref="Call(string, ReadOnlyMemory{byte}, CancellationToken)"/>
    public async Task<OcppReply> Call(string messageId, string action, ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var call = new PendingCall(messageId, action, payload);
        await using (ct.UnsafeRegister(static (state, token) => ((PendingCall)state!).Cancel(token), call))
        {
            if (Enqueue(call))
            {
                Start(call);
            }

            return await call.Answer;
        }
    }

    /// <summary>Sends a call and reads its answer.</summary>
    /// <inheritdoc cref="Call(string, ReadOnlyMemory{byte}, CancellationToken)"/>
    public async Task<OcppReply<TResponse>> Call<TRequest, TResponse>(TRequest request, CancellationToken ct, Leniency allowed = Leniency.All)
        where TRequest : ICall<TResponse>, IWireMessage<TRequest>
        where TResponse : class, IWireMessage<TResponse>
    {
        var reply = await Call(TRequest.Action, FrameWriter.Payload(request, TRequest.JsonType), ct);
        if (reply is OcppReply.Error error)
        {
            return new OcppReply<TResponse>.Error(error.Code, error.Description, error.Details);
        }

        var payload = ((OcppReply.Result)reply).Payload;
        var outcome = WireReader.Read<TResponse>(payload, allowed);
        return outcome.Ok
            ? new OcppReply<TResponse>.Result(outcome.Value, outcome.Notes)
            : new OcppReply<TResponse>.Unreadable(outcome.Fault, payload);
    }

    /// <summary>Takes an answer.</summary>
    /// <returns>False for an answer to no call: of an unknown id, or too late.</returns>
    public bool TryComplete(in OcppFrame frame)
    {
        var call = inFlight;
        if (frame.Type is not (MessageType.CallResult or MessageType.CallError)
            || call is null || call.MessageId != frame.MessageId || !Release(call, out var next))
        {
            return false;
        }

        call.Complete(frame.Type == MessageType.CallResult
            ? new OcppReply.Result(frame.Payload.ToArray())
            : new OcppReply.Error(frame.ErrorCode!, frame.ErrorDescription!, frame.Payload.ToArray()));
        Start(next);
        return true;
    }

    /// <summary>Fails every call, now and later: the connection is gone.</summary>
    public void FailAll(Exception reason)
    {
        PendingCall? current;
        Queue<PendingCall>? others;
        lock (gate)
        {
            closed ??= reason;
            (current, inFlight) = (inFlight, null);
            (others, waiting) = (waiting, null);
        }

        current?.Fail(Disconnected(reason));
        while (others is not null && others.TryDequeue(out var call))
        {
            call.Fail(Disconnected(reason));
        }
    }

    // True when the line was free and the call is to be sent now.
    private bool Enqueue(PendingCall call)
    {
        lock (gate)
        {
            if (closed is not null)
            {
                throw Disconnected(closed);
            }

            if (inFlight is null)
            {
                inFlight = call;
                return true;
            }

            waiting ??= new Queue<PendingCall>();
            if (waiting.Count >= options.QueueLimit)
            {
                DropGivenUp(waiting);
            }

            if (waiting.Count >= options.QueueLimit)
            {
                throw new QueueFullException(call.Action, options.QueueLimit);
            }

            waiting.Enqueue(call);
            return false;
        }
    }

    private static void DropGivenUp(Queue<PendingCall> calls)
    {
        for (var i = calls.Count; i > 0; i--)
        {
            if (calls.Dequeue() is { IsDone: false } call)
            {
                calls.Enqueue(call);
            }
        }
    }

    // Frees the line, if the call still has it, and gives it to the next call that somebody waits for.
    private bool Release(PendingCall call, out PendingCall? next)
    {
        next = null;
        lock (gate)
        {
            if (!ReferenceEquals(inFlight, call))
            {
                return false;
            }

            while (next is null && waiting is not null && waiting.TryDequeue(out var candidate))
            {
                next = candidate.IsDone ? null : candidate;
            }

            inFlight = next;
            waiting = waiting is { Count: > 0 } ? waiting : null;
            return true;
        }
    }

    // Send hands every failure to its call, so that nothing is lost with the task.
    private void Start(PendingCall? call) => _ = call is null ? Task.CompletedTask : Send(call);

    private async Task Send(PendingCall? next)
    {
        while (next is { } call)
        {
            next = null;
            try
            {
                call.StartTimer(time, options.Timeout, TimedOut);
                var buffer = new ArrayBufferWriter<byte>(call.Payload.Length + 128);
                FrameWriter.WriteCall(buffer, call.MessageId, call.Action, call.Payload.Span);
                await send(buffer.WrittenMemory, CancellationToken.None);
            }
            catch (Exception e)
            {
                Release(call, out next);
                call.Fail(Disconnected(e));
            }
        }
    }

    private void TimedOut(PendingCall call)
    {
        if (Release(call, out var next))
        {
            call.Fail(new CallTimeoutException(call.Action, options.Timeout));
            Start(next);
        }
    }

    private static DisconnectedException Disconnected(Exception reason) =>
        reason as DisconnectedException ?? new DisconnectedException("The connection to the station is lost.", reason);
}
