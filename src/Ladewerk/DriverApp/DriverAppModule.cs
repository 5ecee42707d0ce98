using Ladewerk.Kernel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.DriverApp;

/// <summary>The shell of what drivers see: the operator's look, the document, the installable app.</summary>
internal static class DriverAppModule
{
    private const string ForEver = "public, max-age=31536000, immutable";

    public static IServiceCollection AddDriverApp(this IServiceCollection services) => services.AddScoped<OperatorLooks>();

    public static void MapDriverApp(this WebApplication app)
    {
        var brand = app.MapGroup("/brand/{slug}").AllowAnonymous().ExcludeFromDescription();
        brand.MapGet("/style.css", Style);
        brand.MapGet("/logo.svg", Logo);
    }

    private static async Task<Results<ContentHttpResult, NotFound>> Style(string slug, LadewerkDb db, HttpContext http, CancellationToken ct)
    {
        if (await Find(slug, db, ct) is not { } tenant)
        {
            return TypedResults.NotFound();
        }

        http.Response.Headers.CacheControl = http.Request.Query.ContainsKey("v") ? ForEver : "public, max-age=300";
        return TypedResults.Text(BrandStyle.Of(tenant.Profile), "text/css");
    }

    private static async Task<Results<ContentHttpResult, NotFound>> Logo(string slug, LadewerkDb db, HttpContext http, CancellationToken ct)
    {
        if (await Find(slug, db, ct) is not { Profile.LogoSvg: { Length: > 0 } logo })
        {
            return TypedResults.NotFound();
        }

        // A picture, whatever an operator has put into it.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        http.Response.Headers.CacheControl = "public, max-age=3600";
        return TypedResults.Text(logo, "image/svg+xml");
    }

    private static Task<Tenant?> Find(string slug, LadewerkDb db, CancellationToken ct) => db.Set<Tenant>().AsNoTracking().SingleOrDefaultAsync(t => t.Slug == slug, ct);
}
