using Ladewerk.Billing.Dunning;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing.Credits;

/// <summary>A credit is set against an invoice.</summary>
/// <param name="ToInvoiceId">Of the same account, and not paid yet.</param>
/// <param name="Amount">Absent: as much as there is and is needed.</param>
public sealed record ApplyCredit(Guid ToInvoiceId, decimal? Amount = null);

/// <summary>A credit was paid back by another way than the payment provider.</summary>
/// <param name="Reference">Such as the bank's own: the same one is noted once.</param>
/// <param name="PaidOn">Absent: today.</param>
/// <param name="Amount">Absent: all of it.</param>
public sealed record PaidBackCredit(string Reference, DateOnly? PaidOn = null, decimal? Amount = null);

/// <summary>What came of settling a credit.</summary>
internal abstract record CreditResult
{
    public sealed record Settled(decimal Amount) : CreditResult;

    /// <summary>There is no such document, or nothing is owed on it.</summary>
    public sealed record NoCredit : CreditResult;

    public sealed record Invalid(string Field, string Error) : CreditResult;

    /// <summary>The reference was noted before.</summary>
    public sealed record Known : CreditResult;
}

/// <summary>Settles what is owed to a customer: against another invoice, or as paid back. Never more than is owed, however many do it at once.</summary>
internal sealed class SettleCredit(LadewerkDb db, FindCredits credits, ReminderFees fees, NoteInvoicePayment note, AuditLog audit, TimeProvider time)
{
    /// <summary>As payments name it; nothing moves at the bank.</summary>
    public const string Source = "credit";

    public async Task<CreditResult> Apply(InvoiceId from, ApplyCredit wish, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var to = new InvoiceId(wish.ToInvoiceId);
        if (await Held(from, to, ct) is not { } credit)
        {
            return new CreditResult.NoCredit();
        }

        var target = await db.Set<Invoice>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == to, ct);
        if (to == from || target is not { Kind: InvoiceKind.Invoice, State: InvoiceState.Issued } || target.BillingAccountId != credit.BillingAccountId || target.Currency != credit.Credit.Currency)
        {
            return new CreditResult.Invalid("toInvoiceId", "An invoice of the same account and currency that holds.");
        }

        var open = decimal.Max(0m, target.Gross - target.Paid) + (await fees.Of(to, ct)).Owed;
        var most = decimal.Min(credit.Credit.Amount, open);
        var amount = wish.Amount ?? most;
        if (Fault(amount, most, target.Currency) is { } fault)
        {
            return fault;
        }

        var (name, today) = (Guid.CreateVersion7().ToString("N"), Today(target));
        await note.Run(from, new NewInvoicePayment(-amount, today, Source, $"{target.Number} {name} -"), ct);
        await note.Run(to, new NewInvoicePayment(amount, today, Source, $"{credit.Number} {name} +"), ct);
        audit.Record("credit.applied", "invoice", credit.Number, after: new { amount, to = target.Number });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new CreditResult.Settled(amount);
    }

    public async Task<CreditResult> PaidBack(InvoiceId from, PaidBackCredit wish, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(wish.Reference) || wish.Reference.Length > 200)
        {
            return new CreditResult.Invalid("reference", "1 to 200 characters.");
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await Held(from, from, ct) is not { } credit)
        {
            return new CreditResult.NoCredit();
        }

        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == from, ct);
        var (amount, today) = (wish.Amount ?? credit.Credit.Amount, Today(invoice));
        if (Fault(amount, credit.Credit.Amount, invoice.Currency) is { } fault)
        {
            return fault;
        }

        if (wish.PaidOn is { } on && (on > today.AddDays(1) || on < invoice.IssuedOn))
        {
            return new CreditResult.Invalid("paidOn", "A day that has been, not before the document's.");
        }

        var noted = await note.Run(from, new NewInvoicePayment(-amount, wish.PaidOn ?? today, "transfer", wish.Reference.Trim()), ct);
        if (noted.Note == PaymentNote.Known)
        {
            return new CreditResult.Known();
        }

        audit.Record("credit.paidBack", "invoice", credit.Number, after: new { amount, wish.Reference });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new CreditResult.Settled(amount);
    }

    /// <summary>The credit, while nobody else can take of it. In the order of ids, so that two cannot block each other.</summary>
    private async Task<CreditView?> Held(InvoiceId from, InvoiceId to, CancellationToken ct)
    {
        Guid[] both = [from.Value, to.Value];
        await db.Database.ExecuteSqlAsync($"select from invoice where id = any({both}) order by id for update", ct);
        return await credits.Of((NpgsqlConnection)db.Database.GetDbConnection(), from, ct);
    }

    private static CreditResult.Invalid? Fault(decimal amount, decimal most, string currency) => amount > 0m && amount <= most && decimal.Round(amount, MinorUnits.Of(currency)) == amount
        ? null : new CreditResult.Invalid("amount", FormattableString.Invariant($"More than 0, at most {most}, in whole cents."));

    private DateOnly Today(Invoice i) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(i.TimeZone)).DateTime);
}
