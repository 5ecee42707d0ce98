using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Subscriptions;

/// <summary>A monthly fee as the API shows it.</summary>
/// <param name="Month">Its first day.</param>
/// <param name="MonthlyFee">Net, for a whole month.</param>
/// <param name="VatRate">Percent.</param>
/// <param name="Billing">open, invoiced or none.</param>
public sealed record SubscriptionChargeView(
    Guid Id, ContractId ContractId, string ContractNumber, BillingAccountId BillingAccountId, DateOnly Month, Guid TariffId, int TariffVersion, string TariffName, DateOnly From, DateOnly To, int Days,
    int DaysOfMonth, Money MonthlyFee, decimal? VatRate, Money ExclVat, Money? InclVat, CdrBilling Billing, InvoiceId? InvoiceId)
{
    internal static SubscriptionChargeView Of(SubscriptionCharge c) => new(
        c.Id, c.ContractId, c.ContractNumber, c.BillingAccountId, c.Month, c.TariffId, c.TariffVersion, c.TariffName, c.FromDay, c.ToDay, c.Days, c.DaysOfMonth, new Money(c.Fee, c.Currency), c.VatRate,
        new Money(c.ExclVat, c.Currency), c.InclVat is { } gross ? new Money(gross, c.Currency) : null, c.Billing, c.InvoiceId);
}

/// <summary><c>/subscription-charges</c></summary>
internal static class SubscriptionsApi
{
    public static void MapSubscriptions(this RouteGroupBuilder api)
    {
        var charges = api.MapGroup("/subscription-charges").OfModule(Module.Billing).WithTags("Billing");
        charges.MapGet("/", List).RequirePermission(Permission.BillingRead).WithSummary("Monthly fees of contracts, latest month first");
    }

    /// <summary>Charges by the filter, one more than the limit.</summary>
    internal static Task<List<SubscriptionCharge>> Find(LadewerkDb db, Guid? contractId, Guid? billingAccountId, CdrBilling? billing, int limit, string? cursor, CancellationToken ct)
    {
        var rows = db.Set<SubscriptionCharge>().AsNoTracking();
        rows = contractId is { } contract ? rows.Where(c => c.ContractId == new ContractId(contract)) : rows;
        rows = billingAccountId is { } account ? rows.Where(c => c.BillingAccountId == new BillingAccountId(account)) : rows;
        rows = billing is { } state ? rows.Where(c => c.Billing == state) : rows;
        if (Api.KeyOf(cursor) is var (at, id))
        {
            rows = rows.Where(c => EF.Functions.LessThan(ValueTuple.Create(c.DueAt, c.Id), ValueTuple.Create(at, id)));
        }

        return rows.OrderByDescending(c => c.DueAt).ThenByDescending(c => c.Id).Take(limit + 1).ToListAsync(ct);
    }

    private static async Task<Ok<Page<SubscriptionChargeView>>> List(Guid? contractId, Guid? billingAccountId, Named<CdrBilling>? billing, int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var page = Paging.Of(await Find(db, contractId, billingAccountId, billing?.Value, count, cursor, ct), count, c => Api.Key(c.DueAt, c.Id));
        return TypedResults.Ok(new Page<SubscriptionChargeView>([.. page.Items.Select(SubscriptionChargeView.Of)], page.NextCursor));
    }
}
