using Ladewerk.Stations.Quirks;

namespace Ladewerk.Stations.Profiles;

/// <summary>Says limits and profiles so that a station of these abilities can take them. A quirk profile that speaks of the same has the last word. Pure.</summary>
internal static class AbleCommands
{
    private const decimal Volts = 230;
    private const int UsualPhases = 3;

    /// <summary>Whether abilities can matter to a command.</summary>
    public static bool Concerns(Command command) => command is Limit or SetChargingProfile or GetCompositeSchedule or RemoteStart { Profile: not null };

    /// <summary>The command as the station can take it.</summary>
    public static Command For(this StationAbilities able, Command command, QuirkSwitches said) => command switch
    {
        Limit limit => able.Parted(able.InUnit(limit, said), said),
        SetChargingProfile profile => able.Profile(profile, said),
        RemoteStart { Profile: { } profile } start => start with { Profile = able.Profile(profile, said) },
        GetCompositeSchedule { InWatts: { } watts } ask when able.Unit(watts, said) is { } unit => ask with { InWatts = unit == LimitUnit.Watts },
        _ => command,
    };

    /// <summary>So many A per phase in W.</summary>
    public static decimal ToWatts(this StationAbilities able, decimal amperes, int? phases = null) => decimal.Round(amperes * able.PerAmpere(phases), 1, MidpointRounding.ToZero);

    /// <summary>So many W in A per phase.</summary>
    public static decimal ToAmperes(this StationAbilities able, decimal watts, int? phases = null) => decimal.Round(watts / able.PerAmpere(phases), 1, MidpointRounding.ToZero);

    private static decimal PerAmpere(this StationAbilities able, int? phases) => Volts * (phases ?? able.Phases ?? UsualPhases);

    /// <summary>The unit to change to; null: it is well as it is.</summary>
    private static LimitUnit? Unit(this StationAbilities able, bool inWatts, QuirkSwitches said) => said.LimitUnit is not null ? null : (inWatts, able) switch
    {
        (true, { TakesWatts: false, TakesAmperes: not false }) => LimitUnit.Amperes,
        (false, { TakesAmperes: false, TakesWatts: not false }) => LimitUnit.Watts,
        _ => null,
    };

    private static Limit InUnit(this StationAbilities able, Limit limit, QuirkSwitches said) => limit switch
    {
        { MaxA: { } amperes } when able.Unit(inWatts: false, said) is not null => limit with { MaxA = null, MaxW = able.ToWatts(amperes) },
        { MaxW: { } watts } when able.Unit(inWatts: true, said) is not null => limit with { MaxA = able.ToAmperes(watts), MaxW = null },
        _ => limit,
    };

    private static Limit Parted(this StationAbilities able, Limit limit, QuirkSwitches said) =>
        limit.ConnectorNumber is null or 0 && able.TakesStationLimit == false && said.NoStationLimit is null ? limit with { Parted = true } : limit;

    private static SetChargingProfile Profile(this StationAbilities able, SetChargingProfile profile, QuirkSwitches said)
    {
        var fit = able.MaxStackLevel is { } most && profile.StackLevel > most ? profile with { StackLevel = most } : profile;
        return able.Unit(fit.InWatts, said) is { } unit
            ? fit with
            {
                InWatts = unit == LimitUnit.Watts,
                MinimumRate = fit.MinimumRate is { } least ? able.In(unit, least, null) : null,
                Periods = [.. fit.Periods.Select(p => p with { Limit = able.In(unit, p.Limit, p.Phases) })],
            }
            : fit;
    }

    private static decimal In(this StationAbilities able, LimitUnit unit, decimal value, int? phases) => unit == LimitUnit.Watts ? able.ToWatts(value, phases) : able.ToAmperes(value, phases);
}
