using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>Makes, changes and deletes roles of the operator's own.</summary>
internal sealed class SaveRole(LadewerkDb db, TenantContext tenant, AuditLog audit, Administrators administrators, TimeProvider time)
{
    /// <summary>The built-in roles, then the operator's own by name.</summary>
    public async Task<IReadOnlyList<RoleView>> List(CancellationToken ct)
    {
        var held = await db.Set<RoleAssignment>().AsNoTracking().GroupBy(a => new { a.BuiltIn, a.OwnRoleId })
            .Select(g => new { g.Key.BuiltIn, g.Key.OwnRoleId, Count = g.Select(a => a.AccountId).Distinct().LongCount() }).ToListAsync(ct);
        var own = await db.Set<OwnRole>().AsNoTracking().OrderBy(r => r.Name).ToListAsync(ct);
        return
        [
            .. Enum.GetValues<Role>().Select(r => new RoleView(Roles.KeyOf(r), r, null, null, Roles.PermissionsOf(r), held.Where(h => h.BuiltIn == r).Sum(h => h.Count))),
            .. own.Select(r => RolesApi.View(r, held.Where(h => h.OwnRoleId == r.Id).Sum(h => h.Count))),
        ];
    }

    public Task<OwnRole?> Find(Guid id, CancellationToken ct) => db.Set<OwnRole>().SingleOrDefaultAsync(r => r.Id == new OwnRoleId(id), ct);

    /// <summary>Who changes a role gives and takes what it allows before and after.</summary>
    public static bool MayChange(ClaimsPrincipal actor, OwnRole role, RolePatch patch) =>
        RoleAssignments.MayGive(actor, role.Permissions.Concat(patch.Permissions ?? []).Intersect(Permission.All, StringComparer.Ordinal), null);

    public async Task<(OwnRole? Made, Faults Faults)> Create(NewRole wish, CancellationToken ct)
    {
        var role = new OwnRole
        {
            TenantId = tenant.Current, Name = wish.Name?.Trim() ?? "", Description = wish.Description, Permissions = [.. (wish.Permissions ?? []).Distinct(StringComparer.Ordinal)], CreatedAt = time.GetUtcNow(),
        };
        var faults = await Check(role, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(role);
        audit.Record("role.created", "role", role.Id.Value.ToString(), after: Told(role));
        await db.SaveChangesAsync(ct);
        return (role, faults);
    }

    /// <summary>What is wrong with the change; null where it would leave nobody who administers the operator.</summary>
    public async Task<Faults?> Patch(OwnRole role, RolePatch patch, CancellationToken ct)
    {
        var before = Told(role);
        role.Name = patch.Name?.Trim() ?? role.Name;
        role.Description = patch.Description.Or(role.Description);
        role.Permissions = patch.Permissions is { } permissions ? [.. permissions.Distinct(StringComparer.Ordinal)] : role.Permissions;
        var faults = await Check(role, ct);
        if (faults.Any)
        {
            return faults;
        }

        audit.Record("role.changed", "role", role.Id.Value.ToString(), before, Told(role));
        return await administrators.SaveIfOneRemains(ct) ? faults : null;
    }

    /// <summary>False where somebody holds it.</summary>
    public async Task<bool> Delete(OwnRole role, CancellationToken ct)
    {
        if (await db.Set<RoleAssignment>().AnyAsync(a => a.OwnRoleId == role.Id, ct))
        {
            return false;
        }

        db.Remove(role);
        audit.Record("role.deleted", "role", role.Id.Value.ToString(), before: Told(role));
        await db.SaveChangesAsync(ct);
        return true;
    }

    private async Task<Faults> Check(OwnRole role, CancellationToken ct)
    {
        var faults = new Faults().Text("name", role.Name).Short("description", role.Description, 500)
            .Unless(role.Permissions.Length > 0, "permissions", "At least one.")
            .Unless(role.Permissions.All(Permission.OfTenant.Contains), "permissions", $"Unknown: {string.Join(", ", role.Permissions.Except(Permission.OfTenant, StringComparer.Ordinal))}.");
        var name = Paging.Containing(role.Name)[1..^1]; // the whole name, without regard to case
        return faults.Unless(!await db.Set<OwnRole>().AnyAsync(r => r.Id != role.Id && EF.Functions.ILike(r.Name, name), ct), "name", "There already is a role of this name.");
    }

    private static object Told(OwnRole role) => new { role.Name, role.Description, role.Permissions };
}
