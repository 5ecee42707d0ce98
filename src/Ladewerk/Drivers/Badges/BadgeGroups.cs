using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Badges;

/// <summary>Badges of one group (OCPP's group or parent id token): each may end what another began, and a tariff may be assigned to them together.</summary>
/// <param name="Drivers">People who hold one of them.</param>
/// <param name="Blocked">Badges of it that may not charge.</param>
public sealed record BadgeGroupView(string GroupId, int Badges, int Drivers, int Blocked);

/// <summary>Reads groups of badges, and changes the badges of one together.</summary>
internal sealed class BadgeGroups(LadewerkDb db, TenantContext tenant, AuditLog audit)
{
    /// <summary>In the order of their names.</summary>
    /// <param name="after">The name of the last one seen; null: from the beginning.</param>
    public async Task<IReadOnlyList<BadgeGroupView>> Run(string? after, int skip, int count, CancellationToken ct)
    {
        var badges = Grouped();
        badges = after is null ? badges : badges.Where(t => EF.Functions.GreaterThan(ValueTuple.Create(t.GroupId), ValueTuple.Create(after)));
        return await badges.GroupBy(t => t.GroupId!).OrderBy(g => g.Key).Skip(skip).Take(count)
            .Select(g => new BadgeGroupView(g.Key, g.Count(), g.Select(t => t.DriverId).Distinct().Count(d => d != null), g.Count(t => t.Status != IdTokenStatus.Accepted))).ToListAsync(ct);
    }

    public Task<long> Count(CancellationToken ct) => Grouped().Select(t => t.GroupId).Distinct().LongCountAsync(ct);

    /// <summary>Blocks every badge of a group that may charge, in local lists too, and gives their number; null where there is no such group.</summary>
    public async Task<int?> Block(string group, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var badges = Grouped().Where(t => t.GroupId == group);
        if (!await badges.AnyAsync(ct))
        {
            return null;
        }

        var blocked = await badges.Where(t => t.Status == IdTokenStatus.Accepted).ExecuteUpdateAsync(set => set.SetProperty(t => t.Status, IdTokenStatus.Blocked), ct);
        audit.Record("badgeGroup.blocked", "badgeGroup", group, after: new { badges = blocked });
        await db.SaveChangesAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new IdTokensChanged(Urgent: true), ct);
        await transaction.CommitAsync(ct);
        return blocked;
    }

    private IQueryable<IdToken> Grouped() => db.Set<IdToken>().AsNoTracking().Where(t => t.GroupId != null && t.ErasedAt == null);
}
