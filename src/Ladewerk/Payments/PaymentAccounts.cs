using Ladewerk.Kernel;
using Ladewerk.Payments.Stripe;
using Ladewerk.Payments.Terminals;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Payments;

/// <summary>The operator's settings and keys, and the provider that goes with them.</summary>
internal sealed class PaymentAccounts(LadewerkDb db, TenantContext tenant, KeySafe safe, IOptions<StripeOptions> stripe, StripeClient client) : IPaymentProviders, IPaymentTerminals
{
    private PaymentSettings? known;

    /// <summary>The operator's settings; the defaults where it has said nothing.</summary>
    public async Task<PaymentSettings> Settings(CancellationToken ct) =>
        known ??= await db.Set<PaymentSettings>().AsNoTracking().SingleOrDefaultAsync(ct) ?? new PaymentSettings { TenantId = tenant.Current, Enabled = stripe.Value.SecretKey is not null };

    public async Task<IPaymentProvider?> Current(CancellationToken ct)
    {
        var settings = await Settings(ct);
        return KeyOf(settings) is { } key ? new StripeProvider(client, key) : null;
    }

    /// <summary>Who sends hosts their share; null where the operator has no provider.</summary>
    public async Task<Payouts.IPayoutProvider?> Payouts(CancellationToken ct) => KeyOf(await Settings(ct)) is { } key ? new StripePayouts(client, key) : null;

    /// <inheritdoc/>
    public async Task<IPaymentTerminal?> Of(string provider, CancellationToken ct) =>
        provider == StripeTerminal.ProviderName && KeyOf(await Settings(ct)) is { } key ? new StripeTerminal(client, key) : null;

    /// <summary>The secret key of the scope's operator; null where there is none.</summary>
    internal async Task<string?> Key(CancellationToken ct) => KeyOf(await Settings(ct));

    /// <summary>Whether guests may pay by card: switched on, and there is a key.</summary>
    public async Task<bool> TakesCards(CancellationToken ct)
    {
        var settings = await Settings(ct);
        return settings.Enabled && KeyOf(settings) is not null;
    }

    /// <summary>What the operator's events are signed with.</summary>
    public async Task<IReadOnlyList<string>> WebhookSecrets(CancellationToken ct) => (await Settings(ct)).WebhookSecrets is { } closed ? safe.Open(closed).Split('\n') : stripe.Value.WebhookSecrets;

    private string? KeyOf(PaymentSettings settings) => settings.SecretKey is { } closed ? safe.Open(closed) : stripe.Value.SecretKey;
}

/// <summary>Closes and opens operators' keys: they never lie readable in a database or its backup.</summary>
internal sealed class KeySafe(IDataProtectionProvider protection)
{
    private readonly IDataProtector box = protection.CreateProtector("Ladewerk.Payments.Keys");

    public string Close(string secret) => box.Protect(secret);

    /// <exception cref="System.Security.Cryptography.CryptographicException">The installation's key is gone.</exception>
    public string Open(string closed) => box.Unprotect(closed);
}
