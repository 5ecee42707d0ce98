using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Contracts;

/// <summary>Reads contracts with what hangs on them.</summary>
internal sealed class FindContracts(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, TimeProvider time)
{
    private const string UsageSql = """
        select coalesce(sum(energy_wh), 0)::bigint, coalesce(sum(cost_total), 0), count(*), count(*) filter (where state = 'active')
        from charging_session where tenant_id = $1 and contract_id = $2 and started_at >= $3
        """;

    public Task<Contract?> Find(Guid id, CancellationToken ct) => db.Set<Contract>().SingleOrDefaultAsync(c => c.Id == new ContractId(id), ct);

    public async Task<ContractView> View(Contract contract, CancellationToken ct) => (await Views([contract], ct))[0];

    /// <summary>In the same order, in two questions whatever their number.</summary>
    public async Task<IReadOnlyList<ContractView>> Views(IReadOnlyList<Contract> contracts, CancellationToken ct)
    {
        var ids = contracts.Select(c => c.Id).ToList();
        var targets = ids.ConvertAll(id => id.Value.ToString());
        var members = (await db.Set<ContractDriver>().AsNoTracking().Where(m => ids.Contains(m.ContractId)).ToListAsync(ct)).ToLookup(m => m.ContractId, m => m.DriverId);
        var tariffs = (await db.Set<TariffAssignment>().AsNoTracking().Where(a => a.Level == AssignmentLevel.Contract && targets.Contains(a.Target) && a.ValidTo == null).ToListAsync(ct))
            .GroupBy(a => a.Target, StringComparer.Ordinal).ToDictionary(a => a.Key, a => a.MaxBy(x => x.CreatedAt)!.TariffId.Value, StringComparer.Ordinal);
        return
        [
            .. contracts.Select(c => new ContractView(
                c.Id, c.Number, c.Name, c.Kind, c.Status, c.Emaid, c.BillingAccountId, tariffs.TryGetValue(c.Id.Value.ToString(), out var tariff) ? tariff : null, c.TariffGroup, c.CostCentre,
                c.ValidFrom, c.ValidUntil, c.Sites, c.Terms, c.ReimbursementPerKwh, c.Note, [.. members[c.Id]], c.CreatedAt)),
        ];
    }

    /// <summary>What it has used in the current month of the operator's zone.</summary>
    public async Task<ContractUsage> Usage(Contract contract, CancellationToken ct)
    {
        var owner = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct);
        var from = WeekPlan.MonthOf(time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone));
        var (energy, money, sessions, running) = await data.First(
            UsageSql, r => (r.GetInt64(0), r.GetDecimal(1), r.GetInt64(2), r.GetInt64(3)), ct, tenant.Current.Value, contract.Id.Value, from);
        var used = new BudgetUse(new WattHours(energy), money, sessions);
        var month = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone)).DateTime);
        return new ContractUsage(month, used.Energy, new Money(money, owner.Currency), sessions, running, contract.Terms.Budget is { } budget ? decimal.Round(ContractRules.ShareOf(budget, used), 4) : null);
    }
}
