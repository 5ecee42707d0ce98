using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ladewerk.Simulator.Load;

/// <summary>What a run counts. Any thread may write.</summary>
internal sealed class LoadStatistics
{
    private readonly ConcurrentDictionary<string, long> errors = new();
    private long answered;
    private long measured;
    private long repeated;
    private long notAuthorised;

    /// <summary>From the sending of a message to its answer.</summary>
    public LatencyHistogram Answers { get; } = new();

    /// <summary>From the moment a message was due: includes the time it waited behind its station's former message.</summary>
    public LatencyHistogram AnswersFromDue { get; } = new();

    /// <summary>From opening a connection to the server's 101.</summary>
    public LatencyHistogram Connects { get; } = new();

    /// <summary>All answers, in any phase.</summary>
    public long Answered => Volatile.Read(ref answered);

    /// <summary>Answers while measuring.</summary>
    public long Measured => Volatile.Read(ref measured);

    public long Repeated => Volatile.Read(ref repeated);

    /// <summary>Id tags that the server did not accept: unknown ones, when they were not registered.</summary>
    public long NotAuthorised => Volatile.Read(ref notAuthorised);

    public IReadOnlyDictionary<string, long> Errors => errors;

    public bool IsMeasuring { get; set; }

    public void Answer(long intendedAt, long sentAt)
    {
        Interlocked.Increment(ref answered);
        if (IsMeasuring)
        {
            var now = Stopwatch.GetTimestamp();
            Interlocked.Increment(ref measured);
            Answers.Record(Stopwatch.GetElapsedTime(sentAt, now));
            AnswersFromDue.Record(Stopwatch.GetElapsedTime(intendedAt, now));
        }
    }

    public void Repeat() => Interlocked.Increment(ref repeated);

    public void NotAuthorise() => Interlocked.Increment(ref notAuthorised);

    public void Error(string kind) => errors.AddOrUpdate(kind, 1, (_, n) => n + 1);
}
