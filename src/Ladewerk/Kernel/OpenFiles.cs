using System.Globalization;

namespace Ladewerk.Kernel;

/// <summary>Each station costs one open file; a process may have only so many.</summary>
internal static partial class OpenFiles
{
    private const long Enough = 65_536;

    /// <summary>Says how many stations fit where the limit is low. The runtime has already raised the soft limit to the hard one.</summary>
    public static void WarnWhenFew(ILogger logger)
    {
        if (Limit() is { } limit && limit < Enough)
        {
            LogFew(logger, limit, Math.Max(0, limit - 500));
        }
    }

    private static long? Limit()
    {
        const string Limits = "/proc/self/limits";
        return File.Exists(Limits)
            && File.ReadLines(Limits).FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal)) is { } line
            && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..]
            && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                ? limit
                : null;
    }

    [LoggerMessage(LogLevel.Warning, "This process may open {Limit} files, enough for about {Stations} stations; raise it with ulimit -n or LimitNOFILE")]
    private static partial void LogFew(ILogger logger, long limit, long stations);
}
