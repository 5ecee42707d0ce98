using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>Changes or disables an account of the tenant; its open sign-ins end.</summary>
internal sealed class ChangeAccount(
    LadewerkDb db, TenantContext tenant, UserManager<Account> accounts, Grants grants, Administrators administrators, SignIns open, AuditLog audit, Actor actor, TimeProvider time)
{
    public Task<Account?> Find(Guid id, CancellationToken ct) => db.Set<Account>().SingleOrDefaultAsync(a => a.Id == id && a.TenantId == tenant.Current, ct);

    /// <summary>Nobody raises himself or anybody above himself, nor takes power from who has more.</summary>
    public async Task<bool> MayChange(ClaimsPrincipal changer, Account account, AccountPatch patch, CancellationToken ct) =>
        (await grants.Of(account.Id, ct)).All(g => RoleAssignments.MayGive(changer, g.Permissions, g.Sites))
        && (patch.Role is not { } role || RoleAssignments.MayGive(changer, Roles.PermissionsOf(role), null));

    /// <summary>What is wrong with the change; null where it would leave nobody who administers the operator.</summary>
    public async Task<Faults?> Patch(Account account, AccountPatch patch, CancellationToken ct)
    {
        var faults = new Faults().Unless(patch.DisplayName is null || (!string.IsNullOrWhiteSpace(patch.DisplayName) && patch.DisplayName.Length <= 200), "displayName", "1 to 200 characters.")
            .Unless(patch.Locale is null or "de" or "en", "locale", "de or en.");
        if (faults.Any)
        {
            return faults;
        }

        var held = patch.Role is null ? [] : await db.Set<RoleAssignment>().Where(a => a.AccountId == account.Id && (a.Scope == AssignmentScope.Tenant || a.Scope == AssignmentScope.Platform)).ToListAsync(ct);
        var before = Told(account, held.Select(a => a.BuiltIn).FirstOrDefault());
        account.DisplayName = patch.DisplayName?.Trim() ?? account.DisplayName;
        account.Locale = patch.Locale ?? account.Locale;
        account.DisabledAt = patch.Disabled switch { true => account.DisabledAt ?? time.GetUtcNow(), false => null, null => account.DisabledAt };
        if (patch.Role is { } role && !(held is [{ BuiltIn: { } only }] && only == role))
        {
            account.Role = role;
            db.RemoveRange(held);
            db.Add(new RoleAssignment
            {
                TenantId = tenant.Current, AccountId = account.Id, BuiltIn = role, Scope = role == Role.PlatformAdmin ? AssignmentScope.Platform : AssignmentScope.Tenant,
                CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name,
            });
        }

        audit.Record("account.changed", "account", account.Id.ToString(), before, Told(account, patch.Role ?? held.Select(a => a.BuiltIn).FirstOrDefault()));
        if (!await administrators.SaveIfOneRemains(ct, () => accounts.UpdateSecurityStampAsync(account))) // saves the change and the entry with it
        {
            return null;
        }

        if (account.DisabledAt is not null)
        {
            await open.EndOthers(account, but: null, CancellationToken.None);
        }

        return faults;
    }

    /// <summary>Ends all sign-ins of an account.</summary>
    public async Task EndSignIns(Account account, CancellationToken ct)
    {
        audit.Record("account.signInsEnded", "account", account.Id.ToString());
        await accounts.UpdateSecurityStampAsync(account);
        await open.EndOthers(account, but: null, ct);
    }

    private static object Told(Account a, Role? role) => new { a.Email, a.DisplayName, Role = role, a.Locale, Disabled = a.DisabledAt is not null };
}
