using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Methods;

/// <summary>Has the provider forget a payer whose data were erased, as soon as nothing of theirs is on its way.</summary>
internal sealed partial class ForgetPayer(LadewerkDb db, IPaymentProviders providers, TimeProvider time, ILogger<ForgetPayer> logger)
{
    public async Task Run(BillingAccountId account, CancellationToken ct)
    {
        if (await providers.Current(ct) is not IContractProvider provider || await db.Set<PaymentCustomer>().SingleOrDefaultAsync(c => c.BillingAccountId == account, ct) is not { } customer
            || await db.Database.SqlQuery<bool>(
                $"select exists (select from invoice_charge c join invoice_collection o on o.invoice_id = c.invoice_id where o.billing_account_id = {account.Value} and c.state in ('planned', 'opened', 'processing')) as \"Value\"")
                .SingleAsync(ct))
        {
            return;
        }

        try
        {
            await provider.Forget(customer.CustomerId, ct);
        }
        catch (PaymentProviderException later)
        {
            LogLater(account, later.Fault);
            return;
        }

        var now = time.GetUtcNow();
        foreach (var method in await db.Set<PaymentMethod>().Where(m => m.BillingAccountId == account).ToListAsync(ct))
        {
            (method.IsDefault, method.RemovedAt, method.DetachedAt) = (false, method.RemovedAt ?? now, method.DetachedAt ?? now);
        }

        db.Remove(customer);
        await db.SaveChangesAsync(ct);
        LogForgotten(account);
    }

    [LoggerMessage(LogLevel.Information, "The provider has forgotten the payer {BillingAccountId}")]
    private partial void LogForgotten(BillingAccountId billingAccountId);

    [LoggerMessage(LogLevel.Warning, "The provider has not forgotten the payer {BillingAccountId} yet ({Fault}): it is asked again")]
    private partial void LogLater(BillingAccountId billingAccountId, ProviderFault fault);
}
