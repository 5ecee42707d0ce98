using System.Diagnostics;
using System.Text;

namespace Ladewerk.Simulator.Load;

/// <summary>
/// One station of a load run: boots, then charges session after session. One CALL is in flight at a time (OCPP-J 1.6 §4.1.1);
/// a message that was not answered is kept and repeated, content unchanged, under its old and a new message id in turn.
/// </summary>
internal sealed class LoadStation(LoadRun run, int index) : ILoadReceiver
{
    private enum Step
    {
        Boot,
        Available,
        Authorize,
        Preparing,
        Start,
        Charging,
        Meter,
        Stop,
        Finishing,
        Freed,
        Heartbeat,
    }

    private const int MaxAttempts = 3;
    private readonly Lock gate = new();
    private readonly byte[] message = new byte[LoadMessages.MaxLength];
    private readonly string idTag = run.Options.IdTagOf(index);
    private readonly Random random = new(HashCode.Combine(index, run.Id));
    private readonly Queue<long> due = new();
    private LoadSocket? socket;
    private int length;
    private uint counter;
    private int attempts;
    private bool inFlight;
    private bool isRamping = true;
    private long intendedAt;
    private long sentAt;
    private long retryAt = long.MaxValue;
    private Step step = Step.Boot;
    private int readingsLeft;
    private long register = run.FirstRegister;
    private DateTimeOffset at;
    private DateTimeOffset readAt;
    private LoadSession? session;

    public int Index => index;

    /// <summary>Whether it has done what comes before the paced part: booted, and charges.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Nothing waits for an answer, and no session is open.</summary>
    public bool IsDone
    {
        get
        {
            lock (gate)
            {
                return !inFlight && session is null;
            }
        }
    }

    /// <summary>The new connection; called before anything is received on it.</summary>
    public void Opened(LoadSocket opened)
    {
        lock (gate)
        {
            socket = opened;
            if (run.Options.Idle)
            {
                // Heartbeats are worth nothing later: an idle station begins anew.
                (isRamping, IsReady, step) = (true, false, Step.Boot);
                due.Clear();
                Send(Stopwatch.GetTimestamp());
            }
            else if (inFlight)
            {
                Repeat();
            }
            else if (isRamping)
            {
                Send(Stopwatch.GetTimestamp());
            }
            else
            {
                SendDue();
            }
        }
    }

    /// <summary>One more message is due since <paramref name="timestamp"/>.</summary>
    public void Offer(long timestamp)
    {
        lock (gate)
        {
            due.Enqueue(timestamp);
            SendDue();
        }
    }

    /// <summary>Looks whether there is something to send now that the run goes into another phase.</summary>
    public void Wake()
    {
        lock (gate)
        {
            if (run.IsFinishing)
            {
                due.Clear();
                step = !inFlight && step == Step.Meter ? Step.Stop : step;
            }

            SendDue();
        }
    }

    /// <summary>Drops the connection of a station that waits too long, and repeats what the server refused.</summary>
    public void Check(long now)
    {
        lock (gate)
        {
            if (inFlight && retryAt <= now && socket is not null)
            {
                Repeat();
            }
            else if (inFlight && socket is not null && retryAt == long.MaxValue && Stopwatch.GetElapsedTime(sentAt, now) > run.Options.AnswerTimeout)
            {
                run.Failed("no answer in time");
                socket.Abort();
            }
        }
    }

    public void Drop()
    {
        lock (gate)
        {
            socket?.Abort();
        }
    }

    public void Received(LoadSocket from, ReadOnlySpan<byte> text)
    {
        lock (gate)
        {
            if (!ReferenceEquals(from, socket))
            {
                return;
            }

            var id = message.AsSpan(LoadMessages.IdOffset, LoadMessages.IdLength);
            if (text.StartsWith("[3,\""u8) && text[4..].StartsWith(id))
            {
                Answered(text);
            }
            else
            {
                ReceivedOther(text);
            }
        }
    }

    public void Closed(LoadSocket which)
    {
        lock (gate)
        {
            if (!ReferenceEquals(which, socket))
            {
                return;
            }

            socket = null;
        }

        run.Lost(this);
    }

    private void ReceivedOther(ReadOnlySpan<byte> text)
    {
        var frame = LoadFrame.Read(text);
        if (frame.Type == 2)
        {
            socket!.Send(LoadFrame.AnswerTo(frame));
        }
        else if (frame.Id is null || !inFlight || !message.AsSpan(LoadMessages.IdOffset, LoadMessages.IdLength).SequenceEqual(Encoding.ASCII.GetBytes(frame.Id)))
        {
            run.Failed("answer to nothing");
        }
        else if (frame.Type == 4)
        {
            Refused(frame.Name ?? "?");
        }
        else
        {
            Answered(text);
        }
    }

    private void Refused(string code)
    {
        run.Failed($"{step}: CALLERROR {code}");
        if (run.Options.Journal is not null || attempts < MaxAttempts)
        {
            retryAt = Stopwatch.GetTimestamp() + Stopwatch.Frequency;
            return;
        }

        LoadRun.Abandoned(session);
        session = null;
        inFlight = false;
        step = Step.Heartbeat;
        SendDue();
    }

    private void Answered(ReadOnlySpan<byte> text)
    {
        if (!inFlight)
        {
            run.Failed("answered twice");
            return;
        }

        inFlight = false;
        run.Answered(intendedAt, sentAt, isRamping);
        Advance(text);
        if (isRamping && IsReady)
        {
            isRamping = false;
            run.Ready();
        }

        if (isRamping)
        {
            Send(Stopwatch.GetTimestamp());
        }
        else
        {
            SendDue();
        }
    }

    // What the answer to a step means, and the step that follows.
    private void Advance(ReadOnlySpan<byte> text)
    {
        switch (step)
        {
            case Step.Boot:
                step = Step.Available;
                break;
            case Step.Available:
                step = run.Options.Idle ? Step.Heartbeat : Step.Authorize;
                IsReady = run.Options.Idle;
                break;
            case Step.Authorize:
                run.Authorised(text);
                step = Step.Preparing;
                break;
            case Step.Preparing:
                step = Step.Start;
                break;
            case Step.Start:
                session = run.Started(index, idTag, text, register, at);
                step = Step.Charging;
                break;
            case Step.Charging:
                // The first session of a station has a random part of its readings left, so that stations spread over the cycle.
                readingsLeft = isRamping ? random.Next(run.Options.MeterValues) + 1 : run.Options.MeterValues;
                step = run.IsFinishing ? Step.Stop : Step.Meter;
                IsReady = true;
                break;
            case Step.Meter:
                run.Read(session!, register, at);
                readingsLeft = Math.Max(0, readingsLeft - 1);
                step = readingsLeft == 0 || run.IsFinishing ? Step.Stop : Step.Meter;
                break;
            case Step.Stop:
                run.Stopped(session!, register, at);
                session = null;
                step = Step.Finishing;
                break;
            case Step.Finishing:
                step = Step.Freed;
                break;
            case Step.Freed:
                step = Step.Heartbeat;
                break;
            case Step.Heartbeat:
                step = run.Options.Idle ? Step.Heartbeat : Step.Authorize;
                break;
            default:
                throw new InvalidOperationException($"No step follows {step}.");
        }
    }

    private void SendDue()
    {
        if (inFlight || isRamping || socket is null)
        {
            return;
        }

        if (due.TryDequeue(out var timestamp))
        {
            Send(timestamp);
        }
        else if (run.IsFinishing ? session is not null : run.IsUnpaced)
        {
            Send(Stopwatch.GetTimestamp());
        }
    }

    private void Send(long intended)
    {
        attempts = 1;
        intendedAt = intended;
        Compose();
        inFlight = true;
        LoadMessages.WriteId(message, run.Id, index, ++counter);
        Transmit();
    }

    private void Compose()
    {
        at = run.Now;
        length = step switch
        {
            Step.Boot => LoadMessages.Boot(message, run.Options.IdentityOf(index)),
            Step.Available or Step.Freed => LoadMessages.Status(message, "Available", at),
            Step.Authorize => LoadMessages.Authorize(message, idTag),
            Step.Preparing => LoadMessages.Status(message, "Preparing", at),
            Step.Start => LoadMessages.Start(message, idTag, register, readAt = at),
            Step.Charging => LoadMessages.Status(message, "Charging", at),
            Step.Meter => LoadMessages.Meter(message, session!.TransactionId, Consume(), 22_000, at),
            Step.Stop => LoadMessages.Stop(message, session!.TransactionId, idTag, Consume(), at),
            Step.Finishing => LoadMessages.Status(message, "Finishing", at),
            Step.Heartbeat => LoadMessages.Heartbeat(message),
            _ => throw new InvalidOperationException($"{step} has no message."),
        };
    }

    // 22 kW since the last reading, and one watt-hour more: no two readings of a register are the same.
    private long Consume()
    {
        register += 1 + (long)((at - readAt).TotalHours * 22_000);
        readAt = at;
        return register;
    }

    private void Repeat()
    {
        attempts++;
        run.Repeated();
        if (attempts % 2 == 1)
        {
            LoadMessages.WriteId(message, run.Id, index, ++counter);
        }

        Transmit();
    }

    private void Transmit()
    {
        retryAt = long.MaxValue;
        sentAt = Stopwatch.GetTimestamp();
        try
        {
            socket!.Send(message.AsSpan(0, length));
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The connection is gone: the receiving side reports it, and the message goes out on the next one.
        }
    }
}
