using System.Security.Cryptography;
using System.Text;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Sync;

/// <summary>A billing account was made, changed or removed. The database itself says so, whoever did it.</summary>
public sealed record BillingAccountChanged(BillingAccountId BillingAccountId, bool Removed) : IEvent
{
    public static string Type => "billingAccountChanged";
}

/// <summary>An object shall be sent to a target, also where it has it already.</summary>
public sealed record SyncWanted(SyncTargetId TargetId, SyncObject Object, Guid ObjectId) : IEvent
{
    public static string Type => "syncWanted";
}

/// <summary>
/// Writes down what other systems shall hear of: the object as it is now. What still waits for the same object is replaced, and what a target was told already
/// is not told again, so that any number of events make it one message.
/// </summary>
internal sealed class QueueSync(LadewerkDb db, TenantContext tenant, ReadSyncFacts read, SyncSender sender, TimeProvider time)
    : IConsumer<BillingAccountChanged>, IConsumer<InvoiceIssued>, IConsumer<InvoiceCancelled>, IConsumer<InvoicePaymentNoted>, IConsumer<SyncWanted>
{
    public Task Consume(BillingAccountChanged e, CancellationToken ct) => Run(SyncObject.BillingAccount, e.BillingAccountId.Value, null, ct);

    public Task Consume(InvoiceIssued e, CancellationToken ct) => Run(SyncObject.Invoice, e.InvoiceId.Value, null, ct);

    public Task Consume(InvoiceCancelled e, CancellationToken ct) => Run(SyncObject.Invoice, e.InvoiceId.Value, null, ct);

    public Task Consume(InvoicePaymentNoted e, CancellationToken ct) => Run(SyncObject.Invoice, e.InvoiceId.Value, null, ct);

    public Task Consume(SyncWanted e, CancellationToken ct) => Run(e.Object, e.ObjectId, e.TargetId, ct);

    private async Task Run(SyncObject what, Guid id, SyncTargetId? only, CancellationToken ct)
    {
        var targets = await db.Set<SyncTarget>().AsNoTracking().Where(t => t.IsOn && (only == null || t.Id == only)).ToListAsync(ct);
        if (!targets.Exists(t => t.Of(what).Url is not null))
        {
            return;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // One at a time per object: the later one sees the later state.
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({id.ToString()}, 59))", ct);
        var facts = await read.Of(what, id, ct);
        foreach (var target in targets.Where(t => t.Of(what).Url is not null))
        {
            if ((facts is null ? Removal(target, what, id) : Message(target, facts)) is { } item && (only is not null || !await IsKnown(item, ct)))
            {
                await db.Set<SyncItem>().Where(i => i.TargetId == target.Id && i.ObjectId == id && i.Attempts == 0 && i.DeliveredAt == null && i.FailedAt == null && !i.IsReplay).ExecuteDeleteAsync(ct);
                db.Add(item);
            }
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        sender.Ring();
    }

    /// <summary>What a target would be sent of an object.</summary>
    internal static (string Method, string Url, string Body) Written(SyncTarget target, SyncFacts facts)
    {
        var (url, method, map) = target.Of(facts.Object);
        return (method, FieldMap.Fill(url ?? "", facts.Facts), FieldMap.Apply(facts.Facts, map).ToJsonString());
    }

    private SyncItem Message(SyncTarget target, SyncFacts facts)
    {
        var (method, url, body) = Written(target, facts);
        return Item(target, facts.Object, facts.Id, facts.Label, method, url, body);
    }

    /// <summary>What was removed here is removed there, where its address says which one it is; null: it does not.</summary>
    private SyncItem? Removal(SyncTarget target, SyncObject what, Guid id) => target.Of(what).Url is { } url && FieldMap.PlacesOf(url).ToList() is ["id"]
        ? Item(target, what, id, null, "DELETE", FieldMap.Fill(url, new System.Text.Json.Nodes.JsonObject { ["id"] = id.ToString() }), null)
        : null;

    private SyncItem Item(SyncTarget target, SyncObject what, Guid id, string? label, string method, string url, string? body) => new()
    {
        TenantId = tenant.Current, TargetId = target.Id, Object = what, ObjectId = id, Label = label, Method = method, Url = url, Body = body,
        Digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{method} {url}\n{body}")), CreatedAt = time.GetUtcNow(),
    };

    private async Task<bool> IsKnown(SyncItem item, CancellationToken ct)
    {
        var last = await db.Set<SyncItem>().AsNoTracking().Where(i => i.TargetId == item.TargetId && i.ObjectId == item.ObjectId).OrderByDescending(i => i.Sequence).FirstOrDefaultAsync(ct);
        return last is { FailedAt: null } && last.Digest.AsSpan().SequenceEqual(item.Digest);
    }
}
