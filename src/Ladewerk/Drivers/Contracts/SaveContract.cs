using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Contracts;

/// <summary>Makes and changes contracts, with their drivers and their tariff, in one transaction. Stations are told at once what their lists may hold.</summary>
internal sealed class SaveContract(LadewerkDb db, TenantContext tenant, FindContracts find, AssignTariff assign, AuditLog audit, TimeProvider time)
{
    private const int MaxWindows = 50;

    /// <summary>The contract; null with what is wrong, or where the number is taken.</summary>
    public async Task<(ContractView? Made, Faults Faults)> Create(ContractWish wish, CancellationToken ct)
    {
        var contract = new Contract { TenantId = tenant.Current, Number = wish.Number?.Trim() is { Length: > 0 } own ? own : await NextNumber(ct), Name = "", CreatedAt = time.GetUtcNow() };
        var faults = await Check(contract, wish, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(contract);
        return await Store(contract, wish with { Number = contract.Number }, null, faults, ct);
    }

    /// <summary>The contract as it is then; null with what is wrong.</summary>
    public async Task<(ContractView? Changed, Faults Faults)> Change(Contract contract, Func<ContractView, ContractWish> change, CancellationToken ct)
    {
        var before = await find.View(contract, ct);
        var wish = change(before);
        var faults = await Check(contract, wish, ct);
        return faults.Any ? (null, faults) : await Store(contract, wish, before, faults, ct);
    }

    private async Task<(ContractView?, Faults)> Store(Contract contract, ContractWish wish, ContractView? before, Faults faults, CancellationToken ct)
    {
        Apply(contract, wish, isNew: before is null);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        await SetDrivers(contract, wish.DriverIds ?? [], ct);
        if (await SetTariff(contract, wish.TariffId, before?.TariffId, ct) is { } wrong)
        {
            return (null, faults.Add("tariffId", wrong));
        }

        var after = await find.View(contract, ct);
        audit.Record(before is null ? "contract.created" : "contract.changed", "contract", contract.Number, before, after);
        await db.SaveChangesAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new IdTokensChanged(Urgent: true), ct);
        await transaction.CommitAsync(ct);
        return (after, faults);
    }

    private static void Apply(Contract contract, ContractWish wish, bool isNew)
    {
        (contract.Number, contract.Name, contract.Kind, contract.Status) = (wish.Number?.Trim() ?? contract.Number, wish.Name.Trim(), wish.Kind, wish.Status);
        (contract.Emaid, contract.BillingAccountId) = (Blank(wish.Emaid)?.ToUpperInvariant(), wish.BillingAccountId);
        (contract.TariffGroup, contract.CostCentre, contract.Note) = (Blank(wish.TariffGroup), Blank(wish.CostCentre), Blank(wish.Note));
        (contract.ValidFrom, contract.ValidUntil) = (wish.ValidFrom?.ToUniversalTime(), wish.ValidUntil?.ToUniversalTime());
        contract.Sites = [.. (wish.Sites ?? []).Distinct()];
        contract.Terms = wish.Terms ?? new ContractTerms();
        contract.HasBudget = contract.Terms.Budget is not null;
        contract.IsLimited = contract.Terms is { IsLimited: true, ChargesOffline: false };
        contract.ReimbursementPerKwh = wish.ReimbursementPerKwh;
        contract.Revision += isNew ? 0 : 1;
    }

    private async Task SetDrivers(Contract contract, IReadOnlyList<DriverId> drivers, CancellationToken ct)
    {
        var members = await db.Set<ContractDriver>().Where(m => m.ContractId == contract.Id).ToListAsync(ct);
        db.RemoveRange(members.Where(m => !drivers.Contains(m.DriverId)));
        db.AddRange(drivers.Distinct().Where(d => members.TrueForAll(m => m.DriverId != d)).Select(d => new ContractDriver { ContractId = contract.Id, DriverId = d, TenantId = tenant.Current }));
        await db.SaveChangesAsync(ct);
    }

    /// <summary>The tariff of a contract is an assignment like any other, so that whoever asks which tariff holds is told of it.</summary>
    private async Task<string?> SetTariff(Contract contract, Guid? tariff, Guid? former, CancellationToken ct)
    {
        if (tariff == former)
        {
            return null;
        }

        var target = contract.Id.Value.ToString();
        foreach (var old in await db.Set<TariffAssignment>().Where(a => a.Level == AssignmentLevel.Contract && a.Target == target).Select(a => a.Id).ToListAsync(ct))
        {
            await assign.Remove(old, ct);
        }

        return tariff is not { } id ? null : await assign.Run(new AssignmentWish(AssignmentLevel.Contract, target, new TariffId(id)), ct) switch
        {
            AssignOutcome.Assigned => null,
            AssignOutcome.Wrong wrong => wrong.Message,
            AssignOutcome.Refused refused => refused.Findings[0].Text.En,
            _ => throw new InvalidOperationException("No such outcome."),
        };
    }

    private async Task<Faults> Check(Contract contract, ContractWish wish, CancellationToken ct)
    {
        var number = wish.Number?.Trim() ?? contract.Number;
        var faults = new Faults().Text("name", wish.Name).Text("number", number, 50).Short("emaid", wish.Emaid, 32).Short("tariffGroup", wish.TariffGroup, IdTokenUid.MaxLength)
            .Short("costCentre", wish.CostCentre, 100).Short("note", wish.Note, 2000)
            .Unless(wish.ValidFrom is null || wish.ValidUntil is null || wish.ValidFrom < wish.ValidUntil, "validUntil", "After validFrom.")
            .Unless(wish.ReimbursementPerKwh is null or (>= 0 and <= 100), "reimbursementPerKwh", "0 to 100.")
            .Unless(wish.Kind != ContractKind.HomeCharging || wish.ReimbursementPerKwh is not null, "reimbursementPerKwh", "Needed for charging at home.")
            .Unless(Blank(wish.Emaid) is null || Emaid.Looks(wish.Emaid!), "emaid", "Not an eMA-ID, such as DE-8AA-C12345678-X.");
        CheckTerms(wish.Terms ?? new ContractTerms(), faults);
        var drivers = (wish.DriverIds ?? []).Distinct().ToList();
        faults.Unless(await db.Set<Driver>().CountAsync(d => drivers.Contains(d.Id), ct) == drivers.Count, "driverIds", "No such driver.")
            .Unless(wish.BillingAccountId is not { } payer || await db.Set<BillingAccount>().AnyAsync(a => a.Id == payer, ct), "billingAccountId", "No such billing account.");
        var sites = (wish.Sites ?? []).Distinct().ToArray();
        var known = sites.Length == 0 ? 0 : await db.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from site where tenant_id = {tenant.Current.Value} and id = any({sites})").SingleAsync(ct);
        faults.Unless(known == sites.Length, "sites", "No such site.");
        if (await db.Set<Contract>().AnyAsync(c => c.Number == number && c.Id != contract.Id, ct))
        {
            faults.Add("number", "There already is one.");
        }

        return faults;
    }

    private static void CheckTerms(ContractTerms terms, Faults faults)
    {
        faults.Unless(terms.Windows.Count <= MaxWindows, "terms.windows", $"At most {MaxWindows}.")
            .Unless(terms.Windows.All(w => w.Days.All(Enum.IsDefined)), "terms.windows", "No such day.")
            .Unless(terms.Holidays is null || HolidayCalendar.Knows(terms.Holidays.Region), "terms.holidays", "A German federal state (ISO 3166-2), such as DE-BY, or DE.")
            .Unless(terms.ConcurrentSessions is >= 0 and <= 100_000, "terms.concurrentSessions", "0 (unlimited) to 100000.")
            .Unless(terms.Budget is not { EnergyWh.Value: < 0 } and not { Money: < 0 } and not { Sessions: < 0 }, "terms.budget", "0 or more.")
            .Unless(terms.Budget is null or not { EnergyWh: null, Money: null, Sessions: null }, "terms.budget", "Name a limit.")
            .Unless(Enum.IsDefined(terms.WhenWindowEnds) && Enum.IsDefined(terms.WhenBudgetEnds), "terms", "No such rule.");
    }

    private async Task<string> NextNumber(CancellationToken ct)
    {
        var count = await db.Set<Contract>().CountAsync(ct);
        string number;
        do
        {
            number = string.Create(CultureInfo.InvariantCulture, $"V-{++count:00000}");
        }
        while (await db.Set<Contract>().AnyAsync(c => c.Number == number, ct));
        return number;
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>Contract identifiers of ISO 15118 (eMA-ID): country, provider, instance, check digit.</summary>
internal static class Emaid
{
    /// <summary>Whether a text has the shape of one: two letters, three characters, nine characters, perhaps a check digit; hyphens do not count.</summary>
    public static bool Looks(string text)
    {
        var bare = text.Replace("-", "", StringComparison.Ordinal).Replace("*", "", StringComparison.Ordinal).Trim();
        return bare.Length is 14 or 15 && bare.All(char.IsAsciiLetterOrDigit) && char.IsAsciiLetter(bare[0]) && char.IsAsciiLetter(bare[1]);
    }
}
