using System.Globalization;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Notifications;

/// <summary>A contract has used most of its budget: its drivers are told, once a month.</summary>
internal sealed class NoticeBudget(LadewerkDb db, RaiseNotice raise, TimeProvider time) : IConsumer<ContractBudgetWarning>
{
    /// <summary>More drivers share no budget of their own: their operator knows.</summary>
    private const int Most = 50;

    public async Task Consume(ContractBudgetWarning e, CancellationToken ct)
    {
        if (await db.Set<Contract>().AsNoTracking().FirstOrDefaultAsync(c => c.Id == e.ContractId, ct) is not { } contract)
        {
            return;
        }

        var drivers = await db.Set<ContractDriver>().AsNoTracking().Where(m => m.ContractId == e.ContractId).OrderBy(m => m.DriverId).Select(m => m.DriverId).Take(Most).ToListAsync(ct);
        var facts = new NoticeFacts { Detail = contract.Name, Soc = Math.Min(100, decimal.Round(e.Share * 100)) };
        foreach (var driver in drivers)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"budget:{contract.Id.Value:N}:{e.Month:yyyyMM}:{driver.Value:N}");
            await raise.Run(ct, new Notice(Catalogue.BudgetWarning, key, time.GetUtcNow(), facts) { Driver = driver.Value, Href = $"/portal/contracts/{contract.Id.Value:D}" });
        }
    }
}
