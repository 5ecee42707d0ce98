using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments;

/// <summary>The operator's settings as they are shown: never a key.</summary>
/// <param name="OwnKey">Whether the operator has a key of its own.</param>
/// <param name="TakesCards">Whether guests may pay by card now.</param>
/// <param name="WebhookPath">Where the provider's events go.</param>
public sealed record PaymentSettingsView(bool Enabled, bool TakesCards, bool OwnKey, bool OwnWebhookSecret, decimal HoldAmount, int StartWithinMinutes, bool Increment, bool SignedLinksOnly, bool CollectInvoices, bool PayoutsAutomatic, string WebhookPath);

/// <summary>What is to change; what is absent stays. An empty key takes the own one away.</summary>
/// <param name="WebhookSecret">Several apart by commas, while they are being changed.</param>
internal sealed record PaymentSettingsPatch(bool? Enabled = null, string? SecretKey = null, string? WebhookSecret = null, decimal? HoldAmount = null, int? StartWithinMinutes = null, bool? Increment = null, bool? SignedLinksOnly = null,
    bool? CollectInvoices = null, bool? PayoutsAutomatic = null);

/// <summary>Changes what an operator agreed with the provider.</summary>
internal sealed class SavePaymentSettings(LadewerkDb db, TenantContext tenant, PaymentAccounts accounts, KeySafe safe, AuditLog audit, TimeProvider time)
{
    public async Task<PaymentSettingsView> View(CancellationToken ct)
    {
        var s = await accounts.Settings(ct);
        var slug = await db.Set<Tenant>().AsNoTracking().Where(t => t.Id == tenant.Current).Select(t => t.Slug).SingleAsync(ct);
        return new PaymentSettingsView(
            s.Enabled, await accounts.TakesCards(ct), s.SecretKey is not null, s.WebhookSecrets is not null, s.HoldAmount, (int)s.StartWithin.TotalMinutes, s.Increment, s.SignedLinksOnly, s.CollectInvoices, s.PayoutsAutomatic,
            s.SecretKey is null ? "/webhooks/stripe" : "/webhooks/stripe/" + slug);
    }

    /// <returns>Null: done.</returns>
    public async Task<Faults?> Run(PaymentSettingsPatch wish, CancellationToken ct)
    {
        var faults = new Faults()
            .Unless(wish.HoldAmount is null or (>= 1 and <= 500), "holdAmount", "1 to 500.")
            .Unless(wish.HoldAmount is not { } hold || decimal.Round(hold, 2) == hold, "holdAmount", "At most two decimals.")
            .Unless(wish.StartWithinMinutes is null or (>= 1 and <= 14), "startWithinMinutes", "1 to 14.")
            .Unless(wish.SecretKey is null or "" || IsKey(wish.SecretKey), "secretKey", "A secret or restricted key: sk_... or rk_...")
            .Unless(wish.WebhookSecret is null or "" || Secrets(wish.WebhookSecret) is { Length: > 0 and <= 4 } several && several.All(s => s.StartsWith("whsec_", StringComparison.Ordinal)), "webhookSecret", "whsec_..., up to four.");
        if (faults.Any)
        {
            return faults;
        }

        var settings = await db.Set<PaymentSettings>().SingleOrDefaultAsync(ct);
        if (settings is null)
        {
            settings = new PaymentSettings { TenantId = tenant.Current, Enabled = (await accounts.Settings(ct)).Enabled };
            db.Add(settings);
        }

        settings.Enabled = wish.Enabled ?? settings.Enabled;
        settings.HoldAmount = wish.HoldAmount ?? settings.HoldAmount;
        settings.SignedLinksOnly = wish.SignedLinksOnly ?? settings.SignedLinksOnly;
        settings.PayoutsAutomatic = wish.PayoutsAutomatic ?? settings.PayoutsAutomatic;
        settings.CollectInvoices = wish.CollectInvoices ?? settings.CollectInvoices;
        settings.Increment = wish.Increment ?? settings.Increment;
        settings.StartWithin = wish.StartWithinMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : settings.StartWithin;
        settings.SecretKey = wish.SecretKey switch { null => settings.SecretKey, "" => null, var key => safe.Close(key.Trim()) };
        settings.WebhookSecrets = wish.WebhookSecret switch { null => settings.WebhookSecrets, "" => null, var secrets => safe.Close(string.Join('\n', Secrets(secrets))) };
        settings.UpdatedAt = time.GetUtcNow();
        audit.Record("payments.settingsChanged", "paymentSettings", tenant.Current.Value.ToString(), after: wish with { SecretKey = Told(wish.SecretKey), WebhookSecret = Told(wish.WebhookSecret) });
        await db.SaveChangesAsync(ct);
        return null;
    }

    private static bool IsKey(string text) => text.Trim() is { Length: >= 12 and <= 300 } key && key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && (key.StartsWith("sk_", StringComparison.Ordinal) || key.StartsWith("rk_", StringComparison.Ordinal));

    private static string[] Secrets(string text) => text.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string? Told(string? secret) => secret switch { null => null, "" => "removed", _ => "changed" };
}
