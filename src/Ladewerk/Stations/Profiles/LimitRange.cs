namespace Ladewerk.Stations.Profiles;

/// <summary>Between what a limit for the whole station can be set: from 0 to this, in whole A per phase or whole kW.</summary>
/// <param name="InKilowatts">Direct current, and stations that take limits in W alone.</param>
public readonly record struct LimitRange(bool InKilowatts, int Most)
{
    // 32 A is what a three-phase socket of 22 kW takes.
    private const int UsualAmperes = 32;
    private const int UsualKilowatts = 50;
    private const decimal PerAmpere = 230;

    /// <param name="evses">The power of each EVSE in W as the operator entered it; null where unknown.</param>
    public static LimitRange Of(StationAbilities able, IReadOnlyCollection<long?> evses)
    {
        var entered = evses.Count > 0 && evses.All(e => e is > 0) ? evses.Sum() : null;
        var power = entered is { } sum && able.MaxPowerW is { } whole ? Math.Min(sum, whole) : entered ?? able.MaxPowerW ?? evses.Max();
        if (able.IsDirect || able is { TakesAmperes: false, TakesWatts: not false })
        {
            return new(true, power is { } watts ? Up(watts / 1000m) : UsualKilowatts);
        }

        var byPower = power is { } most ? Up(most / (PerAmpere * (able.Phases ?? 3))) : (int?)null;
        var byCurrent = able.MaxA is { } amperes ? Up(amperes * Math.Max(1, able.Evses ?? evses.Count)) : (int?)null;
        return new(false, byPower is { } a && byCurrent is { } b ? Math.Min(a, b) : byPower ?? byCurrent ?? UsualAmperes);
    }

    private static int Up(decimal value) => Math.Max(1, (int)Math.Ceiling(value));
}
