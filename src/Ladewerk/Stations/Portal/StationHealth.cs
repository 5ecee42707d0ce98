using Ladewerk.Kernel;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Stations.Portal;

/// <summary>A day of a station: which share of it the socket was open; null before the station was known.</summary>
public sealed record HealthDay(DateTimeOffset From, decimal? Online);

/// <summary>How reliably a station was connected, from the connection log.</summary>
public sealed record StationHealth(IReadOnlyList<HealthDay> Days, decimal? Share, long Connects)
{
    /// <summary>Days that are looked at.</summary>
    public const int Span = 30;

    /// <summary>Reads the log of the last 30 days of the site's calendar.</summary>
    internal static async Task<StationHealth> Read(NpgsqlDataSource data, StationFacts station, DateTimeOffset now, CancellationToken ct)
    {
        var today = Show.Midnight(now, station.Zone);
        var from = Show.Midnight(today.AddDays(1 - Span).AddHours(12), station.Zone);
        var events = await data.Rows(
            "select at, event from connection_log where station_id = $1 and at >= $2 order by at",
            r => (r.GetFieldValue<DateTimeOffset>(0), r.GetString(1)),
            ct,
            station.Id,
            from);
        var before = await data.First(
            "select event from connection_log where station_id = $1 and at < $2 order by at desc limit 1", r => r.GetString(0), ct, station.Id, from);
        var open = Open(events, before is "connected" or "superseded", station.Online, from, now);
        var days = new List<HealthDay>(Span);
        for (var i = 0; i < Span; i++)
        {
            var start = Show.Midnight(from.AddDays(i).AddHours(12), station.Zone);
            var end = Min(now, Show.Midnight(from.AddDays(i + 1).AddHours(12), station.Zone));
            var known = start < station.CreatedAt ? Min(station.CreatedAt, end) : start;
            days.Add(new HealthDay(start, known >= end ? null : (decimal)(Overlap(open, known, end) / (end - known))));
        }

        var since = station.CreatedAt > from ? station.CreatedAt : from;
        return new StationHealth(
            days, since >= now ? null : (decimal)(Overlap(open, since, now) / (now - since)), events.Count(e => e.Item2 is "connected"));
    }

    /// <summary>The stretches in which the socket was open; a log without an end lasts until now only while the station is connected.</summary>
    private static List<(DateTimeOffset From, DateTimeOffset To)> Open(
        List<(DateTimeOffset At, string Event)> events, bool openBefore, bool online, DateTimeOffset from, DateTimeOffset now)
    {
        var stretches = new List<(DateTimeOffset, DateTimeOffset)>();
        DateTimeOffset? since = openBefore ? from : null;
        foreach (var (at, what) in events)
        {
            if (what is "connected")
            {
                since ??= at;
            }
            else if (what is "disconnected" && since is { } start)
            {
                stretches.Add((start, at));
                since = null;
            }
        }

        if (since is { } last && online)
        {
            stretches.Add((last, now));
        }

        return stretches;
    }

    private static TimeSpan Overlap(List<(DateTimeOffset From, DateTimeOffset To)> open, DateTimeOffset from, DateTimeOffset to)
    {
        var sum = TimeSpan.Zero;
        foreach (var (start, end) in open)
        {
            var a = start > from ? start : from;
            var b = Min(end, to);
            sum += b > a ? b - a : TimeSpan.Zero;
        }

        return sum;
    }

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
