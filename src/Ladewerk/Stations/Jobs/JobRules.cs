namespace Ladewerk.Stations.Jobs;

/// <summary>How many stations of a job are where.</summary>
/// <param name="Good">Answered, and the wish was fulfilled.</param>
/// <param name="OpenInWave">Waiting or running in the waves that have begun.</param>
public readonly record struct JobCounts(int Waiting, int Offline, int Running, int Answered, int Failed, int Skipped, int Good, int OpenInWave)
{
    /// <summary>Has no outcome yet.</summary>
    public int Open => Waiting + Offline + Running;

    /// <summary>Has an outcome.</summary>
    public int Done => Answered + Failed + Skipped;

    /// <summary>Failed, or the station said no.</summary>
    public int Bad => Failed + Answered - Good;
}

/// <summary>What a job does next.</summary>
internal abstract record JobDecision
{
    /// <summary>Nothing now.</summary>
    public sealed record Hold : JobDecision;

    /// <summary>Ask more stations.</summary>
    public sealed record Work : JobDecision;

    /// <summary>Every station has an outcome.</summary>
    public sealed record Finish : JobDecision;

    /// <summary>Its time is over: what is open is skipped.</summary>
    public sealed record Expire : JobDecision;

    /// <summary>Stations that are offline are not tried any more.</summary>
    public sealed record GiveUpOffline : JobDecision;

    /// <summary>A person decides.</summary>
    public sealed record Pause(string Reason, int Wave) : JobDecision;

    /// <summary>The next wave, not before a time.</summary>
    public sealed record NextWave(int Wave, DateTimeOffset From) : JobDecision;
}

/// <summary>What a job does next, decided from where it stands.</summary>
internal static class JobRules
{
    public const string PausedByFailures = "failures", PausedByWave = "wave", ByPerson = "person", ByTime = "time";

    /// <param name="zone">Of the window, where it names none.</param>
    public static JobDecision Decide(JobOptions options, JobCounts counts, int wave, int waves, DateTimeOffset? waveFrom, int? failuresAllowed, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (counts.Open == 0)
        {
            return new JobDecision.Finish();
        }

        if (options.EndAt <= now && counts.Waiting + counts.Offline > 0)
        {
            return new JobDecision.Expire();
        }

        if (counts.Offline > 0 && !(options.RetryOfflineUntil > now))
        {
            return new JobDecision.GiveUpOffline();
        }

        if (counts.Bad >= failuresAllowed && counts.Waiting + counts.Offline > 0)
        {
            return new JobDecision.Pause(PausedByFailures, wave);
        }

        if (options.StartAt > now || waveFrom > now || counts.Waiting == 0 || !IsOpen(options.Window, now, zone))
        {
            return new JobDecision.Hold();
        }

        return counts.OpenInWave > 0 || wave >= waves - 1 ? new JobDecision.Work()
            : options.ConfirmWaves ? new JobDecision.Pause(PausedByWave, wave + 1)
            : new JobDecision.NextWave(wave + 1, now.AddMinutes(options.MinutesBetweenWaves));
    }

    /// <summary>Whether a job may work at that moment, by the clock on the wall.</summary>
    public static bool IsOpen(JobWindow? window, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (window is null)
        {
            return true;
        }

        var wall = window.TimeZone is { } own && TimeZoneInfo.TryFindSystemTimeZoneById(own, out var named) ? named : zone;
        return TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(now, wall).TimeOfDay).IsBetween(window.From, window.To);
    }

    /// <summary>The wave of each station by its place: the first waves have so many, the last one all others.</summary>
    public static int WaveOf(int position, IReadOnlyList<int> waves)
    {
        var end = 0;
        for (var wave = 0; wave < waves.Count; wave++)
        {
            end += waves[wave];
            if (position < end)
            {
                return wave;
            }
        }

        return waves.Count;
    }
}
