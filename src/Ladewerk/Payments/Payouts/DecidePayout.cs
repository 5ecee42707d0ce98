using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Payouts;

/// <summary>What came of a decision about a payout.</summary>
internal abstract record PayoutResult
{
    public sealed record Done : PayoutResult;

    public sealed record NoPayout : PayoutResult;

    /// <summary>Not in this state, or the host cannot receive money yet; why as a stable word.</summary>
    public sealed record Refused(string Why) : PayoutResult;

    public sealed record Invalid(string Field, string Error) : PayoutResult;
}

/// <summary>It was paid by another way.</summary>
/// <param name="Reference">Of the bank transfer or the payroll.</param>
/// <param name="PaidOn">Absent: today.</param>
internal sealed record PaidOtherwise(string Reference, DateOnly? PaidOn = null);

/// <summary>Money is to come back.</summary>
/// <param name="Amount">Absent: all that has not come back yet.</param>
internal sealed record TakeBackWish(decimal? Amount = null, string? Reason = null);

/// <summary>What a person decides about a payout; the worker has the provider do it.</summary>
internal sealed class DecidePayout(LadewerkDb db, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>Sends it as soon as the provider can; a refused one is tried again.</summary>
    public async Task<PayoutResult> Release(PayoutId id, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await Locked(id, ct) is not { } payout)
        {
            return new PayoutResult.NoPayout();
        }

        if (payout.State is not (PayoutState.Waiting or PayoutState.Failed))
        {
            return new PayoutResult.Refused(payout.State is PayoutState.Released ? "released" : "over");
        }

        if (!await db.Set<PayoutAccount>().AnyAsync(a => a.OrganisationId == payout.OrganisationId && a.State == PayoutAccountState.Ready, ct))
        {
            return new PayoutResult.Refused("hostNotReady");
        }

        (payout.State, payout.ReleasedAt, payout.ReleasedBy, payout.FinishedAt) = (PayoutState.Released, time.GetUtcNow(), actor.Name, null);
        return await Decided(payout, "payout.released", new { payout.Amount, payout.Currency }, null, transaction, ct);
    }

    /// <summary>Releases all that wait for it and whose hosts can receive money.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ReleaseAll(CancellationToken ct)
    {
        var ready = db.Set<PayoutAccount>().Where(a => a.State == PayoutAccountState.Ready).Select(a => (Guid?)a.OrganisationId);
        var count = 0;
        foreach (var id in await db.Set<Payout>().Where(p => p.State == PayoutState.Waiting && ready.Contains(p.OrganisationId)).OrderBy(p => p.CreatedAt).Select(p => p.Id).ToListAsync(ct))
        {
            db.ChangeTracker.Clear();
            count += await Release(id, ct) is PayoutResult.Done ? 1 : 0;
        }

        return count;
    }

    /// <summary>Notes that it was paid by another way; the provider is not asked for it any more.</summary>
    public async Task<PayoutResult> Paid(PayoutId id, PaidOtherwise wish, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var on = wish.PaidOn ?? DateOnly.FromDateTime(now.UtcDateTime);
        if (string.IsNullOrWhiteSpace(wish.Reference) || wish.Reference.Length > 200)
        {
            return new PayoutResult.Invalid("reference", "1 to 200 characters.");
        }

        if (on > DateOnly.FromDateTime(now.UtcDateTime.AddDays(1)) || on.Year < 2000)
        {
            return new PayoutResult.Invalid("paidOn", "A day that has been.");
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await Locked(id, ct) is not { } payout)
        {
            return new PayoutResult.NoPayout();
        }

        // One that was released may be on its way.
        if (payout.State is not (PayoutState.Waiting or PayoutState.Failed))
        {
            return new PayoutResult.Refused(payout.State is PayoutState.Released ? "released" : "over");
        }

        (payout.State, payout.Reference, payout.PaidOn, payout.FinishedAt) = (PayoutState.PaidOtherwise, wish.Reference.Trim(), on, now);
        return await Decided(payout, "payout.paidOtherwise", new { payout.Amount, payout.Currency, payout.Reference, on }, Movements.PaidOtherwise(payout), transaction, ct);
    }

    /// <summary>Asks for money to come back from the host's account; never more than was sent, however many ask at once.</summary>
    public async Task<PayoutResult> TakeBack(PayoutId id, TakeBackWish wish, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await Locked(id, ct) is not { } payout)
        {
            return new PayoutResult.NoPayout();
        }

        if (payout.State != PayoutState.Sent)
        {
            return new PayoutResult.Refused("notSent");
        }

        var left = payout.Amount - await db.Set<PayoutReturn>().Where(r => r.PayoutId == id && r.State != RefundState.Failed).SumAsync(r => r.Amount, ct);
        var amount = wish.Amount ?? left;
        if (amount <= 0 || amount > left || decimal.Round(amount, MinorUnits.Of(payout.Currency)) != amount)
        {
            return new PayoutResult.Invalid("amount", FormattableString.Invariant($"More than 0, at most {left}, in whole cents."));
        }

        if (wish.Reason?.Length > 500)
        {
            return new PayoutResult.Invalid("reason", "At most 500 characters.");
        }

        db.Add(new PayoutReturn
        {
            TenantId = payout.TenantId, PayoutId = id, Amount = amount, Reason = string.IsNullOrWhiteSpace(wish.Reason) ? null : wish.Reason.Trim(), AskedBy = actor.Name, AskedAt = time.GetUtcNow(),
        });
        return await Decided(payout, "payout.takenBack", new { amount, payout.Currency, wish.Reason }, null, transaction, ct);
    }

    private Task<Payout?> Locked(PayoutId id, CancellationToken ct) => db.Set<Payout>().FromSql($"select * from payout where id = {id.Value} for no key update").SingleOrDefaultAsync(ct);

    private async Task<PayoutResult> Decided(Payout payout, string what, object after, Movement? movement, Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        audit.Record(what, "payout", payout.Id.Value.ToString(), after: after);
        await db.SaveChangesAsync(ct);
        if (movement is not null)
        {
            await Ledger.Book((NpgsqlConnection)db.Database.GetDbConnection(), payout.TenantId, movement, now, ct);
        }

        var due = payout.State is PayoutState.Released or PayoutState.Sent ? now : (DateTimeOffset?)null;
        await db.Database.ExecuteSqlAsync($"update payout set due_at = {due}::timestamptz, attempts = 0, last_error = null where id = {payout.Id.Value}", ct);
        await transaction.CommitAsync(ct);
        return new PayoutResult.Done();
    }
}
