using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Badges;

/// <summary>Where a badge shall go.</summary>
/// <param name="Country">ISO 3166-1, two capital letters; DE where absent.</param>
public sealed record BadgeAddress(string? Recipient = null, string? Company = null, string? Street = null, string? PostalCode = null, string? City = null, string? Country = null)
{
    /// <summary>As the account that pays has it.</summary>
    internal static BadgeAddress Of(Driver driver, BillingAccount? payer) => new(driver.Name, payer?.Company, payer?.Street, payer?.PostalCode, payer?.City, payer?.Country ?? "DE");

    /// <summary>Without blanks around, and with the gaps as gaps.</summary>
    internal BadgeAddress Trimmed() => new(Cut(Recipient), Cut(Company), Cut(Street), Cut(PostalCode), Cut(City), Cut(Country)?.ToUpperInvariant() ?? "DE");

    internal Faults Check() => new Faults().Text("recipient", Recipient).Short("company", Company).Text("street", Street).Text("postalCode", PostalCode, 20).Text("city", City).Country("country", Country);

    private static string? Cut(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>A driver's wish for a badge, and its withdrawal.</summary>
internal sealed class OrderBadge(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    /// <summary>What came of it.</summary>
    internal enum Outcome
    {
        Ordered,
        Invalid,

        /// <summary>The operator takes no orders, or none of this driver.</summary>
        Closed,

        /// <summary>Enough of the driver's wait already.</summary>
        TooMany,
    }

    /// <param name="byOperator">The operator orders for the driver, whether or not drivers may by themselves.</param>
    public async Task<(Outcome Outcome, BadgeOrder? Order, Faults Faults)> Run(Driver driver, BadgeAddress wish, bool byOperator, CancellationToken ct)
    {
        var address = wish.Trimmed();
        var faults = address.Check();
        if (faults.Any)
        {
            return (Outcome.Invalid, null, faults);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);

        // Two orders at the same moment count one another.
        await db.Database.ExecuteSqlAsync($"select from driver where id = {driver.Id.Value} for update", ct);
        var rules = await db.Set<BadgeOrderRules>().AsNoTracking().SingleOrDefaultAsync(ct);
        if ((!byOperator && rules is not { IsOpen: true }) || !await db.Set<Driver>().AnyAsync(d => d.Id == driver.Id && d.Status == "active", ct))
        {
            return (Outcome.Closed, null, faults);
        }

        if (await db.Set<BadgeOrder>().CountAsync(o => o.DriverId == driver.Id && o.State == BadgeOrderState.Ordered, ct) >= (rules?.MostOpen ?? 1))
        {
            return (Outcome.TooMany, null, faults);
        }

        var order = new BadgeOrder
        {
            TenantId = tenant.Current, DriverId = driver.Id, Recipient = address.Recipient!, Company = address.Company, Street = address.Street!, PostalCode = address.PostalCode!, City = address.City!,
            Country = address.Country!, OrderedAt = time.GetUtcNow(),
        };
        db.Add(order);

        // The address stands in the order alone, so that one erasure finds it.
        audit.Record("badgeOrder.created", "badgeOrder", order.Id.Value.ToString(), after: new { driverId = driver.Id.Value });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return (Outcome.Ordered, order, faults);
    }

    /// <summary>Takes back an order that is not on its way yet; false where there is none.</summary>
    /// <param name="driver">Whose it must be; null: anybody's.</param>
    public async Task<bool> Cancel(BadgeOrderId id, DriverId? driver, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        if (await db.Set<BadgeOrder>().Where(o => o.Id == id && o.State == BadgeOrderState.Ordered && (driver == null || o.DriverId == driver))
            .ExecuteUpdateAsync(set => set.SetProperty(o => o.State, BadgeOrderState.Cancelled).SetProperty(o => o.CancelledAt, now), ct) != 1)
        {
            return false;
        }

        audit.Record("badgeOrder.cancelled", "badgeOrder", id.Value.ToString());
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }
}
