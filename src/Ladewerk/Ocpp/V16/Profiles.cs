using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16;

/// <summary>Charging profiles in the words of OCPP 1.6 (§7.8 to §7.14).</summary>
internal static class Profiles
{
    public static ChargingProfile Of(Stations.SetChargingProfile c) => new()
    {
        ChargingProfileId = c.ProfileId,
        StackLevel = c.StackLevel,
        ChargingProfilePurpose = Purpose(c.Purpose)!.Value,
        ChargingProfileKind = c.Recurrence is not null ? ChargingProfileKind.Recurring : c.Start is null ? ChargingProfileKind.Relative : ChargingProfileKind.Absolute,
        RecurrencyKind = c.Recurrence is { } recurrence ? Enum.Parse<RecurrencyKind>(recurrence, ignoreCase: true) : null,
        ValidFrom = c.ValidFrom,
        ValidTo = c.ValidTo,
        TransactionId = c.TransactionId is { } id ? checked((int)id) : null,
        ChargingSchedule = new ChargingSchedule
        {
            ChargingRateUnit = c.InWatts ? ChargingRateUnit.W : ChargingRateUnit.A,
            StartSchedule = c.Start,
            Duration = c.DurationSeconds,
            MinChargingRate = c.MinimumRate,
            ChargingSchedulePeriod = [.. c.Periods.Select(p => new ChargingSchedulePeriod { StartPeriod = p.StartSeconds, Limit = decimal.Round(p.Limit, 1), NumberPhases = p.Phases })],
        },
    };

    /// <summary>The same in the words of no protocol.</summary>
    public static Stations.SetChargingProfile Read(ChargingProfile p, int connector) => new(
        connector,
        p.ChargingProfileId,
        p.StackLevel,
        Purpose(p.ChargingProfilePurpose)!.Value,
        p.ChargingSchedule.ChargingRateUnit == ChargingRateUnit.W,
        [.. p.ChargingSchedule.ChargingSchedulePeriod.Select(s => new SchedulePeriod(s.StartPeriod, s.Limit, s.NumberPhases))],
        p.ChargingProfileKind == ChargingProfileKind.Relative ? null : p.ChargingSchedule.StartSchedule,
        p.ChargingSchedule.Duration,
        p.ChargingSchedule.MinChargingRate,
        p.ChargingProfileKind == ChargingProfileKind.Recurring ? p.RecurrencyKind?.ToString().ToLowerInvariant() : null,
        p.ValidFrom,
        p.ValidTo,
        p.TransactionId);

    public static ProfilePurpose? Purpose(ChargingProfilePurpose? purpose) => purpose switch
    {
        null => null,
        ChargingProfilePurpose.ChargePointMaxProfile => ProfilePurpose.StationMaximum,
        ChargingProfilePurpose.TxDefaultProfile => ProfilePurpose.TransactionDefault,
        ChargingProfilePurpose.TxProfile => ProfilePurpose.Transaction,
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, null),
    };

    public static ChargingProfilePurpose? Purpose(ProfilePurpose? purpose) => purpose switch
    {
        null => null,
        ProfilePurpose.StationMaximum => ChargingProfilePurpose.ChargePointMaxProfile,
        ProfilePurpose.TransactionDefault => ChargingProfilePurpose.TxDefaultProfile,
        ProfilePurpose.Transaction => ChargingProfilePurpose.TxProfile,
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, null),
    };
}
