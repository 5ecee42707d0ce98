using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Methods;

/// <summary>A payer has given a card or a mandate.</summary>
public sealed record PaymentMethodAdded(BillingAccountId BillingAccountId, PaymentMethodId PaymentMethodId) : IEvent
{
    public static string Type => "paymentMethodAdded";
}

/// <summary>Looks what came of the provider's page and keeps what was given. May run at any time, any number of times.</summary>
internal sealed partial class AdvanceMethodSetup(LadewerkDb db, TenantContext tenant, IPaymentProviders providers, AuditLog audit, TimeProvider time, ILogger<AdvanceMethodSetup> logger)
{
    /// <summary>How often it is looked while the page is open and nothing was told.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMinutes(20);

    public async Task Run(Guid id, CancellationToken ct)
    {
        if (await db.Set<PaymentMethodSetup>().SingleOrDefaultAsync(s => s.Id == id, ct) is not { } setup)
        {
            return;
        }

        try
        {
            var next = await providers.Current(ct) is IContractProvider provider ? await Step(setup, provider, ct) : time.GetUtcNow() + Look;
            await Rest(id, next, null, ct);
        }
        catch (PaymentProviderException failed)
        {
            LogFailed(id, failed.Fault, failed.Code);
            await Rest(id, time.GetUtcNow() + PaymentRules.Rest(setup.Attempts), failed.Message, ct);
        }
    }

    private async Task<DateTimeOffset?> Step(PaymentMethodSetup setup, IContractProvider provider, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (setup.State is MethodSetupState.Done or MethodSetupState.Expired)
        {
            return null;
        }

        if (setup.CheckoutId is { } checkout)
        {
            var page = await provider.Setup(checkout, ct);
            if (page is { State: HoldPageState.Complete, Method: { } given })
            {
                await Keep(setup, given, ct);
                return null;
            }

            if (page.State == HoldPageState.Open)
            {
                return now + Look;
            }

            // The page is over and nothing was given: the link opens another one.
            (setup.State, setup.CheckoutUrl, setup.OpenedAt) = (MethodSetupState.Asked, null, null);
        }

        if (setup.ExpiresAt <= now)
        {
            setup.State = MethodSetupState.Expired;
        }

        await db.SaveChangesAsync(ct);
        return setup.State == MethodSetupState.Expired ? null : setup.ExpiresAt;
    }

    private async Task Keep(PaymentMethodSetup setup, ProviderMethod given, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Whoever is at it first keeps it.
        await db.Database.ExecuteSqlAsync($"select from payment_method_setup where id = {setup.Id} for update", ct);
        var known = await db.Set<PaymentMethod>().SingleOrDefaultAsync(m => m.ProviderId == given.Id, ct);
        if (known is null)
        {
            await db.Database.ExecuteSqlAsync($"update payment_method set is_default = false where billing_account_id = {setup.BillingAccountId.Value} and is_default", ct);
            known = new PaymentMethod
            {
                TenantId = tenant.Current, BillingAccountId = setup.BillingAccountId, ProviderId = given.Id, Kind = given.Kind, Brand = given.Brand, Last4 = given.Last4, ExpiresOn = given.ExpiresOn,
                Mandate = given.Mandate, IsDefault = true, AddedBy = setup.AskedBy, AddedAt = time.GetUtcNow(),
            };
            db.Add(known);
            audit.Record("paymentMethod.added", "billingAccount", setup.BillingAccountId.Value.ToString(), after: new { known.Kind, known.Last4 });
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new PaymentMethodAdded(setup.BillingAccountId, known.Id), ct);
        }

        (setup.State, setup.MethodId, setup.CheckoutUrl) = (MethodSetupState.Done, known.Id, null);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        LogKept(setup.Id, known.Kind);
    }

    private async Task Rest(Guid id, DateTimeOffset? next, string? error, CancellationToken ct) => await db.Database.ExecuteSqlAsync(
        $"""
        update payment_method_setup set lease_until = null, due_at = least(due_at, {next}), last_error = {error}, attempts = case when {error}::text is null then 0 else attempts + 1 end
        where id = {id}
        """,
        ct);

    [LoggerMessage(LogLevel.Information, "A payer gave a {Kind} by setup {SetupId}")]
    private partial void LogKept(Guid setupId, PaymentMethodKind kind);

    [LoggerMessage(LogLevel.Warning, "Setup {SetupId} waits for the provider: {Fault} ({Code})")]
    private partial void LogFailed(Guid setupId, ProviderFault fault, string? code);
}
