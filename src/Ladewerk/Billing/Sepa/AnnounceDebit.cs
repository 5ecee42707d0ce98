using Ladewerk.Billing.Templates;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Billing.Sepa;

/// <summary>A debit that shall be made for an invoice.</summary>
/// <param name="Reference">Names the debit; the same one is announced once.</param>
/// <param name="Amount">In the invoice's currency.</param>
/// <param name="Mandate">The mandate's reference.</param>
/// <param name="Account">The last digits of the payer's account; never the whole number.</param>
/// <param name="CreditorId">Of whoever debits (Gläubiger-Identifikationsnummer); null: the payment provider's stands on the mandate.</param>
public sealed record PlannedDebit(string Reference, decimal Amount, string Mandate, string Account, string? CreditorId = null);

/// <summary>What a payer was told of a debit. It never changes.</summary>
public sealed class SepaNotice : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required InvoiceId InvoiceId { get; init; }
    public required string Reference { get; init; }
    public required decimal Amount { get; init; }
    public required string Currency { get; init; }
    public required string Mandate { get; init; }
    public string? CreditorId { get; init; }
    public required string Account { get; init; }

    /// <summary>Not before this day.</summary>
    public required DateOnly DebitOn { get; init; }

    /// <summary>Whether a mail left; without an address somebody must write a letter.</summary>
    public required bool Mailed { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SepaModel : IEntityTypeConfiguration<SepaNotice>
{
    public void Configure(EntityTypeBuilder<SepaNotice> builder) => builder.HasKey(n => n.Id);
}

/// <summary>
/// Tells a payer by mail of a debit before it is made, as the SEPA Core Direct Debit rulebook wants it (14 days, or as many as were agreed), and says from which day on
/// it may be made. Whoever debits asks here first; asked again for the same debit, the answer is the same and nothing is sent.
/// </summary>
internal sealed class AnnounceDebit(LadewerkDb db, MailQueue mails, InvoiceAddresses addresses, SaveBillingSettings settings, AuditLog audit, TimeProvider time)
{
    /// <returns>The day from which on the debit may be made, in the invoice's zone; null: the invoice is not one that is owed.</returns>
    public async Task<DateOnly?> Run(InvoiceId id, PlannedDebit debit, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Set<Invoice>().FromSql($"select * from invoice where id = {id.Value} for update").AsNoTracking().SingleOrDefaultAsync(ct) is not { Kind: InvoiceKind.Invoice, State: InvoiceState.Issued, SettledOn: null } invoice)
        {
            return null;
        }

        if (await db.Set<SepaNotice>().AsNoTracking().SingleOrDefaultAsync(n => n.InvoiceId == id && n.Reference == debit.Reference, ct) is { } known)
        {
            return known.DebitOn;
        }

        var now = time.GetUtcNow();
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(invoice.TimeZone)).DateTime);
        var to = await addresses.Of(invoice, ct);
        var notice = new SepaNotice
        {
            TenantId = invoice.TenantId, InvoiceId = id, Reference = debit.Reference, Amount = debit.Amount, Currency = invoice.Currency, Mandate = debit.Mandate, CreditorId = debit.CreditorId,
            Account = debit.Account, DebitOn = DebitDay.Of(today, invoice.DueOn, (await settings.Current(ct)).PreNotificationDays), Mailed = to is not null, CreatedAt = now,
        };
        db.Add(notice);
        if (to is not null)
        {
            mails.Enqueue(MailOf(invoice, notice, to));
        }

        audit.Record("invoice.debitAnnounced", "invoice", invoice.Number, after: new { notice.Amount, notice.DebitOn, notice.Mailed });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return notice.DebitOn;
    }

    private static NewMail MailOf(Invoice invoice, SepaNotice notice, string to)
    {
        var (language, figures) = (invoice.Language, new Figures(InvoiceTexts.In(invoice.Language), invoice.Currency));
        string Say(string key, params object[] with) => Texts.In(language, key, with);
        var subject = Say("billing.sepa.subject", invoice.Number);
        var facts = new List<MailFact>
        {
            new(Say("billing.sepa.amount"), figures.Money(notice.Amount)), new(Say("billing.sepa.on"), figures.Long(notice.DebitOn)), new(Say("billing.sepa.account"), "… " + notice.Account),
            new(Say("billing.sepa.mandate"), notice.Mandate),
        };
        if (notice.CreditorId is { } creditor)
        {
            facts.Add(new MailFact(Say("billing.sepa.creditor"), creditor));
        }

        return new NewMail("debit", to, language, subject, new MailContent(subject, [Say("billing.sepa.text", invoice.Number, figures.Long(notice.DebitOn))]) { Facts = facts });
    }
}

/// <summary>From when on a debit may be made; pure.</summary>
internal static class DebitDay
{
    /// <summary>Not before the invoice is due nor before the notice is old enough; on a day of the week on which banks work (TARGET holidays move it at the bank).</summary>
    public static DateOnly Of(DateOnly today, DateOnly? dueOn, int days)
    {
        var day = today.AddDays(days);
        day = dueOn > day ? dueOn.Value : day;
        return day.DayOfWeek switch { DayOfWeek.Saturday => day.AddDays(2), DayOfWeek.Sunday => day.AddDays(1), _ => day };
    }
}
