using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Methods;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>The payer of an invoice wants to pay now: opens the provider's page, or the one that is open already.</summary>
internal sealed class OpenInvoicePage(LadewerkDb db, Collections collections, SettleCharge settle, OpenMethodPage customers, IPaymentProviders providers)
{
    /// <returns>Where the payer goes on; null where nothing is owed, or something is on its way.</returns>
    /// <exception cref="PaymentProviderException">The provider cannot be reached.</exception>
    public async Task<Uri?> Run(InvoiceId id, string language, CancellationToken ct)
    {
        if (await providers.Current(ct) is not IContractProvider provider || await db.Set<InvoiceCollection>().SingleOrDefaultAsync(c => c.InvoiceId == id, ct) is not { } collection)
        {
            return null;
        }

        var open = await db.Set<InvoiceCharge>().SingleOrDefaultAsync(c => c.InvoiceId == id && c.Way == ChargeWay.Page && (c.State == ChargeState.Opened || c.State == ChargeState.Planned), ct);
        if (open?.CheckoutUrl is { } there)
        {
            return new Uri(there);
        }

        var charge = open ?? await settle.Begin(collection, ChargeWay.Page, null, ct);
        if (charge is null)
        {
            return null;
        }

        await collections.Due(id, charge.CreatedAt + AdvancePayment.PageHolds, ct);
        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == id, ct);
        var customer = await customers.Customer(collection.BillingAccountId, provider, ct);
        var title = Texts.In(language, "payments.collect.title", invoice.Number);
        // The same charge, pressed twice, is the same request: its words come from what is stored.
        var page = await provider.OpenPayPage(new PayPageRequest(charge.Id, customer, charge.Of(charge.Amount), title, collections.LinkOf(collection), language), ct);
        (charge.State, charge.CheckoutId, charge.CheckoutUrl) = (ChargeState.Opened, page.Id, page.Address?.ToString());
        await db.SaveChangesAsync(CancellationToken.None);
        return page.Address;
    }
}
