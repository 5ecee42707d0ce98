using System.Globalization;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Operations.Portal;

/// <summary>A finding in words.</summary>
internal static class FindingWords
{
    /// <summary>What is the matter, in a line.</summary>
    public static string Title(Texts t, FindingView f, DateTimeOffset now) => f.Kind switch
    {
        "fault" => t["operations.finding.fault", Station(f), f.ConnectorId ?? 0, States.Error(t, f.Facts.Detail ?? "OtherError")],
        "review" => t["operations.finding.review", Show.Grouped(f.Facts.Number ?? 0), Reasons(t, f)],
        "offline" => t["operations.finding.offline", Station(f), Show.Span((f.OverAt ?? now) - f.OpenedAt)],
        "refused" => t["operations.finding.refused", Refused(f).Identity],
        "unmatched" => t["operations.finding.unmatched", f.Facts.Number ?? 0, Station(f)],
        "parked" => t["operations.finding.parked", f.Facts.Number ?? 0, f.Facts.Detail ?? ""],
        "securityAlarm" or "badFirmware" => t["operations.finding." + f.Kind, Station(f), f.Facts.Detail ?? "–"],
        "configurationDrift" => t[f.Facts.Detail is null ? "operations.finding.configurationDrift" : "operations.finding.configurationStopped", Station(f), f.Facts.Number ?? 0],
        "meterKey" => t["operations.finding.meterKey", Station(f), f.Facts.Number ?? 0],
        "calibration" => t["operations.finding.calibration", Station(f), f.Facts.Number ?? 0, DateOnly.TryParseExact(f.Facts.Detail, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var until) ? Show.Date(until) : "–"],
        "terminalOffline" => t["operations.finding.terminalOffline", f.Facts.Detail ?? "–"],
        "localListBehind" => t["operations.finding.localListBehind", Station(f), f.Facts.Number ?? 0],
        "startNotFollowed" => t["operations.finding.startNotFollowed", Place(t, f), f.Facts.Number ?? 1],
        "noSamples" => t["operations.finding.noSamples", Place(t, f), Show.Grouped(f.Facts.Number ?? 0)],
        "flapping" or "bootLoop" => t["operations.finding." + f.Kind, Station(f), f.Facts.Number ?? 0],
        "repeatedFaults" => t["operations.finding.repeatedFaults", Place(t, f), f.Facts.Number ?? 0],
        "clockDrift" => t["operations.finding.clockDrift", Station(f), Show.Span(TimeSpan.FromMinutes((double)Math.Abs(f.Facts.Value ?? 0)))],
        "limitIgnored" => t["operations.finding.limitIgnored", Place(t, f), f.Facts.Detail ?? "–"],
        _ => t["operations.finding." + f.Kind, Place(t, f)],
    };

    /// <summary>What else is known, in a line.</summary>
    public static string Facts(Texts t, FindingView f, DateTimeOffset now, TimeZoneInfo zone) => string.Join(" · ", new[]
    {
        f.Kind switch
        {
            "fault" => Join(f.Facts.Detail, f.Facts.Place),
            "review" => Join(f.StationId, t["operations.proposal", Show.Kwh((long)(f.Facts.Value ?? 0), 2)]),
            "refused" => Join(t["stations.refused." + f.Facts.Detail], t[f.Facts.Number > 1 ? "operations.attempts" : "operations.attempt", f.Facts.Number ?? 1, Refused(f).Address]),
            "unmatched" => t["operations.unmatched." + f.Facts.Detail],
            "pending" or "localListBehind" or "meterKey" => f.Facts.Detail,
            "badFirmware" => f.Facts.Place,
            "securityAlarm" => t["operations.times", f.Facts.Number ?? 1],
            _ => null,
        },
        t[f.Kind is "offline" ? "operations.lastSeen" : "operations.since", Show.Moment(f.OpenedAt, now, zone)],
        f.Site,
        f.State switch
        {
            FindingState.Acknowledged => t["operations.acknowledgedBy", f.ChangedBy ?? "–"],
            FindingState.Snoozed when f.SnoozedUntil is { } until => t["operations.snoozedUntil", Show.Moment(until, now, zone)],
            FindingState.Closed when f.ClosedAt is { } closed => f.ChangedBy is null || f.OverAt == closed ? t["operations.closedItself", Show.Moment(closed, now, zone)] : t["operations.closedBy", f.ChangedBy, Show.Moment(closed, now, zone)],
            _ => null,
        },
    }.Where(p => !string.IsNullOrEmpty(p)));

    /// <summary>One fact that speaks for it.</summary>
    public static string Say(Texts t, Evidence e) => e.Code switch
    {
        "status" when e.Values is [var status, ..] => t["operations.evidence.status", t[States.OfConnector(status, online: true).Text]],
        "fault" when e.Values is [var status, var code, var vendor] => t["operations.evidence.fault", t[States.OfConnector(status, online: true).Text], States.Error(t, code), vendor],
        "strayReadings" when e.Values is [var wh, var w] && long.TryParse(wh, CultureInfo.InvariantCulture, out var energy) && long.TryParse(w, CultureInfo.InvariantCulture, out var power) => t["operations.evidence.strayReadings", Show.Kwh(energy, 2), Show.Kw(power)],
        _ => t["operations.evidence." + e.Code, [.. e.Values]],
    };

    /// <summary>What its command would do, on a button.</summary>
    public static string Do(Texts t, SuggestedAction action) => action.Command switch
    {
        "trigger-message" => t["operations.do.trigger", (string?)action.Body["message"] ?? ""],
        "reset" when (string?)action.Body["kind"] == "hard" => t["operations.do.resetHard"],
        _ => t["operations.do." + action.Command],
    };

    /// <summary>Icon of a command.</summary>
    public static string IconOf(SuggestedAction action) => action.Command switch
    {
        "reset" => "refresh",
        "unlock" => "lock-open",
        "remote-stop" => "player-stop",
        "limit" => "gauge",
        _ => "message-2-bolt",
    };

    /// <summary>The colours of a severity.</summary>
    public static string Tone(string severity) => severity switch
    {
        "critical" => "s-fa",
        "warning" => "s-su",
        _ => "s-br",
    };

    /// <summary>How an action went, in a word and its colours.</summary>
    public static (string Word, string Tone) Outcome(Texts t, FindingActionView a, DateTimeOffset now) => a switch
    {
        { Mode: "dryRun" } => (t["operations.outcome.notSent"], "s-of"),
        { Outcome: null } when now - a.At > TimeSpan.FromMinutes(5) => (t["operations.outcome.abandoned"], "s-of"),
        { Outcome: null } => (t["operations.outcome.waits"], "s-ch"),
        { Outcome: "station-offline" } => (t["operations.outcome.offline"], "s-of"),
        { Outcome: "station-timeout" } => (t["operations.outcome.timeout"], "s-su"),
        { Outcome: "expired" } => (t["operations.outcome.expired"], "s-of"),
        { Outcome: "Accepted" or "Unlocked" or "Scheduled" } => (a.Outcome, "s-av"),
        _ => (a.Outcome, "s-fa"),
    };

    /// <summary>Station and connector.</summary>
    public static string Place(Texts t, FindingView f) => f.ConnectorId is { } connector and > 0 ? t["operations.place", Station(f), connector] : Station(f);

    private static string Station(FindingView f) => f.StationId ?? "–";

    private static (string Identity, string Address) Refused(FindingView f) => f.Facts.Place is { } place && place.LastIndexOf(' ') is > 0 and var at ? (place[..at], place[(at + 1)..]) : (Station(f), "–");

    private static string Reasons(Texts t, FindingView f) => string.Join(", ", (f.Facts.Detail ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(r => t["sessions.reason." + r]));

    private static string Join(params ReadOnlySpan<string?> parts) => string.Join(" · ", parts.ToArray().Where(p => !string.IsNullOrEmpty(p)));
}
