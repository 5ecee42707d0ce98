using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>An account's role as the API shows it.</summary>
/// <param name="Role">A built-in role (<c>siteManager</c>) or the id of a role of the operator's own.</param>
/// <param name="RoleName">Of a role of the operator's own.</param>
/// <param name="ScopeName">Of the organisation or site.</param>
public sealed record AssignmentView(
    RoleAssignmentId Id, string Role, string? RoleName, AssignmentScope Scope, Guid? OrganisationId, Guid? SiteId, string? ScopeName, DateTimeOffset CreatedAt, string CreatedBy);

/// <summary>A role to give.</summary>
/// <param name="Role">A built-in role (<c>siteManager</c>) or the id of a role of the operator's own.</param>
/// <param name="Scope">What it counts for; absent: the site or organisation that is named, else the whole tenant.</param>
public sealed record NewAssignment(string Role, AssignmentScope? Scope = null, Guid? OrganisationId = null, Guid? SiteId = null);

/// <summary>What came of giving or taking a role.</summary>
internal abstract record RoleOutcome
{
    public sealed record Done(RoleAssignment Assignment) : RoleOutcome;

    public sealed record Invalid(Faults Faults) : RoleOutcome;

    /// <summary>Nobody gives or takes more than he has.</summary>
    public sealed record TooMuch : RoleOutcome;

    /// <summary>Nobody would be left who administers the operator.</summary>
    public sealed record LastAdministrator : RoleOutcome;
}

/// <summary>Gives and takes the roles of accounts.</summary>
internal sealed class RoleAssignments(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, Actor actor, AuditLog audit, Grants grants, Administrators administrators, TimeProvider time)
{
    private const string ListSql = """
        select a.id, coalesce(a.built_in, a.own_role_id::text), r.name, a.scope, a.organisation_id, a.site_id, coalesce(o.name, s.name), a.created_at, a.created_by, a.account_id
        from role_assignment a left join own_role r on r.id = a.own_role_id left join organisation o on o.id = a.organisation_id left join site s on s.id = a.site_id
        where a.tenant_id = $1 and ($2::uuid is null or a.account_id = $2) order by a.created_at, a.id
        """;

    /// <summary>The roles of the tenant's accounts, by account.</summary>
    public async Task<ILookup<Guid, AssignmentView>> List(Guid? account, CancellationToken ct)
    {
        var rows = await data.Rows(ListSql, r => (Account: r.GetGuid(9), View: Read(r)), ct, tenant.Current.Value, account);
        return rows.ToLookup(r => r.Account, r => r.View);
    }

    /// <summary>Gives an account a role.</summary>
    public async Task<RoleOutcome> Give(Account account, NewAssignment wish, ClaimsPrincipal giver, CancellationToken ct)
    {
        var faults = new Faults();
        var scope = wish.Scope ?? (wish.SiteId is not null ? AssignmentScope.Site : wish.OrganisationId is not null ? AssignmentScope.Organisation : Roles.BuiltIn(wish.Role) == Role.PlatformAdmin ? AssignmentScope.Platform : AssignmentScope.Tenant);
        var (builtIn, own) = (Roles.BuiltIn(wish.Role), await Own(wish.Role, ct));
        faults.Unless(builtIn is not null || own is not null, "role", "No such role.")
            .Unless((scope == AssignmentScope.Platform) == (builtIn == Role.PlatformAdmin), "scope", "The role platformAdmin, and no other, counts for the platform.")
            .Unless((scope == AssignmentScope.Site) == (wish.SiteId is not null), "siteId", "Goes with the scope site.")
            .Unless((scope == AssignmentScope.Organisation) == (wish.OrganisationId is not null), "organisationId", "Goes with the scope organisation.");
        var sites = faults.Any ? null : await SitesOf(scope, wish.OrganisationId, wish.SiteId, ct);
        faults.Unless(sites is not null || scope is AssignmentScope.Tenant or AssignmentScope.Platform, scope == AssignmentScope.Site ? "siteId" : "organisationId", "No such one.");
        if (faults.Any)
        {
            return new RoleOutcome.Invalid(faults);
        }

        if (!MayGive(giver, builtIn is { } role ? Roles.PermissionsOf(role) : own!.Permissions, sites))
        {
            return new RoleOutcome.TooMuch();
        }

        var assignment = new RoleAssignment
        {
            TenantId = tenant.Current, AccountId = account.Id, BuiltIn = builtIn, OwnRoleId = own?.Id, Scope = scope, OrganisationId = wish.OrganisationId, SiteId = wish.SiteId,
            CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name,
        };
        db.Add(assignment);
        account.Role = Widest([.. await Held(account, ct), builtIn ?? Role.ReadOnly]);
        audit.Record("account.roleGiven", "account", account.Id.ToString(), after: Told(assignment, account, own));
        await db.SaveChangesAsync(ct);
        grants.Forget();
        return new RoleOutcome.Done(assignment);
    }

    /// <summary>Takes a role away; null where the account has no such one.</summary>
    public async Task<RoleOutcome?> Take(Account account, RoleAssignmentId id, ClaimsPrincipal taker, CancellationToken ct)
    {
        if (await db.Set<RoleAssignment>().SingleOrDefaultAsync(a => a.Id == id && a.AccountId == account.Id, ct) is not { } assignment)
        {
            return null;
        }

        var own = assignment.OwnRoleId is { } ownId ? await db.Set<OwnRole>().SingleAsync(r => r.Id == ownId, ct) : null;
        if (!MayGive(taker, own?.Permissions ?? Roles.PermissionsOf(assignment.BuiltIn!.Value), await SitesOf(assignment.Scope, assignment.OrganisationId, assignment.SiteId, ct)))
        {
            return new RoleOutcome.TooMuch();
        }

        db.Remove(assignment);
        account.Role = Widest(await Held(account, ct, but: id));
        audit.Record("account.roleTaken", "account", account.Id.ToString(), before: Told(assignment, account, own));
        return await administrators.SaveIfOneRemains(ct) ? new RoleOutcome.Done(assignment) : new RoleOutcome.LastAdministrator();
    }

    /// <summary>Whether somebody may give or take these permissions for these sites (null: the whole tenant).</summary>
    public static bool MayGive(ClaimsPrincipal giver, IEnumerable<string> permissions, IReadOnlySet<Guid>? sites) =>
        permissions.Where(p => sites is null || Permission.OfSites.Contains(p)).All(p => giver.Can(p, sites));

    /// <summary>The built-in roles that an account holds; one of the operator's own counts as one that reads.</summary>
    private Task<List<Role>> Held(Account account, CancellationToken ct, RoleAssignmentId? but = null) =>
        db.Set<RoleAssignment>().AsNoTracking().Where(a => a.AccountId == account.Id && a.Id != but).Select(a => a.BuiltIn ?? Role.ReadOnly).ToListAsync(ct);

    private static Role Widest(List<Role> held) => held.Count == 0 ? Role.ReadOnly : held.Min();

    /// <summary>The role of the operator's own with that id.</summary>
    private async Task<OwnRole?> Own(string role, CancellationToken ct) =>
        Guid.TryParse(role, out var id) ? await db.Set<OwnRole>().SingleOrDefaultAsync(r => r.Id == new OwnRoleId(id), ct) : null;

    /// <summary>The sites that a scope covers today; null for the whole tenant, or where there is no such site or organisation.</summary>
    private async Task<IReadOnlySet<Guid>?> SitesOf(AssignmentScope scope, Guid? organisation, Guid? site, CancellationToken ct) => scope switch
    {
        AssignmentScope.Site => await data.Rows("select id from site where tenant_id = $1 and id = $2", r => r.GetGuid(0), ct, tenant.Current.Value, site) is [var one] ? new HashSet<Guid> { one } : null,
        AssignmentScope.Organisation => await data.First(
            "select array(select s.id from site s where s.organisation_id = o.id) from organisation o where o.tenant_id = $1 and o.id = $2", r => r.GetFieldValue<Guid[]>(0).ToHashSet(), ct, tenant.Current.Value, organisation),
        _ => null,
    };

    private static object Told(RoleAssignment a, Account account, OwnRole? own) =>
        new { account.Email, Role = own?.Name ?? Roles.KeyOf(a.BuiltIn!.Value), a.Scope, a.OrganisationId, a.SiteId };

    private static AssignmentView Read(NpgsqlDataReader r) => new(
        new RoleAssignmentId(r.GetGuid(0)), r.GetString(1), r.Get<string>(2), Enum.Parse<AssignmentScope>(r.GetString(3), ignoreCase: true), r.Maybe<Guid>(4), r.Maybe<Guid>(5), r.Get<string>(6),
        r.GetFieldValue<DateTimeOffset>(7), r.GetString(8));
}

/// <summary>Sees to it that an operator never loses its last administrator: somebody who may sign in and may change settings and accounts.</summary>
internal sealed class Administrators(LadewerkDb db, TenantContext tenant, Grants grants)
{
    private const long LockKey = 0x4C61_6465_4164_6D69;

    private const string OneSql = """
        select exists (
          select from role_assignment a join account c on c.id = a.account_id left join own_role r on r.id = a.own_role_id
          where a.tenant_id = {0} and c.disabled_at is null and a.scope in ('tenant', 'platform') and (a.built_in in ('platformAdmin', 'operatorAdmin') or 'settings.write' = any (r.permissions))) as "Value"
        """;

    /// <summary>Stores what the unit of work holds if an administrator remains after it; else leaves all as it was.</summary>
    public async Task<bool> SaveIfOneRemains(CancellationToken ct, Func<Task>? save = null)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({LockKey})", ct); // two who take each other's role
        await (save?.Invoke() ?? db.SaveChangesAsync(ct));
        if (!await db.Database.SqlQueryRaw<bool>(OneSql, tenant.Current.Value).SingleAsync(ct))
        {
            await transaction.RollbackAsync(ct);
            db.ChangeTracker.Clear();
            return false;
        }

        await transaction.CommitAsync(ct);
        grants.Forget();
        return true;
    }
}
