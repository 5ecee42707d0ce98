using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.App;

/// <summary>The invoices that a driver may read: those of an account that is theirs alone, and statements made out to them. A company's are not its drivers'.</summary>
internal sealed class OwnInvoices(LadewerkDb db)
{
    public const int Shown = 30;

    /// <summary>The newest first, one more than is shown.</summary>
    public async Task<List<Invoice>> Before(Driver driver, DateTimeOffset? before, CancellationToken ct)
    {
        var own = await Of(driver, ct);
        own = before is { } at ? own.Where(i => i.IssuedAt < at) : own;
        return await own.OrderByDescending(i => i.IssuedAt).ThenByDescending(i => i.Id).Take(Shown + 1).ToListAsync(ct);
    }

    public async Task<bool> IsOwn(Driver driver, InvoiceId id, CancellationToken ct) => await (await Of(driver, ct)).AnyAsync(i => i.Id == id, ct);

    private async Task<IQueryable<Invoice>> Of(Driver driver, CancellationToken ct)
    {
        var invoices = db.Set<Invoice>().AsNoTracking();
        return driver.BillingAccountId is { } account && !await db.Set<Driver>().AnyAsync(d => d.BillingAccountId == account && d.Id != driver.Id && d.Status != "closed", ct)
            ? invoices.Where(i => i.BillingAccountId == account || i.DriverId == driver.Id)
            : invoices.Where(i => i.DriverId == driver.Id);
    }
}
