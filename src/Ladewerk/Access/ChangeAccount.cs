using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>Changes or disables an account of the tenant; its open sign-ins end.</summary>
internal sealed class ChangeAccount(LadewerkDb db, TenantContext tenant, UserManager<Account> accounts, SignIns open, AuditLog audit, TimeProvider time)
{
    public Task<Account?> Find(Guid id, CancellationToken ct) => db.Set<Account>().SingleOrDefaultAsync(a => a.Id == id && a.TenantId == tenant.Current, ct);

    /// <summary>Nobody raises himself or anybody above himself, nor takes power from who has more.</summary>
    public static bool MayChange(ClaimsPrincipal actor, Account account, AccountPatch patch) =>
        Roles.PermissionsOf(account.Role).Concat(Roles.PermissionsOf(patch.Role ?? account.Role)).All(actor.Can);

    public async Task<Faults> Patch(Account account, AccountPatch patch)
    {
        var faults = new Faults().Unless(patch.DisplayName is null || (!string.IsNullOrWhiteSpace(patch.DisplayName) && patch.DisplayName.Length <= 200), "displayName", "1 to 200 characters.")
            .Unless(patch.Locale is null or "de" or "en", "locale", "de or en.");
        if (faults.Any)
        {
            return faults;
        }

        var before = AccountsApi.View(account);
        account.DisplayName = patch.DisplayName?.Trim() ?? account.DisplayName;
        account.Role = patch.Role ?? account.Role;
        account.Locale = patch.Locale ?? account.Locale;
        account.DisabledAt = patch.Disabled switch { true => account.DisabledAt ?? time.GetUtcNow(), false => null, null => account.DisabledAt };
        audit.Record("account.changed", "account", account.Id.ToString(), before, AccountsApi.View(account));
        await accounts.UpdateSecurityStampAsync(account); // saves the change and the entry with it
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
}
