using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Sessions.App;
using Ladewerk.Stations.Files;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments;

/// <summary>Somebody without an account wants to charge and pay by card: makes the payer's link and the provider's page.</summary>
internal sealed class OpenPayment(LadewerkDb db, TenantContext tenant, PaymentAccounts accounts, IPaymentProviders providers, KeySafe safe, TimeProvider time)
{
    /// <returns>The secret of the payer's link; null where the operator takes no cards.</returns>
    /// <exception cref="PaymentProviderException">The provider cannot be reached; the payment that was begun is closed by the worker.</exception>
    public async Task<string?> Run(ChargePoint point, string home, string language, CancellationToken ct)
    {
        if (!await accounts.TakesCards(ct) || await providers.Current(ct) is not { } provider)
        {
            return null;
        }

        var settings = await accounts.Settings(ct);
        var currency = (await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct)).Currency;
        var link = LinkToken.New();
        var now = time.GetUtcNow();
        var back = new Uri($"{home}/pay/{link.Text}?lang={language}");
        var payment = new Payment
        {
            TenantId = tenant.Current, StationId = point.Station, EvseNumber = point.Number, Evse = point.Name, LinkHash = link.Hash, Currency = currency, Language = language,
            Hold = decimal.Round(settings.HoldAmount, MinorUnits.Of(currency), MidpointRounding.AwayFromZero), LinkSealed = safe.Close(back.ToString()), CreatedAt = now, DueAt = now + AdvancePayment.PageHolds,
        };
        // The row first: an event of the provider, or a crash, must find it.
        db.Add(payment);
        await db.SaveChangesAsync(ct);
        var title = Texts.In(language, "payments.hold.title", point.Name);
        var page = await provider.OpenHold(new HoldRequest(payment.Id.Value, payment.Of(payment.Hold), title, back, language, settings.Increment), ct);
        payment.CheckoutId = page.Id;
        payment.CheckoutUrl = page.Address?.ToString();
        payment.IntentId = page.IntentId;
        await db.SaveChangesAsync(CancellationToken.None);
        return link.Text;
    }
}
