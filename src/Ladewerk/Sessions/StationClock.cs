namespace Ladewerk.Sessions;

/// <summary>Station clocks are not trusted: 1970, next year, local time without a zone. What came is kept beside what we take it for.</summary>
public static class StationClock
{
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Past = TimeSpan.FromDays(90);

    /// <summary>
    /// The time that a station's timestamp stands for: itself where it may be true (offline messages are days old), else when we
    /// received it.
    /// </summary>
    public static DateTimeOffset Correct(DateTimeOffset? stationAt, DateTimeOffset receivedAt) =>
        IsUsable(stationAt, receivedAt) ? stationAt!.Value : receivedAt;

    /// <summary>Whether the timestamp can be true: not before the last 90 days, not more than five minutes in the future.</summary>
    public static bool IsUsable(DateTimeOffset? stationAt, DateTimeOffset receivedAt) =>
        stationAt is { } at && at <= receivedAt + Ahead && at >= receivedAt - Past;
}
