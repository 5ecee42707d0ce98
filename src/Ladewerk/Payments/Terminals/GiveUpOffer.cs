using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Terminals;

/// <summary>The payer does not want to give a card at the reader after all. What is held already is not theirs to take back here.</summary>
internal sealed class GiveUpOffer(LadewerkDb db, TenantContext tenant, TimeProvider time)
{
    public async Task Run(PaymentId payment, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"""
            with given as (update terminal_offer set until = least(until, {now}) where payment_id = {payment.Value} and tenant_id = {tenant.Current.Value} and state <> 'over' returning payment_id)
            update payment set due_at = {now} where id in (select payment_id from given) and state = 'opened'
            """,
            ct);
    }
}
