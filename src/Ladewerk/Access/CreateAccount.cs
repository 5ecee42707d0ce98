using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;

namespace Ladewerk.Access;

/// <summary>A wish for an account. Without a password its owner is asked by mail to choose one.</summary>
public sealed record NewAccount(string Email, string DisplayName, Role Role, string? Password = null, string? Locale = null);

/// <summary>Makes an account of the tenant. Who chooses its password answers for the address.</summary>
internal sealed class CreateAccount(UserManager<Account> accounts, InviteAccount invite, LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    /// <summary>The account, or what is wrong with the wish by field.</summary>
    public async Task<(Account? Made, Dictionary<string, string[]> Errors)> Run(NewAccount wish, CancellationToken ct)
    {
        if (wish.Password is null)
        {
            var (invited, faults) = await invite.Run(new Invitation(wish.Email, wish.DisplayName, wish.Role, wish.Locale), ct);
            return (invited, new(faults.Errors, StringComparer.Ordinal));
        }

        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(wish.DisplayName) || wish.DisplayName.Length > 200)
        {
            errors["displayName"] = ["1 to 200 characters."];
        }

        if (wish.Locale is not (null or "de" or "en"))
        {
            errors["locale"] = ["de or en."];
        }

        if (errors.Count > 0)
        {
            return (null, errors);
        }

        var email = wish.Email.Trim();
        var account = new Account
        {
            TenantId = tenant.Current, UserName = email, Email = email, DisplayName = wish.DisplayName.Trim(), Role = wish.Role, Locale = wish.Locale, EmailConfirmed = true, CreatedAt = time.GetUtcNow(),
        };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var made = await accounts.CreateAsync(account, wish.Password);
        if (!made.Succeeded)
        {
            return (null, made.Errors.GroupBy(FieldOf).ToDictionary(g => g.Key, g => g.Select(e => e.Description).Distinct(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal));
        }

        audit.Record("account.created", "account", account.Id.ToString(), after: new { account.Email, account.DisplayName, account.Role });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return (account, errors);
    }

    // The e-mail is the user name as well: one fault is told once.
    private static string FieldOf(IdentityError error) => error.Code.StartsWith("Password", StringComparison.Ordinal) ? "password" : "email";
}
