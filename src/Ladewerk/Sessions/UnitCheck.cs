using Ladewerk.Kernel;

namespace Ladewerk.Sessions;

/// <summary>Holds the register against the power (quirk Q14): a factor of a thousand between them says that one of the units is a lie. Pure.</summary>
internal static class UnitCheck
{
    private const double Low = 300, High = 3000;

    /// <summary><see cref="ReviewReason.UnitMismatch"/> where a reading and the power that came with it cannot both be true.</summary>
    /// <param name="before">The session before the reading.</param>
    /// <param name="after">The session with it.</param>
    /// <param name="sample">The reading.</param>
    /// <param name="at">Its time.</param>
    public static string? Of(RunningSession before, RunningSession after, MeterSample sample, DateTimeOffset at)
    {
        if (sample.Power is not { Value: > 0 } power || before.LastSampleAt is not { } last || at <= last)
        {
            return null;
        }

        return IsTooLittleEnergy(before, after, power, at) || IsTooMuchEnergy(before, after, power, at - last) ? ReviewReason.UnitMismatch : null;
    }

    /// <summary>kWh called Wh: over the whole session the power says a thousand times what the register says.</summary>
    private static bool IsTooLittleEnergy(RunningSession before, RunningSession after, Watts power, DateTimeOffset at)
    {
        var byPower = (at - before.StartedAt).TotalHours * power.Value;
        return power.Value > 500 && byPower > 2000 && after.Energy.Value > 0 && byPower / after.Energy.Value is > Low and < High;
    }

    /// <summary>
    /// Wh called kWh, or kW called W: since the last reading the register says a thousand times what the power says. Both readings must say
    /// so, because a vehicle that is just full draws little at the end of a stretch in which it drew much.
    /// </summary>
    private static bool IsTooMuchEnergy(RunningSession before, RunningSession after, Watts power, TimeSpan since)
    {
        if (before.Power is not { Value: > 0 } former)
        {
            return false;
        }

        var byPower = since.TotalHours * Math.Max(power.Value, former.Value);
        var step = (after.Energy - before.Energy).Value;
        return step > 1000 && byPower > 0 && step / byPower is > Low and < High;
    }
}
