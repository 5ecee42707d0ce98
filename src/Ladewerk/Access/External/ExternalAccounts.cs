using Ladewerk.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access.External;

/// <summary>Finds, ties or makes the account of somebody whom a provider sends, by the operator's rules.</summary>
internal sealed class ExternalAccounts(UserManager<Account> accounts, SignInManager<Account> signIn, ChangeAccount change, LadewerkDb db, AuditLog audit, IDataProtectionProvider protection, TimeProvider time)
{
    private readonly IDataProtector box = protection.CreateProtector("Ladewerk.Access.External.ClientSecret");

    /// <summary>Encrypts a client secret.</summary>
    public string Close(string secret) => secret.Length == 0 ? "" : box.Protect(secret);

    /// <summary>The client secret in the clear.</summary>
    public string SecretOf(IdentityProvider provider) => provider.ClientSecret.Length == 0 ? "" : box.Unprotect(provider.ClientSecret);

    /// <summary>Signs the person in, or says why not.</summary>
    public async Task<RedirectHttpResult> Enter(IdentityProvider provider, ExternalPerson person, string? returnUrl, CancellationToken ct)
    {
        var key = provider.Id.ToString();
        var tied = await accounts.FindByLoginAsync(key, person.Subject);
        var same = tied is null && person.Email is not null ? await accounts.FindByEmailAsync(person.Email) : null;
        // Who runs the installation is tied by himself alone: an operator's provider must not open that account.
        var isKnown = same is { EmailConfirmed: true, DisabledAt: null, Role: not Role.PlatformAdmin } && same.TenantId == provider.TenantId;
        var verdict = ExternalRules.Decide(provider, person, tied is not null, isKnown, same is not null);
        var account = verdict switch
        {
            ExternalVerdict.SignIn => tied,
            ExternalVerdict.Link => await Add(same!, provider, person),
            ExternalVerdict.Create => await Make(provider, person, ct),
            _ => null,
        };
        if (account is null || account.DisabledAt is not null || account.TenantId != provider.TenantId)
        {
            return TypedResults.Redirect("/?external=" + (account is null ? verdict : ExternalVerdict.Unknown));
        }

        await Promote(account, provider, person);
        var result = await signIn.ExternalLoginSignInAsync(key, person.Subject, isPersistent: true, bypassTwoFactor: false);
        if (result.RequiresTwoFactor)
        {
            return TypedResults.Redirect(string.IsNullOrEmpty(returnUrl) ? SignIn.CodePath : $"{SignIn.CodePath}?returnUrl={Uri.EscapeDataString(returnUrl)}");
        }

        if (!result.Succeeded)
        {
            return TypedResults.Redirect("/?external=Locked");
        }

        account.LastSignInAt = time.GetUtcNow();
        audit.Record("account.signedIn", "account", account.Id.ToString(), after: new { provider = provider.Name });
        await db.SaveChangesAsync(ct);
        return SignIn.Back(returnUrl, SignIn.StartOf(account.Role));
    }

    /// <summary>Ties the person to the account that asked for it, still signed in.</summary>
    public async Task<RedirectHttpResult> Tie(Guid accountId, IdentityProvider provider, ExternalPerson person, HttpContext http, CancellationToken ct)
    {
        var account = await accounts.GetUserAsync(http.User);
        var other = await accounts.FindByLoginAsync(provider.Id.ToString(), person.Subject);
        if (account is null || account.Id != accountId || (other is not null && other.Id != accountId))
        {
            return TypedResults.Redirect(Access.Portal.OwnAccountPages.Place + "?done=tiedElsewhere");
        }

        if (other is null)
        {
            await Add(account, provider, person);
            await db.SaveChangesAsync(ct);
            await signIn.RefreshSignInAsync(account);
        }

        return TypedResults.Redirect(Access.Portal.OwnAccountPages.Place + "?done=tied");
    }

    /// <summary>Unties the account from a provider; false where it was not tied, or has no other way in.</summary>
    public async Task<bool> Untie(Account account, IdentityProviderId provider)
    {
        var logins = await accounts.GetLoginsAsync(account);
        if (logins.FirstOrDefault(l => l.LoginProvider == provider.ToString()) is not { } login || (account.PasswordHash is null && logins.Count == 1 && (await accounts.GetPasskeysAsync(account)).Count == 0))
        {
            return false;
        }

        audit.Record("account.providerUntied", "account", account.Id.ToString(), before: new { login.ProviderDisplayName });
        await accounts.RemoveLoginAsync(account, login.LoginProvider, login.ProviderKey);
        await signIn.RefreshSignInAsync(account);
        return true;
    }

    private async Task<Account> Add(Account account, IdentityProvider provider, ExternalPerson person)
    {
        audit.Record("account.providerTied", "account", account.Id.ToString(), after: new { provider = provider.Name });
        Succeed(await accounts.AddLoginAsync(account, new UserLoginInfo(provider.Id.ToString(), person.Subject, provider.Name)));
        return account;
    }

    private async Task<Account> Make(IdentityProvider provider, ExternalPerson person, CancellationToken ct)
    {
        var account = new Account
        {
            TenantId = provider.TenantId, UserName = person.Email, Email = person.Email, EmailConfirmed = true, DisplayName = person.Name is { Length: > 0 and <= 200 } name ? name : person.Email!,
            Role = ExternalRules.RoleOf(provider, person)!.Value, CreatedAt = time.GetUtcNow(),
        };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        Succeed(await accounts.CreateAsync(account));
        audit.Record("account.created", "account", account.Id.ToString(), after: new { account.Email, account.DisplayName, account.Role, provider = provider.Name });
        await Add(account, provider, person);
        await transaction.CommitAsync(ct);
        return account;
    }

    // The provider's word holds with every sign-in; who runs the installation keeps that.
    private async Task Promote(Account account, IdentityProvider provider, ExternalPerson person)
    {
        if (ExternalRules.Mapped(provider, person) is { } role && role != account.Role && account.Role != Role.PlatformAdmin)
        {
            await change.Patch(account, new AccountPatch(Role: role), CancellationToken.None); // the last administrator stays one
        }
    }

    private static void Succeed(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"The account cannot be stored: {string.Join(' ', result.Errors.Select(e => e.Code))}");
        }
    }
}
