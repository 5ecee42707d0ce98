using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Billing.Sync;

/// <summary>Where and how objects of a kind are sent.</summary>
/// <param name="Url">https, in the public internet; places such as <c>{id}</c> or <c>{number}</c> are filled from the facts.</param>
/// <param name="Method">POST, PUT or PATCH.</param>
/// <param name="Map">The other system's fields; empty: our facts as they are.</param>
public sealed record SyncRoute(string Url, string Method = "PUT", IReadOnlyList<FieldRule>? Map = null);

/// <summary>What a target shall be from now on.</summary>
/// <param name="BillingAccounts">Null: accounts are not sent.</param>
/// <param name="Invoices">Null: invoices are not sent.</param>
/// <param name="HeaderName">The header that carries the secret.</param>
/// <param name="Secret">The header's whole value, such as <c>Bearer ...</c>; null: the former one stays, empty: none.</param>
public sealed record SyncTargetWish(string Name, SyncRoute? BillingAccounts = null, SyncRoute? Invoices = null, string HeaderName = "Authorization", string? Secret = null, bool IsOn = true);

/// <summary>Makes, changes and removes targets.</summary>
internal sealed class SaveSyncTarget(
    LadewerkDb db, TenantContext tenant, SyncSecrets secrets, IOptions<OutgoingOptions> outgoing, Actor actor, AuditLog audit, SyncSender sender, TimeProvider time)
{
    /// <summary>Targets that a tenant may have.</summary>
    private const int Most = 10;

    /// <summary>Headers of the transport and of our own; a secret in them would break the request.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    { "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "Idempotency-Key", "User-Agent", "Ladewerk-Object", "Ladewerk-Sequence" };

    public Task<SyncTarget?> Find(SyncTargetId id, CancellationToken ct) => db.Set<SyncTarget>().SingleOrDefaultAsync(t => t.Id == id, ct);

    public async Task<(SyncTarget? Made, Faults Faults)> Create(SyncTargetWish wish, CancellationToken ct)
    {
        var faults = Check(wish).Unless(await db.Set<SyncTarget>().CountAsync(ct) < Most, "name", $"There are {Most} already.");
        if (faults.Any)
        {
            return (null, faults);
        }

        var made = new SyncTarget { TenantId = tenant.Current, Name = "", CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name };
        Apply(made, wish);
        db.Add(made);
        audit.Record("syncTarget.created", "syncTarget", made.Id.ToString(), after: Told(made));
        await db.SaveChangesAsync(ct);
        return (made, faults);
    }

    public async Task<Faults> Change(SyncTarget target, SyncTargetWish wish, CancellationToken ct)
    {
        var faults = Check(wish);
        if (faults.Any)
        {
            return faults;
        }

        var before = Told(target);
        Apply(target, wish);
        (target.PausedAt, target.FailingSince, target.RestsUntil) = (null, null, null);
        audit.Record("syncTarget.changed", "syncTarget", target.Id.ToString(), before, Told(target));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        await WriteAnew(target.Id, ct);
        await transaction.CommitAsync(ct);
        sender.Ring();
        return faults;
    }

    /// <summary>What waits was written for the former address and fields: it is written again for the new ones.</summary>
    private Task<int> WriteAnew(SyncTargetId target, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        with waiting as (
          delete from sync_item where tenant_id = {tenant.Current.Value} and target_id = {target.Value} and delivered_at is null and failed_at is null returning object, object_id)
        insert into outbox (tenant_id, type, payload)
        select distinct {tenant.Current.Value}, {SyncWanted.Type}, jsonb_build_object('targetId', {target.Value}, 'object', object, 'objectId', object_id) from waiting
        """,
        ct);

    /// <summary>Lets one that was paused, or that rests after a failure, go on at once.</summary>
    public async Task Resume(SyncTarget target, CancellationToken ct)
    {
        (target.PausedAt, target.FailingSince, target.RestsUntil) = (null, null, null);
        audit.Record("syncTarget.resumed", "syncTarget", target.Id.ToString());
        await db.SaveChangesAsync(ct);
        sender.Ring();
    }

    public async Task Remove(SyncTarget target, CancellationToken ct)
    {
        db.Remove(target);
        audit.Record("syncTarget.removed", "syncTarget", target.Id.ToString(), Told(target));
        await db.SaveChangesAsync(ct);
    }

    private void Apply(SyncTarget target, SyncTargetWish wish)
    {
        (target.Name, target.IsOn, target.HeaderName) = (wish.Name.Trim(), wish.IsOn, wish.HeaderName.Trim());
        (target.AccountUrl, target.AccountMethod, target.AccountMap) = (wish.BillingAccounts?.Url.Trim(), wish.BillingAccounts?.Method ?? target.AccountMethod, wish.BillingAccounts?.Map ?? []);
        (target.InvoiceUrl, target.InvoiceMethod, target.InvoiceMap) = (wish.Invoices?.Url.Trim(), wish.Invoices?.Method ?? target.InvoiceMethod, wish.Invoices?.Map ?? []);
        target.ProtectedSecret = wish.Secret switch { null => target.ProtectedSecret, "" => null, var secret => secrets.Close(secret) };
    }

    private static object Told(SyncTarget t) => new { t.Name, t.AccountUrl, t.AccountMethod, t.AccountMap, t.InvoiceUrl, t.InvoiceMethod, t.InvoiceMap, t.HeaderName, HasSecret = t.ProtectedSecret is not null, t.IsOn };

    private Faults Check(SyncTargetWish wish)
    {
        var header = wish.HeaderName?.Trim() ?? "";
        var faults = new Faults().Text("name", wish.Name, 100)
            .Unless(wish.BillingAccounts is not null || wish.Invoices is not null, "billingAccounts", "Name an address for accounts or for invoices.")
            .Unless(header.Length is > 0 and <= 100 && header.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && !Reserved.Contains(header), "headerName", "Not a header that may carry a secret.")
            .Unless(wish.Secret is null or { Length: <= 4000 } && wish.Secret?.Any(char.IsControl) != true, "secret", "At most 4000 characters on one line.");
        Check(wish.BillingAccounts, SyncObject.BillingAccount, "billingAccounts", faults);
        Check(wish.Invoices, SyncObject.Invoice, "invoices", faults);
        return faults;
    }

    private void Check(SyncRoute? route, SyncObject what, string field, Faults faults)
    {
        if (route is null)
        {
            return;
        }

        var names = ReadSyncFacts.Names[what];
        var filled = FieldMap.Fill(route.Url ?? "", []);
        // A place in the host's name would let a fact choose where the secret goes.
        faults.Unless(SafeHttp.IsAllowed(filled.Trim(), outgoing.Value) && !Authority(route.Url ?? "").Contains('{', StringComparison.Ordinal), field + ".url", SafePost.NoAddress)
            .Unless(FieldMap.PlacesOf(route.Url ?? "").All(names.Contains), field + ".url", "A place names no fact.")
            .Unless(route.Method is "POST" or "PUT" or "PATCH", field + ".method", "POST, PUT or PATCH.");
        if (FieldMap.Fault(route.Map ?? [], names) is { } fault)
        {
            faults.Add(field + ".map", fault);
        }
    }

    private static string Authority(string url)
    {
        var begin = url.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0;
        var end = url.IndexOfAny(['/', '?', '#'], begin);
        return end < 0 ? url : url[..end];
    }
}
