using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ladewerk.Simulator.Load;

/// <summary>One run: its stations, what they share, and its phases.</summary>
internal sealed class LoadRun : IDisposable
{
    // Registers count on from run to run, as meters do: 50 Wh for each second since then.
    private static readonly DateTimeOffset RegisterOrigin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TimeProvider time;
    private readonly TextWriter output;
    private readonly LoadStation[] stations;
    private readonly LoadConnector connector;
    private readonly ConcurrentQueue<LoadSession> sessions = new();
    private readonly Journal? journal;
    private int ready;
    private TaskCompletionSource allReady = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LoadRun(LoadOptions options, TimeProvider time, Random random, TextWriter output)
    {
        (Options, this.time, this.output) = (options, time, output);
        Id = (uint)random.NextInt64(uint.MaxValue);
        StartedAt = time.GetUtcNow();
        FirstRegister = (long)(StartedAt - RegisterOrigin).TotalSeconds * 50;
        journal = options.Journal is { } path ? new Journal(path) : null;
        connector = new LoadConnector(options, Statistics, new Random(random.Next()));
        stations = [.. Enumerable.Range(0, options.Stations).Select(i => new LoadStation(this, i))];
    }

    public LoadOptions Options { get; }

    public uint Id { get; }

    public DateTimeOffset StartedAt { get; }

    public long FirstRegister { get; }

    public DateTimeOffset Now => time.GetUtcNow();

    public LoadStatistics Statistics { get; } = new();

    public IReadOnlyCollection<LoadSession> Sessions => sessions;

    /// <summary>Every answer is followed by the next message at once.</summary>
    public bool IsUnpaced { get; private set; }

    /// <summary>Open sessions are ended, nothing new begins.</summary>
    public bool IsFinishing { get; private set; }

    /// <summary>From the first connection until all stations were booted and charging (or, idle, booted).</summary>
    public TimeSpan RampTook { get; private set; }

    /// <summary>From the drop of all connections until all were served again.</summary>
    public TimeSpan? StormTook { get; private set; }

    /// <summary>Time over which messages were measured.</summary>
    public TimeSpan Measured { get; private set; }

    /// <summary>Stations that were not done when the run gave up waiting.</summary>
    public int Unfinished { get; private set; }

    public async Task Run(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watching = Watch(stop.Token);
        var began = Stopwatch.GetTimestamp();
        await connector.ConnectAll(stations, ct);
        await WaitForAll(ct);
        RampTook = Stopwatch.GetElapsedTime(began);
        await output.WriteLineAsync($"{ready} of {Options.Stations} stations ready after {RampTook.TotalSeconds:F1} s");

        await Measure(ct);
        await Finish(ct);
        await stop.CancelAsync();
        await watching;
        journal?.Flush();
    }

    public void Answered(long intendedAt, long sentAt, bool isRamping) => Statistics.Answer(isRamping ? sentAt : intendedAt, sentAt);

    public void Failed(string kind) => Statistics.Error(kind);

    public void Repeated() => Statistics.Repeat();

    public void Ready()
    {
        if (Interlocked.Increment(ref ready) == stations.Length)
        {
            allReady.TrySetResult();
        }
    }

    public void Lost(LoadStation station)
    {
        if (!connector.IsStorming)
        {
            Statistics.Error("connection lost");
        }

        connector.Reconnect(station);
    }

    public void Authorised(ReadOnlySpan<byte> answer)
    {
        if (answer.IndexOf("\"Accepted\""u8) < 0)
        {
            Statistics.NotAuthorise();
        }
    }

    public LoadSession Started(int station, string idTag, ReadOnlySpan<byte> answer, long meterWh, DateTimeOffset at)
    {
        var transaction = LoadFrame.NumberOf(answer, "\"transactionId\""u8) ?? 0;
        if (transaction <= 0)
        {
            Statistics.Error("StartTransaction: no transaction id");
        }

        var session = new LoadSession
        {
            Station = Options.IdentityOf(station),
            TransactionId = transaction,
            MeterStartWh = meterWh,
            LastWh = meterWh,
        };
        sessions.Enqueue(session);
        journal?.Write("start", session.Station, transaction, meterWh, at);
        return session;
    }

    public void Read(LoadSession session, long meterWh, DateTimeOffset at)
    {
        session.LastWh = meterWh;
        journal?.Write("read", session.Station, session.TransactionId, meterWh, at);
    }

    public void Stopped(LoadSession session, long meterWh, DateTimeOffset at)
    {
        session.LastWh = meterWh;
        session.IsStopped = true;
        journal?.Write("stop", session.Station, session.TransactionId, meterWh, at);
    }

    public static void Abandoned(LoadSession? session)
    {
        if (session is not null)
        {
            session.IsAbandoned = true;
        }
    }

    public void Dispose()
    {
        connector.Dispose();
        foreach (var station in stations)
        {
            station.Drop();
        }

        journal?.Dispose();
    }

    private async Task WaitForAll(CancellationToken ct)
    {
        var patience = TimeSpan.FromSeconds(60) + (Options.ConnectRate > 0 ? TimeSpan.FromSeconds(Options.Stations / Options.ConnectRate) : TimeSpan.Zero);
        await Task.WhenAny(allReady.Task, Task.Delay(patience, time, ct));
        ct.ThrowIfCancellationRequested();
    }

    private async Task Measure(CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        Statistics.IsMeasuring = true;
        IsUnpaced = Options is { Rate: 0, Idle: false };
        var storm = Options.Storm ? Storm(ct) : Task.CompletedTask;
        if (IsUnpaced)
        {
            WakeAll();
            await Task.Delay(Options.Duration, time, ct);
        }
        else
        {
            await Pace(began, Options.Rate > 0 ? Options.Rate : Options.Stations / Options.HeartbeatInterval.TotalSeconds, ct);
        }

        IsUnpaced = false;
        Statistics.IsMeasuring = false;
        Measured = Stopwatch.GetElapsedTime(began);
        await storm;
    }

    // Messages are due at fixed times, however slow the answers are.
    private async Task Pace(long began, double rate, CancellationToken ct)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1), time);
        var ticksPerMessage = Stopwatch.Frequency / rate;
        for (var sent = 0L; Stopwatch.GetElapsedTime(began) < Options.Duration; await tick.WaitForNextTickAsync(ct))
        {
            for (var due = (long)(Stopwatch.GetElapsedTime(began).TotalSeconds * rate); sent < due; sent++)
            {
                stations[sent % stations.Length].Offer(began + (long)(sent * ticksPerMessage));
            }
        }
    }

    private async Task Storm(CancellationToken ct)
    {
        await Task.Delay(Options.Duration / 2, time, ct);
        allReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref ready, 0);
        connector.IsStorming = true;
        var dropped = Stopwatch.GetTimestamp();
        foreach (var station in stations)
        {
            station.Drop();
        }

        var served = Options.Idle ? allReady.Task : connector.AllConnected(stations.Length, ct);
        if (await Task.WhenAny(served, Task.Delay(TimeSpan.FromMinutes(2), time, ct)) != served)
        {
            Statistics.Error("not all stations came back within two minutes");
        }

        StormTook = Stopwatch.GetElapsedTime(dropped);
        connector.IsStorming = false;
    }

    private async Task Finish(CancellationToken ct)
    {
        IsFinishing = true;
        WakeAll();
        var began = Stopwatch.GetTimestamp();
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct);
            Unfinished = stations.Count(s => !s.IsDone);
        }
        while (Unfinished > 0 && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60));
    }

    private void WakeAll()
    {
        foreach (var station in stations)
        {
            station.Wake();
        }
    }

    private async Task Watch(CancellationToken ct)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        var (seconds, before) = (0, 0L);
        try
        {
            while (await tick.WaitForNextTickAsync(ct))
            {
                var now = Stopwatch.GetTimestamp();
                foreach (var station in stations)
                {
                    station.Check(now);
                }

                journal?.Flush();
                if (++seconds % 5 == 0)
                {
                    await output.WriteLineAsync(
                        $"{seconds,4} s  {connector.Open,6} connected  {(Statistics.Answered - before) / 5,7:N0} msg/s  p99 {Statistics.Answers.Percentile(0.99).TotalMilliseconds:F1} ms  errors {Statistics.Errors.Values.Sum()}");
                    before = Statistics.Answered;
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The run is over.
        }
    }
}
