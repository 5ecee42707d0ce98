using System.Buffers;
using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace Ladewerk.Kernel;

/// <summary>
/// What one message wants written, all of it or nothing. Filled, handed to <see cref="GroupCommit.Commit"/>, awaited, and then
/// reused by its owner: a station has one message in flight at a time, so it needs one change.
/// </summary>
public sealed class Change : IValueTaskSource
{
    private const int MaxKept = 64 * 1024;
    private const int MaxBuffers = 512;
    private static readonly ConcurrentBag<ArrayBufferWriter<byte>> Buffers = [];

    private readonly List<Segment> copies = [];
    private readonly List<(RowTable Table, object Row)> rows = [];
    private ArrayBufferWriter<byte>? encoded;
    private ManualResetValueTaskSourceCore<bool> done = new() { RunContinuationsAsynchronously = true };

    /// <summary>Whether there is anything to write.</summary>
    public bool IsEmpty => copies.Count == 0 && rows.Count == 0;

    internal List<Segment> Copies => copies;

    internal List<(RowTable Table, object Row)> Rows => rows;

    /// <summary>Opens a new row of <paramref name="table"/>; write every column before anything else is added.</summary>
    public CopyRow Append(CopyTable table)
    {
        encoded ??= Buffers.TryTake(out var buffer) ? buffer : new ArrayBufferWriter<byte>(1024);
        CloseLast();
        copies.Add(new Segment(table, encoded.WrittenCount));
        return new CopyRow(encoded, table.ColumnCount);
    }

    /// <summary>Adds a row to a multi-row statement.</summary>
    public Change Add<TRow>(RowTable<TRow> table, TRow row)
        where TRow : class
    {
        rows.Add((table, row));
        return this;
    }

    /// <summary>Forgets everything and gives its buffer back, so that the change can be filled anew. Not while it is being committed.</summary>
    public void Clear()
    {
        copies.Clear();
        rows.Clear();
        if (encoded is { } buffer)
        {
            encoded = null; // an idle station holds none
            if (buffer.Capacity <= MaxKept && Buffers.Count < MaxBuffers)
            {
                buffer.ResetWrittenCount();
                Buffers.Add(buffer);
            }
        }
    }

    void IValueTaskSource.GetResult(short token) => done.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => done.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        done.OnCompleted(continuation, state, token, flags);

    internal ValueTask Begin()
    {
        CloseLast();
        done.Reset();
        return new ValueTask(this, done.Version);
    }

    internal ReadOnlyMemory<byte> Bytes(Segment segment) => encoded!.WrittenMemory.Slice(segment.Start, segment.Length);

    internal void Succeed() => done.SetResult(true);

    internal void Fail(Exception reason) => done.SetException(reason);

    private void CloseLast()
    {
        if (copies.Count > 0 && copies[^1].Length == 0)
        {
            copies[^1] = copies[^1] with { Length = encoded!.WrittenCount - copies[^1].Start };
        }
    }

    internal readonly record struct Segment(CopyTable Table, int Start, int Length = 0);
}
