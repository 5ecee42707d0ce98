using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Methods;

/// <summary>Opens the provider's page on which a payer gives a card or a mandate.</summary>
internal sealed class OpenMethodPage(LadewerkDb db, TenantContext tenant, IPaymentProviders providers, KeySafe safe, SiteAddress site, TimeProvider time)
{
    /// <summary>A little less than Stripe leaves a page open.</summary>
    public static readonly TimeSpan PageStays = TimeSpan.FromHours(23);

    /// <returns>Where the payer goes on; null where nothing can be given any more.</returns>
    /// <exception cref="PaymentProviderException">The provider cannot be reached.</exception>
    public async Task<Uri?> Run(Guid id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (await db.Set<PaymentMethodSetup>().SingleOrDefaultAsync(s => s.Id == id, ct) is not { State: MethodSetupState.Asked or MethodSetupState.Opened } setup
            || setup.ExpiresAt <= now || await providers.Current(ct) is not IContractProvider provider)
        {
            return null;
        }

        if (setup.CheckoutUrl is { } open && setup.OpenedAt > now - PageStays)
        {
            return new Uri(open); // pressed twice
        }

        var customer = await Customer(setup.BillingAccountId, provider, ct);
        var back = setup.FromApp ? site.Of($"/app/payment-methods?setup={setup.Id:D}") : new Uri(safe.Open(setup.LinkSealed));
        var page = await provider.OpenSetup(new SetupRequest(setup.Id, customer, back, setup.Language, setup.CheckoutId), ct);
        (setup.State, setup.CheckoutId, setup.CheckoutUrl, setup.OpenedAt) = (MethodSetupState.Opened, page.Id, page.Address?.ToString(), now);
        await db.SaveChangesAsync(CancellationToken.None);
        await db.Database.ExecuteSqlAsync($"update payment_method_setup set due_at = least(due_at, {now + AdvanceMethodSetup.Look}) where id = {setup.Id}", CancellationToken.None);
        return page.Address;
    }

    /// <summary>The account's id at the provider, made on first use. Two at once make two there, of which one is used.</summary>
    public async Task<string> Customer(BillingAccountId account, IContractProvider provider, CancellationToken ct)
    {
        if (await db.Set<PaymentCustomer>().AsNoTracking().SingleOrDefaultAsync(c => c.BillingAccountId == account, ct) is { } known)
        {
            return known.CustomerId;
        }

        var payer = await db.Set<BillingAccount>().AsNoTracking().SingleAsync(a => a.Id == account, ct);
        var made = await provider.Customer(new NewCustomer(account.Value, payer.Company ?? payer.Name, payer.Email, payer.Language), ct);
        await db.Database.ExecuteSqlAsync(
            $"insert into payment_customer (billing_account_id, tenant_id, customer_id, created_at) values ({account.Value}, {tenant.Current.Value}, {made}, {time.GetUtcNow()}) on conflict do nothing", CancellationToken.None);
        return await db.Set<PaymentCustomer>().AsNoTracking().Where(c => c.BillingAccountId == account).Select(c => c.CustomerId).SingleAsync(CancellationToken.None);
    }
}
