using Ladewerk.Billing;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>The end of a payment: takes the price from what is held, or releases it; and what comes after: the fee, refunds, corrections.</summary>
internal sealed partial class SettlePayment(LadewerkDb db, PaidStarts starts, PaymentReceipts receipts, IssueAdHocReceipt issue, CancelInvoice cancel, LiveFeed live, TimeProvider time, ILogger<SettlePayment> logger)
{
    /// <summary>The least that a card can be charged with, in most currencies.</summary>
    private const decimal Least = 0.50m;

    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    // The provider forgets keys after a day, and takes money back that the payer's bank refused for weeks.
    private static readonly TimeSpan KeysHold = TimeSpan.FromHours(20), MayFail = TimeSpan.FromDays(40);

    /// <summary>Takes the price of an ended session; does nothing while it has no charge detail record.</summary>
    public async Task Run(Payment payment, ChargingSession session, IPaymentProvider provider, CancellationToken ct)
    {
        if (await Standing(session.Id, ct) is not { } record)
        {
            return;
        }

        var price = record.InclVat ?? record.ExclVat ?? 0;
        var intent = await provider.Find(payment.IntentId!, ct);
        if (intent.State == ProviderState.Held && price > intent.Held.Amount)
        {
            intent = await HoldAll(payment, intent, price, provider, ct);
        }

        var settlement = intent.State == ProviderState.Captured
            ? new Settlement(intent.Captured.Amount, price - intent.Captured.Amount, null) // before a crash
            : PaymentRules.Settle(price, intent.Held.Amount, Least, record.EnergyWh.Value);
        (payment.CdrId, payment.Price) = (record.Id, price);
        if (settlement.Outcome is { } outcome)
        {
            await Release(payment, provider, outcome, ct, record);
            return;
        }

        if (intent.State != ProviderState.Captured)
        {
            intent = await provider.Capture(intent.Id, payment.Of(settlement.Capture), $"ladewerk-{payment.Id.Value:N}-capture", ct);
        }

        payment.Captured = intent.Captured.Amount;
        await Close(payment, PaymentState.Captured, null, record, [Movement.Captured(payment.Id, payment.Currency, payment.Captured), .. Fee(payment, intent)], ct);
        LogCaptured(payment.Id, payment.Captured, payment.Currency);
    }

    /// <summary>Releases what is held; nothing can be charged with it any more.</summary>
    public async Task<DateTimeOffset?> Release(Payment payment, IPaymentProvider provider, PaymentOutcome outcome, CancellationToken ct, ChargeDetailRecord? record = null)
    {
        await starts.Close(payment.Id.Value, ct);
        if (payment.IntentId is { } intent)
        {
            await Free(intent, payment, provider, ct);
        }

        await Close(payment, PaymentState.Released, outcome, record, [], ct);
        LogReleased(payment.Id, outcome);
        return null;
    }

    /// <summary>After the end: what came late.</summary>
    /// <returns>When to look again; null: when something rings.</returns>
    public async Task<DateTimeOffset?> Afterwards(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        if (payment.IntentId is not { } id)
        {
            return null;
        }

        if (payment.State == PaymentState.Released)
        {
            await Free(id, payment, provider, ct);
            return null;
        }

        await Corrected(payment, ct);
        await Receipt(payment, ct);
        await CameBack(payment, provider, ct);
        await Refund(payment, provider, ct);
        if (payment.Fee is not null)
        {
            return null;
        }

        var intent = await provider.Find(id, ct);
        if (intent.Fee is null)
        {
            return time.GetUtcNow() + Later;
        }

        await Together(payment, [.. Fee(payment, intent)], ct);
        return null;
    }

    /// <summary>The numbered receipt over the session; one, however often this is run. After a correction the former one is taken back.</summary>
    private async Task Receipt(Payment payment, CancellationToken ct)
    {
        if (payment.CdrId is not { } record || (payment.ReceiptId is { } given && await db.Set<ChargeDetailRecord>().AnyAsync(r => r.Id == record && r.InvoiceId == given, ct)))
        {
            return;
        }

        try
        {
            if (payment.ReceiptId is { } former)
            {
                await cancel.Run(former, new CancelRequest(Rebill: false), ct);
                (payment.ReceiptId, payment.ReceiptNumber) = (null, null);
            }

            if (await issue.Run(record, payment.Language, null, ct) is ReceiptResult.Issued issued)
            {
                (payment.ReceiptId, payment.ReceiptNumber) = (issued.Receipt, issued.Number);
            }

            await db.SaveChangesAsync(ct);
        }
        catch (SupplierIncompleteException)
        {
            LogNoReceipt(payment.Id); // the operator's own details are asked for on the page of invoices
        }
    }

    /// <summary>A correction made the session cheaper than what was taken: the difference goes back by itself.</summary>
    private async Task Corrected(Payment payment, CancellationToken ct)
    {
        if (payment.SessionId is not { } session || await Standing(session, ct) is not { } record || record.Id == payment.CdrId)
        {
            return;
        }

        var price = record.InclVat ?? record.ExclVat ?? 0;
        var asked = await db.Set<PaymentRefund>().Where(r => r.PaymentId == payment.Id && r.State != RefundState.Failed).SumAsync(r => r.Amount, ct);
        // Of several corrections in a row only the last may have been seen: what was booked is the payment's own record.
        var (before, vatBefore, over) = (payment.Price ?? 0, await VatOf(payment.CdrId, ct), payment.Captured - asked - price);
        if (over > 0)
        {
            db.Add(new PaymentRefund { TenantId = payment.TenantId, PaymentId = payment.Id, Amount = over, AskedBy = PaymentRefund.Itself, AskedAt = time.GetUtcNow() });
        }

        (payment.CdrId, payment.Price) = (record.Id, price);
        var sale = Movement.Sale($"sale:cdr:{record.Id.Value:N}", payment.Currency, price - before, InvoiceContent.VatAtThePoint(record) - vatBefore) with { Payment = payment.Id, Cdr = record.Id };
        // The card is not asked again: what is dearer now is lost, what was lost before may be less.
        await Together(payment, [sale, Movement.Lost(payment.Id, record.Id, payment.Currency, price - before + decimal.Max(over, 0))], ct);
    }

    private async Task<decimal> VatOf(CdrId? record, CancellationToken ct) =>
        record is { } id && await db.Set<ChargeDetailRecord>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) is { } found ? InvoiceContent.VatAtThePoint(found) : 0;

    private async Task Refund(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        foreach (var refund in await db.Set<PaymentRefund>().Where(r => r.PaymentId == payment.Id && r.State == RefundState.Asked).OrderBy(r => r.AskedAt).ToListAsync(ct))
        {
            ProviderRefund? made = null;
            try
            {
                made = refund.AskedAt < time.GetUtcNow() - KeysHold ? await provider.FindRefund(payment.IntentId!, refund.Id, ct) : null;
                made ??= await provider.Refund(payment.IntentId!, refund.Id, payment.Of(refund.Amount), $"ladewerk-{refund.Id:N}-refund", ct);
            }
            catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Declined or ProviderFault.Invalid or ProviderFault.State)
            {
                refund.LastError = refused.Code;
            }

            (refund.State, refund.ProviderId, refund.DoneAt) = (made is null or { IsFailed: true } ? RefundState.Failed : RefundState.Done, made?.Id, time.GetUtcNow());
            payment.Refunded += refund.State == RefundState.Done ? refund.Amount : 0;
            await Together(payment, refund.State == RefundState.Done ? [.. await Returned(payment, refund, ct)] : [], ct);
        }
    }

    private async Task<List<Movement>> Returned(Payment payment, PaymentRefund refund, CancellationToken ct)
    {
        List<Movement> movements = [Movement.Refunded(payment.Id, refund.Id, payment.Currency, refund.Amount)];
        if (refund.AskedBy != PaymentRefund.Itself && payment is { Price: > 0, CdrId: { } record })
        {
            var vat = decimal.Round(refund.Amount * await VatOf(record, ct) / payment.Price.Value, MinorUnits.Of(payment.Currency), MidpointRounding.AwayFromZero);
            movements.Add(Movement.Allowed(payment.Id, refund.Id, payment.Currency, refund.Amount, vat));
        }

        return movements;
    }

    /// <summary>A refund may fail long after it was made, where the payer's bank does not take it: the money is ours again, and the operator is to know.</summary>
    private async Task CameBack(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        var since = time.GetUtcNow() - MayFail;
        foreach (var refund in await db.Set<PaymentRefund>().Where(r => r.PaymentId == payment.Id && r.State == RefundState.Done && r.DoneAt > since).ToListAsync(ct))
        {
            if (await provider.FindRefund(payment.IntentId!, refund.Id, ct) is not { IsFailed: true })
            {
                continue;
            }

            (refund.State, refund.LastError) = (RefundState.Failed, "failed_later");
            payment.Refunded -= refund.Amount;
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.SaveChangesAsync(ct);
            foreach (var key in (string[])[$"refund:{refund.Id:N}", $"allowance:{refund.Id:N}"])
            {
                await Ledger.Undo((NpgsqlConnection)db.Database.GetDbConnection(), payment.TenantId, key, time.GetUtcNow(), ct);
            }

            await transaction.CommitAsync(ct);
        }
    }

    private static async Task<ProviderPayment> HoldAll(Payment payment, ProviderPayment intent, decimal price, IPaymentProvider provider, CancellationToken ct)
    {
        if (!intent.CanIncrease || !payment.CanIncrement)
        {
            return intent;
        }

        try
        {
            return await provider.Increase(intent.Id, payment.Of(price), FormattableString.Invariant($"ladewerk-{payment.Id.Value:N}-hold-{price}"), ct);
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Declined or ProviderFault.Invalid or ProviderFault.State)
        {
            return await provider.Find(intent.Id, ct);
        }
    }

    private static async Task Free(string intent, Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        var now = await provider.Find(intent, ct);
        if (now.State is not (ProviderState.Cancelled or ProviderState.Captured))
        {
            await provider.Cancel(intent, $"ladewerk-{payment.Id.Value:N}-cancel", ct);
        }
    }

    private Task<ChargeDetailRecord?> Standing(SessionId session, CancellationToken ct) => db.Set<ChargeDetailRecord>().AsNoTracking()
        .Where(r => r.SessionId == session && r.Kind != CdrKind.Credit).OrderByDescending(r => r.Revision).FirstOrDefaultAsync(ct);

    private static IEnumerable<Movement> Fee(Payment payment, ProviderPayment intent)
    {
        payment.Fee ??= intent.Fee;
        return payment.Fee is { } fee ? [Movement.Kept(payment.Id, payment.Currency, fee)] : [];
    }

    /// <summary>The end, all of it or nothing: state, what was sold, what was taken, what is lost, and the receipt.</summary>
    private async Task Close(Payment payment, PaymentState state, PaymentOutcome? outcome, ChargeDetailRecord? record, IEnumerable<Movement> moved, CancellationToken ct)
    {
        (payment.State, payment.Outcome, payment.FinishedAt) = (state, outcome, time.GetUtcNow());
        var movements = moved.ToList();
        if (record is not null && payment.Price is > 0)
        {
            movements.Insert(0, Movement.Sale($"sale:cdr:{record.Id.Value:N}", payment.Currency, payment.Price.Value, InvoiceContent.VatAtThePoint(record)) with { Payment = payment.Id, Cdr = record.Id });
            movements.Add(Movement.Lost(payment.Id, record.Id, payment.Currency, payment.Price.Value - payment.Captured));
        }

        await receipts.Enqueue(payment, record, ct);
        await Together(payment, movements, ct);
        live.Publish(payment.TenantId, "session", new { id = payment.SessionId, paid = state });
    }

    private async Task Together(Payment payment, IReadOnlyList<Movement> movements, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        foreach (var movement in movements)
        {
            await Ledger.Book((NpgsqlConnection)db.Database.GetDbConnection(), payment.TenantId, movement, time.GetUtcNow(), ct);
        }

        await transaction.CommitAsync(ct);
    }

    [LoggerMessage(LogLevel.Information, "Payment {PaymentId} took {Amount} {Currency} and released the rest")]
    private partial void LogCaptured(PaymentId paymentId, decimal amount, string currency);

    [LoggerMessage(LogLevel.Warning, "Payment {PaymentId} has no receipt: the operator's own details are not complete")]
    private partial void LogNoReceipt(PaymentId paymentId);

    [LoggerMessage(LogLevel.Information, "Payment {PaymentId} took nothing: {Outcome}")]
    private partial void LogReleased(PaymentId paymentId, PaymentOutcome outcome);
}
