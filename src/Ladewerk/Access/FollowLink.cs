using System.Security.Cryptography;
using Ladewerk.Access.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>What came of following a link; each "no" has a text <c>access.link.{name}</c>.</summary>
public enum LinkOutcome
{
    Done,
    Gone,
    Stale,
    Taken,
    Password,
}

/// <summary>
/// A link from a mail: shows what it does and does it only when asked to, because mail programs open links by themselves. Whoever has the link has
/// the mailbox, and so may choose the password.
/// </summary>
internal sealed class FollowLink(
    UserManager<Account> accounts, SignInManager<Account> signIn, AccountLinks links, PasswordCheck rules, LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    private const string Path = AccountLinks.Path + "/{token}";

    public static void Map(WebApplication app)
    {
        app.MapGet(Path, Page).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(Path, Submit).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
    }

    /// <summary>Whether the link wants a password, or a yes alone.</summary>
    public static bool WantsPassword(AccountLink link, string? browser) => link.Purpose switch
    {
        LinkPurpose.ChangeEmail => false,
        LinkPurpose.Verify => link.PasswordHash is null || !IsThisBrowser(link, browser),
        _ => true,
    };

    private static async Task<RazorComponentResult<LinkPage>> Page(string token, HttpContext http, AccountLinks links, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        return await links.Find(token, ct) is var (link, account) ? Form(http, token, link, account, null) : Gone();
    }

    private static async Task<Results<RedirectHttpResult, RazorComponentResult<LinkPage>>> Submit(
        string token, [FromForm] string? password, HttpContext http, FollowLink use, AccountLinks links, IAntiforgery antiforgery, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await links.Find(token, ct) is not var (link, account))
        {
            return Gone();
        }

        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Form(http, token, link, account, LinkOutcome.Stale);
        }

        var browser = http.Request.Cookies[RegisterAccount.BrowserCookie];
        var (outcome, fault) = await use.Run(link, account, password ?? "", browser, http.Connection.RemoteIpAddress?.ToString(), ct);
        return outcome switch
        {
            LinkOutcome.Done => await use.Next(link, account, http),
            LinkOutcome.Gone => Gone(),
            _ => Form(http, token, link, account, outcome, fault),
        };
    }

    private async Task<(LinkOutcome Outcome, PasswordFault? Fault)> Run(AccountLink link, Account account, string password, string? browser, string? address, CancellationToken ct)
    {
        tenant.Use(account.TenantId);
        actor.Use("account", account.Email!, address);
        string? hash = null;
        if (WantsPassword(link, browser))
        {
            if (rules.Check(password, account.Role, link.Email, account.DisplayName) is { } fault)
            {
                return (LinkOutcome.Password, fault);
            }

            hash = accounts.PasswordHasher.HashPassword(account, password);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (!await links.Take(link, ct))
        {
            return (LinkOutcome.Gone, null);
        }

        if (link.Purpose == LinkPurpose.ChangeEmail && await accounts.FindByEmailAsync(link.Email) is { } other && other.Id != account.Id)
        {
            return (LinkOutcome.Taken, null);
        }

        await Change(link, account, hash, ct);
        await transaction.CommitAsync(ct);
        return (LinkOutcome.Done, null);
    }

    private async Task Change(AccountLink link, Account account, string? hash, CancellationToken ct)
    {
        audit.Record("account." + link.Purpose switch
        {
            LinkPurpose.Verify => "verified", LinkPurpose.Reset => "passwordReset", LinkPurpose.Invite => "invitationAccepted", _ => "emailChanged",
        }, "account", account.Id.ToString());
        if (link.Purpose == LinkPurpose.ChangeEmail)
        {
            await links.Tell(account, "EmailChanged", ct); // goes to the former address
            account.Email = account.UserName = link.Email;
        }
        else
        {
            account.PasswordHash = hash ?? link.PasswordHash;
        }

        if (link.Purpose == LinkPurpose.Reset)
        {
            await links.Tell(account, "PasswordChanged", ct);
            (account.AccessFailedCount, account.LockoutEnd) = (0, null);
        }

        var isNew = !account.EmailConfirmed;
        account.EmailConfirmed = true;
        await links.Void(account, ct);
        await accounts.UpdateNormalizedEmailAsync(account);
        await accounts.UpdateNormalizedUserNameAsync(account);
        await accounts.UpdateSecurityStampAsync(account); // saves all of it, and ends the open sign-ins
        if (isNew)
        {
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), account.TenantId, new AccountVerified(account.Id, account.TenantId.Value), ct);
        }
    }

    /// <summary>A new account is signed in at once; who has forgotten a password shows that he knows the new one.</summary>
    private async Task<RedirectHttpResult> Next(AccountLink link, Account account, HttpContext http)
    {
        if (link.Purpose is LinkPurpose.Verify or LinkPurpose.Invite && !account.TwoFactorEnabled)
        {
            await signIn.SignInAsync(account, isPersistent: true);
            account.LastSignInAt = time.GetUtcNow();
            audit.Record("account.signedIn", "account", account.Id.ToString());
            await db.SaveChangesAsync();
            http.Response.Cookies.Delete(RegisterAccount.BrowserCookie);
            return TypedResults.Redirect(SignIn.StartOf(account.Role));
        }

        await signIn.SignOutAsync();
        return TypedResults.Redirect("/?done=" + link.Purpose switch { LinkPurpose.Reset => "reset", LinkPurpose.ChangeEmail => "email", _ => "verified" });
    }

    private static bool IsThisBrowser(AccountLink link, string? browser) =>
        link.BrowserHash is { } hash && browser is not null && CryptographicOperations.FixedTimeEquals(hash, AccountLink.Hash(browser));

    private static RazorComponentResult<LinkPage> Gone() => new(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(LinkPage.Outcome)] = LinkOutcome.Gone })
    {
        StatusCode = StatusCodes.Status404NotFound,
    };

    private static RazorComponentResult<LinkPage> Form(HttpContext http, string token, AccountLink link, Account account, LinkOutcome? outcome, PasswordFault? fault = null) =>
        new(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(LinkPage.Token)] = token,
            [nameof(LinkPage.Purpose)] = link.Purpose,
            [nameof(LinkPage.Email)] = link.Email,
            [nameof(LinkPage.Account)] = account,
            [nameof(LinkPage.WantsPassword)] = WantsPassword(link, http.Request.Cookies[RegisterAccount.BrowserCookie]),
            [nameof(LinkPage.Outcome)] = outcome,
            [nameof(LinkPage.Fault)] = fault,
        })
        {
            StatusCode = outcome is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
}
