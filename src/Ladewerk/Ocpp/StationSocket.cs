using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;
using Npgsql;

namespace Ladewerk.Ocpp;

/// <summary>What sockets share.</summary>
internal sealed record SocketServices(
    GroupCommit Commits, SessionLoader Sessions, SessionDirectory Directory, LiveFeed Feed, OutgoingCallOptions Calls, Tariffs.Market.MarketPrices Market, TimeProvider Time, ILogger<StationSocket> Logger);

/// <summary>
/// One station's WebSocket: the only reader of its messages and the only writer of its state. Messages are handled in order, each answered
/// after its commit. While nothing comes, it holds no buffer.
/// </summary>
internal sealed partial class StationSocket(WebSocket socket, StationContext station, IProtocol protocol, SocketServices services) : IStationLink, IDisposable
{
    private const int FirstBuffer = 4096;
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IncomingCall call = new(station);
    private OutgoingCalls? outgoing;
    private string closeReason = "closed by the station";

    public string OcppVersion => protocol.Version;

    public DateTimeOffset ConnectedAt { get; } = services.Time.GetUtcNow();

    public string? Origin { get; init; }

    /// <summary>When the last byte came.</summary>
    public DateTimeOffset LastReceivedAt { get; private set; } = services.Time.GetUtcNow();

    public StationContext Station => station;

    /// <summary>Why it ended, for the connection log.</summary>
    public string CloseReason => closeReason;

    /// <summary>Completes when the last message has been committed and nothing of this socket will write any more.</summary>
    public Task Completion => closed.Task;

    /// <summary>Calls to the station, one at a time.</summary>
    public OutgoingCalls Calls => LazyInitializer.EnsureInitialized(ref outgoing, () => new OutgoingCalls(Send, services.Time, services.Calls));

    public Task<CommandResult> Send(Command command, CancellationToken ct) => OddCommands.Send(protocol, this, command, services.Time, ct);

    public Task<CommandResult> SendRaw(string action, JsonElement payload, CancellationToken ct) => protocol.SendRaw(this, action, payload, ct);

    public Command? Meaning(string action, JsonElement payload) => protocol.Meaning(this, action, payload);

    public void Take(StationQuirks quirks) => station.Sessions.Habits.Quirks = quirks;

    public Task Close(string reason)
    {
        closeReason = reason;
        socket.Abort();
        return Completion;
    }

    public void Dispose() => sending.Dispose();

    /// <summary>Nothing of this socket will write any more.</summary>
    public void Ended() => closed.TrySetResult();

    /// <summary>Asks the station to introduce itself.</summary>
    public Task Introduce(CancellationToken ct) => protocol.AskToIntroduce(this, ct);

    /// <summary>Reads and handles messages until the socket closes.</summary>
    public async Task Run(CancellationToken ct)
    {
        try
        {
            while (socket.State == WebSocketState.Open)
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, ct); // waits without a buffer
                if (!await ReceiveOne(ct))
                {
                    break;
                }
            }

            await CloseOutput();
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            LogGone(station.Known.Id.Value, gone.Message);
        }
        finally
        {
            outgoing?.FailAll(new DisconnectedException(closeReason));
            closed.TrySetResult();
        }
    }

    /// <summary>Sends one text message after those before it.</summary>
    public async ValueTask Send(ReadOnlyMemory<byte> frame, CancellationToken ct)
    {
        await sending.WaitAsync(ct);
        try
        {
            var sent = socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            await (sent.IsCompleted ? sent : AbortWhenStuck(sent));
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>A station that takes no more bytes is gone; its socket must not hold the commands behind this frame.</summary>
    private async ValueTask AbortWhenStuck(ValueTask sent)
    {
        using var timeout = new CancellationTokenSource(SendTimeout, services.Time);
        await using var abort = timeout.Token.UnsafeRegister(static s => ((WebSocket)s!).Abort(), socket);
        await sent;
    }

    private async Task<bool> ReceiveOne(CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var length = 0;
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), ct);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return false;
                }

                // What is beyond the limit is read and dropped; the reader then says that the frame is too large.
                length = Math.Min(length + received.Count, FrameReader.MaxFrameBytes + 1);
                if (received.EndOfMessage)
                {
                    break;
                }

                if (length == buffer.Length)
                {
                    Grow(ref buffer);
                }
            }

            LastReceivedAt = services.Time.GetUtcNow();
            await Handle(buffer.AsMemory(0, length), ct);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, FrameReader.MaxFrameBytes * 2));
        buffer.AsSpan().CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private async Task Handle(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var read = FrameReader.Read(bytes);
        station.Count(read.Leniency);
        if (!read.Ok)
        {
            await Refuse(bytes, read.Fault!, ct);
            return;
        }

        var frame = read.Frame;
        if (frame.Type == MessageType.Call)
        {
            await HandleCall(frame, ct);
        }
        else if (outgoing?.TryComplete(frame) != true)
        {
            await LogOnly(bytes, frame.MessageId, null, "unexpectedAnswer");
        }
    }

    private async Task HandleCall(OcppFrame frame, CancellationToken ct)
    {
        call.ReceivedAt = LastReceivedAt;
        call.Payload = frame.Payload;
        var answer = AnswerBuffer.Rent();
        try
        {
            var routed = await Decide(frame.Action!, answer, ct);
            if (await TryCommit(frame, routed, answer.Written))
            {
                routed.Apply?.Invoke();
            }
            else
            {
                routed = routed with { ErrorCode = OcppErrorCode.InternalError, ErrorDescription = "The message could not be stored; it is kept for review." };
            }

            station.Count(routed.Used);
            Tell(frame.Action!);
            answer.Frame(frame.MessageId, routed);
            await Send(answer.WrittenFrame, ct);
        }
        finally
        {
            call.Change.Clear();
            call.Payload = default;
            AnswerBuffer.Return(answer);
        }
    }

    /// <summary>Decides; with the database away it waits for it, because no answer may say what is not stored.</summary>
    private async Task<Routed> Decide(string action, AnswerBuffer answer, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            call.Change.Clear();
            answer.Clear();
            try
            {
                return await protocol.Route(call, action, answer, ct);
            }
            catch (OcppException refused)
            {
                call.Change.Clear();
                return new Routed(null, Leniency.None, refused.Code, refused.Description);
            }
            catch (Exception away) when (away is NpgsqlException { IsTransient: true } or PostgresException { SqlState: "57P01" or "57P02" or "57P03" } or TimeoutException || away is NpgsqlException { InnerException: IOException or System.Net.Sockets.SocketException })
            {
                LogWaiting(station.Known.Id.Value, away.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2000, 50 << Math.Min(attempt, 6))), services.Time, ct);
            }
            catch (Exception broken) when (broken is not OperationCanceledException)
            {
                LogBroken(broken, action, station.Known.Id.Value);
                call.Change.Clear();
                return new Routed(null, Leniency.None, OcppErrorCode.InternalError, "The message could not be handled.");
            }
        }
    }

    /// <summary>False where the database refuses what was decided: the frame is kept for a person, the state is loaded anew.</summary>
    private async Task<bool> TryCommit(OcppFrame frame, Routed routed, ReadOnlyMemory<byte> answer)
    {
        AddMessage(frame, routed.ErrorCode is null ? routed.Used == Leniency.None ? "ok" : "lenient" : routed.ErrorCode, answer);
        try
        {
            await services.Commits.Commit(call.Change);
            return true;
        }
        catch (Exception refused) when (refused is not OperationCanceledException)
        {
            LogBroken(refused, frame.Action!, station.Known.Id.Value);
            call.Change.Clear();
            AddMessage(frame, "failed", default);
            SessionReview.KeepFailed(call.Change, station.Sessions.Place, frame.Action!, refused.Message, call.ReceivedAt);
            await services.Commits.Commit(call.Change);
            services.Directory.Leave(station.Sessions);
            station.Sessions = await services.Sessions.Reload(station.Sessions, CancellationToken.None);
            services.Directory.Enter(station.Sessions);
            return false;
        }
    }

    private void AddMessage(OcppFrame frame, string verdict, ReadOnlyMemory<byte> answer)
    {
        var row = call.Change.Append(StationTables.Messages).Time(call.ReceivedAt).Uuid(station.Known.TenantId.Value).Uuid(station.Known.Id.Value).Char('I')
            .Text(Short(frame.MessageId)).Text(Short(frame.Action)).Bytes(frame.Payload.Span).Text(verdict);
        _ = answer.IsEmpty ? row.Null().Null() : row.Bytes(answer.Span).Time(services.Time.GetUtcNow());
    }

    private async Task Refuse(ReadOnlyMemory<byte> bytes, FrameFault fault, CancellationToken ct)
    {
        if (fault.Kind == FrameFaultKind.Empty)
        {
            return;
        }

        await LogOnly(bytes, fault.MessageId, null, fault.Code);
        if (fault.AnswerTo is { } messageId)
        {
            var answer = AnswerBuffer.Rent();
            try
            {
                answer.Frame(messageId, new Routed(null, Leniency.None, fault.Code, fault.Description));
                await Send(answer.WrittenFrame, ct);
            }
            finally
            {
                AnswerBuffer.Return(answer);
            }
        }
    }

    private async Task LogOnly(ReadOnlyMemory<byte> bytes, string? messageId, string? action, string verdict)
    {
        call.Change.Clear();
        call.Change.Append(StationTables.Messages).Time(LastReceivedAt).Uuid(station.Known.TenantId.Value).Uuid(station.Known.Id.Value).Char('I')
            .Text(Short(messageId)).Text(action).Bytes(bytes.Span).Text(verdict).Null().Null();
        await services.Commits.Commit(call.Change);
        call.Change.Clear();
        Tell(action ?? "?");
    }

    private void Tell(string action)
    {
        if (services.Feed.HasListeners(station.Known.TenantId, "message"))
        {
            services.Feed.Publish(station.Known.TenantId, "message", new { stationId = station.Known.Identity, direction = "in", action, at = LastReceivedAt });
        }
    }

    private async Task CloseOutput()
    {
        if (socket.State == WebSocketState.CloseReceived)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
    }

    /// <summary>Ids and actions are as long as a station likes; the log is not.</summary>
    private static string? Short(string? text) => text is { Length: > 128 } ? text[..128] : text;

    [LoggerMessage(LogLevel.Debug, "Socket of station {Station} ended: {Reason}")]
    private static partial void LogGone(ILogger logger, Guid station, string reason);

    private void LogGone(Guid id, string reason) => LogGone(services.Logger, id, reason);

    [LoggerMessage(LogLevel.Warning, "Station {Station} waits for the database: {Reason}")]
    private static partial void LogWaiting(ILogger logger, Guid station, string reason);

    private void LogWaiting(Guid id, string reason) => LogWaiting(services.Logger, id, reason);

    [LoggerMessage(LogLevel.Error, "{Action} of station {Station} failed")]
    private static partial void LogBroken(ILogger logger, Exception broken, string action, Guid station);

    private void LogBroken(Exception broken, string action, Guid id) => LogBroken(services.Logger, broken, action, id);
}
