using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Identity;

namespace Ladewerk.Access;

/// <summary>An account that somebody else is to have.</summary>
public sealed record Invitation(string Email, string DisplayName, Role Role, string? Locale = null);

/// <summary>Makes an account without a password and asks its owner by mail to choose one.</summary>
internal sealed class InviteAccount(UserManager<Account> accounts, AccountLinks links, LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    /// <summary>The account, or what is wrong with the wish by field.</summary>
    public async Task<(Account? Made, Faults Faults)> Run(Invitation wish, CancellationToken ct)
    {
        var email = wish.Email.Trim();
        var faults = new Faults().Text("displayName", wish.DisplayName).Unless(wish.Locale is null or "de" or "en", "locale", "de or en.")
            .Unless(Kernel.Mail.MailQueue.IsAddress(email) && email.Length <= 254, "email", "Not an e-mail address.");
        if (!faults.Any && await accounts.FindByEmailAsync(email) is not null)
        {
            faults.Add("email", "Somebody already has an account with this address.");
        }

        if (faults.Any)
        {
            return (null, faults);
        }

        var account = new Account
        {
            TenantId = tenant.Current, UserName = email, Email = email, DisplayName = wish.DisplayName.Trim(), Role = wish.Role, Locale = wish.Locale, CreatedAt = time.GetUtcNow(),
        };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var made = await accounts.CreateAsync(account);
        if (!made.Succeeded)
        {
            return (null, faults.Add("email", string.Join(' ', made.Errors.Select(e => e.Description))));
        }

        audit.Record("account.invited", "account", account.Id.ToString(), after: new { account.Email, account.DisplayName, account.Role });
        await links.Send(account, LinkPurpose.Invite, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return (account, faults);
    }

    /// <summary>Sends the invitation once more; the former link works no longer. False where the account was taken over already.</summary>
    public async Task<bool> Again(Account account, CancellationToken ct)
    {
        if (account.EmailConfirmed || account.PasswordHash is not null)
        {
            return false;
        }

        await links.Void(account, ct);
        audit.Record("account.invited", "account", account.Id.ToString(), after: new { account.Email, again = true });
        await links.Send(account, LinkPurpose.Invite, ct);
        await db.SaveChangesAsync(ct);
        return true;
    }
}
