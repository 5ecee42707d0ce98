using System.Security.Claims;
using System.Threading.RateLimiting;
using Ladewerk.Access.App;
using Ladewerk.Access.External;
using Ladewerk.Access.External.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access;

/// <summary>Limits of the door.</summary>
public sealed class AccessOptions
{
    /// <summary>Requests per second that one API key or account may make for long.</summary>
    public int RequestsPerSecond { get; set; } = 500;

    /// <summary>How long a sign-in lasts without use.</summary>
    public TimeSpan SignInLasts { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Whether an account can sign in only after its address was confirmed.</summary>
    public bool VerifyEmail { get; set; } = true;

    /// <summary>How soon a change of role or password reaches open sign-ins.</summary>
    public TimeSpan RecheckEvery { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>Accounts, API keys, permissions, sign-in, audit log.</summary>
internal static class AccessModule
{
    private const string Either = "CookieOrKey";

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddOptions<AccessOptions>().BindConfiguration("Access").Validate(o => o.RequestsPerSecond > 0).ValidateOnStart();
        services.AddOptions<BootstrapOptions>().BindConfiguration("Ladewerk:Bootstrap");
        services.AddScoped<Bootstrap>().AddScoped<SignIn>().AddScoped<ChooseOperator>().AddScoped<SecondFactor>().AddScoped<OwnAccount>().AddScoped<CreateApiKey>().AddScoped<CreateAccount>().AddScoped<ChangeAccount>().AddScoped<SaveTenant>();
        services.AddScoped<RoleAssignments>().AddScoped<Administrators>().AddScoped<SaveRole>().AddScoped<LiveScope>().AddScoped<Tenants.PlatformTenants>();
        services.AddScoped<RegisterAccount>().AddScoped<InviteAccount>().AddScoped<AccountLinks>().AddScoped<FollowLink>().AddScoped<AskForLink>().AddScoped<Passkeys>();
        services.AddSingleton<OidcClient>().AddScoped<ExternalSignIn>().AddScoped<ExternalAccounts>().AddScoped<SaveIdentityProvider>().AddSignInSettings().AddAccountApp();
        services.AddSingleton<SignInLimiter>().AddSingleton<CommonPasswords>().AddSingleton<PasswordCheck>().AddSingleton<SiteAddress>().AddSingleton<SignIns>();
        services.AddScoped<IPasskeyHandler<Account>, PasskeyHandler<Account>>();
        services.AddOptions<IdentityPasskeyOptions>().Configure<IConfiguration>((o, configuration) =>
        {
            // Both factors at once: the device must ask for finger, face or PIN. Discoverable: nobody types an e-mail.
            (o.UserVerificationRequirement, o.ResidentKeyRequirement) = ("required", "required");
            o.ServerDomain = Uri.TryCreate(configuration["Ladewerk:PublicUrl"], UriKind.Absolute, out var site) ? site.Host : null; // null: as the browser calls us
        });
        services.AddSignIn().AddKeyRing().AddLimits();
        services.AddSingleton<IAuthorizationPolicyProvider, Policies>().AddAuthorization();
        services.AddHttpContextAccessor();
        services.AddAntiforgery(o =>
        {
            o.HeaderName = "RequestVerificationToken";
            o.Cookie.Name = "lw-forms";
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            o.SuppressXFrameOptionsHeader = true; // set for every answer, see SecurityHeaders
        });
        services.AddRazorComponents();
        services.AddRequestLocalization(Language.Configure);
        return services;
    }

    /// <summary>Everything between the network and the endpoints. Goes before any endpoint runs.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = CacheByHash });
        app.UseRouting();
        app.UseAuthentication();
        app.UseCaller();
        app.UseRequestLocalization();
        app.UseRateLimiter();
        app.UseAuthorization();
        Tenants.ModuleGate.UseModules(app);
        app.UseCookieWriteProtection();
        app.UseAntiforgery();
        app.UseIdempotencyKeys();
    }

    private static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        services.AddScoped<IPasswordValidator<Account>>(provider => provider.GetRequiredService<PasswordCheck>());
        services.AddIdentityCore<Account>(o =>
            {
                o.User.RequireUniqueEmail = true;
                o.User.AllowedUserNameCharacters = "";
                o.Lockout.MaxFailedAccessAttempts = SignInLimiter.LockAfter;
                o.Lockout.DefaultLockoutTimeSpan = SignInLimiter.LockLasts;
            })
            .AddUserStore<AccountStore>()
            .AddClaimsPrincipalFactory<AccountPrincipal>()
            .AddSignInManager()
            .AddDefaultTokenProviders();
        services.AddSingleton<Grants>().AddSingleton<IClaimsTransformation, GrantsOfAccount>();
        services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, o => o.ForwardDefaultSelector = http =>
                ApiKeyAuthentication.IsUsedBy(http.Request) ? ApiKeyAuthentication.SchemeName : IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null)
            .AddCookie(IdentityConstants.ApplicationScheme, o =>
            {
                o.Cookie.Name = OpenSignIns.CookieName;
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Lax;
                o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                o.SlidingExpiration = true;
                o.LoginPath = "/";
                o.ReturnUrlParameter = "returnUrl";
                o.Events.OnSigningIn = context => context.HttpContext.RequestServices.GetRequiredService<SignIns>().Begin(context);
                o.Events.OnSigningOut = context => context.HttpContext.RequestServices.GetRequiredService<SignIns>().Leave(context);
                o.Events.OnValidatePrincipal = OpenSignIns.Recheck;
                o.Events.OnRedirectToLogin = Challenge;
                o.Events.OnRedirectToAccessDenied = http =>
                    Problems.Of(StatusCodes.Status403Forbidden, "forbidden", "Your role does not allow this.").ExecuteAsync(http.HttpContext);
            });
        services.AddAuthentication().AddCookie(IdentityConstants.TwoFactorUserIdScheme, o =>
        {
            o.Cookie.Name = "lw-second";
            o.Cookie.HttpOnly = true;
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            o.ExpireTimeSpan = TimeSpan.FromMinutes(5);
        });
        // Identity signs out of this one with every sign-in by a provider; we put nothing into it.
        services.AddAuthentication().AddCookie(IdentityConstants.ExternalScheme, o => o.Cookie.Name = "lw-provider");
        services.AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme)
            .Configure<IOptions<AccessOptions>>((o, access) => o.ExpireTimeSpan = access.Value.SignInLasts);
        return services;
    }

    private static IServiceCollection AddKeyRing(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("Ladewerk");
        services.AddSingleton<KeyRing>();
        services.AddOptions<KeyManagementOptions>().Configure<KeyRing>((o, ring) => o.XmlRepository = ring);
        return services;
    }

    private static IServiceCollection AddLimits(this IServiceCollection services) => services.AddRateLimiter(o =>
    {
        o.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(ByCaller);
        o.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = "1";
            await Problems.Of(StatusCodes.Status429TooManyRequests, "too-many-requests", "Slow down.").ExecuteAsync(rejected.HttpContext);
        };
    });

    private static RateLimitPartition<string> ByCaller(HttpContext http)
    {
        if (http.User.FindFirstValue(ClaimTypes.NameIdentifier) is not { } caller)
        {
            return RateLimitPartition.GetNoLimiter("");
        }

        var perSecond = http.RequestServices.GetRequiredService<IOptions<AccessOptions>>().Value.RequestsPerSecond;
        return RateLimitPartition.GetTokenBucketLimiter(caller, _ => new TokenBucketRateLimiterOptions
        {
            TokensPerPeriod = Math.Max(1, perSecond / 10), ReplenishmentPeriod = TimeSpan.FromMilliseconds(100), TokenLimit = perSecond * 2, QueueLimit = 0,
        });
    }

    /// <summary>A page goes to sign-in; the API, and what a page loads, are told 401.</summary>
    private static Task Challenge(RedirectContext<CookieAuthenticationOptions> redirect)
    {
        var request = redirect.Request;
        var isPage = HttpMethods.IsGet(request.Method)
            && !request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
            && !request.Headers.ContainsKey("HX-Request")
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        if (!isPage)
        {
            return Problems.Of(StatusCodes.Status401Unauthorized, "unauthenticated", "Sign in, or send an API key.").ExecuteAsync(redirect.HttpContext);
        }

        redirect.Response.Redirect(redirect.RedirectUri);
        return Task.CompletedTask;
    }

    private static void CacheByHash(Microsoft.AspNetCore.StaticFiles.StaticFileResponseContext file)
    {
        // The manifest's addresses carry the content's hash as ?v=.
        file.Context.Response.Headers.CacheControl = file.Context.Request.Query.ContainsKey("v") ? "public, max-age=31536000, immutable" : "no-cache";
    }
}
