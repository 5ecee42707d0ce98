using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Notifications;

/// <summary>What an operator sees of the mail queue, and does about it.</summary>
internal sealed class MailOffice(LadewerkDb db, MailQueue queue, MailOptions options, MailState state, AuditLog audit, TimeProvider time)
{
    /// <summary>How mail stands.</summary>
    public async Task<MailStateView> State(CancellationToken ct)
    {
        var (mails, day) = (db.Set<QueuedMail>().AsNoTracking(), time.GetUtcNow().AddDays(-1));
        return new(
            options.IsConfigured, options.From, state.Trouble,
            await mails.LongCountAsync(m => m.SentAt == null && m.ParkedAt == null, ct), await mails.LongCountAsync(m => m.ParkedAt != null, ct), await mails.LongCountAsync(m => m.SentAt >= day, ct));
    }

    /// <summary>Mails in a state (waiting, parked, sent; null: all), the newest first.</summary>
    public async Task<IReadOnlyList<MailView>> List(string? wanted, Guid? after, int count, CancellationToken ct)
    {
        var mails = db.Set<QueuedMail>().AsNoTracking();
        mails = wanted switch
        {
            "waiting" => mails.Where(m => m.SentAt == null && m.ParkedAt == null),
            "parked" => mails.Where(m => m.ParkedAt != null),
            "sent" => mails.Where(m => m.SentAt != null),
            _ => mails,
        };
        if (after is { } id && await db.Set<QueuedMail>().AsNoTracking().Where(m => m.Id == MailId.From(id)).Select(m => (DateTimeOffset?)m.CreatedAt).FirstOrDefaultAsync(ct) is { } at)
        {
            mails = mails.Where(m => EF.Functions.LessThan(ValueTuple.Create(m.CreatedAt, m.Id), ValueTuple.Create(at, MailId.From(id))));
        }

        return [.. (await mails.OrderByDescending(m => m.CreatedAt).ThenByDescending(m => m.Id).Take(count).ToListAsync(ct)).Select(View)];
    }

    /// <summary>Sends a parked mail again, unless what it said is gone.</summary>
    public async Task<bool> Retry(MailId id, CancellationToken ct)
    {
        if (await db.Set<QueuedMail>().FirstOrDefaultAsync(m => m.Id == id && m.ParkedAt != null && m.Body != null, ct) is not { } mail)
        {
            return false;
        }

        (mail.ParkedAt, mail.Attempts, mail.AvailableAt) = (null, 0, time.GetUtcNow());
        audit.Record("mail.retried", "mail", id.ToString());
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Sends a mail that says that mail works.</summary>
    public async Task SendTest(string to, CancellationToken ct)
    {
        var language = Texts.Language;
        var id = queue.Enqueue(new NewMail("test", to, language, Texts.In(language, "notifications.test.subject"), new MailContent(Texts.In(language, "notifications.test.subject"), [Texts.In(language, "notifications.test.text")])));
        audit.Record("mail.tested", "mail", id.ToString());
        await db.SaveChangesAsync(ct);
    }

    private static MailView View(QueuedMail m) => new(
        m.Id, m.Kind, m.Recipient, m.SentAt is not null ? "sent" : m.ParkedAt is not null ? "parked" : "waiting", m.Attempts, m.CreatedAt, m.AvailableAt, m.SentAt, m.ParkedAt, m.LastError);
}
