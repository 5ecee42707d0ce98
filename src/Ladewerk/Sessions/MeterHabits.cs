using Ladewerk.Kernel;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Sessions;

/// <summary>Reads a register as the station is known to write it (quirk Q15): what is its habit is no finding.</summary>
internal static class MeterHabits
{
    /// <summary>Takes a reading in.</summary>
    public static (EnergyRegister Next, string? Finding) Read(this StationSessions station, EnergyRegister register, RunningSession session, WattHours reading, DateTimeOffset at)
    {
        var habits = station.Habits;
        if (habits.Quirks.MeterStartIsZero && IsUnread(register))
        {
            habits.Count(QuirkSwitch.MeterStartIsZero, reading > WattHours.Zero);
            return (Baseline(register, reading, at), null);
        }

        var (next, finding) = register.Read(reading, at, station.MaxPower(session.ConnectorNumber));
        return (next, Unexpected(habits, finding));
    }

    /// <summary>Takes the reading at the stop in. Without any reading before it, a start of 0 says nothing: a person must look.</summary>
    public static (EnergyRegister Next, string? Finding) Stop(this StationSessions station, RunningSession session, WattHours meterStop, DateTimeOffset at)
    {
        var habits = station.Habits;
        if (habits.Quirks.MeterStartIsZero && IsUnread(session.Register) && meterStop > WattHours.Zero)
        {
            habits.Count(QuirkSwitch.MeterStartIsZero);
            return (Baseline(session.Register, meterStop, at), ReviewReason.BaselineZero);
        }

        var (next, finding) = session.Register.Stop(meterStop, at, station.MaxPower(session.ConnectorNumber));
        return (next, Unexpected(habits, finding));
    }

    private static bool IsUnread(EnergyRegister register) => !register.Measured && register.SegmentStart == WattHours.Zero && register.Last == WattHours.Zero;

    private static EnergyRegister Baseline(EnergyRegister register, WattHours reading, DateTimeOffset at) =>
        register with { SegmentStart = reading, Last = reading, LastAt = at > register.LastAt ? at : register.LastAt, Measured = true };

    private static string? Unexpected(StationHabits habits, string? finding)
    {
        if (finding is null || habits.Quirks.IsPlain)
        {
            return finding;
        }

        QuirkSwitch? known = finding switch
        {
            ReviewReason.MeterReset when habits.Quirks.MeterResets => QuirkSwitch.MeterResets,
            ReviewReason.StopBelowLast when habits.Quirks.MeterStopIsEarly => QuirkSwitch.MeterStopIsEarly,
            _ => null,
        };
        if (known is not { } expected)
        {
            return finding;
        }

        habits.Count(expected);
        return null;
    }
}
