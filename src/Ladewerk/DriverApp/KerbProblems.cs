using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Localization;

namespace Ladewerk.DriverApp;

/// <summary>
/// What goes wrong on a page that needs no account is told as a page: whoever follows an old link or mistypes a code is no program. The operator is not named: of a link that nobody knows, it is not known either.
/// </summary>
internal sealed class KerbProblems : IProblemDetailsWriter
{
    private static readonly string[] Places = ["/c", "/g", "/r", "/v", "/pay", "/payouts", "/prices"];

    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase) && Array.Exists(Places, place => request.Path.StartsWithSegments(place, StringComparison.Ordinal));
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var http = context.HttpContext;
        var former = http.RequestServices;
        // The page that failed has used up its scope: its services may be half done.
        await using var scope = former.CreateAsyncScope();
        http.RequestServices = scope.ServiceProvider;
        if (http.Features.Get<IRequestCultureFeature>()?.RequestCulture is { } culture)
        {
            // An exception is told outside of the part of the pipeline that set the language.
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture.Culture, culture.UICulture);
        }

        http.Response.Headers.Remove("blazor-enhanced-nav"); // the page that failed may have set it, and it is set but once
        var status = http.Response.StatusCode;
        try
        {
            await new RazorComponentResult<LostPage>(new { Word = Word(status) }) { StatusCode = status }.ExecuteAsync(http);
        }
        finally
        {
            http.RequestServices = former;
        }
    }

    /// <summary>The part of the text's key that fits the answer's status.</summary>
    internal static string Word(int status) => status switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status410Gone => "lost",
        StatusCodes.Status429TooManyRequests => "busy",
        _ => "fault",
    };
}
