using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
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
        brand.MapGet("/icon.svg", Icon);

        app.MapGet("/app/sw.js", Worker).AllowAnonymous().ExcludeFromDescription();
        var pages = app.MapGroup("/app").RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("/manifest.webmanifest", Manifest);
        pages.MapGet("/offline", Offline);
    }

    /// <summary>The service worker: from below /app, but for /app itself too.</summary>
    private static Results<PhysicalFileHttpResult, NotFound> Worker(HttpContext http, IWebHostEnvironment environment)
    {
        http.Response.Headers["Service-Worker-Allowed"] = "/app";
        http.Response.Headers.CacheControl = "no-cache";
        return environment.WebRootFileProvider.GetFileInfo("dist/sw.js") is { Exists: true, PhysicalPath: { } path } ? TypedResults.PhysicalFile(path, "text/javascript") : TypedResults.NotFound();
    }

    private static async Task<JsonHttpResult<object>> Manifest(OperatorLooks looks, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        object manifest = new
        {
            id = "/app",
            name = look.Name,
            short_name = look.Name.Length <= 12 ? look.Name : look.Name.Split(' ')[0],
            lang = Texts.Language,
            start_url = "/app",
            scope = "/app",
            display = "standalone",
            theme_color = look.ThemeColour,
            background_color = "#f1f5f5",
            icons = new[] { new { src = $"/brand/{look.Slug}/icon.svg", sizes = "any", type = "image/svg+xml", purpose = "any" }, new { src = $"/brand/{look.Slug}/icon.svg", sizes = "any", type = "image/svg+xml", purpose = "maskable" } },
        };
        return TypedResults.Json(manifest, contentType: "application/manifest+json");
    }

    private static async Task<RazorComponentResult<OfflinePage>> Offline(OperatorLooks looks, CancellationToken ct) => new(new { Look = await looks.Current(ct) });

    /// <summary>A bolt on the brand's colour, with room around it for whatever shape a phone cuts.</summary>
    private static async Task<Results<ContentHttpResult, NotFound>> Icon(string slug, LadewerkDb db, HttpContext http, CancellationToken ct)
    {
        if (await Find(slug, db, ct) is not { } tenant)
        {
            return TypedResults.NotFound();
        }

        var brand = BrandStyle.Primary(tenant.Profile);
        http.Response.Headers.CacheControl = "public, max-age=3600";
        return TypedResults.Text(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512"><rect width="512" height="512" fill="{brand}"/><path d="M276 104 138 288h106l-8 120 138-184H268z" fill="{brand.Reads}"/></svg>""", "image/svg+xml");
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
