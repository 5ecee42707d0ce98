using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Kernel;
using Ladewerk.Payments.Methods;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>Begins charges of invoices and writes down what came of them: at the invoice, in the ledger, to the payer. Each may be done again and changes nothing then.</summary>
internal sealed partial class SettleCharge(LadewerkDb db, TenantContext tenant, Collections collections, NoteInvoicePayment note, ReminderFees reminders, DebitDays days, TellPayer tell, TimeProvider time, ILogger<SettleCharge> logger)
{
    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The row first: an event of the provider, or a crash, must find it.</summary>
    /// <returns>Null: another one is on its way, or nothing is owed any more.</returns>
    public async Task<InvoiceCharge?> Begin(InvoiceCollection collection, ChargeWay way, PaymentMethodId? method, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select from invoice_collection where invoice_id = {collection.InvoiceId.Value} for update", ct);
        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == collection.InvoiceId, ct);
        var before = await db.Set<InvoiceCharge>().AsNoTracking().Where(c => c.InvoiceId == collection.InvoiceId).Select(c => new { c.Number, c.State }).ToListAsync(ct);
        var owed = invoice.Gross - invoice.Paid;
        if (owed <= 0 || invoice.State != InvoiceState.Issued || before.Any(c => c.State is ChargeState.Planned or ChargeState.Opened or ChargeState.Processing))
        {
            return null;
        }

        var fees = (await reminders.Of(invoice.Id, ct)).Owed;
        var charge = new InvoiceCharge
        {
            TenantId = tenant.Current, InvoiceId = collection.InvoiceId, Number = before.Count == 0 ? 1 : before.Max(c => c.Number) + 1, Way = way, MethodId = method, Amount = owed + fees, Fees = fees, Currency = invoice.Currency, CreatedAt = Now,
        };
        db.Add(charge);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return charge;
    }

    public async Task Paid(InvoiceCollection collection, InvoiceCharge charge, ProviderCharge known, CancellationToken ct)
    {
        // First at the invoice, which knows a payment that it has heard of; a crash after it does the rest again.
        var noted = await note.Run(collection.InvoiceId, new NewInvoicePayment(charge.Amount, await collections.Today(ct), ChargeMovements.Source, known.Id) { Fees = charge.Fees }, ct);
        (charge.State, charge.IntentId, charge.CheckoutUrl, charge.Fee, charge.Fault, charge.FinishedAt) = (ChargeState.Paid, known.Id, null, known.Fee, null, Now);
        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == collection.InvoiceId, ct);
        (collection.State, collection.CollectOn, collection.Fault) = (invoice.Paid >= invoice.Gross ? CollectionState.Paid : CollectionState.Open, null, null);
        await collections.Save(collection, [ChargeMovements.Received(charge, noted.Share), .. ChargeMovements.Kept(charge)], ct);
        LogPaid(collection.InvoiceId, charge.Number);
    }

    public async Task UnderWay(InvoiceCollection collection, InvoiceCharge charge, ProviderCharge known, CancellationToken ct)
    {
        (charge.State, charge.IntentId, charge.CheckoutUrl) = (ChargeState.Processing, known.Id, null);
        (collection.State, collection.CollectOn) = (CollectionState.Processing, null);
        await collections.Save(collection, [], ct);
        LogUnderWay(collection.InvoiceId, charge.Number);
    }

    /// <summary>Nothing was taken: it is tried again by the schedule, or the payer is asked; either way they hear of it.</summary>
    public async Task Failed(InvoiceCollection collection, InvoiceCharge charge, ProviderCharge known, IContractProvider provider, CancellationToken ct)
    {
        await Close(charge, known, provider, ct);
        var fault = known.Fault ?? "authentication_required"; // what waits without a fault waits for its owner
        var again = await Again(collection, charge, fault, ct);
        (charge.State, charge.IntentId, charge.CheckoutUrl, charge.Fault, charge.FinishedAt) = (ChargeState.Failed, known.Id, null, fault, Now);
        (collection.Tries, collection.Fault) = (collection.Tries + 1, fault);
        collection.CollectOn = again;
        collection.State = again is null ? CollectionState.Open : CollectionState.Planned;
        await tell.Failed(collection, collections.LinkOf(collection), ct);
        await collections.Save(collection, [], ct);
        LogFailed(collection.InvoiceId, charge.Number, fault);
    }

    /// <summary>The day of the next try by itself; null: none.</summary>
    private async Task<DateOnly?> Again(InvoiceCollection collection, InvoiceCharge charge, string fault, CancellationToken ct)
    {
        if (await db.Set<PaymentMethod>().AsNoTracking().SingleOrDefaultAsync(m => m.Id == charge.MethodId, ct) is not { } method
            || CollectionRules.Again(method.Kind, fault, collection.Tries + 1, await collections.Today(ct)) is not { } day)
        {
            return null;
        }

        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == collection.InvoiceId, ct);
        return await days.Of(invoice, method, day, charge.Number + 1, ct);
    }

    /// <summary>It was given up before anything could be taken.</summary>
    public async Task Cancelled(InvoiceCollection collection, InvoiceCharge charge, CancellationToken ct)
    {
        (charge.State, charge.CheckoutUrl, charge.FinishedAt) = (ChargeState.Cancelled, null, Now);
        await collections.Save(collection, [], ct);
    }

    /// <summary>It is due, and there is nothing to take it from any more.</summary>
    public async Task NoMethod(InvoiceCollection collection, Invoice invoice, CancellationToken ct)
    {
        (collection.State, collection.CollectOn, collection.Fault) = (CollectionState.Open, null, "no_method");
        await tell.Failed(collection, collections.LinkOf(collection), ct);
        await collections.Save(collection, [], ct);
        LogFailed(invoice.Id, 0, "no_method");
    }

    /// <summary>What the provider kept, where it has said so by now.</summary>
    /// <returns>Whether all is known.</returns>
    public async Task<bool> Fees(InvoiceCollection collection, IReadOnlyList<InvoiceCharge> paid, IContractProvider provider, CancellationToken ct)
    {
        foreach (var charge in paid.Where(c => c.Fee is null))
        {
            charge.Fee = (await provider.Charged(charge.IntentId!, ct)).Fee;
            await collections.Save(collection, [.. ChargeMovements.Kept(charge)], ct);
        }

        return paid.All(c => c.Fee is not null);
    }

    /// <summary>So that nobody pays later what is tried anew by then.</summary>
    private static async Task Close(InvoiceCharge charge, ProviderCharge known, IContractProvider provider, CancellationToken ct)
    {
        if (known.State == ProviderState.Cancelled)
        {
            return;
        }

        try
        {
            await provider.Cancel(known.Id, $"ladewerk-{charge.Id:N}-cancel", ct);
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Invalid or ProviderFault.State)
        {
            return; // over already
        }
    }

    [LoggerMessage(LogLevel.Information, "Charge {Number} of invoice {InvoiceId} has been paid")]
    private partial void LogPaid(InvoiceId invoiceId, int number);

    [LoggerMessage(LogLevel.Information, "Charge {Number} of invoice {InvoiceId} is under way at the bank")]
    private partial void LogUnderWay(InvoiceId invoiceId, int number);

    [LoggerMessage(LogLevel.Information, "Charge {Number} of invoice {InvoiceId} failed: {Fault}")]
    private partial void LogFailed(InvoiceId invoiceId, int number, string fault);
}
