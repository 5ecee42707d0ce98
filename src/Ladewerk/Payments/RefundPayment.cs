using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments;

/// <summary>What came of a wish to give money back.</summary>
internal abstract record RefundResult
{
    public sealed record Asked(PaymentRefund Refund) : RefundResult;

    public sealed record NoPayment : RefundResult;

    public sealed record Invalid(string Field, string Error) : RefundResult;
}

/// <summary>Money back to the payer.</summary>
/// <param name="Amount">Gross; absent: all that has not gone back yet.</param>
/// <param name="Reason">In the words of who does it.</param>
internal sealed record RefundWish(decimal? Amount = null, string? Reason = null);

/// <summary>Asks for money to go back; the worker has the provider do it. Never more than was taken, however many ask at once.</summary>
internal sealed class RefundPayment(LadewerkDb db, Actor actor, AuditLog audit, TimeProvider time)
{
    public async Task<RefundResult> Run(PaymentId id, RefundWish wish, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Set<Payment>().FromSql($"select * from payment where id = {id.Value} for no key update").AsNoTracking().SingleOrDefaultAsync(ct) is not { } payment)
        {
            return new RefundResult.NoPayment();
        }

        var left = payment.Captured - await db.Set<PaymentRefund>().Where(r => r.PaymentId == id && r.State != RefundState.Failed).SumAsync(r => r.Amount, ct);
        var amount = wish.Amount ?? left;
        if (amount <= 0 || amount > left || decimal.Round(amount, MinorUnits.Of(payment.Currency)) != amount)
        {
            return new RefundResult.Invalid("amount", FormattableString.Invariant($"More than 0, at most {left}, in whole cents."));
        }

        if (wish.Reason?.Length > 500)
        {
            return new RefundResult.Invalid("reason", "At most 500 characters.");
        }

        var refund = new PaymentRefund
        {
            TenantId = payment.TenantId, PaymentId = id, Amount = amount, Reason = string.IsNullOrWhiteSpace(wish.Reason) ? null : wish.Reason.Trim(), AskedBy = actor.Name, AskedAt = time.GetUtcNow(),
        };
        db.Add(refund);
        audit.Record("payment.refunded", "payment", id.Value.ToString(), after: new { amount, payment.Currency, wish.Reason });
        await db.SaveChangesAsync(ct);
        await db.Database.ExecuteSqlAsync($"update payment set due_at = {time.GetUtcNow()} where id = {id.Value}", ct);
        await transaction.CommitAsync(ct);
        return new RefundResult.Asked(refund);
    }
}
