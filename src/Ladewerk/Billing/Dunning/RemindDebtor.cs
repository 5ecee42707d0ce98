using Ladewerk.Billing.Templates;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Billing.Dunning;

/// <summary>A reminder that went out. It never changes.</summary>
public sealed class DunningNotice : ITenantOwned
{
    public required InvoiceId InvoiceId { get; init; }

    /// <summary>1 is the first.</summary>
    public required int Level { get; init; }
    public required TenantId TenantId { get; init; }
    public required DateOnly IssuedOn { get; init; }
    public required DateOnly PayUntil { get; init; }
    public required decimal OpenAmount { get; init; }
    public required decimal Fee { get; init; }

    /// <summary>Whether a mail left; without an address somebody must write a letter.</summary>
    public required bool Mailed { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class DunningModel : IEntityTypeConfiguration<DunningNotice>
{
    public void Configure(EntityTypeBuilder<DunningNotice> builder) => builder.HasKey(n => new { n.InvoiceId, n.Level });
}

/// <summary>Sends the reminder of an invoice that is due, once per level.</summary>
internal sealed class RemindDebtor(LadewerkDb db, TenantContext tenant, MailQueue mails, InvoiceAddresses addresses, ReminderFees owed, BlockDebtor block, IEnumerable<IPayLinks> pay, AuditLog audit, TimeProvider time)
{
    private const int DaysToPay = 7;

    /// <returns>The level of the reminder that was sent; null: none is due (any more).</returns>
    public async Task<int?> Run(InvoiceId id, BillingSettings settings, DateOnly today, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var invoice = await db.Set<Invoice>().FromSql($"select * from invoice where id = {id.Value} for update").SingleOrDefaultAsync(ct);
        if (invoice is not { Kind: InvoiceKind.Invoice, State: InvoiceState.Issued, SettledOn: null, BillingAccountId: { } account } || DunningSchedule.Due(OwedOf(invoice), settings.Schedule, today) is not { } level)
        {
            return null;
        }

        var to = await addresses.Of(invoice, ct);
        var notice = new DunningNotice
        {
            InvoiceId = id, Level = level, TenantId = tenant.Current, IssuedOn = today, PayUntil = today.AddDays(DaysToPay), OpenAmount = invoice.Gross - invoice.Paid,
            Fee = settings.Schedule[level - 1].Fee, Mailed = to is not null, CreatedAt = time.GetUtcNow(),
        };
        db.Add(notice);
        (invoice.DunningLevel, invoice.DunnedOn) = (level, today);
        if (to is not null)
        {
            var fees = (await owed.Of(id, ct)).Owed + notice.Fee;
            mails.Enqueue(MailOf(invoice, notice, fees, to, blocks: settings.BlockAtLevel <= level, await PayAt(id, ct)));
        }

        audit.Record("invoice.reminded", "invoice", invoice.Number, after: new { level, notice.OpenAmount, notice.Fee, notice.Mailed });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        if (settings.BlockAtLevel <= level)
        {
            await block.Run(account, settings.BlockFrom, ct);
        }

        return level;
    }

    /// <summary>Where it can be paid at once.</summary>
    private async Task<Uri?> PayAt(InvoiceId id, CancellationToken ct)
    {
        foreach (var way in pay)
        {
            if (await way.Of(id, ct) is { } address)
            {
                return address;
            }
        }

        return null;
    }

    private static OwedInvoice OwedOf(Invoice i) => new(i.Gross, i.Paid, i.DueOn, i.DunningLevel, i.DunnedOn, i.DunningHold);

    private static NewMail MailOf(Invoice invoice, DunningNotice notice, decimal fees, string to, bool blocks, Uri? pay)
    {
        var (language, figures) = (invoice.Language, new Figures(InvoiceTexts.In(invoice.Language), invoice.Currency));
        string Say(string key, params object[] with) => Texts.In(language, key, with);
        var subject = Say(notice.Level == 1 ? "billing.dunning.first" : "billing.dunning.later", notice.Level, invoice.Number);
        List<string> paragraphs = [Say("billing.dunning.text", invoice.Number, figures.Long(invoice.DueOn!.Value), figures.Long(notice.PayUntil))];
        if (blocks)
        {
            paragraphs.Add(Say("billing.dunning.blocks"));
        }

        var facts = new List<MailFact> { new(Say("billing.dunning.open"), figures.Money(notice.OpenAmount)) };
        if (fees > 0m)
        {
            facts.Add(new MailFact(Say("billing.dunning.fees"), figures.Money(fees)));
            facts.Add(new MailFact(Say("billing.dunning.total"), figures.Money(notice.OpenAmount + fees)));
        }

        if (invoice.Supplier.Iban is { Length: > 0 } iban)
        {
            facts.Add(new MailFact("IBAN", iban));
        }

        return new NewMail("dunning", to, language, subject, new MailContent(subject, paragraphs) { Facts = facts, Action = pay is null ? null : new MailAction(Say("billing.dunning.pay"), pay), SmallPrint = [Say("billing.dunning.crossed")] });
    }
}
