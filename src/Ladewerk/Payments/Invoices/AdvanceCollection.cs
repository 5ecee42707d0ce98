using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Payments.Methods;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>
/// Takes the collection of an invoice as far as it goes now. Before a call there is a row, after it the provider is asked what is; so it may be run at
/// any time, any number of times, and after a crash at any point, and money moves once.
/// </summary>
internal sealed partial class AdvanceCollection(LadewerkDb db, IPaymentProviders providers, Collections collections, StepCharge step, SettleCharge settle, ReturnCredit back, TimeProvider time, ILogger<AdvanceCollection> logger)
{
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1), MuchLater = TimeSpan.FromHours(1);

    public async Task Run(InvoiceId id, CancellationToken ct)
    {
        if (await db.Set<InvoiceCollection>().SingleOrDefaultAsync(c => c.InvoiceId == id, ct) is not { } collection)
        {
            return;
        }

        try
        {
            var next = await providers.Current(ct) is IContractProvider provider ? await Steps(collection, provider, ct) : time.GetUtcNow() + MuchLater;
            await Rest(id, next, null, ct);
        }
        catch (PaymentProviderException failed)
        {
            LogFailed(id, failed.Fault, failed.Code);
            await Rest(id, time.GetUtcNow() + PaymentRules.Rest(collection.Attempts), failed.Message, ct);
        }
    }

    /// <summary>Steps until something must be waited for.</summary>
    /// <returns>Until when; null: until something rings.</returns>
    private async Task<DateTimeOffset?> Steps(InvoiceCollection collection, IContractProvider provider, CancellationToken ct)
    {
        var isNew = false;
        while (true)
        {
            var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == collection.InvoiceId, ct);
            if (await Live(collection.InvoiceId, ct) is { } charge)
            {
                var next = await step.Run(collection, invoice, charge, isNew, provider, ct);
                if (charge.IsLive)
                {
                    return next;
                }

                continue;
            }

            if (await Begin(collection, invoice, ct) is not { } begun)
            {
                return await Idle(collection, invoice, provider, ct);
            }

            if (begun.At is { } at)
            {
                return at;
            }

            isNew = true;
        }
    }

    private Task<InvoiceCharge?> Live(InvoiceId id, CancellationToken ct) =>
        db.Set<InvoiceCharge>().SingleOrDefaultAsync(c => c.InvoiceId == id && (c.State == ChargeState.Planned || c.State == ChargeState.Opened || c.State == ChargeState.Processing), ct);

    /// <summary>Begins a charge where one is planned and due.</summary>
    /// <returns>Null: nothing is planned; a moment: then it is due; otherwise it has begun.</returns>
    private async Task<(DateTimeOffset? At, bool Begun)?> Begin(InvoiceCollection collection, Invoice invoice, CancellationToken ct)
    {
        if (collection is not { State: CollectionState.Planned, CollectOn: { } day } || invoice.State == InvoiceState.Cancelled || invoice.Gross <= invoice.Paid)
        {
            return null;
        }

        var today = await collections.Today(ct);
        if (day > today)
        {
            return (await collections.Begin(day, ct), false);
        }

        var method = await db.Set<PaymentMethod>().AsNoTracking().SingleOrDefaultAsync(m => m.BillingAccountId == collection.BillingAccountId && m.IsDefault, ct);
        if (method is null || !method.Holds(today))
        {
            await settle.NoMethod(collection, invoice, ct);
            return null;
        }

        return await settle.Begin(collection, ChargeWay.OffSession, method.Id, ct) is null ? (time.GetUtcNow() + Later, false) : (null, true);
    }

    /// <summary>Nothing is on its way: what is left is to say how it stands, the fees, and to give back what is owed to the customer.</summary>
    private async Task<DateTimeOffset?> Idle(InvoiceCollection collection, Invoice invoice, IContractProvider provider, CancellationToken ct)
    {
        var paid = await db.Set<InvoiceCharge>().Where(c => c.InvoiceId == collection.InvoiceId && c.State == ChargeState.Paid).ToListAsync(ct);
        await back.Run(collection, invoice, paid, provider, ct);
        var state = invoice.State == InvoiceState.Cancelled ? CollectionState.Over
            : invoice.Gross > invoice.Paid ? CollectionState.Open
            : paid.Count > 0 ? CollectionState.Paid : CollectionState.Over;
        if (collection.State != state)
        {
            (collection.State, collection.CollectOn) = (state, null);
            await collections.Save(collection, [], ct);
        }

        return await settle.Fees(collection, paid, provider, ct) ? null : time.GetUtcNow() + Later;
    }

    private async Task Rest(InvoiceId id, DateTimeOffset? next, string? error, CancellationToken ct) => await db.Database.ExecuteSqlAsync(
        $"""
        update invoice_collection set lease_until = null, due_at = least(due_at, {next}), last_error = {error}, attempts = case when {error}::text is null then 0 else attempts + 1 end
        where invoice_id = {id.Value}
        """,
        ct);

    [LoggerMessage(LogLevel.Warning, "The collection of invoice {InvoiceId} waits for the provider: {Fault} ({Code})")]
    private partial void LogFailed(InvoiceId invoiceId, ProviderFault fault, string? code);
}
