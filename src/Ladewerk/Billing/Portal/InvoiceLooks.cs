using Ladewerk.Kernel;
using Ladewerk.Portal;

namespace Ladewerk.Billing.Portal;

/// <summary>States of invoices, runs and records as icon, word and colour.</summary>
public static class InvoiceLooks
{
    /// <summary>What an invoice is or has become.</summary>
    public static Look Of(InvoiceKind kind, InvoiceState state) => (kind, state) switch
    {
        (_, InvoiceState.Cancelled) => new Look("s-of", "file-diff", "billing.state.cancelled"),
        (InvoiceKind.Cancellation, _) => new Look("s-of", "file-diff", "billing.kind.cancellation"),
        (InvoiceKind.Correction, _) => new Look("s-su", "file-diff", "billing.kind.correction"),
        (InvoiceKind.Receipt, _) => new Look("s-av", "receipt", "billing.kind.receipt"),
        (InvoiceKind.SelfBilling, _) => new Look("s-br", "file-check", "billing.kind.selfBilling"),
        _ => new Look("s-br", "file-check", "billing.state.issued"),
    };

    /// <summary>The same, and of an invoice how its money stands.</summary>
    public static Look Of(InvoiceSummary i, DateOnly today) => Of(i.Kind, i.State, i.InclVat.Amount - i.Paid.Amount, i.Paid.Amount, i.SettledOn, i.DueOn, today);

    /// <inheritdoc cref="Of(InvoiceSummary, DateOnly)"/>
    public static Look Of(InvoiceDetail i, DateOnly today) => Of(i.Kind, i.State, i.InclVat.Amount - i.Paid.Amount, i.Paid.Amount, i.SettledOn, i.DueOn, today);

    private static Look Of(InvoiceKind kind, InvoiceState state, decimal open, decimal paid, DateOnly? settledOn, DateOnly? dueOn, DateOnly today) => (kind, state) is not (InvoiceKind.Invoice, InvoiceState.Issued)
        ? Of(kind, state)
        : settledOn is not null || open <= 0m ? new Look("s-av", "circle-check", "billing.state.paid")
        : dueOn < today ? new Look("s-fa", "alert-triangle", "billing.state.overdue")
        : paid > 0m ? new Look("s-su", "coin-euro", "billing.state.partly")
        : new Look("s-br", "file-check", "billing.state.open");

    public static Look Of(RunState state) => state switch
    {
        RunState.Waiting => new Look("s-of", "circle-dashed", "billing.run.waiting"),
        RunState.Running => new Look("s-ch", "refresh", "billing.run.running"),
        RunState.Finished => new Look("s-av", "circle-check", "billing.run.finished"),
        RunState.Stopped => new Look("s-su", "player-pause", "billing.run.stopped"),
        RunState.Failed => new Look("s-fa", "alert-triangle", "billing.run.failed"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static Look Of(CdrBilling billing) => billing switch
    {
        CdrBilling.Open => new Look("s-su", "hourglass", "billing.cdr.open"),
        CdrBilling.Invoiced => new Look("s-av", "file-check", "billing.cdr.invoiced"),
        CdrBilling.Offset => new Look("s-of", "file-diff", "billing.cdr.offset"),
        CdrBilling.None => new Look("s-of", "circle-dashed", "billing.cdr.none"),
        _ => throw new ArgumentOutOfRangeException(nameof(billing), billing, null),
    };

    /// <summary>Whether another system takes what it is sent.</summary>
    public static Look Of(Sync.SyncTarget target) => target switch
    {
        { IsOn: false } => new Look("s-of", "circle-dashed", "billing.sync.is.off"),
        { PausedAt: not null } => new Look("s-fa", "alert-circle", "billing.sync.is.paused"),
        { FailingSince: not null } => new Look("s-su", "alert-triangle", "billing.sync.is.failing"),
        _ => new Look("s-av", "circle-check", "billing.sync.is.on"),
    };

    /// <summary>What became of a message to another system.</summary>
    public static Look Of(Sync.SyncItem item) => item switch
    {
        { DeliveredAt: not null } => new Look("s-av", "circle-check", "billing.sync.state.delivered"),
        { FailedAt: not null } => new Look("s-fa", "alert-circle", "billing.sync.state.failed"),
        _ => new Look(item.Attempts > 0 ? "s-su" : "s-of", "hourglass", "billing.sync.state.waiting"),
    };

    /// <summary>An amount with its sign and currency: − 25,09 €.</summary>
    public static string Amount(Money money) => Show.Money(money);

    public static string Date(DateOnly day, string language) =>
        day.ToString(language == "de" ? "dd.MM.yyyy" : "d MMM yyyy", System.Globalization.CultureInfo.CurrentCulture);
}
