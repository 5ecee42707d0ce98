using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Methods;

/// <summary>A way to pay as the API shows it; never a number.</summary>
/// <param name="Brand">Of a card (visa, mastercard ...); of a debit the country of the account.</param>
/// <param name="ExpiresOn">Last day on which a card holds.</param>
/// <param name="Mandate">Reference of the SEPA mandate.</param>
/// <param name="IsDefault">Whether invoices are collected from it.</param>
public sealed record PaymentMethodView(PaymentMethodId Id, PaymentMethodKind Kind, string? Brand, string Last4, DateOnly? ExpiresOn, string? Mandate, bool IsDefault, string AddedBy, DateTimeOffset AddedAt);

/// <summary>The ways to pay of an account.</summary>
/// <param name="Collects">Whether the operator takes payments by a provider and collects invoices.</param>
/// <param name="AskedUntil">Until when the last link that was sent to the payer works; null: none waits.</param>
public sealed record PaymentMethodsView(IReadOnlyList<PaymentMethodView> Items, bool Collects, DateTimeOffset? AskedUntil);

/// <summary>Reads ways to pay.</summary>
internal sealed class FindMethods(LadewerkDb db, PaymentAccounts accounts, IPaymentProviders providers, TimeProvider time)
{
    public async Task<PaymentMethodsView> Of(BillingAccountId account, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var methods = await db.Set<PaymentMethod>().AsNoTracking().Where(m => m.BillingAccountId == account && m.RemovedAt == null).OrderByDescending(m => m.IsDefault).ThenByDescending(m => m.AddedAt).ToListAsync(ct);
        var asked = await db.Set<PaymentMethodSetup>()
            .Where(s => s.BillingAccountId == account && !s.FromApp && s.ExpiresAt > now && (s.State == MethodSetupState.Asked || s.State == MethodSetupState.Opened)).MaxAsync(s => (DateTimeOffset?)s.ExpiresAt, ct);
        return new PaymentMethodsView([.. methods.Select(Of)], await Collects(ct), asked);
    }

    /// <summary>Whether invoices are collected by a provider at all.</summary>
    public async Task<bool> Collects(CancellationToken ct) => (await accounts.Settings(ct)).CollectInvoices && await providers.Current(ct) is IContractProvider;

    public Task<bool> Exists(BillingAccountId account, CancellationToken ct) => db.Set<BillingAccount>().AnyAsync(a => a.Id == account, ct);

    public static PaymentMethodView Of(PaymentMethod m) => new(m.Id, m.Kind, m.Brand, m.Last4, m.ExpiresOn, m.Mandate, m.IsDefault, m.AddedBy, m.AddedAt);
}

/// <summary>The account whose payments a driver sees to: theirs alone. A company's is not its drivers'.</summary>
internal sealed class OwnAccount(LadewerkDb db, CurrentDriver current)
{
    /// <summary>Null: somebody else pays, or nobody.</summary>
    public async Task<BillingAccountId?> Find(CancellationToken ct) =>
        await current.Find(ct) is { BillingAccountId: { } account } driver && !await db.Set<Driver>().AnyAsync(d => d.BillingAccountId == account && d.Id != driver.Id && d.Status != "closed", ct) ? account : null;
}
