using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Payments.Methods;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>What came of a wish to collect an invoice.</summary>
internal enum PlanResult
{
    Planned,
    NoSuchInvoice,

    /// <summary>Cancelled, paid, or no invoice that an account pays.</summary>
    NotOwed,

    /// <summary>The account has given no card and no mandate that holds.</summary>
    NoMethod,

    /// <summary>Something is on its way already, or a bank decides on what was taken.</summary>
    UnderWay,

    /// <summary>The operator collects nothing.</summary>
    Off,
}

/// <summary>Plans to take an invoice's money from the way to pay that its account has chosen: a card at once, a SEPA debit after it was announced.</summary>
internal sealed class PlanCollection(LadewerkDb db, Collections collections, PaymentAccounts accounts, IPaymentProviders providers, DebitDays days, AuditLog audit)
{
    /// <param name="isAsked">Whether somebody wants it now, whatever came of it before; else it is planned once.</param>
    public async Task<PlanResult> Run(InvoiceId id, bool isAsked, CancellationToken ct)
    {
        if (await db.Set<Invoice>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } invoice)
        {
            return PlanResult.NoSuchInvoice;
        }

        if (invoice is not { Kind: InvoiceKind.Invoice, State: InvoiceState.Issued, SettledOn: null, BillingAccountId: { } account } || invoice.Gross <= invoice.Paid)
        {
            return PlanResult.NotOwed;
        }

        var settings = await accounts.Settings(ct);
        if ((!settings.CollectInvoices && !isAsked) || await providers.Current(ct) is not IContractProvider)
        {
            return PlanResult.Off;
        }

        var today = await collections.Today(ct);
        if (await db.Set<PaymentMethod>().AsNoTracking().SingleOrDefaultAsync(m => m.BillingAccountId == account && m.IsDefault, ct) is not { } method || !method.Holds(today))
        {
            return PlanResult.NoMethod;
        }

        var collection = await collections.Of(invoice, ct);
        if (await IsUnderWay(collection, isAsked, ct))
        {
            return PlanResult.UnderWay;
        }

        var tries = await db.Set<InvoiceCharge>().Where(c => c.InvoiceId == id).MaxAsync(c => (int?)c.Number, ct) ?? 0;
        var day = await days.Of(invoice, method, today, tries + 1, ct);
        // As it is under the lock: others may have planned it, or taken it further, while the payer was told.
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select from invoice_collection where invoice_id = {id.Value} for update", ct);
        await db.Entry(collection).ReloadAsync(ct);
        if (await IsUnderWay(collection, isAsked, ct))
        {
            return PlanResult.UnderWay;
        }

        (collection.State, collection.Tries, collection.Fault, collection.CollectOn) = (CollectionState.Planned, 0, null, day);
        if (isAsked)
        {
            audit.Record("invoice.collectionPlanned", "invoice", invoice.Number, after: new { collection.CollectOn, method.Kind, method.Last4 });
        }

        await collections.Save(collection, [], ct);
        await collections.Due(id, await collections.Begin(day, ct), ct);
        await transaction.CommitAsync(ct);
        return PlanResult.Planned;
    }

    private async Task<bool> IsUnderWay(InvoiceCollection collection, bool isAsked, CancellationToken ct) => collection.State is CollectionState.Planned or CollectionState.Processing
        || await collections.IsDisputed(collection.InvoiceId, ct)
        || await db.Set<InvoiceCharge>().AnyAsync(c => c.InvoiceId == collection.InvoiceId && (!isAsked || c.State == ChargeState.Planned || c.State == ChargeState.Opened || c.State == ChargeState.Processing), ct);
}

/// <summary>An invoice of somebody who has given a card or a mandate is collected.</summary>
internal sealed class CollectIssued(PlanCollection plan) : IConsumer<InvoiceIssued>
{
    public Task Consume(InvoiceIssued e, CancellationToken ct) => plan.Run(e.InvoiceId, isAsked: false, ct);
}

/// <summary>Whoever gives another card or mandate because a payment failed has it paid with that.</summary>
internal sealed class CollectWithNewMethod(LadewerkDb db, PlanCollection plan) : IConsumer<PaymentMethodAdded>
{
    public async Task Consume(PaymentMethodAdded e, CancellationToken ct)
    {
        var failed = await db.Set<InvoiceCollection>().Where(c => c.BillingAccountId == e.BillingAccountId && c.State == CollectionState.Open && c.Fault != null).Select(c => c.InvoiceId).ToListAsync(ct);
        foreach (var invoice in failed)
        {
            await plan.Run(invoice, isAsked: true, ct);
        }
    }
}

/// <summary>What was paid another way, or cancelled, is not collected any more.</summary>
internal sealed class StopCollecting(LadewerkDb db, TimeProvider time) : IConsumer<InvoiceSettled>, IConsumer<InvoiceCancelled>
{
    public Task Consume(InvoiceSettled e, CancellationToken ct) => Ring(e.InvoiceId, ct);

    public Task Consume(InvoiceCancelled e, CancellationToken ct) => Ring(e.InvoiceId, ct);

    private async Task Ring(InvoiceId id, CancellationToken ct) => await db.Database.ExecuteSqlAsync($"update invoice_collection set due_at = {time.GetUtcNow()} where invoice_id = {id.Value}", ct);
}
