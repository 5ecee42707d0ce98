using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Subscriptions;

/// <summary>Writes down what contracts owe by their monthly fees for months that are over, each contract and month once. What is written down waits for an invoice as sessions do.</summary>
internal sealed class PostSubscriptions(LadewerkDb db, TenantContext tenantContext, TimeProvider time)
{
    /// <summary>Months that are looked back on; a host that was down makes them up.</summary>
    private const int Months = 3;

    /// <returns>How many charges were added.</returns>
    public async Task<int> Run(CancellationToken ct)
    {
        if (!await AnyFee(ct))
        {
            return 0;
        }

        var tenant = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenantContext.Current, ct);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).DateTime);
        var thisMonth = new DateOnly(today.Year, today.Month, 1);
        var assigned = await Assigned(ct);
        var added = 0;
        for (var back = Months; back >= 1; back--)
        {
            added += await Post(thisMonth.AddMonths(-back), zone, assigned, ct);
        }

        return added;
    }

    private Task<bool> AnyFee(CancellationToken ct) => db.Database.SqlQuery<bool>(
        $"""
        select exists (select from tariff_version v join tariff_assignment a on a.tariff_id = v.tariff_id
          where v.tenant_id = {tenantContext.Current.Value} and a.level in ('contract', 'group') and v.document->'extensions'->'subscription' is not null) as "Value"
        """).SingleAsync(ct);

    /// <summary>What is assigned to contracts and groups, by what the assignment names.</summary>
    private async Task<ILookup<string, AssignedFee>> Assigned(CancellationToken ct)
    {
        var rows = await (
            from assignment in db.Set<TariffAssignment>().AsNoTracking()
            join tariff in db.Set<StoredTariff>() on assignment.TariffId equals tariff.Id
            join version in db.Set<TariffVersion>() on tariff.Id equals version.TariffId
            where (assignment.Level == AssignmentLevel.Contract || assignment.Level == AssignmentLevel.Group) && tariff.Kind == TariffKind.Regular
            select new { assignment, tariff.Name, version }).ToListAsync(ct);
        return rows.ToLookup(r => Key(r.assignment.Level, r.assignment.Target), r => new AssignedFee(
            r.assignment.Level == AssignmentLevel.Contract, r.assignment.Priority, r.assignment.CreatedAt, r.assignment.ValidFrom, r.assignment.ValidTo, r.version.TariffId.Value, r.version.Version,
            // A later version counts from the day it was made, unless it says from when; the first one from the beginning.
            r.version.Document.ValidFrom ?? (r.version.Version == 1 ? null : r.version.CreatedAt), r.version.Document.ValidTo, r.Name, r.version.Document.Currency, r.version.Document.Extensions?.Subscription));
    }

    private async Task<int> Post(DateOnly month, TimeZoneInfo zone, ILookup<string, AssignedFee> assigned, CancellationToken ct)
    {
        var end = SubscriptionDays.EndOf(month.AddMonths(1).AddDays(-1), zone);
        var contracts = await db.Set<Contract>().AsNoTracking()
            .Where(c => (c.Status == ContractStatus.Active || (c.Status == ContractStatus.Ended && c.ValidUntil != null)) && (c.ValidFrom ?? c.CreatedAt) < end)
            .Where(c => !db.Set<SubscriptionCharge>().Any(s => s.ContractId == c.Id && s.Month == month))
            .ToListAsync(ct);
        var payers = await Payers(ct);
        var charges = new List<SubscriptionCharge>();
        foreach (var contract in contracts)
        {
            if ((contract.BillingAccountId ?? payers.GetValueOrDefault(contract.Id)) is not { } payer)
            {
                continue; // nobody pays for it
            }

            var fees = assigned[Key(AssignmentLevel.Contract, contract.Id.Value.ToString())].Concat(contract.TariffGroup is { } group ? assigned[Key(AssignmentLevel.Group, group)] : []).ToList();
            var stretches = SubscriptionDays.Of(month, zone, new InForce(contract.ValidFrom ?? contract.CreatedAt, contract.ValidUntil), fees);
            charges.AddRange(stretches.Select((stretch, i) => Charge(contract, payer, month, i + 1, stretch, end)));
        }

        return await Write(charges, ct);
    }

    /// <summary>Who pays for a contract that names no account itself: its only driver.</summary>
    private async Task<Dictionary<ContractId, BillingAccountId?>> Payers(CancellationToken ct)
    {
        var members = await (
            from member in db.Set<ContractDriver>().AsNoTracking()
            join driver in db.Set<Driver>() on member.DriverId equals driver.Id
            select new { member.ContractId, driver.BillingAccountId }).ToListAsync(ct);
        return members.GroupBy(m => m.ContractId).Where(m => m.Count() == 1).ToDictionary(m => m.Key, m => m.Single().BillingAccountId);
    }

    private SubscriptionCharge Charge(Contract contract, BillingAccountId payer, DateOnly month, int item, FeeStretch stretch, DateTimeOffset end) => new()
    {
        TenantId = contract.TenantId, ContractId = contract.Id, Month = month, Item = item, ContractNumber = contract.Number, CostCentre = contract.CostCentre, TariffId = stretch.Assigned.TariffId,
        TariffVersion = stretch.Assigned.Version, TariffName = stretch.Assigned.Name, BillingAccountId = payer, FromDay = stretch.From, ToDay = stretch.To, Days = stretch.Days, DaysOfMonth = stretch.DaysOfMonth,
        Fee = stretch.Assigned.Fee!.MonthlyFee, Currency = stretch.Assigned.Currency, VatRate = stretch.Assigned.Fee.Vat, ExclVat = stretch.Net, InclVat = stretch.Gross, DueAt = end, CreatedAt = time.GetUtcNow(),
        Billing = (stretch.Gross ?? stretch.Net) == 0m ? CdrBilling.None : CdrBilling.Open,
    };

    /// <summary>Two at once write the same, and the first one's stay: a contract's month is written as a whole under a lock of the tenant.</summary>
    private async Task<int> Write(List<SubscriptionCharge> charges, CancellationToken ct)
    {
        if (charges.Count == 0)
        {
            return 0;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({tenantContext.Current.Value.ToString()}, 57))", ct);
        var month = charges[0].Month;
        var known = (await db.Set<SubscriptionCharge>().Where(s => s.Month == month).Select(s => s.ContractId).ToListAsync(ct)).ToHashSet();
        var fresh = charges.FindAll(c => !known.Contains(c.ContractId));
        db.AddRange(fresh);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        db.ChangeTracker.Clear();
        return fresh.Count;
    }

    private static string Key(AssignmentLevel level, string target) => $"{level}:{target.Trim().ToUpperInvariant()}";
}
