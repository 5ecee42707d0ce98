using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Payments.Methods;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>Says what the invoices of accounts will be collected from: the way to pay that each has chosen, where the operator collects.</summary>
internal sealed class CollectsInvoices(LadewerkDb db, PaymentAccounts accounts, IPaymentProviders providers) : ICollectsInvoices
{
    public async Task<IReadOnlyDictionary<BillingAccountId, Collecting>> Of(IReadOnlyCollection<BillingAccountId> wanted, DateOnly today, CancellationToken ct)
    {
        if (!(await accounts.Settings(ct)).CollectInvoices || await providers.Current(ct) is not IContractProvider)
        {
            return new Dictionary<BillingAccountId, Collecting>();
        }

        var methods = await db.Set<PaymentMethod>().AsNoTracking().Where(m => m.IsDefault && m.RemovedAt == null && wanted.Contains(m.BillingAccountId)).ToListAsync(ct);
        return methods.Where(m => m.Holds(today)).ToDictionary(
            m => m.BillingAccountId, m => m.Kind == PaymentMethodKind.SepaDebit ? new Collecting(CollectedFrom.SepaDebit, m.Last4, m.Mandate ?? m.ProviderId, null) : new Collecting(CollectedFrom.Card, m.Last4, null, null));
    }
}
