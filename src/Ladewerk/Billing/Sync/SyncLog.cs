using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Sync;

/// <summary>What is sent once more.</summary>
/// <param name="BillingAccounts">All accounts.</param>
/// <param name="InvoicesFrom">Invoices issued from this day on; null: none.</param>
public sealed record ResyncRequest(bool BillingAccounts = true, DateOnly? InvoicesFrom = null);

/// <summary>How many messages a target waits for, and how many it did not take.</summary>
public sealed record SyncCounts(int Waiting, int Failed, DateTimeOffset? LastDelivered);

/// <summary>The log of what was sent to a target, and sending it again.</summary>
internal sealed class SyncLog(LadewerkDb db, TenantContext tenant, AuditLog audit, SyncSender sender, TimeProvider time)
{
    /// <summary>Messages in a state (waiting, delivered, failed; null: all), the newest first.</summary>
    public Task<List<SyncItem>> List(SyncTargetId target, string? state, long? before, int count, CancellationToken ct)
    {
        var items = db.Set<SyncItem>().AsNoTracking().Where(i => i.TargetId == target && (before == null || i.Sequence < before));
        items = state switch
        {
            "waiting" => items.Where(i => i.DeliveredAt == null && i.FailedAt == null),
            "delivered" => items.Where(i => i.DeliveredAt != null),
            "failed" => items.Where(i => i.FailedAt != null),
            _ => items,
        };
        return items.OrderByDescending(i => i.Sequence).Take(count).ToListAsync(ct);
    }

    public Task<SyncItem?> Find(SyncTargetId target, Guid id, CancellationToken ct) => db.Set<SyncItem>().AsNoTracking().SingleOrDefaultAsync(i => i.TargetId == target && i.Id == id, ct);

    public async Task<Dictionary<SyncTargetId, SyncCounts>> Counts(CancellationToken ct) => (await db.Set<SyncItem>().GroupBy(i => i.TargetId)
        .Select(g => new { g.Key, Waiting = g.Count(i => i.DeliveredAt == null && i.FailedAt == null), Failed = g.Count(i => i.FailedAt != null), Last = g.Max(i => i.DeliveredAt) })
        .ToListAsync(ct)).ToDictionary(g => g.Key, g => new SyncCounts(g.Waiting, g.Failed, g.Last));

    /// <summary>Sends a message again as it was, after those that wait.</summary>
    public async Task<SyncItem> Replay(SyncItem former, CancellationToken ct)
    {
        var again = new SyncItem
        {
            TenantId = tenant.Current, TargetId = former.TargetId, Object = former.Object, ObjectId = former.ObjectId, Label = former.Label, Method = former.Method, Url = former.Url, Body = former.Body,
            Digest = former.Digest, IsReplay = true, CreatedAt = time.GetUtcNow(),
        };
        db.Add(again);
        audit.Record("syncTarget.replayed", "syncTarget", former.TargetId.ToString(), after: new { former.Object, former.ObjectId });
        await db.SaveChangesAsync(ct);
        sender.Ring();
        return again;
    }

    /// <summary>Sends the objects again, as they are now, of all messages that were given up. Gives how many.</summary>
    public async Task<int> ReplayFailed(SyncTargetId target, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var count = await db.Database.ExecuteSqlAsync(
            $"""
            insert into outbox (tenant_id, type, payload)
            select distinct on (i.object_id) i.tenant_id, {SyncWanted.Type}, jsonb_build_object('targetId', i.target_id, 'object', i.object, 'objectId', i.object_id)
            from sync_item i where i.tenant_id = {tenant.Current.Value} and i.target_id = {target.Value} and i.failed_at is not null
              and not exists (select from sync_item l where l.target_id = i.target_id and l.object_id = i.object_id and l.sequence > i.sequence and l.failed_at is null)
            """,
            ct);
        audit.Record("syncTarget.replayed", "syncTarget", target.ToString(), after: new { failed = count });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return count;
    }

    /// <summary>Sends everything as it is now: for a system that is new, or that has lost something. Gives how many.</summary>
    public async Task<int> Resync(SyncTargetId target, ResyncRequest request, CancellationToken ct)
    {
        var (owner, id, from) = (tenant.Current.Value, target.Value, request.InvoicesFrom ?? DateOnly.MaxValue);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var count = await db.Database.ExecuteSqlAsync(
            $"""
            insert into outbox (tenant_id, type, payload)
            select {owner}, {SyncWanted.Type}, jsonb_build_object('targetId', {id}, 'object', o.object, 'objectId', o.id) from (
              select 'billingAccount' as object, a.id, 1 as part, a.created_at as at from billing_account a where a.tenant_id = {owner} and {request.BillingAccounts}
              union all select 'invoice', i.id, 2, i.issued_at from invoice i where i.tenant_id = {owner} and i.issued_on >= {from}
            ) o order by o.part, o.at
            """,
            ct);
        audit.Record("syncTarget.resynced", "syncTarget", target.ToString(), after: request);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return count;
    }
}
