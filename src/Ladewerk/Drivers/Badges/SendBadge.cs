using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Badges;

/// <summary>The operator takes a badge from stock, gives it to who ordered it and sends it.</summary>
internal sealed class SendBadge(LadewerkDb db, TenantContext tenant, AuditLog audit, Actor actor, TimeProvider time)
{
    /// <summary>What came of it.</summary>
    internal enum Outcome
    {
        Sent,
        NoSuchOrder,

        /// <summary>It was sent or taken back already.</summary>
        NotOpen,

        /// <summary>No badge in stock has this uid or printed number.</summary>
        NoSuchBadge,
    }

    /// <param name="badge">Its uid, as a reader types it, or the printed number.</param>
    /// <param name="byDriver">Whether it charges only once the driver has typed its number.</param>
    public async Task<Outcome> Run(BadgeOrderId id, string? badge, bool byDriver, CancellationToken ct)
    {
        if (await db.Set<BadgeOrder>().AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct) is not { } order)
        {
            return Outcome.NoSuchOrder;
        }

        if (order.State != BadgeOrderState.Ordered)
        {
            return Outcome.NotOpen;
        }

        if (await InStock(badge, ct) is not { } token)
        {
            return Outcome.NoSuchBadge;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        var state = byDriver ? BadgeOrderState.Sent : BadgeOrderState.Active;
        DateTimeOffset? active = byDriver ? null : now;
        if (await db.Set<BadgeOrder>().Where(o => o.Id == id && o.State == BadgeOrderState.Ordered).ExecuteUpdateAsync(
            set => set.SetProperty(o => o.State, state).SetProperty(o => o.SentAt, now).SetProperty(o => o.SentBy, actor.Name).SetProperty(o => o.ActivatedAt, active).SetProperty(o => o.IdTokenId, token.Id), ct) != 1)
        {
            return Outcome.NotOpen;
        }

        // Whoever takes the same badge at the same moment finds it gone.
        var status = byDriver ? IdTokenStatus.Blocked : IdTokenStatus.Accepted;
        if (await db.Set<IdToken>().Where(t => t.Id == token.Id && t.DriverId == null && t.Status == IdTokenStatus.Accepted).ExecuteUpdateAsync(
            set => set.SetProperty(t => t.DriverId, order.DriverId).SetProperty(t => t.Status, status).SetProperty(t => t.AwaitsActivation, byDriver), ct) != 1)
        {
            return Outcome.NoSuchBadge;
        }

        audit.Record("badgeOrder.sent", "badgeOrder", id.Value.ToString(), after: new { badge = token.Uid, activation = byDriver ? "driver" : "atOnce" });
        audit.Record("idToken.changed", "idToken", token.Uid, new { driverId = (Guid?)null, status = token.Status }, new { driverId = order.DriverId.Value, status });
        await db.SaveChangesAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await Outbox.Publish(connection, tenant.Current, new IdTokensChanged(Urgent: true), ct);
        await Outbox.Publish(connection, tenant.Current, new BadgeSent(id.Value, order.DriverId.Value, token.VisualNumber ?? IdTokenUid.Masked(token.Uid)), ct);
        await transaction.CommitAsync(ct);
        return Outcome.Sent;
    }

    private async Task<IdToken?> InStock(string? badge, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(badge) || badge.Length > IdTokenUid.MaxLength)
        {
            return null;
        }

        var (key, number) = (IdTokenUid.Key(badge), Paging.Containing(PrintedNumber.Plain(badge))[1..^1]);
        var stock = db.Set<IdToken>().AsNoTracking().Where(t => t.DriverId == null && t.ContractId == null && t.Status == IdTokenStatus.Accepted && (t.Type == "ISO14443" || t.Type == "ISO15693"));
        if (await stock.SingleOrDefaultAsync(t => t.UidKey == key, ct) is { } byUid)
        {
            return byUid;
        }

        return await stock.Where(t => t.VisualNumber != null && EF.Functions.ILike(t.VisualNumber.Replace(" ", "").Replace("-", ""), number)).Take(2).ToListAsync(ct) is [var only] ? only : null;
    }
}

/// <summary>The number on a badge, however it is written.</summary>
internal static class PrintedNumber
{
    /// <summary>Without blanks and dashes, in capital letters.</summary>
    public static string Plain(string? number) => new([.. (number ?? "").Trim().ToUpperInvariant().Where(c => c is not (' ' or '-'))]);
}
