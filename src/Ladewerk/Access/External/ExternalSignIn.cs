using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Access.External;

/// <summary>A sign-in that is under way at a provider.</summary>
internal sealed class ExternalFlow : ITenantOwned
{
    public required byte[] StateHash { get; init; }
    public required TenantId TenantId { get; init; }
    public required IdentityProviderId ProviderId { get; init; }

    /// <summary>Who ties the person to his account; null: somebody signs in.</summary>
    public Guid? AccountId { get; init; }

    /// <summary>Nonce and code verifier, encrypted.</summary>
    public required string Secrets { get; init; }
    public string? ReturnUrl { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class ExternalFlowModel : IEntityTypeConfiguration<ExternalFlow>
{
    public void Configure(EntityTypeBuilder<ExternalFlow> builder) => builder.ToTable("external_sign_in").HasKey(f => f.StateHash);
}

/// <summary>
/// Sign-in by a provider of OpenID Connect: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9700). The state
/// stands hashed in the database and in the browser's cookie, and is taken away by the answer.
/// </summary>
internal sealed partial class ExternalSignIn(
    OidcClient oidc, ExternalAccounts people, LadewerkDb db, TenantContext tenant, Actor actor, SiteAddress site, SignInLimiter limiter, IDataProtectionProvider protection, TimeProvider time,
    ILogger<ExternalSignIn> logger)
{
    /// <summary>Where it begins (the provider's id follows), and where providers answer.</summary>
    public const string Path = "/sign-in", CallbackPath = "/sign-in/callback", LinkPath = "/account/external";

    private const string Cookie = "lw-external";
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(15), Skew = TimeSpan.FromMinutes(2);

    private readonly IDataProtector box = protection.CreateProtector("Ladewerk.Access.External.Flow");

    private sealed record Secrets(string Nonce, string Verifier);

    /// <summary>The address that the operator enters at the provider.</summary>
    public Uri Callback => site.Of(CallbackPath);

    public static void Map(WebApplication app)
    {
        app.MapGet(Path + "/{id:guid}", Start).AllowAnonymous().ExcludeFromDescription();
        app.MapGet(CallbackPath, Answered).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(LinkPath + "/{id:guid}", StartLink).ExcludeFromDescription();
        app.MapPost(LinkPath + "/{id:guid}/remove", Unlink).ExcludeFromDescription();
    }

    private static Task<RedirectHttpResult> Start(Guid id, string? returnUrl, HttpContext http, ExternalSignIn use, CancellationToken ct) => use.Begin(new(id), http, returnUrl, null, ct);

    // Answered with a page of ours that leads on: a form must not lead to another site (form-action 'self').
    private static async Task<IResult> StartLink(Guid id, HttpContext http, OwnAccount own, ExternalSignIn use, CancellationToken ct)
    {
        if (await own.Find(http) is not { } account)
        {
            return Problems.NotFound("account");
        }

        var to = await use.Begin(new(id), http, null, account, ct);
        return to.Url.StartsWith('/') ? to : new RazorComponentResult<LeavePage>(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(LeavePage.To)] = to.Url });
    }

    private static async Task<IResult> Unlink(Guid id, HttpContext http, OwnAccount own, ExternalAccounts people) =>
        await own.Find(http) is { } account && await people.Untie(account, new(id)) ? TypedResults.Redirect(Access.Portal.OwnAccountPages.Place + "?done=untied") : Problems.NotFound("provider");

    private static async Task<RedirectHttpResult> Answered(string? code, string? state, string? error, string? iss, HttpContext http, ExternalSignIn use, CancellationToken ct)
    {
        var cookie = http.Request.Cookies[Cookie];
        http.Response.Cookies.Delete(Cookie);
        return await use.Finish(code, state, error, iss, cookie, http, ct);
    }

    private async Task<RedirectHttpResult> Begin(IdentityProviderId id, HttpContext http, string? returnUrl, Account? account, CancellationToken ct)
    {
        using var lease = limiter.Attempt(http.Connection.RemoteIpAddress?.ToString(), "external");
        if (!lease.IsAcquired)
        {
            return No("TooMany");
        }

        if (await db.Set<IdentityProvider>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(p => p.Id == id && p.Enabled, ct) is not { } provider || (account is not null && account.TenantId != provider.TenantId))
        {
            return No("Gone");
        }

        tenant.Use(provider.TenantId);
        try
        {
            var facts = await oidc.Discover(provider.Issuer, ct);
            var (state, secrets, now) = (AccountLink.NewSecret(), new Secrets(AccountLink.NewSecret(), AccountLink.NewSecret()), time.GetUtcNow());
            await db.Set<ExternalFlow>().IgnoreQueryFilters().Where(f => f.ExpiresAt < now).ExecuteDeleteAsync(ct);
            db.Add(new ExternalFlow
            {
                StateHash = AccountLink.Hash(state), TenantId = provider.TenantId, ProviderId = id, AccountId = account?.Id, Secrets = box.Protect(JsonSerializer.Serialize(secrets)), ReturnUrl = returnUrl, ExpiresAt = now + Lasts,
            });
            await db.SaveChangesAsync(ct);
            http.Response.Cookies.Append(Cookie, state, new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = Lasts, IsEssential = true, Path = CallbackPath });
            return TypedResults.Redirect(Address(facts, provider, state, secrets));
        }
        catch (OidcException e)
        {
            LogProvider(e, id);
            return No("Provider");
        }
    }

    private string Address(ProviderFacts facts, IdentityProvider provider, string state, Secrets secrets)
    {
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(secrets.Verifier)));
        var query = QueryString.Create(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["response_type"] = "code", ["client_id"] = provider.ClientId, ["redirect_uri"] = Callback.AbsoluteUri, ["scope"] = provider.Scopes, ["state"] = state, ["nonce"] = secrets.Nonce,
            ["code_challenge"] = challenge, ["code_challenge_method"] = "S256",
        });
        return facts.Authorization.AbsoluteUri + (facts.Authorization.Query.Length > 0 ? "&" + query.Value![1..] : query.Value);
    }

    private async Task<RedirectHttpResult> Finish(string? code, string? state, string? error, string? iss, string? cookie, HttpContext http, CancellationToken ct)
    {
        // The answer belongs to the browser that asked (login CSRF), and counts once.
        if (state is null || cookie is null || !CryptographicOperations.FixedTimeEquals(AccountLink.Hash(state), AccountLink.Hash(cookie)) || await Take(state, ct) is not { } flow)
        {
            return No("State");
        }

        var provider = await db.Set<IdentityProvider>().IgnoreQueryFilters().AsNoTracking().SingleAsync(p => p.Id == flow.ProviderId, ct);
        tenant.Use(flow.TenantId);
        if (error is not null || code is null)
        {
            LogRefused(provider.Id, error is { Length: <= 100 } ? error : "no code");
            return No(error == "access_denied" ? "Denied" : "Provider");
        }

        try
        {
            var person = await Ask(provider, flow, code, iss, ct);
            actor.Use("account", person.Email ?? provider.Name, http.Connection.RemoteIpAddress?.ToString());
            return flow.AccountId is { } account ? await people.Tie(account, provider, person, http, ct) : await people.Enter(provider, person, flow.ReturnUrl, ct);
        }
        catch (OidcException e)
        {
            LogProvider(e, provider.Id);
            return No("Provider");
        }
    }

    private async Task<ExternalPerson> Ask(IdentityProvider provider, ExternalFlow flow, string code, string? iss, CancellationToken ct)
    {
        var secrets = JsonSerializer.Deserialize<Secrets>(box.Unprotect(flow.Secrets))!;
        var facts = await oidc.Discover(provider.Issuer, ct);
        if (iss is null ? facts.SaysIssuer : iss != facts.Issuer)
        {
            throw new OidcException("The answer came from another provider (RFC 9207)."); // mix-up
        }

        var (token, access) = await oidc.Exchange(facts, provider.ClientId, people.SecretOf(provider), code, secrets.Verifier, Callback, ct);
        var expected = new TokenExpectation(facts.Issuer, provider.ClientId, secrets.Nonce, time.GetUtcNow(), Skew);
        var (claims, fault) = JsonWebToken.Validate(token, await oidc.Keys(facts, ct), expected);
        if (fault is TokenFault.UnknownKey or TokenFault.Signature)
        {
            (claims, fault) = JsonWebToken.Validate(token, await oidc.Keys(facts, ct, afresh: true), expected); // the provider changed its keys
        }

        if (claims is not { } said)
        {
            throw new OidcException($"The ID token is not believed: {fault}.");
        }

        var info = await oidc.UserInfo(facts, access, JsonWebToken.Text(said, "sub")!, ct);
        return ExternalPerson.Of(said, info, provider.RoleClaim);
    }

    private async Task<ExternalFlow?> Take(string state, CancellationToken ct)
    {
        var (hash, now) = (AccountLink.Hash(state), time.GetUtcNow());
        var flow = await db.Set<ExternalFlow>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(f => f.StateHash == hash, ct);
        return await db.Set<ExternalFlow>().IgnoreQueryFilters().Where(f => f.StateHash == hash).ExecuteDeleteAsync(ct) == 1 && flow!.ExpiresAt > now ? flow : null;
    }

    private static RedirectHttpResult No(string why) => TypedResults.Redirect("/?external=" + why);

    [LoggerMessage(LogLevel.Warning, "Sign-in by provider {ProviderId} failed")]
    private partial void LogProvider(Exception e, IdentityProviderId providerId);

    [LoggerMessage(LogLevel.Information, "Provider {ProviderId} sent somebody back: {Error}")]
    private partial void LogRefused(IdentityProviderId providerId, string error);
}
