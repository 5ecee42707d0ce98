using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Drivers.Privacy;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Methods;

/// <summary>
/// Takes the cards and mandates of an erased payer away, with what they were told by. The money of their last invoice is collected first;
/// the provider forgets them by <see cref="ForgetPayers"/>.
/// </summary>
internal sealed class ForgetMethods(LadewerkDb db, TenantContext tenant, TimeProvider time) : IHoldsPerson, IErasesPerson
{
    public async Task<string?> WaitsFor(DriverId driver, BillingAccountId? payer, CancellationToken ct) => payer is { } account && await db.Database.SqlQuery<bool>(
        $"""
        select exists (select from invoice_collection where billing_account_id = {account.Value} and state in ('planned', 'processing'))
          or exists (select from outbox o join invoice i on i.id = (o.payload ->> 'invoiceId')::uuid
                     where o.type = {InvoiceIssued.Type} and i.billing_account_id = {account.Value}) as "Value"
        """).SingleAsync(ct) ? "collection" : null;

    public async Task<long> Erase(DriverId driver, BillingAccountId? payer, CancellationToken ct) => payer is not { } account ? 0 : await db.Database.ExecuteSqlAsync(
        $"""
        with told as (
          update audit_entry set before = before - 'last4', after = after - 'last4'
          where tenant_id = {tenant.Current.Value} and subject = 'billingAccount' and subject_id = {account.Value.ToString()} and action like 'paymentMethod.%'),
        asked as (
          update payment_method_setup set state = 'expired', checkout_url = null, due_at = null where billing_account_id = {account.Value} and state <> 'done')
        update payment_method set brand = null, last4 = '', mandate = null, is_default = false, removed_at = coalesce(removed_at, {time.GetUtcNow()}) where billing_account_id = {account.Value}
        """,
        ct);
}
