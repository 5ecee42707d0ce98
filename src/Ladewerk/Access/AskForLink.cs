using System.Diagnostics;
using Ladewerk.Access.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>
/// A stranger asks for a link by mail: for a forgotten password, or once more for the confirmation of an address. The answer is the same, and takes as
/// long, whether there is such an account or not.
/// </summary>
internal sealed class AskForLink(UserManager<Account> accounts, AccountLinks links, SignInLimiter limiter, LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit)
{
    /// <summary>Where a new password is asked for, and where to look into the mailbox.</summary>
    public const string ForgottenPath = "/forgotten", SentPath = AccountLinks.Path, AgainPath = AccountLinks.Path;

    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(350);

    public static void Map(WebApplication app)
    {
        app.MapGet(ForgottenPath, (string? email) => Forgotten(email, null)).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(ForgottenPath, SubmitForgotten).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        app.MapGet(SentPath, (string? email, string? again) => Sent(email, again is not null ? SignInOutcome.SignedIn : null)).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(AgainPath, SubmitAgain).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
    }

    private static async Task<Results<RedirectHttpResult, RazorComponentResult<ForgottenPage>>> SubmitForgotten(
        HttpContext http, [FromForm] string? email, AskForLink use, IAntiforgery antiforgery, CancellationToken ct)
    {
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Forgotten(email, SignInOutcome.Stale);
        }

        return await use.Run(email?.Trim() ?? "", isForgotten: true, http, ct)
            ? TypedResults.Redirect($"{ForgottenPath}?email={Uri.EscapeDataString(email?.Trim() ?? "")}")
            : Forgotten(null, SignInOutcome.TooMany);
    }

    private static async Task<Results<RedirectHttpResult, RazorComponentResult<MailSentPage>>> SubmitAgain(
        HttpContext http, [FromForm] string? email, AskForLink use, IAntiforgery antiforgery, CancellationToken ct)
    {
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Sent(email, SignInOutcome.Stale);
        }

        return await use.Run(email?.Trim() ?? "", isForgotten: false, http, ct)
            ? TypedResults.Redirect($"{SentPath}?again=1&email={Uri.EscapeDataString(email?.Trim() ?? "")}")
            : Sent(email, SignInOutcome.TooMany);
    }

    private async Task<bool> Run(string email, bool isForgotten, HttpContext http, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var address = http.Connection.RemoteIpAddress?.ToString();
        using var lease = limiter.Attempt(address, email);
        if (!lease.IsAcquired)
        {
            return false;
        }

        if (email.Length is > 0 and <= 254 && await accounts.FindByEmailAsync(email) is { DisabledAt: null } account)
        {
            tenant.Use(account.TenantId);
            actor.Use("account", account.Email!, address);
            await Send(account, isForgotten, http.Request.Cookies[RegisterAccount.BrowserCookie], ct);
        }

        var left = Answer - Stopwatch.GetElapsedTime(started);
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, ct);
        return true;
    }

    private async Task Send(Account account, bool isForgotten, string? browser, CancellationToken ct)
    {
        if (account.EmailConfirmed && !isForgotten)
        {
            return;
        }

        if (!account.EmailConfirmed && !isForgotten)
        {
            // The password of the registration goes along for the browser that registered.
            var hash = browser is null ? null : AccountLink.Hash(browser);
            var former = hash is null ? null : await db.Set<AccountLink>().AsNoTracking()
                .Where(l => l.AccountId == account.Id && l.Purpose == LinkPurpose.Verify && l.BrowserHash == hash).OrderByDescending(l => l.CreatedAt).FirstOrDefaultAsync(ct);
            await links.Send(account, LinkPurpose.Verify, ct, passwordHash: former?.PasswordHash, browser: former?.BrowserHash, isAgain: true);
        }
        else
        {
            audit.Record("account.passwordForgotten", "account", account.Id.ToString());
            await links.Send(account, LinkPurpose.Reset, ct);
        }

        await db.SaveChangesAsync(ct);
    }

    private static RazorComponentResult<ForgottenPage> Forgotten(string? email, SignInOutcome? outcome) => new(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        [nameof(ForgottenPage.Email)] = email, [nameof(ForgottenPage.Outcome)] = outcome,
    })
    {
        StatusCode = SignIn.Status(outcome),
    };

    private static RazorComponentResult<MailSentPage> Sent(string? email, SignInOutcome? outcome) => new(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        [nameof(MailSentPage.Email)] = email, [nameof(MailSentPage.Outcome)] = outcome,
    })
    {
        StatusCode = outcome is SignInOutcome.SignedIn ? StatusCodes.Status200OK : SignIn.Status(outcome),
    };
}
