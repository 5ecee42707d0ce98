using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Payments.Methods;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>Takes one charge of an invoice a step further.</summary>
internal sealed class StepCharge(LadewerkDb db, SettleCharge settle, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30), Bank = TimeSpan.FromHours(6);

    // The provider's clock may be a little behind ours.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    /// <param name="isNew">Whether its row was made a moment ago, so that nobody can have asked for it before.</param>
    /// <returns>When to look again, while it is under way.</returns>
    public async Task<DateTimeOffset?> Run(InvoiceCollection collection, Invoice invoice, InvoiceCharge charge, bool isNew, IContractProvider provider, CancellationToken ct)
    {
        if (charge.State == ChargeState.Processing)
        {
            return await Apply(collection, charge, await provider.Charged(charge.IntentId!, ct), provider, ct);
        }

        return charge.Way == ChargeWay.Page ? await AtThePage(collection, invoice, charge, provider, ct) : await OffSession(collection, invoice, charge, isNew, provider, ct);
    }

    private async Task<DateTimeOffset?> OffSession(InvoiceCollection collection, Invoice invoice, InvoiceCharge charge, bool isNew, IContractProvider provider, CancellationToken ct)
    {
        var customer = await db.Set<PaymentCustomer>().AsNoTracking().Where(c => c.BillingAccountId == collection.BillingAccountId).Select(c => c.CustomerId).SingleOrDefaultAsync(ct);
        var method = await db.Set<PaymentMethod>().AsNoTracking().SingleAsync(m => m.Id == charge.MethodId, ct);
        // A crash came between: keys of requests are forgotten after a day, what was made is not.
        var known = isNew || customer is null ? null : await provider.Sought(charge.Id, customer, charge.CreatedAt - Slack, ct);
        if (known is null && (customer is null || method.RemovedAt is not null || !IsOwed(invoice)))
        {
            await settle.Cancelled(collection, charge, ct);
            return null;
        }

        known ??= await provider.Charge(new ChargeRequest(charge.Id, customer!, method.ProviderId, method.Kind, charge.Of(charge.Amount), invoice.Number), ct);
        return await Apply(collection, charge, known, provider, ct);
    }

    private async Task<DateTimeOffset?> AtThePage(InvoiceCollection collection, Invoice invoice, InvoiceCharge charge, IContractProvider provider, CancellationToken ct)
    {
        var isOver = time.GetUtcNow() >= charge.CreatedAt + AdvancePayment.PageHolds || !IsOwed(invoice);
        if (charge.CheckoutId is not { } checkout)
        {
            if (isOver)
            {
                await settle.Cancelled(collection, charge, ct); // it was never opened, so nobody can have paid there
            }

            return charge.CreatedAt + AdvancePayment.PageHolds;
        }

        var page = isOver ? await provider.ClosePage(checkout, ct) : await provider.Page(checkout, ct);
        if (page is { State: HoldPageState.Complete, IntentId: { } intent })
        {
            return await Apply(collection, charge, await provider.Charged(intent, ct), provider, ct);
        }

        if (page.State == HoldPageState.Expired)
        {
            await settle.Cancelled(collection, charge, ct);
            return null;
        }

        return time.GetUtcNow() + Look;
    }

    private async Task<DateTimeOffset?> Apply(InvoiceCollection collection, InvoiceCharge charge, ProviderCharge known, IContractProvider provider, CancellationToken ct)
    {
        switch (known.State)
        {
            case ProviderState.Captured:
                await settle.Paid(collection, charge, known, ct);
                return null;
            case ProviderState.Processing or ProviderState.Held:
                if (charge.State != ChargeState.Processing)
                {
                    await settle.UnderWay(collection, charge, known, ct);
                }

                return time.GetUtcNow() + Bank;
            case ProviderState.Waiting or ProviderState.Cancelled:
                await settle.Failed(collection, charge, known, provider, ct);
                return null;
            default:
                throw new ArgumentOutOfRangeException(nameof(known), known.State, "No such state.");
        }
    }

    private static bool IsOwed(Invoice invoice) => invoice.State == InvoiceState.Issued && invoice.Gross > invoice.Paid;
}
