using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;

namespace Ladewerk.Access;

/// <summary>What people change about their own account.</summary>
internal sealed class OwnAccount(UserManager<Account> accounts, SignInManager<Account> signIn, AccountLinks links, SignIns open, LadewerkDb db, AuditLog audit) : IDisposable
{
    private readonly SemaphoreSlim alone = new(1);

    /// <summary>Whoever is signed in; null for an API key.</summary>
    public Task<Account?> Find(HttpContext http) => accounts.GetUserAsync(http.User);

    /// <summary>Reads for a part of a page: parts are made side by side and share one database context, so each waits for its turn. Default for an API key.</summary>
    public async Task<T?> Read<T>(HttpContext http, Func<Account, Task<T>> read)
    {
        await alone.WaitAsync(http.RequestAborted);
        try
        {
            return await Find(http) is { } account ? await read(account) : default;
        }
        finally
        {
            alone.Release();
        }
    }

    public void Dispose() => alone.Dispose();

    /// <summary>A new password; all other sign-ins end. What is wrong by field, else empty.</summary>
    public async Task<Dictionary<string, string[]>> ChangePassword(HttpContext http, Account account, string current, string next)
    {
        audit.Record("account.passwordChanged", "account", account.Id.ToString());
        var changed = await accounts.ChangePasswordAsync(account, current, next);
        if (!changed.Succeeded)
        {
            return changed.Errors.GroupBy(e => e.Code == "PasswordMismatch" ? "current" : "next").ToDictionary(g => g.Key, g => g.Select(e => e.Code).ToArray(), StringComparer.Ordinal);
        }

        await links.Void(account, CancellationToken.None);
        await links.Tell(account, "PasswordChanged", CancellationToken.None);
        await db.SaveChangesAsync();
        await open.EndOthers(account, await SignIns.Here(http), CancellationToken.None);
        await signIn.RefreshSignInAsync(account);
        return [];
    }

    /// <summary>
    /// Asks the new address whether it is the person's own; only the link in that mail changes it. The answer is the same where somebody else has the address.
    /// </summary>
    public async Task<Dictionary<string, string[]>> ChangeEmail(Account account, string email, string password, CancellationToken ct)
    {
        if (!Kernel.Mail.MailQueue.IsAddress(email) || email.Length > 254)
        {
            return new(StringComparer.Ordinal) { ["email"] = ["InvalidEmail"] };
        }

        if (!await accounts.CheckPasswordAsync(account, password))
        {
            return new(StringComparer.Ordinal) { ["emailPassword"] = ["PasswordMismatch"] };
        }

        audit.Record("account.emailChangeAsked", "account", account.Id.ToString());
        if (await accounts.FindByEmailAsync(email) is null)
        {
            await links.Send(account, LinkPurpose.ChangeEmail, ct, email: email);
        }

        await db.SaveChangesAsync(ct);
        return [];
    }

    /// <summary>Ends all sign-ins but this one.</summary>
    public async Task SignOutElsewhere(HttpContext http, Account account)
    {
        audit.Record("account.signedOutElsewhere", "account", account.Id.ToString());
        await accounts.UpdateSecurityStampAsync(account);
        await open.EndOthers(account, await SignIns.Here(http), CancellationToken.None);
        await signIn.RefreshSignInAsync(account);
    }

    /// <summary>Ends one of the own sign-ins; false where there is no such.</summary>
    public async Task<bool> EndSignIn(Account account, Guid id, CancellationToken ct)
    {
        if (!await open.End(account, id, ct))
        {
            return false;
        }

        audit.Record("account.signInEnded", "account", account.Id.ToString());
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Keeps this sign-in after a change that ends all others.</summary>
    public Task Stay(Account account) => signIn.RefreshSignInAsync(account);

    /// <summary>Whether this is the account's password; asked again before its protection is lowered.</summary>
    public Task<bool> Knows(Account account, string password) => accounts.CheckPasswordAsync(account, password);
}
