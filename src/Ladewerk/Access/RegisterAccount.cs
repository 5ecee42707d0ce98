using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>The wish of somebody who makes an account for himself.</summary>
/// <param name="Password">Null: chosen when the address is confirmed.</param>
/// <param name="Name">Shown to the operator.</param>
/// <param name="Locale">de or en; null follows the browser.</param>
public sealed record NewRegistration(string Email, string? Password, string Name, string? Locale, Role Role);

/// <summary>
/// What came of a registration. The answer to the person is the same whether there is an account or not: "look into your mailbox".
/// </summary>
/// <param name="AccountId">The account that was made; null where nothing was made (also where the address has an account already).</param>
/// <param name="TooMany">Somebody registers too often from there; nothing was done.</param>
/// <param name="Errors">What is wrong with the wish, by field (email, password, name), in English; empty where it was taken.</param>
public sealed record Registration(Guid? AccountId, bool TooMany, IReadOnlyDictionary<string, string[]> Errors)
{
    /// <summary>Whether the person is to look into the mailbox now.</summary>
    public bool IsTaken => !TooMany && Errors.Count == 0;
}

/// <summary>The owner of an account has shown that the address is his own.</summary>
public sealed record AccountVerified(Guid AccountId, Guid Tenant) : IEvent
{
    public static string Type => "accountVerified";
}

/// <summary>
/// Makes an account in the scope's tenant that cannot sign in before its address is confirmed, and sends the link for that. Joins a transaction that
/// the caller began. The password counts only once somebody with access to the mailbox confirms from the browser that sent it; in another browser a
/// new one is chosen. So nobody can keep an account waiting, with a password of his own, for the owner of the address.
/// </summary>
internal sealed class RegisterAccount(
    UserManager<Account> accounts, LadewerkDb db, TenantContext tenant, AccountLinks links, PasswordCheck rules, IHttpContextAccessor context, SignInLimiter limiter, AuditLog audit, TimeProvider time)
{
    /// <summary>Tells the browser that registered from any other.</summary>
    public const string BrowserCookie = "lw-register";

    /// <summary>Checks the wish, makes the account and queues the mail.</summary>
    public async Task<Registration> Run(NewRegistration wish, CancellationToken ct)
    {
        var (email, name) = (wish.Email.Trim(), wish.Name.Trim());
        var faults = Check(wish, email, name);
        if (faults.Any)
        {
            return new(null, TooMany: false, faults.Errors.AsReadOnly());
        }

        var http = context.HttpContext;
        using var lease = limiter.Attempt(http?.Connection.RemoteIpAddress?.ToString(), email);
        if (!lease.IsAcquired)
        {
            return new(null, TooMany: true, new Dictionary<string, string[]>(StringComparer.Ordinal));
        }

        await using var own = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(ct) : null;
        var browser = RememberBrowser(http);
        var made = await Make(wish, email, name, browser, ct);
        await db.SaveChangesAsync(ct);
        if (own is not null)
        {
            await own.CommitAsync(ct);
        }

        return new(made, TooMany: false, new Dictionary<string, string[]>(StringComparer.Ordinal));
    }

    private async Task<Guid?> Make(NewRegistration wish, string email, string name, byte[]? browser, CancellationToken ct)
    {
        var account = new Account
        {
            TenantId = tenant.Current, UserName = email, Email = email, DisplayName = name, Role = wish.Role, Locale = wish.Locale, CreatedAt = time.GetUtcNow(),
        };
        // Hashed in any case, so that the answer takes as long for an address that is known.
        var hash = wish.Password is null ? null : accounts.PasswordHasher.HashPassword(account, wish.Password);
        if (await accounts.FindByEmailAsync(email) is { } known)
        {
            if (known.DisabledAt is null && known.TenantId == tenant.Current)
            {
                await (known.EmailConfirmed ? links.Send(known, LinkPurpose.Reset, ct, alreadyKnown: true) : links.Send(known, LinkPurpose.Verify, ct, passwordHash: hash, browser: browser));
            }

            return null;
        }

        account.PasswordHash = hash;
        var result = await accounts.CreateAsync(account);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"The account cannot be made: {string.Join(' ', result.Errors.Select(e => e.Code))}");
        }

        audit.Record("account.registered", "account", account.Id.ToString(), after: new { account.Role });
        await links.Send(account, LinkPurpose.Verify, ct, passwordHash: hash, browser: browser);
        return account.Id;
    }

    private Faults Check(NewRegistration wish, string email, string name)
    {
        var faults = new Faults().Unless(Kernel.Mail.MailQueue.IsAddress(email) && email.Length <= 254, "email", "Not an e-mail address.").Text("name", name)
            .Unless(wish.Locale is null or "de" or "en", "locale", "de or en.");
        return wish.Password is not null && rules.Check(wish.Password, wish.Role, email, name) is { } fault
            ? faults.Add("password", PasswordCheck.Say(fault, wish.Role).Description)
            : faults;
    }

    // Only this browser may confirm with the password that it sent.
    private static byte[]? RememberBrowser(HttpContext? http)
    {
        if (http is null)
        {
            return null;
        }

        var browser = AccountLink.NewSecret();
        http.Response.Cookies.Append(BrowserCookie, browser, new()
        {
            HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = AccountLink.Lasts(LinkPurpose.Verify), IsEssential = true,
        });
        return AccountLink.Hash(browser);
    }
}
