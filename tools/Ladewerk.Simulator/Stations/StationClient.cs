using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ladewerk.Ocpp;
using Ladewerk.Ocpp.V16;
using Ladewerk.Simulator.Quirks;

namespace Ladewerk.Simulator.Stations;

/// <summary>How a station reaches its back end.</summary>
/// <param name="Url">Without the identity, for example ws://127.0.0.1:8080/ocpp.</param>
/// <param name="Password">For HTTP Basic; null: none.</param>
internal sealed record BackEnd(Uri Url, string? Password)
{
    /// <summary>The address over TLS, for security profiles 2 and 3; null: it knows none.</summary>
    public Uri? SecureUrl { get; init; }

    /// <summary>The pause before a restarted station dials again.</summary>
    public TimeSpan RestartPause { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>The first pause after a lost connection; it doubles up to a minute, jittered.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Connects a <see cref="StationModel"/> to a back end over OCPP-J 1.6: boots, sends what the model queues (one CALL in flight),
/// answers what it is asked, comes back when the connection is lost, and repeats what was not answered under a new message id.
/// </summary>
internal sealed class StationClient(
    StationModel model, BackEnd backEnd, TimeProvider time, Random random, Action<string> log, QuirkModes? modes = null, FlakyNetwork? flaky = null) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private const int Asleep = 86_400; // quirk Q5: no heartbeats, no pings
    private static readonly TimeSpan Flap = TimeSpan.FromSeconds(10); // quirk Q6
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    private static readonly OutgoingCallOptions CallOptions = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly StationRequests requests = new(model);
    private readonly SemaphoreSlim gate = new(1);
    private readonly Transfers transfers = new(text => log($"{model.Spec.Identity}: {text}"));
    private readonly QuirkModes modes = modes ?? QuirkModes.None;
    private readonly WireQuirks wire = new(modes ?? QuirkModes.None);
    private readonly AskedQuirks asked = new(modes ?? QuirkModes.None, model);
    private readonly OddDial dial = new(modes ?? QuirkModes.None);
    private bool hasSentReservedBit;
    private bool isBooted;

    /// <summary>Does something with the model, which belongs to one thread at a time.</summary>
    public async Task Do(Action<StationModel> what, CancellationToken ct = default)
    {
        await gate.WaitAsync(ct);
        try
        {
            what(model);
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    /// <summary>Runs the station until it is cancelled.</summary>
    public async Task Run(CancellationToken ct)
    {
        if (backEnd.Password is { } given && model.Security.Password is null)
        {
            model.Security.Begin(null, given, model.Security.Profile, [], null);
        }

        model.Security.HasSecureAddress = backEnd.SecureUrl is not null || backEnd.Url.Scheme == "wss";
        var advancing = AdvanceAlways(ct);
        for (var pause = backEnd.FirstPause; !ct.IsCancellationRequested && !model.IsDead;)
        {
            var wasOnline = false;
            try
            {
                wasOnline = await Connection(ct);
            }
            catch (Exception e) when (e is WebSocketException or IOException or DisconnectedException or CallTimeoutException or HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
            {
                wasOnline = model.IsOnline;
                log($"{model.Spec.Identity}: {e.Message}");
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }

            await Do(m => m.Offline(), CancellationToken.None);
            var rest = model.WantsReboot ? backEnd.RestartPause : (pause = wasOnline ? backEnd.FirstPause : Min(pause * 2, LongestPause)) * (0.5 + random.NextDouble());
            isBooted &= !model.WantsReboot;
            await Task.Delay(rest, time, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        await advancing;
    }

    // Ends when the connection does; true when the station was accepted on it.
    private async Task<bool> Connection(CancellationToken ct)
    {
        var security = model.Security;
        var isWanted = security.WantedProfile is not null;
        var profile = security.WantedProfile ?? security.Profile;
        Dialled dialled;
        try
        {
            using var tls = SecureHandler(security, withCertificate: profile == 3);
            var url = profile >= 2 && backEnd.SecureUrl is { } secure ? secure : backEnd.Url;
            dialled = await dial.Connect(url, model.Spec.Identity, profile < 3 ? security.Password : null, tls, ct);
        }
        catch (WebSocketException) when (isWanted)
        {
            await Do(m => m.Security.Connected(succeeded: false), ct); // back to the profile that worked
            throw;
        }

        using var connection = dialled;
        var socket = dialled.Socket;
        await Do(m => m.Security.Connected(succeeded: true), ct);
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var breaking = Lifetime() is { } lifetime ? new CancellationTokenSource(lifetime, time) : null;
        await using var broken = breaking?.Token.Register(socket.Abort);
        using var sending = new SemaphoreSlim(1);
        ValueTask Send(ReadOnlyMemory<byte> text, CancellationToken token) => SendText(dialled, sending, text, token);

        var calls = new OutgoingCalls(Send, time, CallOptions);
        var receiving = Receive(socket, calls, Send, closing.Token);
        try
        {
            await Boot(calls, closing.Token);
            await Pump(calls, receiving, closing.Token);
            return true;
        }
        finally
        {
            await closing.CancelAsync();
            calls.FailAll(new DisconnectedException("The station closed the connection."));
            socket.Abort();
            // On a stack of its own: what was torn down may be waited for by whoever ended the reading. And a reading that does not end holds nobody up.
            await receiving.WaitAsync(LastWords, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            await Task.Yield();
        }
    }

    private TimeSpan? Lifetime() => modes.Has(6) ? Flap : flaky?.Lifetime();

    /// <summary>Trusts the roots that were installed, else those of the machine; shows the station's certificate where the profile wants it.</summary>
    private static SocketsHttpHandler SecureHandler(StationSecurity security, bool withCertificate)
    {
        var handler = new SocketsHttpHandler();
        if (security.ServerRoots is { Count: > 0 } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (withCertificate && security.Certificate is { } certificate)
        {
            handler.SslOptions.ClientCertificates = [certificate];
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return handler;
    }

    private async Task Boot(OutgoingCalls calls, CancellationToken ct)
    {
        if (isBooted || modes.Has(31))
        {
            // Some never boot after a reconnect (Q31).
            await Do(m => m.Online(), ct);
            isBooted = true;
            return;
        }

        while (true)
        {
            var reply = await calls.Call<BootNotificationRequest, BootNotificationResponse>(model.BootRequest(), ct);
            if (reply is OcppReply<BootNotificationResponse>.Result { Payload: { Status: RegistrationStatus.Accepted } boot })
            {
                await Do(m => m.Accepted(modes.Has(5) ? boot with { Interval = Asleep } : boot), ct);
                isBooted = true;
                log($"{model.Spec.Identity}: accepted");
                return;
            }

            // OCPP 1.6 §4.2: Pending and Rejected say when to ask again.
            var interval = reply is OcppReply<BootNotificationResponse>.Result { Payload.Interval: > 0 and var seconds } ? seconds : 30;
            log($"{model.Spec.Identity}: not accepted yet, asking again in {interval} s");
            await Task.Delay(TimeSpan.FromSeconds(interval), time, ct);
        }
    }

    private async Task Pump(OutgoingCalls calls, Task receiving, CancellationToken ct)
    {
        while (!model.WantsReboot && !model.Security.WantsReconnect && !receiving.IsCompleted)
        {
            QueuedCall? call = null;
            await Do(m => call = m.Queue.Next(m.Now), ct);
            if (call is null)
            {
                await Task.WhenAny(receiving, Task.Delay(Tick / 4, time, ct));
                continue;
            }

            var reply = await calls.Call(call.Action, call.Payload, ct);
            await Do(m => Take(m, call, reply), ct);
        }

        await (receiving.IsCompleted ? receiving : Task.CompletedTask);
    }

    private static void Take(StationModel m, QueuedCall call, OcppReply reply)
    {
        if (reply is OcppReply.Result result)
        {
            m.Queue.Answered(call, result.Payload);
        }
        else
        {
            m.Queue.Refused(call, m.Configuration.Number("TransactionMessageAttempts"), m.Configuration.Seconds("TransactionMessageRetryInterval"), m.Now);
        }
    }

    private async Task Receive(WebSocket socket, OutgoingCalls calls, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send, CancellationToken ct)
    {
        var text = new ArrayBufferWriter<byte>(4096);
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(text.GetMemory(1024), ct);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                text.Advance(received.Count);
                if (received.EndOfMessage)
                {
                    await Handle(wire.Incoming(text.WrittenMemory), calls, send, ct);
                    text.ResetWrittenCount();
                }
            }
        }
        finally
        {
            calls.FailAll(new DisconnectedException("The connection was closed."));
        }
    }

    private async Task Handle(ReadOnlyMemory<byte> text, OutgoingCalls calls, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send, CancellationToken ct)
    {
        var read = FrameReader.Read(text, Leniency.None);
        if (read.Ok && read.Frame.Type == MessageType.Call)
        {
            // Under the gate until it is sent: what follows from a command must not overtake its answer.
            await gate.WaitAsync(ct);
            try
            {
                await send(Answer(read.Frame), ct);
            }
            finally
            {
                gate.Release();
            }
        }
        else if (read.Ok)
        {
            calls.TryComplete(read.Frame);
        }
        else if (read.Fault is { AnswerTo: { } id } fault)
        {
            var output = new ArrayBufferWriter<byte>();
            FrameWriter.WriteCallError(output, id, fault.Code, fault.Description);
            await send(output.WrittenMemory, ct);
        }
    }

    private ReadOnlyMemory<byte> Answer(OcppFrame call)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            FrameWriter.WriteCallResult(output, call.MessageId, asked.Instead(call.Action!, call.Payload) ?? asked.Said(call.Action!, requests.Answer(call.Action!, call.Payload)));
        }
        catch (OcppException e)
        {
            FrameWriter.WriteCallError(output, call.MessageId, e.Code, e.Description);
        }

        return output.WrittenMemory;
    }

    private async Task AdvanceAlways(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var running = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                await Do(m => m.Advance(), ct);
                foreach (var transfer in await Waiting(ct))
                {
                    running.RemoveAll(t => t.IsCompleted);
                    running.Add(Carry(transfer, ct));
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The station is switched off.
        }

        await Task.WhenAll(running);
    }

    private async Task<IReadOnlyList<Transfer>> Waiting(CancellationToken ct)
    {
        IReadOnlyList<Transfer> waiting = [];
        await Do(m =>
        {
            waiting = [.. m.Transfers];
            m.Transfers.Clear();
        }, ct);
        return waiting;
    }

    private async Task Carry(Transfer transfer, CancellationToken ct)
    {
        try
        {
            var done = await transfers.Run(transfer, ct);
            await Do(_ => done(), ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            log($"{model.Spec.Identity}: switched off while a file was on its way");
        }
    }

    private async ValueTask SendText(Dialled dialled, SemaphoreSlim sending, ReadOnlyMemory<byte> text, CancellationToken ct)
    {
        await sending.WaitAsync(ct);
        try
        {
            foreach (var frame in wire.Outgoing(text))
            {
                await dialled.Socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, ct);
            }

            if (modes.Has(7) && !hasSentReservedBit && model.Connectors.Any(c => c.Transaction?.Id is not null))
            {
                hasSentReservedBit = true;
                await OddDial.SendReservedBit(dialled.Raw!, ct);
            }

            if (flaky?.LosesAnswer() == true)
            {
                dialled.Socket.Abort();
            }
        }
        finally
        {
            sending.Release();
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
