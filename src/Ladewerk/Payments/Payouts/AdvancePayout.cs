using Ladewerk.Billing;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Payouts;

/// <summary>
/// Takes a payout one step further: transfers what was released, and books what comes back. It may be run at any time, any number of times, and after a
/// crash at any point: the provider is asked for the transfer before it is asked for a second one, and each call has a key of the payout's own.
/// </summary>
internal sealed partial class AdvancePayout(LadewerkDb db, PaymentAccounts accounts, PayoutMails mails, AuditLog audit, TimeProvider time, ILogger<AdvancePayout> logger)
{
    private const string NotReady = "host_not_ready";

    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1), WhenThereIsMoney = TimeSpan.FromHours(1), Day = TimeSpan.FromDays(1);

    private readonly record struct Next(DateTimeOffset? At, string? Error = null);

    public async Task Run(PayoutId id, CancellationToken ct)
    {
        if (await db.Set<Payout>().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } payout)
        {
            return;
        }

        try
        {
            await Rest(id, await accounts.Payouts(ct) is { } provider ? await Step(payout, provider, ct) : new Next(Now + Later), ct);
        }
        catch (PaymentProviderException failed)
        {
            LogFailed(id, failed.Fault, failed.Code);
            await Rest(id, new Next(Now + PaymentRules.Rest(payout.Attempts), failed.Code ?? failed.Fault.ToString()), ct);
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private async Task<Next> Step(Payout payout, IPayoutProvider provider, CancellationToken ct) => payout.State switch
    {
        PayoutState.Waiting => await Release(payout, provider, ct),
        PayoutState.Released => await Send(payout, provider, ct),
        PayoutState.Sent => await Returns(payout, provider, ct),
        PayoutState.PaidOtherwise or PayoutState.Failed or PayoutState.Cancelled => default,
        _ => throw new ArgumentOutOfRangeException(nameof(payout), payout.State, "No such state."),
    };

    /// <summary>Its day has come; where the operator wants it, nobody need release it.</summary>
    private async Task<Next> Release(Payout payout, IPayoutProvider provider, CancellationToken ct)
    {
        if (!(await accounts.Settings(ct)).PayoutsAutomatic || payout.OrganisationId is null)
        {
            return default;
        }

        if (await Host(payout, ct) is null)
        {
            return new Next(Now + Day, NotReady);
        }

        // Somebody may have noted in this very moment that it is paid already.
        var now = Now;
        var released = await db.Set<Payout>().Where(p => p.Id == payout.Id && p.State == PayoutState.Waiting)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.State, PayoutState.Released).SetProperty(p => p.ReleasedAt, now).SetProperty(p => p.ReleasedBy, "system"), ct);
        await db.Entry(payout).ReloadAsync(ct);
        return released == 1 ? await Send(payout, provider, ct) : default;
    }

    private async Task<Next> Send(Payout payout, IPayoutProvider provider, CancellationToken ct)
    {
        // After a crash: the provider may have forgotten the key, but not the transfer.
        var made = payout.BegunAt is null ? null : await provider.FindTransfer(payout.Id.Value, ct);
        if (made is null)
        {
            if (await IsCancelled(payout, ct))
            {
                return await End(payout, PayoutState.Cancelled, null, ct);
            }

            if (await Host(payout, ct) is not { } host)
            {
                payout.Tries++;
                return await End(payout, PayoutState.Failed, NotReady, ct);
            }

            (payout.BegunAt, payout.Destination) = (Now, host);
            await db.SaveChangesAsync(ct);
            try
            {
                var title = await db.Set<Invoice>().Where(i => i.Id == payout.InvoiceId).Select(i => i.Number).SingleAsync(ct);
                made = await provider.Transfer(new TransferRequest(payout.Id.Value, host, payout.Of(payout.Amount), title), FormattableString.Invariant($"ladewerk-{payout.Id.Value:N}-transfer-{payout.Tries}"), ct);
            }
            catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Declined or ProviderFault.Invalid or ProviderFault.State)
            {
                return await Refused(payout, refused, ct);
            }
        }

        await Sent(payout, made, ct);
        return default;
    }

    private async Task Sent(Payout payout, ProviderTransfer made, CancellationToken ct)
    {
        (payout.State, payout.TransferId, payout.Destination, payout.Fee, payout.FinishedAt) = (PayoutState.Sent, made.Id, made.Account, made.Fee, Now);
        audit.Record("payout.sent", "payout", payout.Id.Value.ToString(), after: new { payout.Amount, payout.Currency, payout.TransferId });
        await mails.Sent(payout, ct);
        await Together(payout, [Movements.Sent(payout), Movements.Kept(payout)], ct);
        LogSent(payout.Id, payout.Amount, payout.Currency);
    }

    /// <summary>A definite no: the next try is another one to the provider, which would otherwise answer as it did.</summary>
    private async Task<Next> Refused(Payout payout, PaymentProviderException refused, CancellationToken ct)
    {
        payout.Tries++;
        if (refused.Code == "balance_insufficient")
        {
            await db.SaveChangesAsync(ct);
            return new Next(Now + WhenThereIsMoney, refused.Code);
        }

        return await End(payout, PayoutState.Failed, refused.Code, ct);
    }

    private async Task<Next> End(Payout payout, PayoutState state, string? error, CancellationToken ct)
    {
        (payout.State, payout.FinishedAt) = (state, Now);
        audit.Record(state == PayoutState.Failed ? "payout.failed" : "payout.cancelled", "payout", payout.Id.Value.ToString(), after: new { error });
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        if (state == PayoutState.Failed)
        {
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), payout.TenantId, new PayoutFailed(payout.Id.Value, payout.Tries), ct);
        }

        await transaction.CommitAsync(ct);
        LogEnded(payout.Id, state, error);
        return new Next(null, error);
    }

    /// <summary>Does what was asked for, and books what came back by another way, each once.</summary>
    private async Task<Next> Returns(Payout payout, IPayoutProvider provider, CancellationToken ct)
    {
        var there = await provider.Returns(payout.TransferId!, ct);
        var ours = await db.Set<PayoutReturn>().Where(r => r.PayoutId == payout.Id).OrderBy(r => r.AskedAt).ToListAsync(ct);
        foreach (var asked in ours.Where(r => r.State == RefundState.Asked))
        {
            var made = there.FirstOrDefault(r => r.Return == asked.Id);
            try
            {
                made ??= await provider.TakeBack(payout.TransferId!, asked.Id, payout.Of(asked.Amount), $"ladewerk-{asked.Id:N}-return", ct);
            }
            catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Declined or ProviderFault.Invalid or ProviderFault.State)
            {
                asked.LastError = refused.Code;
            }

            await Came(payout, asked, made, ct);
        }

        foreach (var stranger in there.Where(r => r.Return is null && !ours.Any(o => o.ProviderId == r.Id)))
        {
            var row = new PayoutReturn { TenantId = payout.TenantId, PayoutId = payout.Id, Amount = stranger.Amount.Amount, AskedBy = "provider", AskedAt = Now };
            db.Add(row);
            await Came(payout, row, stranger, ct);
        }

        return default;
    }

    private async Task Came(Payout payout, PayoutReturn row, ProviderReturn? made, CancellationToken ct)
    {
        (row.State, row.ProviderId, row.DoneAt) = (made is null ? RefundState.Failed : RefundState.Done, made?.Id, Now);
        payout.Returned += made is null ? 0 : row.Amount;
        await Together(payout, made is null ? [] : [Movements.Returned(payout, row)], ct);
    }

    private Task<bool> IsCancelled(Payout payout, CancellationToken ct) => db.Set<Invoice>().AnyAsync(i => i.Id == payout.InvoiceId && i.State == InvoiceState.Cancelled, ct);

    private Task<string?> Host(Payout payout, CancellationToken ct) =>
        db.Set<PayoutAccount>().Where(a => a.OrganisationId == payout.OrganisationId && a.State == PayoutAccountState.Ready).Select(a => a.ProviderId).SingleOrDefaultAsync(ct);

    private async Task Together(Payout payout, IReadOnlyList<Movement> movements, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        foreach (var movement in movements)
        {
            await Ledger.Book((NpgsqlConnection)db.Database.GetDbConnection(), payout.TenantId, movement, Now, ct);
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Gives it back until it is due; what has rung meanwhile is due at once.</summary>
    private Task<int> Rest(PayoutId id, Next next, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        update payout set lease_until = null, due_at = least(due_at, {next.At}), last_error = {next.Error}, attempts = case when {next.Error}::text is null then 0 else attempts + 1 end
        where id = {id.Value}
        """,
        ct);

    [LoggerMessage(LogLevel.Information, "Payout {PayoutId} of {Amount} {Currency} was sent")]
    private partial void LogSent(PayoutId payoutId, decimal amount, string currency);

    [LoggerMessage(LogLevel.Warning, "Payout {PayoutId} is {State} ({Code})")]
    private partial void LogEnded(PayoutId payoutId, PayoutState state, string? code);

    [LoggerMessage(LogLevel.Warning, "Payout {PayoutId} waits for the provider: {Fault} ({Code})")]
    private partial void LogFailed(PayoutId payoutId, ProviderFault fault, string? code);
}

/// <summary>What payouts book.</summary>
internal static class Movements
{
    public static Movement Sent(Payout p) =>
        new($"transfer:{p.Id.Value:N}", "transfer", p.Currency, [new(LedgerAccount.Payable, p.Amount), new(LedgerAccount.Provider, -p.Amount)]) { Invoice = p.InvoiceId };

    public static Movement Kept(Payout p) =>
        new($"transferFee:{p.Id.Value:N}", "fee", p.Currency, [new(LedgerAccount.Fee, p.Fee ?? 0), new(LedgerAccount.Provider, -(p.Fee ?? 0))]) { Invoice = p.InvoiceId };

    public static Movement Returned(Payout p, PayoutReturn r) =>
        new($"return:{r.Id:N}", "transfer", p.Currency, [new(LedgerAccount.Provider, r.Amount), new(LedgerAccount.Payable, -r.Amount)]) { Invoice = p.InvoiceId };

    public static Movement PaidOtherwise(Payout p) =>
        new($"paidOut:{p.Id.Value:N}", "paidOut", p.Currency, [new(LedgerAccount.Payable, p.Amount), new(LedgerAccount.Payout, -p.Amount)]) { Invoice = p.InvoiceId };
}
