using Ladewerk.Drivers;
using Ladewerk.Drivers.Privacy;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Sync;

/// <summary>
/// Takes an erased payer out of the log of what other systems were sent. An invoice that still waits goes as it was issued, because the other system keeps books, too;
/// of the account they are told once more, as it is after the erasure.
/// </summary>
internal sealed class ForgetSynced(LadewerkDb db, TenantContext tenant, TimeProvider time) : IErasesPerson
{
    public async Task<long> Erase(DriverId driver, BillingAccountId? payer, CancellationToken ct) => payer is not { } account ? 0 : await db.Database.ExecuteSqlAsync(
        $"""
        update sync_item set label = null, body = null, answer = null, url = substring(url from '^[a-z]+://[^/]*'), failed_at = case when delivered_at is null then coalesce(failed_at, {time.GetUtcNow()}) end
        where tenant_id = {tenant.Current.Value}
          and (object_id = {account.Value} or (object_id in (select id from invoice where billing_account_id = {account.Value}) and (delivered_at is not null or failed_at is not null)))
        """,
        ct);
}
