namespace Ladewerk.Stations.Firmware.Campaigns;

/// <summary>What is known of one station of a campaign at one moment.</summary>
/// <param name="IsBusy">Somebody charges, or another update runs.</param>
/// <param name="InWindow">Whether an update may begin now by its site's clock.</param>
/// <param name="IsSent">Whether the station was told of its update.</param>
/// <param name="Update">Its update in this campaign.</param>
/// <param name="FaultAt">When one of its connectors became faulted; null: none is.</param>
internal sealed record PartFacts(StationId Station, int Wave, int Position, PartState State)
{
    public bool IsOnline { get; init; } = true;
    public bool IsBusy { get; init; }
    public bool InWindow { get; init; } = true;
    public bool OutOfService { get; init; }
    public DateTimeOffset? InstalledAt { get; init; }
    public bool IsSent { get; init; }
    public UpdateState? Update { get; init; }
    public string? UpdateReason { get; init; }
    public DateTimeOffset? UpdateEndedAt { get; init; }
    public DateTimeOffset? FaultAt { get; init; }

    public bool HasEnded => State is PartState.Succeeded or PartState.Failed or PartState.Skipped;
}

/// <summary>What is known of a campaign at one moment.</summary>
internal sealed record CampaignFacts(CampaignPolicy Policy, CampaignState State, int Wave, DateTimeOffset WaveAt, bool IsKnownBad, IReadOnlyList<PartFacts> Parts);

/// <summary>One thing to do next.</summary>
internal abstract record CampaignStep
{
    /// <summary>Take the station out of service, so that its last session ends.</summary>
    public sealed record Clear(StationId Station) : CampaignStep;

    /// <summary>Begin its update.</summary>
    public sealed record Begin(StationId Station) : CampaignStep;

    /// <summary>Tell it of the update that was begun and not told.</summary>
    public sealed record Tell(StationId Station) : CampaignStep;

    /// <summary>Let it wait for its turn again.</summary>
    public sealed record Return(StationId Station) : CampaignStep;

    public sealed record Soak(StationId Station, DateTimeOffset InstalledAt) : CampaignStep;

    public sealed record Succeed(StationId Station) : CampaignStep;

    public sealed record Fail(StationId Station, string Reason) : CampaignStep;

    public sealed record Skip(StationId Station, string Reason) : CampaignStep;

    /// <summary>Put it back in service.</summary>
    public sealed record Restore(StationId Station) : CampaignStep;

    public sealed record NextWave(int Wave) : CampaignStep;

    /// <summary>End the campaign by itself.</summary>
    public sealed record Stop(string Reason, string Detail) : CampaignStep;

    public sealed record Complete : CampaignStep;
}

/// <summary>What a campaign does next, decided from where it stands; nothing here reads or writes.</summary>
internal static class CampaignRules
{
    public static IReadOnlyList<CampaignStep> Decide(CampaignFacts facts, DateTimeOffset now)
    {
        // What runs comes to its end whatever becomes of the campaign.
        var steps = facts.Parts.Select(p => Follow(p, facts, now)).OfType<CampaignStep>().ToList();
        if (facts.State is not (CampaignState.Running or CampaignState.Paused))
        {
            return steps;
        }

        if (WhyStop(facts, steps) is { } stop)
        {
            return [.. steps, stop];
        }

        if (facts.State == CampaignState.Running && steps.All(s => s is not (CampaignStep.Fail or CampaignStep.Succeed or CampaignStep.Soak)))
        {
            steps.AddRange(GoOn(facts, now));
        }

        return steps;
    }

    /// <summary>Whether updates may begin at that moment of a site's clock.</summary>
    public static bool IsOpen(CampaignWindow? window, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (window is null)
        {
            return true;
        }

        var wall = TimeZoneInfo.ConvertTime(now, zone);
        var time = TimeOnly.FromTimeSpan(wall.TimeOfDay);
        var overMidnight = window.To < window.From;
        var began = overMidnight && time < window.To ? wall.AddDays(-1).DayOfWeek : wall.DayOfWeek;
        return (window.From == window.To || time.IsBetween(window.From, window.To)) && (window.Days is not { Count: > 0 } days || days.Contains(began));
    }

    private static CampaignStep? Follow(PartFacts part, CampaignFacts facts, DateTimeOffset now) => part.State switch
    {
        PartState.Updating when part.UpdateEndedAt is { } ended => part switch
        {
            { Update: UpdateState.Installed } => new CampaignStep.Soak(part.Station, ended),
            { UpdateReason: "offline" } => new CampaignStep.Return(part.Station), // it was not told: nothing has happened to it
            _ => new CampaignStep.Fail(part.Station, part.UpdateReason ?? "givenUp"),
        },
        PartState.Updating when !part.IsSent => new CampaignStep.Tell(part.Station),
        PartState.Soaking when part.FaultAt > part.InstalledAt => new CampaignStep.Fail(part.Station, "newFault"),
        PartState.Soaking when now >= part.InstalledAt + Soak(part, facts.Policy) => part.IsOnline ? new CampaignStep.Succeed(part.Station) : new CampaignStep.Fail(part.Station, "notBack"),
        PartState.Clearing when facts.State is CampaignState.Running or CampaignState.Paused => part.InWindow ? null : new CampaignStep.Return(part.Station),
        PartState.Clearing => new CampaignStep.Skip(part.Station, "stopped"),
        _ when part is { OutOfService: true, IsOnline: true } && (part.HasEnded || part.State == PartState.Waiting) => new CampaignStep.Restore(part.Station),
        _ => null,
    };

    private static TimeSpan Soak(PartFacts part, CampaignPolicy policy) => TimeSpan.FromMinutes(part.Wave == 0 ? policy.CanarySoakMinutes : policy.SoakMinutes);

    private static CampaignStep.Stop? WhyStop(CampaignFacts facts, IReadOnlyList<CampaignStep> steps)
    {
        if (facts.IsKnownBad)
        {
            return new("knownBad", "");
        }

        var failing = steps.OfType<CampaignStep.Fail>().Select(f => f.Station).ToHashSet();
        var failed = facts.Parts.Where(p => p.State == PartState.Failed || failing.Contains(p.Station)).ToList();
        if (failed.FirstOrDefault(p => p.Wave == 0) is { } canary)
        {
            return new("canary", canary.Station.Value.ToString());
        }

        // Judged once as many have a result as are updated at a time: the first of a thousand to fail says little.
        var done = failed.Count + facts.Parts.Count(p => p.State == PartState.Succeeded) + steps.Count(s => s is CampaignStep.Succeed);
        var enough = Math.Min(facts.Policy.Parallel, facts.Parts.Count(p => p.State != PartState.Skipped));
        return failed.Count > 0 && done >= enough && failed.Count * 100 > facts.Policy.MaxFailurePercent * done ? new("failures", $"{failed.Count}/{done}") : null;
    }

    private static IEnumerable<CampaignStep> GoOn(CampaignFacts facts, DateTimeOffset now)
    {
        var open = facts.Parts.Where(p => !p.HasEnded).ToList();
        if (open.Count == 0)
        {
            return CanaryIsUnproven(facts) ? [new CampaignStep.Stop("canaryUnproven", "")] : [new CampaignStep.Complete()];
        }

        if (open.TrueForAll(p => p.Wave > facts.Wave))
        {
            return facts.Wave == 0 && CanaryIsUnproven(facts) ? [new CampaignStep.Stop("canaryUnproven", "")] : [new CampaignStep.NextWave(open.Min(p => p.Wave))];
        }

        return Take(facts, open, now);
    }

    /// <summary>There was a canary, and none of it was updated.</summary>
    private static bool CanaryIsUnproven(CampaignFacts facts)
    {
        var canaries = facts.Parts.Where(p => p.Wave == 0).ToList();
        return canaries.Count > 0 && canaries.TrueForAll(p => p.State == PartState.Skipped) && facts.Parts.Any(p => p.Wave > 0);
    }

    private static IEnumerable<CampaignStep> Take(CampaignFacts facts, IReadOnlyList<PartFacts> open, DateTimeOffset now)
    {
        var free = facts.Policy.Parallel - open.Count(p => p.State is PartState.Updating or PartState.Clearing);
        var isOver = now >= facts.WaveAt.AddHours(facts.Policy.WaitHours);
        // Those where nobody charges first: they need no waiting.
        foreach (var part in open.Where(p => p.Wave <= facts.Wave).OrderBy(p => p is { State: PartState.Waiting, IsBusy: true }).ThenBy(p => p.Position))
        {
            switch (part)
            {
                case { State: PartState.Clearing, IsBusy: false, IsOnline: true, InWindow: true }:
                    yield return new CampaignStep.Begin(part.Station);
                    break;
                case { State: PartState.Clearing } when isOver:
                    yield return new CampaignStep.Skip(part.Station, part.IsOnline ? "busy" : "offline");
                    break;
                case { State: PartState.Waiting, IsOnline: false } when isOver:
                    yield return new CampaignStep.Skip(part.Station, "offline");
                    break;
                case { State: PartState.Waiting, IsBusy: true } when isOver:
                    yield return new CampaignStep.Skip(part.Station, "busy");
                    break;
                case { State: PartState.Waiting, IsOnline: true, InWindow: true } when free > 0 && (!part.IsBusy || facts.Policy.Busy == BusyStations.TakeOutOfService):
                    free--;
                    yield return part.IsBusy ? new CampaignStep.Clear(part.Station) : new CampaignStep.Begin(part.Station);
                    break;
            }
        }
    }
}
