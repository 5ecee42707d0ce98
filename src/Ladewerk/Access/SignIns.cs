using System.Collections.Concurrent;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>A place where an account is signed in.</summary>
/// <param name="Device">Browser and system, as the browser said.</param>
/// <param name="Address">From where it was used last.</param>
public sealed record OpenSignIn(Guid Id, string Device, string? Address, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt);

/// <summary>Every open sign-in has a row; the cookie carries its id. An ended one is refused at once here, and elsewhere with the next recheck.</summary>
internal sealed class SignIns(NpgsqlDataSource data, IOptions<AccessOptions> options, TimeProvider time)
{
    /// <summary>Under this name the id stands in the cookie.</summary>
    private const string Item = "lw:sign-in";

    // Those ended on this node, till their cookies would be rechecked anyway.
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> ended = new();

    /// <summary>Notes a sign-in, or the one that is renewed.</summary>
    public async Task Begin(CookieSigningInContext context)
    {
        if (IdOf(context.Properties) is null && context.Principal is { } principal)
        {
            await Begin(context.Properties, principal.FindFirst(System.Security.Claims.ClaimTypes.NameIdentifier)?.Value, principal.Tenant(), context.HttpContext);
        }
    }

    /// <summary>Whether the cookie's sign-in is still open; brings "last seen" up to date. A cookie of former times gets a row now.</summary>
    public async Task<bool> IsOpen(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        if (IdOf(context.Properties) is not { } id)
        {
            await Begin(context.Properties, context.Principal?.FindFirst(System.Security.Claims.ClaimTypes.NameIdentifier)?.Value, context.Principal?.Tenant(), http);
            return true;
        }

        return await data.Run(
            "update account_sign_in set last_seen_at = $2, address = coalesce($3::text, address) where id = $1 and ended_at is null", http.RequestAborted, id, time.GetUtcNow(), http.Connection.RemoteIpAddress?.ToString()) == 1;
    }

    /// <summary>Whether it was ended on this node since its last recheck.</summary>
    public bool WasEnded(AuthenticationProperties properties) => !ended.IsEmpty && IdOf(properties) is { } id && ended.ContainsKey(id);

    /// <summary>The sign-in of this request; null for an API key.</summary>
    public static async Task<Guid?> Here(HttpContext http) => (await http.AuthenticateAsync(IdentityConstants.ApplicationScheme)).Properties is { } properties ? IdOf(properties) : null;

    /// <summary>Where the account is signed in, the latest first. What was not used for as long as a sign-in lasts is over.</summary>
    public async Task<IReadOnlyList<OpenSignIn>> Of(Account account, CancellationToken ct) => await data.Rows(
        "select id, device, address, created_at, last_seen_at from account_sign_in where account_id = $1 and tenant_id = $2 and ended_at is null and last_seen_at > $3 order by last_seen_at desc limit 100",
        row => new OpenSignIn(row.GetGuid(0), row.GetString(1), row.Get<string>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4)),
        ct,
        account.Id,
        account.TenantId.Value,
        time.GetUtcNow() - options.Value.SignInLasts);

    /// <summary>Ends one; false where the account has no such sign-in.</summary>
    public async Task<bool> End(Account account, Guid id, CancellationToken ct) => await End(
        "update account_sign_in set ended_at = $1 where account_id = $2 and id = $3 and ended_at is null returning id", ct, account.Id, id) > 0;

    /// <summary>Ends all but one.</summary>
    public Task<int> EndOthers(Account account, Guid? but, CancellationToken ct) => End(
        "update account_sign_in set ended_at = $1 where account_id = $2 and id is distinct from $3::uuid and ended_at is null returning id", ct, account.Id, but);

    /// <summary>The person signs out.</summary>
    public async Task Leave(CookieSigningOutContext context)
    {
        if (await Here(context.HttpContext) is { } id)
        {
            await End("update account_sign_in set ended_at = $1 where id = $2 returning id", CancellationToken.None, id);
        }
    }

    private async Task<int> End(string sql, CancellationToken ct, params object?[] args)
    {
        var now = time.GetUtcNow();
        var ids = await data.Rows(sql, row => row.GetGuid(0), ct, [now, .. args]);
        foreach (var (id, at) in ended.Where(e => e.Value < now))
        {
            ended.TryRemove(KeyValuePair.Create(id, at));
        }

        foreach (var id in ids)
        {
            ended[id] = now + options.Value.RecheckEvery + TimeSpan.FromMinutes(1);
        }

        return ids.Count;
    }

    private async Task Begin(AuthenticationProperties properties, string? account, TenantId? tenant, HttpContext http)
    {
        if (!Guid.TryParse(account, out var accountId) || tenant is not { } of)
        {
            return;
        }

        var (id, now) = (Guid.CreateVersion7(), time.GetUtcNow());
        await data.Run("delete from account_sign_in where account_id = $1 and coalesce(ended_at, last_seen_at) < $2", http.RequestAborted, accountId, now.AddDays(-90));
        await data.Run(
            "insert into account_sign_in (id, tenant_id, account_id, device, address, created_at, last_seen_at) values ($1, $2, $3, $4, $5::text, $6, $6)",
            http.RequestAborted, id, of.Value, accountId, Device.Of(http.Request.Headers.UserAgent), http.Connection.RemoteIpAddress?.ToString(), now);
        properties.Items[Item] = id.ToString();
    }

    private static Guid? IdOf(AuthenticationProperties properties) => properties.Items.TryGetValue(Item, out var text) && Guid.TryParse(text, out var id) ? id : null;
}

/// <summary>What a browser calls itself, in words that its owner knows.</summary>
internal static class Device
{
    private static readonly (string Part, string Name)[] Browsers =
        [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("SamsungBrowser/", "Samsung Internet"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];

    private static readonly (string Part, string Name)[] Systems =
        [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    /// <summary>Such as "Firefox · Android".</summary>
    public static string Of(string? userAgent)
    {
        var parts = new[] { Find(Browsers, userAgent), Find(Systems, userAgent) }.Where(part => part is not null).ToArray();
        return parts.Length > 0 ? string.Join(" · ", parts) : "Browser";
    }

    /// <summary>Whether it is held in the hand.</summary>
    public static bool IsPhone(string device) => device.EndsWith("iPhone", StringComparison.Ordinal) || device.EndsWith("Android", StringComparison.Ordinal);

    private static string? Find((string Part, string Name)[] table, string? text) =>
        text is null ? null : Array.Find(table, row => text.Contains(row.Part, StringComparison.Ordinal)).Name;
}

/// <summary>What the forms of open sign-ins do.</summary>
internal static class SignInPages
{
    public const string Place = "/account/sign-ins";

    public static void Map(WebApplication app)
    {
        var own = app.MapGroup(Place).ExcludeFromDescription();
        own.MapPost("/{id:guid}/end", End);
        own.MapPost("/end", EndOthers);
    }

    private static async Task<IResult> End(Guid id, [FromForm] string? back, HttpContext http, OwnAccount own, CancellationToken ct) =>
        await own.Find(http) is { } account && await own.EndSignIn(account, id, ct) ? Back(back) : Problems.NotFound("sign-in");

    private static async Task<IResult> EndOthers([FromForm] string? back, HttpContext http, OwnAccount own)
    {
        if (await own.Find(http) is not { } account)
        {
            return Problems.NotFound("account");
        }

        await own.SignOutElsewhere(http, account);
        return Back(back);
    }

    private static RedirectHttpResult Back(string? back) => SignIn.Back($"{back}?done=elsewhere", Portal.OwnAccountPages.Place);
}
