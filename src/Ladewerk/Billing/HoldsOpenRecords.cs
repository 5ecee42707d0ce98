using Ladewerk.Drivers;
using Ladewerk.Drivers.Privacy;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>What is owed is billed first: an invoice needs the name and the address (§14 Abs. 4 UStG).</summary>
internal sealed class HoldsOpenRecords(LadewerkDb db) : IHoldsPerson
{
    public async Task<string?> WaitsFor(DriverId driver, BillingAccountId? payer, CancellationToken ct) =>
        payer is { } account && (await db.Set<ChargeDetailRecord>().AnyAsync(r => r.BillingAccountId == account && r.Billing == CdrBilling.Open, ct)
            || await db.Set<Subscriptions.SubscriptionCharge>().AnyAsync(c => c.BillingAccountId == account && c.Billing == CdrBilling.Open, ct)) ? "invoice" : null;
}
