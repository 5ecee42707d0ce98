namespace Ladewerk.Stations.Templates;

/// <summary>Tells whether writing its configuration sends a station into a loop of restarts.</summary>
internal static class BootLoop
{
    /// <summary>A restart that a new value needs, and one more by chance, are no loop.</summary>
    public const int Boots = 3;

    /// <summary>How long after writing a boot is put down to it, and to the boot before.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(15);

    /// <summary>Boots kept for this decision.</summary>
    public const int Kept = 10;

    /// <summary>Several boots within minutes after the station was written to.</summary>
    public static bool IsLoop(DateTimeOffset? writtenAt, IEnumerable<DateTimeOffset> boots) =>
        writtenAt is { } at && boots.Count(b => b > at && b <= at + Within) >= Boots;
}
