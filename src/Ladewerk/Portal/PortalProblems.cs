using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Localization;

namespace Ladewerk.Portal;

/// <summary>What goes wrong on a page is told as a page: not allowed, not there, or our fault with its reference.</summary>
internal sealed class PortalProblems : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return HttpMethods.IsGet(request.Method) && request.Path.StartsWithSegments("/portal", StringComparison.Ordinal) && !request.WantsPart()
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase) && context.HttpContext.User.Tenant() is not null;
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var http = context.HttpContext;
        var former = http.RequestServices;
        SiteScope.Enter(http.Features.Get<SiteScope>()?.Sites);
        // The page that failed has used up its scope: its services may be half done.
        await using var scope = former.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(http.User.Tenant()!.Value);
        http.RequestServices = scope.ServiceProvider;
        if (http.Features.Get<IRequestCultureFeature>()?.RequestCulture is { } culture)
        {
            // An exception is told outside of the part of the pipeline that set the language.
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture.Culture, culture.UICulture);
        }

        http.Response.Headers.Remove("blazor-enhanced-nav"); // the page that failed may have set it, and it is set but once
        try
        {
            await Answer.Page<ProblemView>(http.Response.StatusCode, (nameof(ProblemView.Status), http.Response.StatusCode), (nameof(ProblemView.Reference), http.TraceIdentifier), (nameof(ProblemView.ModuleOff), context.ProblemDetails.Extensions.TryGetValue("module", out var module) ? module as string : null)).ExecuteAsync(http);
        }
        finally
        {
            http.RequestServices = former;
        }
    }
}
