using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Methods;

/// <summary>Makes a way to pay the one that invoices are collected from, or takes it away.</summary>
internal sealed class ChooseMethod(LadewerkDb db, IPaymentProviders providers, AuditLog audit, TimeProvider time)
{
    /// <param name="of">Only where it is this account's; null: any of the operator's.</param>
    /// <returns>False: there is no such method.</returns>
    public async Task<bool> Prefer(PaymentMethodId id, BillingAccountId? of, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await Find(id, of, ct) is not { } method)
        {
            return false;
        }

        if (!method.IsDefault)
        {
            await db.Database.ExecuteSqlAsync($"update payment_method set is_default = false where billing_account_id = {method.BillingAccountId.Value} and is_default", ct);
            method.IsDefault = true;
            audit.Record("paymentMethod.preferred", "billingAccount", method.BillingAccountId.Value.ToString(), after: new { method.Kind, method.Last4 });
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Nothing is taken from it from now on; what is on its way comes. Where another one is left, that becomes the default.</summary>
    /// <inheritdoc cref="Prefer"/>
    public async Task<bool> Remove(PaymentMethodId id, BillingAccountId? of, CancellationToken ct)
    {
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            if (await Find(id, of, ct) is not { } method)
            {
                return false;
            }

            var wasDefault = method.IsDefault;
            (method.RemovedAt, method.IsDefault) = (time.GetUtcNow(), false);
            audit.Record("paymentMethod.removed", "billingAccount", method.BillingAccountId.Value.ToString(), before: new { method.Kind, method.Last4 });
            await db.SaveChangesAsync(ct);
            if (wasDefault && await db.Set<PaymentMethod>().Where(m => m.BillingAccountId == method.BillingAccountId && m.RemovedAt == null).OrderByDescending(m => m.AddedAt).FirstOrDefaultAsync(ct) is { } next)
            {
                next.IsDefault = true;
                await db.SaveChangesAsync(ct);
            }

            await transaction.CommitAsync(ct);
        }

        await Detach(id, ct);
        return true;
    }

    /// <summary>Has the provider forget a method that was taken away; what fails is made up later.</summary>
    public async Task Detach(PaymentMethodId id, CancellationToken ct)
    {
        var method = await db.Set<PaymentMethod>().SingleAsync(m => m.Id == id, ct);
        if (method is not { RemovedAt: not null, DetachedAt: null } || await providers.Current(ct) is not IContractProvider provider
            || await db.Database.SqlQuery<bool>($"select exists (select from invoice_charge where method_id = {id.Value} and state in ('planned', 'opened', 'processing')) as \"Value\"").SingleAsync(ct))
        {
            return; // a debit that is on its way needs its mandate
        }

        try
        {
            await provider.Detach(method.ProviderId, ct);
            method.DetachedAt = time.GetUtcNow();
            await db.SaveChangesAsync(ct);
        }
        catch (PaymentProviderException later) when (later.Fault is ProviderFault.Unavailable or ProviderFault.Keys)
        {
            return; // the round for what was left over does it
        }
    }

    private Task<PaymentMethod?> Find(PaymentMethodId id, BillingAccountId? of, CancellationToken ct) =>
        db.Set<PaymentMethod>().FromSql($"select * from payment_method where id = {id.Value} and removed_at is null for update").SingleOrDefaultAsync(m => of == null || m.BillingAccountId == of, ct);
}
