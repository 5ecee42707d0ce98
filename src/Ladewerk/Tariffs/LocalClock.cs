using System.Runtime.InteropServices;

namespace Ladewerk.Tariffs;

/// <summary>
/// The wall clock of a time zone over a session: stretches of constant offset from UTC. Within one, local time is UTC
/// plus a constant, so window arithmetic is integers; a change to or from summer time begins a new stretch.
/// </summary>
internal readonly struct LocalClock
{
    private readonly long offset;
    private readonly Stretch[]? stretches;

    private LocalClock(long offset) => this.offset = offset;

    private LocalClock(Stretch[] stretches) : this(stretches[0].Offset) => this.stretches = stretches;

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Stretch(long UntilUtc, long Offset);

    /// <summary>Prepares the clock for instants from one UTC tick to another.</summary>
    public static LocalClock Over(TimeZoneInfo zone, long fromUtc, long toUtc)
    {
        var atStart = OffsetAt(zone, fromUtc);
        if (!zone.SupportsDaylightSavingTime || (toUtc - fromUtc <= TimeSpan.TicksPerDay && OffsetAt(zone, toUtc) == atStart))
        {
            return new LocalClock(atStart);
        }

        return new LocalClock(Stretches(zone, fromUtc, toUtc, atStart));
    }

    /// <summary>The offset at an instant, and the instant at which it ends (<see cref="long.MaxValue"/>: not in sight).</summary>
    public long OffsetAt(long utc, out long untilUtc)
    {
        if (stretches is not null)
        {
            foreach (var stretch in stretches)
            {
                if (utc < stretch.UntilUtc)
                {
                    untilUtc = stretch.UntilUtc;
                    return stretch.Offset;
                }
            }
        }

        untilUtc = long.MaxValue;
        return offset;
    }

    private static long OffsetAt(TimeZoneInfo zone, long utc) => zone.GetUtcOffset(new DateTime(utc, DateTimeKind.Utc)).Ticks;

    private static Stretch[] Stretches(TimeZoneInfo zone, long fromUtc, long toUtc, long offset)
    {
        var found = new List<Stretch>();
        for (var from = fromUtc; from < toUtc;)
        {
            var to = Math.Min(from + TimeSpan.TicksPerDay, toUtc);
            var next = OffsetAt(zone, to);
            if (next != offset)
            {
                found.Add(new Stretch(Change(zone, from, to, offset), offset));
                offset = next;
            }

            from = to;
        }

        found.Add(new Stretch(long.MaxValue, offset));
        return [.. found];
    }

    /// <summary>The first tick in (from, to] at which the offset is another one.</summary>
    private static long Change(TimeZoneInfo zone, long from, long to, long offset)
    {
        while (to - from > 1)
        {
            var middle = from + (to - from) / 2;
            if (OffsetAt(zone, middle) == offset)
            {
                from = middle;
            }
            else
            {
                to = middle;
            }
        }

        return to;
    }
}
