namespace Ladewerk.Operations;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Somebody cannot charge, money leaks or a fuse is at risk.</summary>
    Critical,

    /// <summary>Something is not as it should be.</summary>
    Warning,

    /// <summary>Worth knowing.</summary>
    Info,
}

/// <summary>When a watchdog speaks. What a kind does not use is null.</summary>
/// <param name="After">How long it must last.</param>
/// <param name="Count">How often it must happen.</param>
/// <param name="Within">In which time.</param>
/// <param name="Tolerance">How much is forgiven; the unit follows from the kind.</param>
public sealed record Thresholds(TimeSpan? After = null, int? Count = null, TimeSpan? Within = null, decimal? Tolerance = null);

/// <summary>A kind of finding: what it is called, how much it matters, when its watchdog speaks if the operator says nothing else.</summary>
/// <param name="Name">As it stands in the database, in the API and in the keys of its texts.</param>
/// <param name="Severity">Of a new finding.</param>
/// <param name="Defaults">Thresholds; empty where there is nothing to set.</param>
/// <param name="Icon">Name in the icon sprite.</param>
/// <param name="ToleranceUnit">Wh, s or %; null where nothing is tolerated.</param>
/// <param name="MayAct">Whether its action may be sent by itself.</param>
public sealed record FindingKind(string Name, Severity Severity, Thresholds Defaults, string Icon, string? ToleranceUnit = null, bool MayAct = false)
{
    private static readonly Thresholds None = new();

    /// <summary>A remote start was accepted and nothing began; after one, two and three times the time the next step is due.</summary>
    public static readonly FindingKind StartNotFollowed = new("startNotFollowed", Severity.Critical, new(After: TimeSpan.FromSeconds(20)), "player-play", MayAct: true);

    /// <summary>Plugged in or authorised, and no session begins.</summary>
    public static readonly FindingKind StuckPreparing = new("stuckPreparing", Severity.Warning, new(After: TimeSpan.FromMinutes(30)), "hourglass", MayAct: true);

    /// <summary>The session is over, the place stays taken.</summary>
    public static readonly FindingKind StuckFinishing = new("stuckFinishing", Severity.Info, new(After: TimeSpan.FromHours(6)), "flag-check", MayAct: true);

    /// <summary>A vehicle takes nothing for hours.</summary>
    public static readonly FindingKind StuckSuspended = new("stuckSuspended", Severity.Info, new(After: TimeSpan.FromHours(12)), "player-pause", MayAct: true);

    /// <summary>A session of which no readings come.</summary>
    public static readonly FindingKind NoSamples = new("noSamples", Severity.Warning, new(After: TimeSpan.FromMinutes(15)), "gauge", MayAct: true);

    /// <summary>Energy flows and nobody pays for it.</summary>
    public static readonly FindingKind EnergyWithoutSession = new("energyWithoutSession", Severity.Critical, new(After: TimeSpan.FromMinutes(5), Within: TimeSpan.FromMinutes(30), Tolerance: 100), "bolt", "Wh", MayAct: true);

    /// <summary>The socket is open and nothing comes, beyond the heartbeat interval.</summary>
    public static readonly FindingKind Silent = new("silent", Severity.Warning, new(After: TimeSpan.FromSeconds(30)), "clock", MayAct: true);

    /// <summary>No socket.</summary>
    public static readonly FindingKind Offline = new("offline", Severity.Warning, new(After: TimeSpan.FromMinutes(5)), "plug-connected-x");

    /// <summary>Connects again and again.</summary>
    public static readonly FindingKind Flapping = new("flapping", Severity.Warning, new(Count: 6, Within: TimeSpan.FromMinutes(30)), "refresh", MayAct: true);

    /// <summary>Boots again and again.</summary>
    public static readonly FindingKind BootLoop = new("bootLoop", Severity.Critical, new(Count: 4, Within: TimeSpan.FromMinutes(30)), "power");

    /// <summary>The station's clock is wrong.</summary>
    public static readonly FindingKind ClockDrift = new("clockDrift", Severity.Warning, new(Tolerance: 60), "clock", "s", MayAct: true);

    /// <summary>A connector that fails often, even if it is well in between.</summary>
    public static readonly FindingKind RepeatedFaults = new("repeatedFaults", Severity.Warning, new(Count: 3, Within: TimeSpan.FromHours(24)), "alert-circle", MayAct: true);

    /// <summary>More flows than the limit that was set allows.</summary>
    public static readonly FindingKind LimitIgnored = new("limitIgnored", Severity.Critical, new(After: TimeSpan.FromMinutes(3), Tolerance: 10), "gauge", "%", MayAct: true);

    /// <summary>A connector reports a fault.</summary>
    public static readonly FindingKind Fault = new("fault", Severity.Critical, None, "alert-triangle", MayAct: true);

    /// <summary>A session that a person must look at before it is billed.</summary>
    public static readonly FindingKind Review = new("review", Severity.Warning, None, "zoom-question");

    /// <summary>A station waits to be let in.</summary>
    public static readonly FindingKind Pending = new("pending", Severity.Info, None, "hourglass");

    /// <summary>A station was refused within the last day.</summary>
    public static readonly FindingKind Refused = new("refused", Severity.Warning, None, "shield-x");

    /// <summary>Messages that fit no session.</summary>
    public static readonly FindingKind Unmatched = new("unmatched", Severity.Warning, None, "message-code");

    /// <summary>Work that the server gave up.</summary>
    public static readonly FindingKind Parked = new("parked", Severity.Critical, None, "alert-circle");

    /// <summary>Security events that nobody has looked at.</summary>
    public static readonly FindingKind SecurityAlarm = new("securityAlarm", Severity.Critical, None, "shield-x");

    /// <summary>A station runs a firmware that is known to be bad.</summary>
    public static readonly FindingKind BadFirmware = new("badFirmware", Severity.Critical, None, "circle-arrow-up");

    /// <summary>A station's configuration is not as its template wants it.</summary>
    public static readonly FindingKind ConfigurationDrift = new("configurationDrift", Severity.Warning, None, "adjustments");

    /// <summary>A station could not be brought to hold the badges that it should.</summary>
    public static readonly FindingKind LocalListBehind = new("localListBehind", Severity.Warning, None, "id-badge-2");

    /// <summary>A meter's key came over the wire that is not the approved one.</summary>
    public static readonly FindingKind MeterKey = new("meterKey", Severity.Critical, None, "key");

    /// <summary>A meter's calibration ends within 90 days, or has ended.</summary>
    public static readonly FindingKind Calibration = new("calibration", Severity.Warning, None, "calendar-time");

    /// <summary>A card reader cannot be reached, so that nobody can pay there.</summary>
    public static readonly FindingKind TerminalOffline = new("terminalOffline", Severity.Warning, None, "device-mobile");

    /// <summary>All, the most important first.</summary>
    public static readonly IReadOnlyList<FindingKind> All =
    [
        LimitIgnored, EnergyWithoutSession, StartNotFollowed, Fault, SecurityAlarm, MeterKey, BootLoop, BadFirmware, Review, RepeatedFaults, NoSamples, Silent, Offline, TerminalOffline, Flapping,
        ClockDrift, ConfigurationDrift, LocalListBehind, Calibration, StuckPreparing, StuckFinishing, StuckSuspended, Pending, Refused, Unmatched, Parked,
    ];

    private static readonly Dictionary<string, FindingKind> ByName = All.ToDictionary(k => k.Name, StringComparer.Ordinal);

    /// <summary>The kind of that name; null where there is none.</summary>
    public static FindingKind? Find(string name) => ByName.GetValueOrDefault(name);
}
