namespace Ladewerk.Sessions;

/// <summary>Why a person must look at a session before it is billed. Stable words of the API.</summary>
public static class ReviewReason
{
    /// <summary>The register fell during the session; what was measured before and after is summed, the step is not.</summary>
    public const string MeterReset = "meterReset";

    /// <summary>The start reading was 0 and the first real reading far away: counted from the first real one.</summary>
    public const string BaselineZero = "baselineZero";

    /// <summary>The stop reading is below the start reading.</summary>
    public const string StopBeforeStart = "stopBeforeStart";

    /// <summary>The stop reading is below a reading before it.</summary>
    public const string StopBelowLast = "stopBelowLast";

    /// <summary>More energy than the connector can deliver in the time.</summary>
    public const string ImplausibleEnergy = "implausibleEnergy";

    /// <summary>Power and energy differ by a factor of a thousand: kWh sent as Wh.</summary>
    public const string UnitMismatch = "unitMismatch";

    /// <summary>The station's clock jumped, or was never set: times are ours, not the station's.</summary>
    public const string ClockJump = "clockJump";

    /// <summary>Ended because another session began on the same connector; no stop was received.</summary>
    public const string NoStop = "noStop";

    /// <summary>A stop was matched by connector and token, because its transaction id was none of ours.</summary>
    public const string MatchedStop = "matchedStop";
}
