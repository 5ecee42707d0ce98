using Ladewerk.Kernel;

namespace Ladewerk.Sessions;

/// <summary>
/// The energy of a session, read off a register that should only rise and sometimes does not. The session's energy is the sum of
/// its monotone segments: a register that falls begins a new segment, and the step itself is never billed.
/// </summary>
/// <param name="SegmentStart">First reading of the running segment.</param>
/// <param name="Last">Highest reading of the running segment.</param>
/// <param name="Earlier">Energy of the segments before it.</param>
/// <param name="StartedAt">When the session began.</param>
/// <param name="LastAt">Time of <paramref name="Last"/>.</param>
/// <param name="Measured">Whether there was a reading beyond the start.</param>
public readonly record struct EnergyRegister(WattHours SegmentStart, WattHours Last, WattHours Earlier, DateTimeOffset StartedAt, DateTimeOffset LastAt, bool Measured)
{
    /// <summary>More than any road vehicle's battery: below it, a jump is believed.</summary>
    private const long BelievedWh = 150_000;

    /// <summary>Rounding between a register in kWh and one in Wh.</summary>
    private const long ToleranceWh = 10;

    /// <summary>Energy so far.</summary>
    public WattHours Energy => Earlier + (Last - SegmentStart);

    /// <summary>Begins with the reading at the start.</summary>
    public static EnergyRegister Begin(WattHours meterStart, DateTimeOffset at) => new(meterStart, meterStart, WattHours.Zero, at, at, Measured: false);

    /// <summary>Takes a reading in.</summary>
    /// <param name="reading">Register, Wh.</param>
    /// <param name="at">Corrected time of the reading.</param>
    /// <param name="maxPower">What the EVSE can deliver, W.</param>
    /// <returns>The next state, and a <see cref="ReviewReason"/> where the reading is odd.</returns>
    public (EnergyRegister Next, string? Finding) Read(WattHours reading, DateTimeOffset at, Watts maxPower)
    {
        if (reading < Last)
        {
            // A late reading of the past says nothing new; a later one that is lower says that the meter was reset.
            return at <= LastAt || (Last - reading).Value <= ToleranceWh
                ? (this, null)
                : (this with { Earlier = Energy, SegmentStart = reading, Last = reading, LastAt = at, Measured = true }, ReviewReason.MeterReset);
        }

        var next = this with { Last = reading, LastAt = at > LastAt ? at : LastAt, Measured = true };
        if (IsPlausible(reading - Last, at, maxPower))
        {
            return (next, null);
        }

        return !Measured && SegmentStart == WattHours.Zero
            ? (next with { SegmentStart = reading }, ReviewReason.BaselineZero)
            : (next, ReviewReason.ImplausibleEnergy);
    }

    /// <summary>Takes the reading at the stop in. It is the authority within the rounding of the register.</summary>
    public (EnergyRegister Next, string? Finding) Stop(WattHours meterStop, DateTimeOffset at, Watts maxPower)
    {
        if (meterStop >= Last)
        {
            return Read(meterStop, at, maxPower);
        }

        if ((Last - meterStop).Value <= ToleranceWh && meterStop >= SegmentStart)
        {
            return (this with { Last = meterStop, LastAt = at }, null);
        }

        return (this, meterStop < SegmentStart ? ReviewReason.StopBeforeStart : ReviewReason.StopBelowLast);
    }

    private bool IsPlausible(WattHours step, DateTimeOffset at, Watts maxPower)
    {
        var hours = Math.Max(0, (at - (Measured ? LastAt : StartedAt)).TotalHours);
        return step.Value <= BelievedWh || step.Value <= (hours * maxPower.Value * 1.2) + BelievedWh;
    }
}
