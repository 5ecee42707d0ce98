using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations.Organisations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Payouts;

/// <summary>What hosts are told by mail; it joins the caller's unit of work.</summary>
internal sealed class PayoutMails(LadewerkDb db, MailQueue mails)
{
    /// <summary>The link by which a host sets up its account.</summary>
    /// <returns>Whether there was an address to send it to.</returns>
    public async Task<bool> Invite(Organisation host, Uri link, DateTimeOffset until, CancellationToken ct)
    {
        if (!MailQueue.IsAddress(host.Email))
        {
            return false;
        }

        var tenant = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == host.TenantId, ct);
        var language = tenant.Language == "en" ? "en" : "de";
        var content = new MailContent(Texts.In(language, "payments.payouts.mail.invite", tenant.Name), [Texts.In(language, "payments.payouts.mail.invite.what", tenant.Name)])
        {
            Action = new MailAction(Texts.In(language, "payments.payouts.mail.invite.go"), link),
            SmallPrint = [Texts.In(language, "payments.payouts.mail.invite.until", Words.Day(DateOnly.FromDateTime(until.UtcDateTime), language))],
        };
        mails.Enqueue(new NewMail("payout.invite", host.Email!, language, Texts.In(language, "payments.payouts.mail.invite.subject", tenant.Name), content) { ExpiresAt = until });
        return true;
    }

    /// <summary>That a statement was paid out.</summary>
    public async Task Sent(Payout payout, CancellationToken ct)
    {
        var statement = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == payout.InvoiceId, ct);
        var host = new OrganisationId(payout.OrganisationId ?? Guid.Empty);
        if (await db.Set<Organisation>().AsNoTracking().Where(o => o.Id == host).Select(o => o.Email).SingleOrDefaultAsync(ct) is not { } to || !MailQueue.IsAddress(to))
        {
            return;
        }

        var (language, amount) = (statement.Language, Words.Amount(payout.Amount, payout.Currency, statement.Language));
        var content = new MailContent(Texts.In(language, "payments.payouts.mail.sent"), [Texts.In(language, "payments.payouts.mail.sent.what", amount, statement.Number)])
        {
            Facts =
            [
                new MailFact(Texts.In(language, "payments.payouts.statement"), statement.Number),
                new MailFact(Texts.In(language, "payments.payouts.month"), statement.PeriodFrom.ToString("MMMM yyyy", Words.Culture(language))),
                new MailFact(Texts.In(language, "payments.payouts.amount"), amount),
            ],
            SmallPrint = [Texts.In(language, "payments.payouts.mail.sent.bank")],
        };
        mails.Enqueue(new NewMail("payout.sent", to, language, Texts.In(language, "payments.payouts.mail.sent.subject", statement.Number), content));
    }
}
