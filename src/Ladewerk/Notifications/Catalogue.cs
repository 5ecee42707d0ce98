using Ladewerk.Kernel.Http;

namespace Ladewerk.Notifications;

/// <summary>Ways to a person.</summary>
[Flags]
public enum Channels
{
    None = 0,

    /// <summary>The bell in the portal and in the app.</summary>
    Feed = 1,
    Mail = 2,

    /// <summary>A message of the browser, also while no page is open.</summary>
    Push = 4,
}

/// <summary>Something that people are told of. Its words are <c>notifications.event.{Name}</c> and <c>notifications.event.{Name}.text</c>; with <c>.many</c> where several become one message.</summary>
/// <param name="Name">As it stands in the database, in preferences, in webhooks.</param>
/// <param name="Icon">Name in the icon sprite.</param>
/// <param name="Channels">Where nobody has said anything else.</param>
public sealed record NoticeEvent(string Name, string Icon, Channels Channels)
{
    /// <summary>Who of the operator's people is told: those who hold it for the site. Null: the driver whom it concerns.</summary>
    public string? Permission { get; init; }

    /// <summary>Whether it goes through quiet hours and is not kept for a summary.</summary>
    public bool Urgent { get; init; }

    /// <summary>Several within this time are one message.</summary>
    public TimeSpan Gather { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>No second message of the kind within this time; what comes meanwhile is told together afterwards.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether it is for drivers.</summary>
    public bool ForDriver => Permission is null;
}

/// <summary>Everything that people are told of.</summary>
public static class Catalogue
{
    private const Channels App = Channels.Feed | Channels.Push, Everything = App | Channels.Mail, Letter = Channels.Feed | Channels.Mail;

    public static readonly NoticeEvent SessionStarted = new("sessionStarted", "player-play", App);
    public static readonly NoticeEvent TargetReached = new("targetReached", "battery-charging", App);
    public static readonly NoticeEvent SessionFinished = new("sessionFinished", "circle-check", Everything);
    public static readonly NoticeEvent Idle = new("idle", "hourglass", Everything) { Urgent = true };
    public static readonly NoticeEvent EnergyReduced = new("energyReduced", "gauge", App);
    public static readonly NoticeEvent EnergyPaused = new("energyPaused", "player-pause", App);
    public static readonly NoticeEvent EnergyResumed = new("energyResumed", "bolt", App);
    public static readonly NoticeEvent StoppedByFault = new("stoppedByFault", "alert-triangle", Everything) { Urgent = true };
    public static readonly NoticeEvent BadgeBlocked = new("badgeBlocked", "id-badge-2", Everything) { Urgent = true };
    public static readonly NoticeEvent BadgeSent = new("badgeSent", "id-badge-2", Everything);
    public static readonly NoticeEvent BadgeToActivate = new("badgeToActivate", "id-badge-2", Everything) { Urgent = true };
    public static readonly NoticeEvent InvoiceReady = new("invoiceReady", "file-invoice", Letter);
    public static readonly NoticeEvent BudgetWarning = new("budgetWarning", "alert-circle", Everything);

    public static readonly NoticeEvent StationOffline = new("stationOffline", "plug-connected-x", Letter)
    { Permission = Permission.StationsCommand, Urgent = true, Gather = TimeSpan.FromSeconds(60) };

    public static readonly NoticeEvent TerminalOffline = new("terminalOffline", "device-mobile", Letter) { Permission = Permission.StationsCommand, Gather = TimeSpan.FromSeconds(60) };
    public static readonly NoticeEvent StationFaulted = new("stationFaulted", "alert-triangle", Everything) { Permission = Permission.StationsCommand, Urgent = true, Gather = TimeSpan.FromSeconds(30) };
    public static readonly NoticeEvent FirmwareDone = new("firmwareDone", "circle-arrow-up", Channels.Feed) { Permission = Permission.StationsWrite, Gather = TimeSpan.FromMinutes(5) };
    public static readonly NoticeEvent FirmwareFailed = new("firmwareFailed", "alert-circle", Letter) { Permission = Permission.StationsWrite, Gather = TimeSpan.FromMinutes(2) };
    public static readonly NoticeEvent UnknownBadge = new("unknownBadge", "id-badge-2", Channels.Feed) { Permission = Permission.DriversWrite, Gather = TimeSpan.FromMinutes(1) };
    public static readonly NoticeEvent SessionToReview = new("sessionToReview", "zoom-question", Channels.Feed) { Permission = Permission.SessionsReview, Gather = TimeSpan.FromMinutes(2) };
    public static readonly NoticeEvent RegistrationToApprove = new("registrationToApprove", "user-check", Letter) { Permission = Permission.DriversWrite };
    public static readonly NoticeEvent CertificateExpiring = new("certificateExpiring", "shield-x", Letter) { Permission = Permission.SettingsWrite, Gather = TimeSpan.FromMinutes(1) };
    public static readonly NoticeEvent CalibrationExpiring = new("calibrationExpiring", "calendar-time", Letter) { Permission = Permission.StationsWrite, Gather = TimeSpan.FromMinutes(5) };
    public static readonly NoticeEvent MeterKeyChanged = new("meterKeyChanged", "key", Letter) { Permission = Permission.StationsWrite, Urgent = true };
    public static readonly NoticeEvent PaymentDisputed = new("paymentDisputed", "gavel", Letter) { Permission = Permission.BillingWrite, Urgent = true };
    public static readonly NoticeEvent PayoutFailed = new("payoutFailed", "send", Letter) { Permission = Permission.BillingWrite, Gather = TimeSpan.FromMinutes(1) };
    public static readonly NoticeEvent BooksDiffer = new("booksDiffer", "scale", Letter) { Permission = Permission.BillingRead };
    public static readonly NoticeEvent WorkParked = new("workParked", "alert-circle", Letter) { Permission = Permission.SettingsWrite, Urgent = true };

    public static readonly NoticeEvent InvoiceIssued = new("invoiceIssued", "file-invoice", Channels.None) { Permission = Permission.BillingRead, Gather = TimeSpan.FromMinutes(5) };
    public static readonly NoticeEvent InvoiceCancelled = new("invoiceCancelled", "file-diff", Channels.None) { Permission = Permission.BillingRead, Gather = TimeSpan.FromMinutes(1) };
    public static readonly NoticeEvent InvoicePaid = new("invoicePaid", "coin-euro", Channels.None) { Permission = Permission.BillingRead, Gather = TimeSpan.FromMinutes(5) };
    public static readonly NoticeEvent InvoiceOverdue = new("invoiceOverdue", "alert-circle", Channels.Feed) { Permission = Permission.BillingRead, Gather = TimeSpan.FromMinutes(5) };

    /// <summary>All, those for drivers first.</summary>
    public static readonly IReadOnlyList<NoticeEvent> All =
    [
        SessionStarted, TargetReached, SessionFinished, Idle, EnergyReduced, EnergyPaused, EnergyResumed, StoppedByFault, BadgeBlocked, BadgeSent, BadgeToActivate, InvoiceReady, BudgetWarning,
        StationOffline, TerminalOffline, StationFaulted, FirmwareDone, FirmwareFailed, UnknownBadge, SessionToReview, RegistrationToApprove, CertificateExpiring, CalibrationExpiring, MeterKeyChanged, PaymentDisputed, PayoutFailed, BooksDiffer, WorkParked,
        InvoiceIssued, InvoiceCancelled, InvoicePaid, InvoiceOverdue,
    ];

    /// <summary>Names of those for drivers: what the driver app shows.</summary>
    public static readonly IReadOnlyList<string> ForDrivers = [.. All.Where(e => e.ForDriver).Select(e => e.Name)];

    private static readonly Dictionary<string, NoticeEvent> ByName = All.ToDictionary(e => e.Name, StringComparer.Ordinal);

    /// <summary>The event of that name; null where there is none.</summary>
    public static NoticeEvent? Find(string name) => ByName.GetValueOrDefault(name);
}
