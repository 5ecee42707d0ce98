using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Portal;

/// <summary>Pages of badges and drivers with the names that belong to them.</summary>
internal sealed class DriverLists(LadewerkDb db)
{
    public const int Size = 50;

    /// <param name="where">stock: in nobody's hands; held: somebody's; null: all.</param>
    public async Task<(IReadOnlyList<(IdToken Token, string? Driver)> Rows, long Total)> Tokens(string? text, string? status, string? where, int page, CancellationToken ct)
    {
        var found = db.Set<IdToken>().AsNoTracking().Where(t => t.ErasedAt == null);
        if (!string.IsNullOrWhiteSpace(text))
        {
            // Each by an index of its own: one condition over both tables would read all badges.
            var (pattern, uid) = (Paging.Containing(text.Trim()), Paging.Containing(IdTokenUid.Key(text)));
            var people = db.Set<Driver>().Where(d => EF.Functions.ILike(d.Name, pattern)).Select(d => (DriverId?)d.Id);
            var ids = db.Set<IdToken>().Where(t => EF.Functions.ILike(t.UidKey, uid)).Select(t => t.Id)
                .Union(db.Set<IdToken>().Where(t => EF.Functions.ILike(t.VisualNumber!, pattern)).Select(t => t.Id))
                .Union(db.Set<IdToken>().Where(t => people.Contains(t.DriverId)).Select(t => t.Id));
            found = found.Where(t => ids.Contains(t.Id));
        }

        if (Named<IdTokenStatus>.TryParse(status, null, out var wanted))
        {
            found = found.Where(t => t.Status == wanted.Value);
        }

        found = where switch { "stock" => found.Where(t => t.DriverId == null), "held" => found.Where(t => t.DriverId != null), _ => found };
        var total = await found.LongCountAsync(ct);
        var rows = await found.OrderBy(t => t.UidKey).Skip((page - 1) * Size).Take(Size).ToListAsync(ct);
        var holders = rows.Select(t => t.DriverId).OfType<DriverId>().Distinct().ToList();
        var names = await db.Set<Driver>().Where(d => holders.Contains(d.Id)).ToDictionaryAsync(d => d.Id, d => d.Name, ct);
        return ([.. rows.Select(t => (t, t.DriverId is { } holder ? names.GetValueOrDefault(holder) : null))], total);
    }

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
