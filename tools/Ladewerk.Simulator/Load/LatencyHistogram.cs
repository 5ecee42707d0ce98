using System.Numerics;

namespace Ladewerk.Simulator.Load;

/// <summary>
/// Counts durations in buckets that grow with the value: 32 to each power of two, so that a percentile is exact to about 3 %.
/// Any thread may record.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int Sub = 1 << SubBits;
    private readonly long[] counts = new long[Sub * (64 - SubBits)];
    private long max;

    public long Count
    {
        get
        {
            var sum = 0L;
            foreach (ref var count in counts.AsSpan())
            {
                sum += Volatile.Read(ref count);
            }

            return sum;
        }
    }

    public TimeSpan Max => TimeSpan.FromMicroseconds(Volatile.Read(ref max));

    public void Record(TimeSpan duration)
    {
        var micros = Math.Max(0, (long)duration.TotalMicroseconds);
        Interlocked.Increment(ref counts[BucketOf(micros)]);
        for (var seen = Volatile.Read(ref max); micros > seen; seen = Volatile.Read(ref max))
        {
            if (Interlocked.CompareExchange(ref max, micros, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>The duration that this share (0 to 1) of all did not exceed.</summary>
    public TimeSpan Percentile(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * share));
        var sum = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            sum += counts[i];
            if (sum >= wanted)
            {
                return TimeSpan.FromMicroseconds(Math.Min(UpperEdge(i), Volatile.Read(ref max)));
            }
        }

        return TimeSpan.Zero;
    }

    private static int BucketOf(long value)
    {
        if (value < Sub)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + (int)(value >> shift) - Sub;
    }

    private static long UpperEdge(int bucket)
    {
        var shift = Math.Max(0, (bucket >> SubBits) - 1);
        var lower = bucket < Sub ? bucket : (long)((bucket & (Sub - 1)) + Sub) << shift;
        return lower + (1L << shift) - 1;
    }
}
