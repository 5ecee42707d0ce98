using Ladewerk.Billing.Templates;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Mails an invoice with its documents, once, as soon as they are made. Without an address nothing is sent.</summary>
internal sealed class MailInvoice(LadewerkDb db, MailQueue mails, InvoiceAddresses addresses, SaveBillingSettings settings, RenderInvoice render, TimeProvider time)
{
    /// <summary>Larger files are left to be fetched: servers refuse them.</summary>
    private const int MostBytes = 8_000_000;

    /// <returns>Whether a mail was queued.</returns>
    public async Task<bool> Run(InvoiceId id, CancellationToken ct)
    {
        if (!(await settings.Current(ct)).SendByMail)
        {
            return false;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var invoice = await db.Set<Invoice>().FromSql($"select * from invoice where id = {id.Value} and mailed_at is null for update").SingleOrDefaultAsync(ct);
        if (invoice is null || await addresses.Of(invoice, ct) is not { } to || await render.Run(id, ct) is not { Content.Length: < MostBytes } pdf)
        {
            return false;
        }

        var attachments = new List<MailAttachment> { new(pdf.FileName, pdf.ContentType, pdf.Content) };
        if (invoice.Customer.BuyerReference is not null && await render.Xml(id, ct) is { } xml)
        {
            attachments.Add(new MailAttachment(xml.FileName, xml.ContentType, xml.Content));
        }

        mails.Enqueue(MailOf(invoice, to) with { Attachments = attachments });
        invoice.MailedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private static NewMail MailOf(Invoice invoice, string to)
    {
        var (language, figures, words) = (invoice.Language, new Figures(InvoiceTexts.In(invoice.Language), invoice.Currency), InvoiceTexts.In(invoice.Language));
        var title = words.Title.Of(invoice.Kind);
        var subject = Texts.In(language, "billing.mail.subject", title, invoice.Number);
        var facts = new List<MailFact> { new(words.Number.Of(invoice.Kind), invoice.Number), new(words.Total.Of(invoice.Kind), figures.Money(invoice.Gross)) };
        if (invoice.DueOn is { } due)
        {
            facts.Add(new MailFact(Texts.In(language, "billing.mail.due"), figures.Long(due)));
        }

        var text = Texts.In(language, "billing.mail.text", title, figures.Long(invoice.PeriodFrom), figures.Long(invoice.PeriodTo));
        return new NewMail("invoice", to, language, subject, new MailContent(subject, [text]) { Facts = facts });
    }
}
