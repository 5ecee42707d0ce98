using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Portal;

/// <summary>Pages of badges and drivers with the names that belong to them.</summary>
internal sealed class DriverLists(LadewerkDb db)
{
    public const int Size = 50;

    public async Task<(IReadOnlyList<(Driver Driver, string? Payer, int Badges)> Rows, long Total)> Drivers(string? text, int page, CancellationToken ct)
    {
        var found = db.Set<Driver>().AsNoTracking();
        found = string.IsNullOrWhiteSpace(text) ? found : found.Matching(text);
        var total = await found.LongCountAsync(ct);
        var rows = await Rows(found, (page - 1) * Size, total, ct);

        // What belongs to them is read for the page's rows alone.
        var (ids, accounts) = (rows.Select(d => (DriverId?)d.Id).ToList(), rows.Select(d => d.BillingAccountId).OfType<BillingAccountId>().Distinct().ToList());
        var payers = await db.Set<BillingAccount>().Where(a => accounts.Contains(a.Id)).ToDictionaryAsync(a => a.Id, a => a.Name, ct);
        var badges = await db.Set<IdToken>().Where(t => ids.Contains(t.DriverId)).GroupBy(t => t.DriverId!.Value).Select(g => new { Driver = g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Driver, g => g.Count, ct);
        return ([.. rows.Select(d => (d, d.BillingAccountId is { } payer ? payers.GetValueOrDefault(payer) : null, badges.GetValueOrDefault(d.Id)))], total);
    }

    public async Task<IReadOnlyList<(string Value, string Text)>> DriverNames(CancellationToken ct) =>
        [.. (await db.Set<Driver>().AsNoTracking().OrderBy(d => d.Name).Take(2000).Select(d => new { d.Id, d.Name }).ToListAsync(ct)).Select(d => (d.Id.Value.ToString(), d.Name))];

    public async Task<IReadOnlyList<(string Value, string Text)>> Payers(CancellationToken ct) =>
        [.. (await db.Set<BillingAccount>().AsNoTracking().OrderBy(a => a.Name).Take(2000).Select(a => new { a.Id, a.Name }).ToListAsync(ct)).Select(a => (a.Id.Value.ToString(), a.Name))];

    // A page in the second half is counted from the end: nobody waits for a hundred thousand rows to be passed over.
    private static async Task<List<Driver>> Rows(IQueryable<Driver> found, int before, long total, CancellationToken ct)
    {
        if (before <= total / 2)
        {
            return await found.OrderBy(d => d.Name).ThenBy(d => d.Id).Skip(before).Take(Size).ToListAsync(ct);
        }

        var after = (int)Math.Max(0, total - before - Size);
        var rows = await found.OrderByDescending(d => d.Name).ThenByDescending(d => d.Id).Skip(after).Take((int)Math.Clamp(total - before, 0, Size)).ToListAsync(ct);
        rows.Reverse();
        return rows;
    }
}
