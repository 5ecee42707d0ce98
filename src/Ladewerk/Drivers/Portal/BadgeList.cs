using Ladewerk.Drivers.Badges;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Portal;

/// <summary>Pages of badges with the names of their drivers and batches.</summary>
internal sealed class BadgeList(LadewerkDb db)
{
    /// <summary>A page of badges.</summary>
    /// <param name="where">stock: in nobody's hands; held: somebody's; null: all.</param>
    public async Task<(IReadOnlyList<(IdToken Token, string? Driver, string? Batch)> Rows, long Total)> Page(string? text, string? status, string? where, Guid? batch, string? group, int page, CancellationToken ct)
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

        found = batch is { } wantedBatch ? found.Where(t => t.BatchId == new BadgeBatchId(wantedBatch)) : found;
        found = string.IsNullOrEmpty(group) ? found : found.Where(t => t.GroupId == group);
        found = where switch { "stock" => found.Where(t => t.DriverId == null), "held" => found.Where(t => t.DriverId != null), _ => found };
        var total = await found.LongCountAsync(ct);
        var rows = await found.OrderBy(t => t.UidKey).Skip((page - 1) * DriverLists.Size).Take(DriverLists.Size).ToListAsync(ct);
        var holders = rows.Select(t => t.DriverId).OfType<DriverId>().Distinct().ToList();
        var names = await db.Set<Driver>().Where(d => holders.Contains(d.Id)).ToDictionaryAsync(d => d.Id, d => d.Name, ct);
        var batches = rows.Select(t => t.BatchId).OfType<BadgeBatchId>().Distinct().ToList();
        var batchNames = await db.Set<BadgeBatch>().Where(b => batches.Contains(b.Id)).ToDictionaryAsync(b => b.Id, b => b.Name, ct);
        return ([.. rows.Select(t => (t, t.DriverId is { } holder ? names.GetValueOrDefault(holder) : null, t.BatchId is { } of ? batchNames.GetValueOrDefault(of) : null))], total);
    }
}
