using System.Security.Cryptography;
using System.Text.Json;
using Ladewerk.Access.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>An operator with whom the person has an account.</summary>
public sealed record OperatorChoice(Guid Account, string Name, string? LogoHref);

/// <summary>
/// Asks with which operator, where the same address and password open an account with several. Asked only after the password was right: which
/// operators somebody is with is told to nobody else. What was checked stands in a closed cookie for some minutes, and opens each account once.
/// </summary>
internal sealed class ChooseOperator(LadewerkDb db, BrandReader brands, UserManager<Account> accounts, IDataProtectionProvider protection, IHttpContextAccessor http, TimeProvider time)
{
    /// <summary>Where it is asked.</summary>
    public const string Path = "/operator";

    private const string CookieName = "lw-operator";
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(5);

    private readonly IDataProtector protector = protection.CreateProtector("Ladewerk.Access.ChooseOperator");

    private HttpContext Http => http.HttpContext!;

    /// <summary>Asks; a stranger who brought no password goes to the first page.</summary>
    public static async Task<Results<RedirectHttpResult, RazorComponentResult<OperatorPage>>> Page(string? returnUrl, ChooseOperator use, CancellationToken ct) =>
        await use.Choices(ct) is { Count: > 0 } choices ? Form(choices, returnUrl, null) : TypedResults.Redirect("/");

    public static async Task<Results<RedirectHttpResult, RazorComponentResult<OperatorPage>>> Submit(
        HttpContext context, [FromForm] Guid? account, [FromForm] string? returnUrl, ChooseOperator use, SignIn signIn, SignInLimiter limiter, IAntiforgery antiforgery, CancellationToken ct)
    {
        var choices = await use.Choices(ct);
        if (choices.Count == 0)
        {
            return TypedResults.Redirect("/");
        }

        using var lease = limiter.Attempt(context.Connection.RemoteIpAddress?.ToString(), "");
        if (!lease.IsAcquired)
        {
            return Form(choices, returnUrl, SignInOutcome.TooMany);
        }

        var chosen = await antiforgery.IsRequestValidAsync(context) ? await use.Chosen(account, ct) : null;
        if (chosen is null)
        {
            return Form(choices, returnUrl, SignInOutcome.Stale);
        }

        context.Response.Cookies.Delete(CookieName);
        return await signIn.Enter(chosen, context, returnUrl);
    }

    /// <summary>Notes whose password was right, for the page that asks.</summary>
    public void Ask(IEnumerable<Account> own)
    {
        var ticket = new Ticket(time.GetUtcNow(), [.. own.Select(a => new Checked(a.Id, a.SecurityStamp ?? ""))]);
        Http.Response.Cookies.Append(CookieName, protector.Protect(JsonSerializer.Serialize(ticket)), new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = Http.Request.IsHttps, MaxAge = Lasts, IsEssential = true,
        });
    }

    private async Task<IReadOnlyList<OperatorChoice>> Choices(CancellationToken ct)
    {
        var choices = new List<OperatorChoice>();
        foreach (var account in await Open(ct))
        {
            var brand = await brands.Of(account.TenantId, ct);
            choices.Add(new(account.Id, brand.Name, brand.LogoHref));
        }

        return [.. choices.OrderBy(c => c.Name, StringComparer.CurrentCultureIgnoreCase)];
    }

    private async Task<Account?> Chosen(Guid? id, CancellationToken ct) =>
        (await Open(ct)).FirstOrDefault(a => a.Id == id) is { } account && !await accounts.IsLockedOutAsync(account) ? account : null;

    /// <summary>The accounts that may still be opened: neither disabled nor with another password since, of an operator that is not suspended, and not opened by this answer before.</summary>
    private async Task<List<Account>> Open(CancellationToken ct)
    {
        if (Read() is not { } ticket)
        {
            return [];
        }

        var ids = ticket.Accounts.Select(a => a.Id).ToList();
        var found = await db.Set<Account>().Where(a => ids.Contains(a.Id) && a.DisabledAt == null && db.Set<Tenant>().Any(t => t.Id == a.TenantId && t.SuspendedAt == null)).ToListAsync(ct);
        return [.. found.Where(a => !(a.LastSignInAt >= ticket.At) && ticket.Accounts.Any(c => c.Id == a.Id && c.Stamp == (a.SecurityStamp ?? "")))];
    }

    private Ticket? Read()
    {
        if (!Http.Request.Cookies.TryGetValue(CookieName, out var text))
        {
            return null;
        }

        try
        {
            var ticket = JsonSerializer.Deserialize<Ticket>(protector.Unprotect(text));
            return ticket is not null && (time.GetUtcNow() - ticket.At).Duration() < Lasts ? ticket : null;
        }
        catch (Exception foreign) when (foreign is CryptographicException or JsonException)
        {
            return null; // not ours: as if there were none
        }
    }

    private static RazorComponentResult<OperatorPage> Form(IReadOnlyList<OperatorChoice> choices, string? returnUrl, SignInOutcome? outcome) => new(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        [nameof(OperatorPage.Choices)] = choices, [nameof(OperatorPage.ReturnUrl)] = returnUrl, [nameof(OperatorPage.Outcome)] = outcome,
    })
    {
        StatusCode = SignIn.Status(outcome),
    };

    private sealed record Checked(Guid Id, string Stamp);

    private sealed record Ticket(DateTimeOffset At, IReadOnlyList<Checked> Accounts);
}
