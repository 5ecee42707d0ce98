using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>Tells whoever pays an invoice what came of it, with the page on which they can pay at once.</summary>
internal sealed class TellPayer(LadewerkDb db, MailQueue mails, InvoiceAddresses addresses, ReminderFees fees)
{
    /// <summary>A payment failed. Joins the caller's unit of work; without an address nothing is sent.</summary>
    public Task Failed(InvoiceCollection collection, Uri page, CancellationToken ct) => Mail(collection, page, "failed", collection.CollectOn is { } day ? "payments.collect.mail.again" : "payments.collect.mail.act", ct);

    /// <summary>A payment was taken back by the bank.</summary>
    /// <inheritdoc cref="Failed"/>
    public Task TakenBack(InvoiceCollection collection, Uri page, CancellationToken ct) => Mail(collection, page, "back", "payments.collect.mail.act", ct);

    private async Task Mail(InvoiceCollection collection, Uri page, string what, string then, CancellationToken ct)
    {
        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == collection.InvoiceId, ct);
        if (await addresses.Of(invoice, ct) is not { } to)
        {
            return;
        }

        var language = invoice.Language;
        var owed = decimal.Max(0m, invoice.Gross - invoice.Paid) + (await fees.Of(invoice.Id, ct)).Owed;
        string Say(string key, params object[] with) => Texts.In(language, key, with);
        var subject = Say($"payments.collect.mail.{what}", invoice.Number);
        List<string> text = [Say($"payments.collect.mail.{what}.text", invoice.Number, Say(ChargeFaults.Key(collection.Fault))), Say(then, collection.CollectOn is { } day ? Words.Day(day, language) : "")];
        mails.Enqueue(new NewMail("collection", to, language, subject, new MailContent(subject, text)
        {
            Facts = [new MailFact(Say("payments.collect.invoice"), invoice.Number), new MailFact(Say("payments.collect.owed"), Words.Amount(owed, invoice.Currency, language))],
            Action = new MailAction(Say("payments.collect.payNow"), page),
        }));
    }
}

/// <summary>The provider's words for why it took nothing, in ours.</summary>
internal static class ChargeFaults
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal) { "authentication_required", "expired_card", "insufficient_funds", "no_method", "disputed" };

    /// <summary>Key of the sentence; what has none of its own was declined.</summary>
    public static string Key(string? fault) => "payments.collect.fault." + (fault is not null && Known.Contains(fault) ? fault : "declined");
}
