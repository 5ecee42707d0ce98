using System.Security.Claims;
using Ladewerk.Access.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access;

/// <summary>What came of an attempt to sign in; each "no" has a text <c>access.signIn.{name}</c>.</summary>
public enum SignInOutcome
{
    SignedIn,
    NeedsCode,
    NeedsOperator,
    Wrong,
    Unverified,
    WrongCode,
    WrongPasskey,
    Locked,
    TooMany,
    Stale,
}

/// <summary>Sign-in by e-mail and password, and sign-out.</summary>
internal sealed partial class SignIn(
    UserManager<Account> accounts, SignInManager<Account> signIn, SecondFactor second, Passkeys passkeys, IPasswordHasher<Account> hasher, SignInLimiter limiter,
    ChooseOperator choose, AccountLinks links, IOptions<AccessOptions> options, LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time, ILogger<SignIn> logger)
{
    /// <summary>Where the second factor is asked for.</summary>
    public const string CodePath = "/second-factor";

    /// <summary>Where somebody of this role begins.</summary>
    public static string StartOf(Role role) => role == Role.Driver ? "/app" : "/portal";

    /// <summary>Where a passkey signs in.</summary>
    public const string PasskeyPath = "/passkey";

    private string start = "/portal";

    // Checked when there is no such account, so that the answer takes as long as for one that exists.
    private static readonly Account Nobody = new() { TenantId = default, DisplayName = "" };
    private static readonly Lazy<string> NobodysHash = new(() => new PasswordHasher<Account>().HashPassword(Nobody, Guid.NewGuid().ToString()));

    public static Results<RedirectHttpResult, RazorComponentResult<SignInPage>> Page(HttpContext http, string? returnUrl, string? done, string? external) =>
        http.User.Identity is { IsAuthenticated: true } ? Back(returnUrl, StartOf(http)) : Form(returnUrl, email: null, outcome: null, done, external);

    public static async Task<Results<RedirectHttpResult, RazorComponentResult<SignInPage>>> Submit(
        HttpContext http, [FromForm] string? email, [FromForm] string? password, [FromForm] string? returnUrl, SignIn use, IAntiforgery antiforgery)
    {
        var outcome = await antiforgery.IsRequestValidAsync(http)
            ? await use.Try(email?.Trim() ?? "", password ?? "", http.Connection.RemoteIpAddress?.ToString())
            : SignInOutcome.Stale;
        return outcome switch
        {
            SignInOutcome.SignedIn => Back(returnUrl, use.start),
            SignInOutcome.NeedsCode => TypedResults.Redirect(With(CodePath, returnUrl)),
            SignInOutcome.NeedsOperator => TypedResults.Redirect(With(ChooseOperator.Path, returnUrl)),
            _ => Form(returnUrl, email, outcome),
        };
    }

    /// <summary>What a browser needs to find a passkey of ours; no secret, and the same for everybody.</summary>
    public static async Task<ContentHttpResult> PasskeyOptions(Passkeys passkeys) => TypedResults.Content(await passkeys.RequestOptions(), "application/json");

    public static async Task<Results<RedirectHttpResult, RazorComponentResult<SignInPage>>> SubmitPasskey(
        HttpContext http, [FromForm] string? credential, [FromForm] string? returnUrl, SignIn use, IAntiforgery antiforgery)
    {
        var outcome = await antiforgery.IsRequestValidAsync(http) ? await use.TryPasskey(credential ?? "", http.Connection.RemoteIpAddress?.ToString()) : SignInOutcome.Stale;
        return outcome == SignInOutcome.SignedIn ? Back(returnUrl, use.start) : Form(returnUrl, email: null, outcome);
    }

    /// <summary>Asks for the second factor; a stranger who brought no password goes to the first page.</summary>
    public static async Task<Results<RedirectHttpResult, RazorComponentResult<SecondFactorPage>>> CodePage(string? returnUrl, SignInManager<Account> signIn) =>
        await signIn.GetTwoFactorAuthenticationUserAsync() is null ? TypedResults.Redirect("/") : CodeForm(returnUrl, outcome: null);

    public static async Task<Results<RedirectHttpResult, RazorComponentResult<SecondFactorPage>>> SubmitCode(
        HttpContext http, [FromForm] string? code, [FromForm] string? returnUrl, SignIn use, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return CodeForm(returnUrl, SignInOutcome.Stale);
        }

        return await use.TryCode(code?.Trim() ?? "", http.Connection.RemoteIpAddress?.ToString()) switch
        {
            SignInOutcome.SignedIn => Back(returnUrl, use.start),
            SignInOutcome.NeedsCode => TypedResults.Redirect("/"),
            var no => CodeForm(returnUrl, no),
        };
    }

    public static async Task<RedirectHttpResult> Out(SignInManager<Account> signIn)
    {
        await signIn.SignOutAsync();
        return TypedResults.Redirect("/");
    }

    /// <summary>Back to where a person wanted to go, if that is a place of ours.</summary>
    public static RedirectHttpResult Back(string? returnUrl, string otherwise) =>
        TypedResults.Redirect(returnUrl is ['/', not ('/' or '\\'), ..] && !returnUrl.Any(char.IsControl) ? returnUrl : otherwise);

    private static string With(string path, string? returnUrl) => string.IsNullOrEmpty(returnUrl) ? path : $"{path}?returnUrl={Uri.EscapeDataString(returnUrl)}";

    private static string StartOf(HttpContext http) => Enum.TryParse<Role>(http.User.FindFirstValue(Principal.RoleClaim), out var role) ? StartOf(role) : "/portal";

    private async Task<SignInOutcome> Try(string email, string password, string? address)
    {
        using var lease = limiter.Attempt(address, email);
        if (!lease.IsAcquired)
        {
            return SignInOutcome.TooMany;
        }

        var own = await WhichAccount.Find(db, hasher, email, password);
        if (own.Count > 1)
        {
            own = await Able(own);
            if (own.Count > 1)
            {
                choose.Ask(own);
                return SignInOutcome.NeedsOperator;
            }
        }

        if (own is not [{ DisabledAt: null } account, ..])
        {
            hasher.VerifyHashedPassword(Nobody, NobodysHash.Value, password);
            LogUnknown(address);
            return limiter.MissUnknown(email, time.GetUtcNow()) ? SignInOutcome.Locked : SignInOutcome.Wrong;
        }

        tenant.Use(account.TenantId);
        actor.Use("account", account.Email!, address);
        var wasLocked = await accounts.IsLockedOutAsync(account);
        if (!account.EmailConfirmed && options.Value.VerifyEmail && !wasLocked && await accounts.CheckPasswordAsync(account, password))
        {
            return SignInOutcome.Unverified; // told only to who knows the password
        }

        var result = await signIn.PasswordSignInAsync(account, password, isPersistent: true, lockoutOnFailure: true);
        if (result.RequiresTwoFactor)
        {
            return SignInOutcome.NeedsCode;
        }

        if (!result.Succeeded)
        {
            LogRefused(account.Id, address);
            audit.Record(result.IsLockedOut ? "account.lockedOut" : "account.signInFailed", "account", account.Id.ToString());
            if (result.IsLockedOut && !wasLocked)
            {
                await links.Tell(account, "Locked", CancellationToken.None);
            }

            await db.SaveChangesAsync();
            return result.IsLockedOut ? SignInOutcome.Locked : SignInOutcome.Wrong;
        }

        await Welcome(account);
        return SignInOutcome.SignedIn;
    }

    /// <summary>Of several whose password was right, those that open; where none does, the first, which says why.</summary>
    private async Task<IReadOnlyList<Account>> Able(IReadOnlyList<Account> own)
    {
        var able = new List<Account>();
        foreach (var account in own)
        {
            if ((account.EmailConfirmed || !options.Value.VerifyEmail) && !await accounts.IsLockedOutAsync(account))
            {
                able.Add(account);
            }
        }

        return able.Count > 0 ? able : [own[0]];
    }

    /// <summary>Opens the account that was chosen of several whose password was right, or asks for its second factor first.</summary>
    public async Task<RedirectHttpResult> Enter(Account account, HttpContext http, string? returnUrl)
    {
        tenant.Use(account.TenantId);
        actor.Use("account", account.Email!, http.Connection.RemoteIpAddress?.ToString());
        if (await signIn.IsTwoFactorEnabledAsync(account))
        {
            // As the sign-in manager does after a password: the cookie names the account, and opens nothing but the question for the code.
            var waiting = new ClaimsIdentity([new(ClaimTypes.Name, account.Id.ToString())], IdentityConstants.TwoFactorUserIdScheme);
            await http.SignInAsync(IdentityConstants.TwoFactorUserIdScheme, new ClaimsPrincipal(waiting));
            return TypedResults.Redirect(With(CodePath, returnUrl));
        }

        await accounts.ResetAccessFailedCountAsync(account);
        await signIn.SignInAsync(account, isPersistent: true);
        await Welcome(account);
        return Back(returnUrl, start);
    }

    /// <summary>The app's code, or a recovery code, of the account whose password was right a moment ago.</summary>
    private async Task<SignInOutcome> TryCode(string code, string? address)
    {
        if (await signIn.GetTwoFactorAuthenticationUserAsync() is not { DisabledAt: null } account)
        {
            return SignInOutcome.NeedsCode;
        }

        using var lease = limiter.Attempt(address, account.Email!);
        if (!lease.IsAcquired)
        {
            return SignInOutcome.TooMany;
        }

        tenant.Use(account.TenantId);
        actor.Use("account", account.Email!, address);
        if (await accounts.IsLockedOutAsync(account))
        {
            return SignInOutcome.Locked;
        }

        var isRecovery = code.Any(char.IsAsciiLetter);
        if (!(isRecovery ? (await accounts.RedeemTwoFactorRecoveryCodeAsync(account, code.ToUpperInvariant())).Succeeded : await second.Check(account, code)))
        {
            audit.Record("account.signInFailed", "account", account.Id.ToString(), after: new { secondFactor = true });
            await accounts.AccessFailedAsync(account);
            return await accounts.IsLockedOutAsync(account) ? SignInOutcome.Locked : SignInOutcome.WrongCode;
        }

        if (isRecovery)
        {
            audit.Record("account.recoveryCodeUsed", "account", account.Id.ToString());
        }

        await accounts.ResetAccessFailedCountAsync(account);
        await signIn.SignInAsync(account, isPersistent: true);
        await signIn.Context.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);
        await Welcome(account);
        return SignInOutcome.SignedIn;
    }

    /// <summary>A passkey is both factors, see <see cref="Passkeys"/>.</summary>
    private async Task<SignInOutcome> TryPasskey(string credential, string? address)
    {
        using var lease = limiter.Attempt(address, "");
        if (!lease.IsAcquired)
        {
            return SignInOutcome.TooMany;
        }

        if (credential.Length == 0 || await passkeys.Check(credential) is not { } account)
        {
            LogUnknown(address);
            return SignInOutcome.WrongPasskey;
        }

        tenant.Use(account.TenantId);
        actor.Use("account", account.Email!, address);
        if (!account.EmailConfirmed && options.Value.VerifyEmail)
        {
            return SignInOutcome.Unverified;
        }

        await signIn.SignInAsync(account, isPersistent: true);
        await signIn.Context.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);
        await Welcome(account);
        return SignInOutcome.SignedIn;
    }

    private async Task Welcome(Account account)
    {
        start = StartOf(account.Role);
        account.LastSignInAt = time.GetUtcNow();
        audit.Record("account.signedIn", "account", account.Id.ToString());
        await db.SaveChangesAsync();
    }

    private static RazorComponentResult<SecondFactorPage> CodeForm(string? returnUrl, SignInOutcome? outcome) => new(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        [nameof(SecondFactorPage.ReturnUrl)] = returnUrl,
        [nameof(SecondFactorPage.Outcome)] = outcome,
    })
    {
        StatusCode = Status(outcome),
    };

    private static RazorComponentResult<SignInPage> Form(string? returnUrl, string? email, SignInOutcome? outcome, string? done = null, string? external = null) => new(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        [nameof(SignInPage.ReturnUrl)] = returnUrl,
        [nameof(SignInPage.Email)] = email,
        [nameof(SignInPage.Done)] = done,
        [nameof(SignInPage.External)] = external,
        [nameof(SignInPage.Outcome)] = outcome,
    })
    {
        StatusCode = Status(outcome),
    };

    /// <summary>The status of a page that shows an outcome.</summary>
    public static int Status(SignInOutcome? outcome) => outcome switch
    {
        null => StatusCodes.Status200OK,
        SignInOutcome.TooMany => StatusCodes.Status429TooManyRequests,
        SignInOutcome.Stale => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    [LoggerMessage(LogLevel.Warning, "Sign-in refused: no such account, from {Address}")]
    private partial void LogUnknown(string? address);

    [LoggerMessage(LogLevel.Warning, "Sign-in refused for account {AccountId} from {Address}")]
    private partial void LogRefused(Guid accountId, string? address);
}
