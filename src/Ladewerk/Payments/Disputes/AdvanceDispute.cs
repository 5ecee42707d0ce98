using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Kernel;
using Ladewerk.Payments.Invoices;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Disputes;

/// <summary>
/// Reads a dispute at the provider and writes down what it moved, each movement once: at a charge of an invoice the invoice is owed again, at a guest's
/// payment the money is held back until it is decided.
/// </summary>
internal sealed partial class AdvanceDispute(
    LadewerkDb db, TenantContext tenant, IPaymentProviders providers, NoteInvoicePayment note, Collections collections, TellPayer tell, AuditLog audit, TimeProvider time, ILogger<AdvanceDispute> logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromHours(12);

    public async Task Run(Guid id, CancellationToken ct)
    {
        if (await db.Set<PaymentDispute>().SingleOrDefaultAsync(d => d.Id == id, ct) is not { } dispute)
        {
            return;
        }

        try
        {
            if (await providers.Current(ct) is IContractProvider provider)
            {
                await Write(dispute, await provider.Dispute(dispute.ProviderId, ct), ct);
            }

            await Rest(id, PaymentDispute.IsOver(dispute.State) ? null : time.GetUtcNow() + Look, null, ct);
        }
        catch (PaymentProviderException failed)
        {
            LogFailed(id, failed.Fault, failed.Code);
            await Rest(id, time.GetUtcNow() + PaymentRules.Rest(dispute.Attempts), failed.Message, ct);
        }
    }

    private async Task Write(PaymentDispute dispute, ProviderDispute known, CancellationToken ct)
    {
        var charge = dispute.ChargeId is { } of ? await db.Set<InvoiceCharge>().SingleAsync(c => c.Id == of, ct) : null;
        var shares = charge is null ? [] : await AtTheInvoice(charge, known, ct);

        var before = dispute.State;
        (dispute.State, dispute.Reason, dispute.Amount, dispute.Currency) = (known.State, known.Reason, known.Amount.Amount, known.Amount.Currency);
        (dispute.OpenedAt, dispute.AnswerUntil, dispute.Withdrawn, dispute.Fee) = (known.OpenedAt, known.AnswerUntil, -known.Movements.Sum(m => m.Amount.Amount), known.Movements.Sum(m => m.Fee));
        dispute.ClosedAt ??= PaymentDispute.IsOver(known.State) ? time.GetUtcNow() : null;
        List<Movement> movements = [.. known.Movements.SelectMany(m => DisputeMovements.Of(dispute, charge?.InvoiceId, m, shares.GetValueOrDefault(m.Id, FeeShare.None))), .. DisputeMovements.Lost(dispute)];
        if (charge is not null)
        {
            await Collection(dispute, charge, before, movements, ct);
        }
        else
        {
            await Save(dispute, before, movements, ct);
        }

        if (before != dispute.State)
        {
            LogMoved(dispute.Id, dispute.State);
        }
    }

    /// <summary>First at the invoice, which knows a movement that it has heard of; a crash after it does the rest again.</summary>
    /// <returns>What of each movement was the invoice's, and what its reminder fees'.</returns>
    private async Task<Dictionary<string, FeeShare>> AtTheInvoice(InvoiceCharge charge, ProviderDispute known, CancellationToken ct)
    {
        var shares = new Dictionary<string, FeeShare>(StringComparer.Ordinal);
        foreach (var moved in known.Movements.Where(m => m.Amount.Amount != 0))
        {
            var noted = await note.Run(charge.InvoiceId, new NewInvoicePayment(moved.Amount.Amount, await collections.Today(ct), ChargeMovements.Source, moved.Id), ct);
            shares[moved.Id] = noted.Share;
        }

        return shares;
    }

    private async Task Collection(PaymentDispute dispute, InvoiceCharge charge, DisputeState before, List<Movement> movements, CancellationToken ct)
    {
        var collection = await db.Set<InvoiceCollection>().SingleAsync(c => c.InvoiceId == charge.InvoiceId, ct);
        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == charge.InvoiceId, ct);
        if (charge.State == ChargeState.Paid && collection.State is CollectionState.Paid or CollectionState.Over && invoice.State == InvoiceState.Issued && invoice.Paid < invoice.Gross)
        {
            (collection.State, collection.Fault) = (CollectionState.Open, "disputed");
        }

        if (before != dispute.State && dispute is { State: DisputeState.Lost, Withdrawn: > 0 })
        {
            await tell.TakenBack(collection, collections.LinkOf(collection), ct);
        }

        Announce(dispute, before);
        await collections.Save(collection, movements, ct, Events(dispute, before));
        await collections.Due(charge.InvoiceId, time.GetUtcNow(), ct);
    }

    private async Task Save(PaymentDispute dispute, DisputeState before, List<Movement> movements, CancellationToken ct)
    {
        Announce(dispute, before);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        foreach (var movement in movements)
        {
            await Ledger.Book(connection, dispute.TenantId, movement, time.GetUtcNow(), ct);
        }

        await Events(dispute, before)(connection);
        await transaction.CommitAsync(ct);
    }

    private void Announce(PaymentDispute dispute, DisputeState before)
    {
        if (before != dispute.State)
        {
            audit.Record("dispute." + System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(dispute.State.ToString()), "dispute", dispute.Id.ToString(), after: new { dispute.Reason, dispute.Amount, dispute.Currency, dispute.Withdrawn });
        }
    }

    private Func<NpgsqlConnection, Task> Events(PaymentDispute dispute, DisputeState before) => async connection =>
    {
        if (before == DisputeState.New && dispute.State != DisputeState.New)
        {
            await Outbox.Publish(connection, tenant.Current, new PaymentDisputed(dispute.Id), CancellationToken.None);
        }
        else if (before != dispute.State && PaymentDispute.IsOver(dispute.State))
        {
            await Outbox.Publish(connection, tenant.Current, new PaymentDisputeDecided(dispute.Id), CancellationToken.None);
        }
    };

    private async Task Rest(Guid id, DateTimeOffset? next, string? error, CancellationToken ct) => await db.Database.ExecuteSqlAsync(
        $"""
        update payment_dispute set lease_until = null, due_at = least(due_at, {next}), last_error = {error}, attempts = case when {error}::text is null then 0 else attempts + 1 end
        where id = {id}
        """,
        ct);

    [LoggerMessage(LogLevel.Information, "Dispute {DisputeId} is {State} now")]
    private partial void LogMoved(Guid disputeId, DisputeState state);

    [LoggerMessage(LogLevel.Warning, "Dispute {DisputeId} waits for the provider: {Fault} ({Code})")]
    private partial void LogFailed(Guid disputeId, ProviderFault fault, string? code);
}

/// <summary>How disputes are booked, purely.</summary>
internal static class DisputeMovements
{
    /// <param name="invoice">Of an invoice what is taken back is owed again; a guest owes nothing, so it is held back until it is decided.</param>
    /// <param name="moved">Negative where money left our balance.</param>
    /// <param name="share">What of it was the invoice's, and what its reminder fees'.</param>
    public static IEnumerable<Movement> Of(PaymentDispute dispute, InvoiceId? invoice, ProviderMovement moved, FeeShare share)
    {
        var (amount, currency) = (moved.Amount.Amount, moved.Amount.Currency);
        yield return invoice is { } owed
            ? new Movement($"received:dispute:{moved.Id}", "received", currency, [new(LedgerAccount.Provider, amount), new(LedgerAccount.Receivable, -share.Invoice), new(LedgerAccount.ReminderFee, -share.Fees)]) { Invoice = owed }
            : new Movement($"dispute:{moved.Id}", "dispute", currency, [new(LedgerAccount.Provider, amount), new(LedgerAccount.Deposit, -amount)]) { Payment = dispute.PaymentId };
        yield return new Movement($"fee:dispute:{moved.Id}", "fee", currency, [new(LedgerAccount.Fee, moved.Fee), new(LedgerAccount.Provider, -moved.Fee)]) { Payment = dispute.PaymentId, Invoice = invoice };
    }

    /// <summary>What a guest took back for good is lost.</summary>
    public static IEnumerable<Movement> Lost(PaymentDispute dispute) => dispute is { PaymentId: { } payment, State: DisputeState.Lost, Withdrawn: > 0, Currency: { } currency }
        ? [new Movement($"lost:dispute:{dispute.Id:N}", "writeOff", currency, [new(LedgerAccount.WriteOff, dispute.Withdrawn), new(LedgerAccount.Deposit, -dispute.Withdrawn)]) { Payment = payment }] : [];
}
