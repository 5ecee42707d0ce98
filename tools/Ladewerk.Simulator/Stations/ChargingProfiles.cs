using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>The transaction that a limit is asked for.</summary>
internal readonly record struct RunningTransaction(int? TransactionId, DateTimeOffset StartedAt);

/// <summary>
/// The charging profiles of a station and the limits that follow from them (OCPP 1.6 §3.13): of one purpose the highest stack
/// level that has a period now; a TxProfile overrules the TxDefaultProfile; the ChargePointMaxProfile bounds both.
/// </summary>
internal sealed class ChargingProfiles
{
    private readonly List<(int Connector, ChargingProfile Profile, DateTimeOffset InstalledAt)> profiles = [];

    public int Count => profiles.Count;

    /// <summary>Installs a profile; one with the same id, or the same place, purpose and stack level, is replaced.</summary>
    public void Set(int connector, ChargingProfile profile, DateTimeOffset now)
    {
        profiles.RemoveAll(p => p.Profile.ChargingProfileId == profile.ChargingProfileId
            || (p.Connector == connector && p.Profile.ChargingProfilePurpose == profile.ChargingProfilePurpose && p.Profile.StackLevel == profile.StackLevel));
        profiles.Add((connector, profile, now));
    }

    /// <summary>Removes the profiles that match everything that is asked.</summary>
    public bool Clear(ClearChargingProfileRequest request) => profiles.RemoveAll(p =>
        (request.Id is null || p.Profile.ChargingProfileId == request.Id)
        && (request.ConnectorId is null || p.Connector == request.ConnectorId)
        && (request.ChargingProfilePurpose is null || p.Profile.ChargingProfilePurpose == request.ChargingProfilePurpose)
        && (request.StackLevel is null || p.Profile.StackLevel == request.StackLevel)) > 0;

    /// <summary>A TxProfile lives as long as its transaction (OCPP 1.6 §3.13.1).</summary>
    public void TransactionEnded(int connector) => profiles.RemoveAll(p =>
        p.Connector == connector && p.Profile.ChargingProfilePurpose == ChargingProfilePurpose.TxProfile);

    /// <summary>The limit of the station as a whole.</summary>
    public ChargingLimit StationLimit(DateTimeOffset at) => Of(ChargingProfilePurpose.ChargePointMaxProfile, 0, at, null) ?? ChargingLimit.None;

    /// <summary>The limit of a connector by its own profiles, the station's not counted.</summary>
    public ChargingLimit ConnectorLimit(int connector, DateTimeOffset at, RunningTransaction? transaction)
    {
        if (transaction is not null && Of(ChargingProfilePurpose.TxProfile, connector, at, transaction) is { } own)
        {
            return own;
        }

        return Of(ChargingProfilePurpose.TxDefaultProfile, connector, at, transaction) ?? ChargingLimit.None;
    }

    /// <summary>What results from all profiles over a time (OCPP 1.6 §5.7); null where nothing limits.</summary>
    public ChargingSchedule? Composite(int connector, DateTimeOffset from, int seconds, ChargingRateUnit unit, RunningTransaction? transaction)
    {
        var end = from.AddSeconds(seconds);
        var cuts = profiles
            .SelectMany(p => Cuts(p.Profile, StartOf(p.Profile, from, p.InstalledAt, transaction)))
            .Where(t => t > from && t < end)
            .Prepend(from)
            .Distinct()
            .Order();
        var periods = new List<ChargingSchedulePeriod>();
        foreach (var at in cuts)
        {
            var limit = connector == 0 ? StationLimit(at) : StationLimit(at).And(ConnectorLimit(connector, at, transaction));
            var value = unit == ChargingRateUnit.A ? limit.CurrentOn(3) : limit.Power();
            var rounded = value > 1e9 ? (decimal?)null : Math.Round((decimal)value, 1);
            if (rounded is not null && (periods.Count == 0 || periods[^1].Limit != rounded))
            {
                periods.Add(new ChargingSchedulePeriod { StartPeriod = (int)(at - from).TotalSeconds, Limit = rounded.Value });
            }
        }

        return periods.Count == 0 ? null : new ChargingSchedule { Duration = seconds, StartSchedule = from, ChargingRateUnit = unit, ChargingSchedulePeriod = periods };
    }

    private ChargingLimit? Of(ChargingProfilePurpose purpose, int connector, DateTimeOffset at, RunningTransaction? transaction)
    {
        var candidates = profiles
            .Where(p => p.Profile.ChargingProfilePurpose == purpose && (p.Connector == connector || p.Connector == 0))
            .Where(p => p.Profile.TransactionId is null || p.Profile.TransactionId == transaction?.TransactionId)
            .OrderByDescending(p => p.Profile.StackLevel)
            .ThenByDescending(p => p.Connector);
        foreach (var (_, profile, installedAt) in candidates)
        {
            if (LimitOf(profile, at, StartOf(profile, at, installedAt, transaction)) is { } limit)
            {
                return limit;
            }
        }

        return null;
    }

    private static ChargingLimit? LimitOf(ChargingProfile profile, DateTimeOffset at, DateTimeOffset start)
    {
        var elapsed = (at - start).TotalSeconds;
        if (at < profile.ValidFrom || at >= profile.ValidTo || elapsed < 0 || elapsed >= profile.ChargingSchedule.Duration)
        {
            return null;
        }

        return profile.ChargingSchedule.ChargingSchedulePeriod.LastOrDefault(p => p.StartPeriod <= elapsed) is not { } period ? null
            : profile.ChargingSchedule.ChargingRateUnit == ChargingRateUnit.A ? new ChargingLimit((double)period.Limit, null)
            : new ChargingLimit(null, (double)period.Limit);
    }

    // Relative schedules start with charging; recurring ones again every day or week.
    private static DateTimeOffset StartOf(ChargingProfile profile, DateTimeOffset at, DateTimeOffset installedAt, RunningTransaction? transaction)
    {
        var start = profile.ChargingSchedule.StartSchedule;
        if (profile.ChargingProfileKind == ChargingProfileKind.Relative || start is null)
        {
            return transaction?.StartedAt ?? installedAt;
        }

        if (profile.ChargingProfileKind != ChargingProfileKind.Recurring || at < start)
        {
            return start.Value;
        }

        var round = profile.RecurrencyKind == RecurrencyKind.Weekly ? TimeSpan.FromDays(7) : TimeSpan.FromDays(1);
        return start.Value + (Math.Floor((at - start.Value) / round) * round);
    }

    private static IEnumerable<DateTimeOffset> Cuts(ChargingProfile profile, DateTimeOffset start)
    {
        var schedule = profile.ChargingSchedule;
        IEnumerable<DateTimeOffset?> ends = [profile.ValidFrom, profile.ValidTo, schedule.Duration is { } d ? start.AddSeconds(d) : null];
        var own = schedule.ChargingSchedulePeriod.Select(p => start.AddSeconds(p.StartPeriod)).Concat(ends.OfType<DateTimeOffset>());
        return profile.ChargingProfileKind != ChargingProfileKind.Recurring
            ? own
            : own.SelectMany(t => Enumerable.Range(0, 3).Select(n => t + (n * (profile.RecurrencyKind == RecurrencyKind.Weekly ? TimeSpan.FromDays(7) : TimeSpan.FromDays(1)))));
    }
}
