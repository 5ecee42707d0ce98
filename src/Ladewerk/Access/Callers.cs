using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Identity;

namespace Ladewerk.Access;

/// <summary>What stands between the network and every endpoint: for whom the request works, and whether the page that sent it is ours.</summary>
internal static class Callers
{
    /// <summary>Sets the request's tenant, actor and sites from the principal.</summary>
    public static IApplicationBuilder UseCaller(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (http.User.Tenant() is { } tenant)
        {
            http.RequestServices.GetRequiredService<TenantContext>().Use(tenant);
            http.RequestServices.GetRequiredService<Actor>().Use(
                SignedInByCookie(http) ? "account" : "apiKey",
                http.User.FindFirstValue(ClaimTypes.Name) ?? "?",
                http.Connection.RemoteIpAddress?.ToString());
        }

        SiteScope.Enter(Scopes.Of(http)); // flows down from here, and ends with this method
        http.Features.Set(SiteScope.Current); // for the page that tells of a failure, which is made after it
        await next(http);
    });

    /// <summary>
    /// A browser sends the cookie along whoever made the page. So a write by cookie must bring the antiforgery token, in the form field
    /// or in the header <c>RequestVerificationToken</c> (htmx, fetch). API keys need none: no browser sends them by itself.
    /// </summary>
    public static IApplicationBuilder UseCookieWriteProtection(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (IsWrite(http.Request) && SignedInByCookie(http) && !await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http))
        {
            await Problems.Of(StatusCodes.Status400BadRequest, "antiforgery", "The page is out of date. Reload it and try again.").ExecuteAsync(http);
            return;
        }

        await next(http);
    });

    private static bool IsWrite(HttpRequest request) =>
        !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) || HttpMethods.IsTrace(request.Method));

    private static bool SignedInByCookie(HttpContext http) => http.User.Identities.Any(i => i.IsAuthenticated && i.AuthenticationType == IdentityConstants.ApplicationScheme);
}
