using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Badges;

/// <summary>A batch with its figures, as the API shows it.</summary>
/// <param name="Free">In stock and ready to be handed out.</param>
/// <param name="Assigned">A driver's or a contract's, and may charge.</param>
/// <param name="Blocked">May not charge: blocked, lost, expired or not activated yet.</param>
public sealed record BadgeBatchView(BadgeBatchId Id, string Name, string? Note, int Badges, int Free, int Assigned, int Blocked, DateTimeOffset CreatedAt, string CreatedBy);

/// <summary>Reads batches.</summary>
internal sealed class FindBatches(LadewerkDb db)
{
    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<BadgeBatchView>> Run(BadgeBatchId? after, int skip, int count, CancellationToken ct)
    {
        var batches = db.Set<BadgeBatch>().AsNoTracking();
        batches = after is { } last ? batches.Where(b => EF.Functions.LessThan(ValueTuple.Create(b.Id), ValueTuple.Create(last))) : batches;
        return await Views(await batches.OrderByDescending(b => b.Id).Skip(skip).Take(count).ToListAsync(ct), ct);
    }

    public async Task<BadgeBatchView?> One(BadgeBatchId id, CancellationToken ct) =>
        await db.Set<BadgeBatch>().AsNoTracking().Where(b => b.Id == id).ToListAsync(ct) is [var batch] ? (await Views([batch], ct))[0] : null;

    public Task<long> Count(CancellationToken ct) => db.Set<BadgeBatch>().LongCountAsync(ct);

    private async Task<IReadOnlyList<BadgeBatchView>> Views(IReadOnlyList<BadgeBatch> batches, CancellationToken ct)
    {
        var ids = batches.Select(b => (BadgeBatchId?)b.Id).ToList();
        var counts = await db.Set<IdToken>().Where(t => ids.Contains(t.BatchId)).GroupBy(t => t.BatchId!.Value).Select(g => new
        {
            Batch = g.Key,
            All = g.Count(),
            Free = g.Count(t => t.Status == IdTokenStatus.Accepted && t.DriverId == null && t.ContractId == null),
            Usable = g.Count(t => t.Status == IdTokenStatus.Accepted),
        }).ToDictionaryAsync(g => g.Batch, ct);
        return [.. batches.Select(b => counts.GetValueOrDefault(b.Id) is { } c
            ? new BadgeBatchView(b.Id, b.Name, b.Note, c.All, c.Free, c.Usable - c.Free, c.All - c.Usable, b.CreatedAt, b.CreatedBy)
            : new BadgeBatchView(b.Id, b.Name, b.Note, 0, 0, 0, 0, b.CreatedAt, b.CreatedBy))];
    }
}
