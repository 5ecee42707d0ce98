using Ladewerk.DriverApp;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Payouts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Payments.App;

/// <summary>What a site host sees behind its link.</summary>
/// <param name="GoHref">To the provider's pages.</param>
public sealed record HostAccountModel(OperatorLook Look, PayoutAccountState State, string GoHref);

/// <summary><c>/payouts/account/{token}</c>: a site host sets up its account at the provider. Public, without cookies; the address is the key.</summary>
internal static class HostAccountRoutes
{
    public static void MapHostAccounts(this WebApplication app)
    {
        var host = app.MapGroup(HostAccounts.Path + "{token}").AllowAnonymous().ExcludeFromDescription().RequireRateLimiting(PayRoutes.Writes);
        host.MapGet("", Show);
        host.MapGet("/go", Go);
    }

    private static async Task<IResult> Show(string token, string? back, HttpContext http, HostAccounts hosts, OperatorLooks looks, CancellationToken ct)
    {
        Private(http);
        if (await hosts.Of(token, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        var state = account.State;
        try
        {
            state = back is null ? state : (await hosts.Look(account.OrganisationId, ct))?.State ?? state;
        }
        catch (PaymentProviderException)
        {
            state = account.State; // it is looked at again by itself
        }

        return new RazorComponentResult<HostAccountPage>(new { Model = new HostAccountModel(await looks.Current(ct), state, $"{HostAccounts.Path}{token}/go?lang={Texts.Language}") });
    }

    private static async Task<IResult> Go(string token, HttpContext http, HostAccounts hosts, CancellationToken ct)
    {
        Private(http);
        if (await hosts.Of(token, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        try
        {
            return await hosts.Onboarding(account, $"{http.Request.Scheme}://{http.Request.Host}", token, ct) is { } pages ? TypedResults.Redirect(pages.ToString()) : Problems.NotFound("account");
        }
        catch (PaymentProviderException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "payments-unavailable", Texts.In(Texts.Language, "payments.unavailable"));
        }
    }

    private static void Private(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
    }
}
