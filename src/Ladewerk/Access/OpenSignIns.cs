using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access;

/// <summary>A cookie says what was true when it was issued; every so often it is held against the account.</summary>
internal static class OpenSignIns
{
    /// <summary>The cookie of a sign-in.</summary>
    public const string CookieName = "lw-session";

    /// <summary>Ends the sign-in of an account that was disabled or changed (its stamp is another then); else takes over what is true now.</summary>
    public static async Task Recheck(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        var open = services.GetRequiredService<SignIns>();
        if (open.WasEnded(context.Properties))
        {
            await Refuse(context);
            return;
        }

        var age = services.GetRequiredService<TimeProvider>().GetUtcNow() - context.Properties.IssuedUtc;
        if (age < services.GetRequiredService<IOptions<AccessOptions>>().Value.RecheckEvery)
        {
            return;
        }

        var signIn = services.GetRequiredService<SignInManager<Account>>();
        if (await signIn.ValidateSecurityStampAsync(context.Principal) is { DisabledAt: null } account && await open.IsOpen(context))
        {
            context.ReplacePrincipal(await signIn.CreateUserPrincipalAsync(account));
            context.ShouldRenew = true;
        }
        else
        {
            await Refuse(context);
        }
    }

    private static Task Refuse(CookieValidatePrincipalContext context)
    {
        context.RejectPrincipal();
        context.HttpContext.Response.Cookies.Delete(CookieName);
        return Task.CompletedTask;
    }
}
