using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Contracts.Portal;

/// <summary>A contract with the names that belong to it.</summary>
internal sealed record ContractRow(Contract Contract, string? Payer, int Drivers)
{
    public string Href => $"/portal/contracts/{Contract.Id.Value:D}";
}

/// <summary>Pages of contracts, and what their form offers.</summary>
internal sealed class ContractLists(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant)
{
    public const int Size = 50;

    public async Task<(IReadOnlyList<ContractRow> Rows, long Total)> Read(string? text, string? kind, int page, CancellationToken ct)
    {
        var found = db.Set<Contract>().AsNoTracking();
        if (!string.IsNullOrWhiteSpace(text))
        {
            var pattern = Paging.Containing(text.Trim());
            found = found.Where(c => EF.Functions.ILike(c.Name, pattern) || EF.Functions.ILike(c.Number, pattern));
        }

        found = Named<ContractKind>.TryParse(kind, null, out var wanted) ? found.Where(c => c.Kind == wanted.Value) : found;
        var total = await found.LongCountAsync(ct);
        var rows = await found.OrderBy(c => c.Name).ThenBy(c => c.Id).Skip((page - 1) * Size).Take(Size)
            .Select(c => new
            {
                Contract = c,
                Payer = db.Set<BillingAccount>().Where(a => a.Id == c.BillingAccountId).Select(a => a.Name).FirstOrDefault(),
                Drivers = db.Set<ContractDriver>().Count(m => m.ContractId == c.Id),
            }).ToListAsync(ct);
        return ([.. rows.Select(r => new ContractRow(r.Contract, r.Payer, r.Drivers))], total);
    }

    public async Task<IReadOnlyList<(Guid Id, string Name)>> Sites(CancellationToken ct) =>
        await data.Rows("select id, name from site where tenant_id = $1 order by name limit 1000", r => (r.GetGuid(0), r.GetString(1)), ct, tenant.Current.Value);

    public async Task<IReadOnlyList<(string Value, string Text)>> Tariffs(CancellationToken ct) =>
        await data.Rows("select id, name from tariff where tenant_id = $1 and archived_at is null order by name limit 1000", r => (r.GetGuid(0).ToString(), r.GetString(1)), ct, tenant.Current.Value);

    public async Task<string?> Payer(BillingAccountId? account, CancellationToken ct) => await db.Set<BillingAccount>().Where(a => a.Id == account).Select(a => a.Name).FirstOrDefaultAsync(ct);

    /// <summary>Drivers of a contract by name; at most so many.</summary>
    public async Task<IReadOnlyList<Driver>> Drivers(ContractId contract, int most, CancellationToken ct) =>
        await db.Set<ContractDriver>().AsNoTracking().Where(m => m.ContractId == contract).Join(db.Set<Driver>(), m => m.DriverId, d => d.Id, (m, d) => d).OrderBy(d => d.Name).Take(most).ToListAsync(ct);

    /// <summary>Drivers by e-mail address or exact name, one per line; null where a line names nobody, or several.</summary>
    public async Task<IReadOnlyList<DriverId>?> Named(string text, CancellationToken ct)
    {
        var ids = new List<DriverId>();
        foreach (var line in text.Split(['\n', '\r', ';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var address = Paging.Containing(line)[1..^1]; // the whole of it, whatever its case
            var found = await db.Set<Driver>().AsNoTracking().Where(d => EF.Functions.ILike(d.Email!, address) || d.Name == line).Select(d => d.Id).Take(2).ToListAsync(ct);
            if (found is not [var only])
            {
                return null;
            }

            ids.Add(only);
        }

        return ids;
    }
}

/// <summary>What a contract says, in few words.</summary>
internal static class ContractWords
{
    public static string Rules(Contract contract, Texts t)
    {
        var words = new List<string>();
        if (contract.Terms.Windows.Count > 0)
        {
            words.Add(string.Join(", ", contract.Terms.Windows.Select(w => Window(w, t))));
        }

        if (contract.Terms.Budget is { } budget)
        {
            words.Add(t["contracts.perMonth", Budget(budget)]);
        }

        if (contract.Sites.Length > 0)
        {
            words.Add(t["contracts.sites.count", contract.Sites.Length]);
        }

        return words.Count == 0 ? t["contracts.rules.none"] : string.Join(" · ", words);
    }

    public static string Window(ChargeWindow window, Texts t)
    {
        var times = $"{window.From.ToString("HH:mm", CultureInfo.InvariantCulture)}–{window.To.ToString("HH:mm", CultureInfo.InvariantCulture)}";
        return window.Days.Count is 0 or 7 ? times : $"{string.Join(" ", window.Days.OrderBy(d => ((int)d + 6) % 7).Select(d => t["contracts.day." + d]))} {times}";
    }

    public static string Budget(MonthlyBudget budget)
    {
        var limits = new List<string>(3);
        if (budget.EnergyWh is { } energy)
        {
            limits.Add($"{Show.Kwh(energy.Value, 0)} kWh");
        }

        if (budget.Money is { } money)
        {
            limits.Add($"{Show.Amount(money)} €");
        }

        if (budget.Sessions is { } sessions)
        {
            limits.Add(sessions.ToString(CultureInfo.CurrentCulture) + " ×");
        }

        return string.Join(" / ", limits);
    }
}
