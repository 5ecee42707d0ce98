namespace Ladewerk.Stations.Security;

/// <summary>How much an event concerns the operator.</summary>
public enum Severity
{
    /// <summary>Daily life: a start, a reset.</summary>
    Info,

    /// <summary>Odd; worth a look when it repeats.</summary>
    Warning,

    /// <summary>A person should look now.</summary>
    Alarm,
}

/// <summary>The security events that the standards name, and how much each concerns the operator.</summary>
public static class SecurityEventKinds
{
    // Critical as the table of the OCPP 1.6 security whitepaper (edition 3, §4) and appendix 1 of OCPP 2.0.1 say: a station must report it.
    // What is reported at every start would drown what matters, so severity is ours: an alarm is what a person should look at.
    private static readonly Dictionary<string, (bool Critical, Severity Severity)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["FirmwareUpdated"] = (true, Severity.Info),
        ["FailedToAuthenticateAtCentralSystem"] = (false, Severity.Warning),
        ["FailedToAuthenticateAtCsms"] = (false, Severity.Warning),
        ["CentralSystemFailedToAuthenticate"] = (false, Severity.Warning),
        ["CsmsFailedToAuthenticate"] = (false, Severity.Warning),
        ["SettingSystemTime"] = (true, Severity.Info),
        ["StartupOfTheDevice"] = (true, Severity.Info),
        ["ResetOrReboot"] = (true, Severity.Info),
        ["SecurityLogWasCleared"] = (true, Severity.Alarm),
        ["ReconfigurationOfSecurityParameters"] = (false, Severity.Info),
        ["MemoryExhaustion"] = (true, Severity.Alarm),
        ["InvalidMessages"] = (false, Severity.Warning),
        ["AttemptedReplayAttacks"] = (false, Severity.Alarm),
        ["TamperDetectionActivated"] = (true, Severity.Alarm),
        ["InvalidFirmwareSignature"] = (false, Severity.Alarm),
        ["InvalidFirmwareSigningCertificate"] = (false, Severity.Alarm),
        ["InvalidCentralSystemCertificate"] = (false, Severity.Warning),
        ["InvalidCsmsCertificate"] = (false, Severity.Warning),
        ["InvalidChargePointCertificate"] = (false, Severity.Warning),
        ["InvalidChargingStationCertificate"] = (false, Severity.Warning),
        ["InvalidTLSVersion"] = (false, Severity.Warning),
        ["InvalidTLSCipherSuite"] = (false, Severity.Warning),
        ["MaintenanceLoginAccepted"] = (true, Severity.Info),
        ["MaintenanceLoginFailed"] = (true, Severity.Warning),
    };

    /// <summary>What the standard and we think of an event; a vendor's own is a warning.</summary>
    public static (bool Critical, Severity Severity) Of(string type) => Known.TryGetValue(type, out var kind) ? kind : (false, Severity.Warning);

    /// <summary>All that are known, by name.</summary>
    public static IEnumerable<string> All => Known.Keys;
}

/// <summary>A station reported something at which a person should look now.</summary>
public sealed record SecurityAlarm(Guid EventId, StationId StationId, string Kind, DateTimeOffset At, string? TechInfo) : Kernel.IEvent
{
    public static string Type => "securityAlarm";
}
