using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.DriverApp;

/// <summary>The shell of what drivers see: the operator's look, the document, the installable app.</summary>
internal static class DriverAppModule
{
    private const string ForEver = "public, max-age=31536000, immutable";

    // What a phone may do with the icon: show it as it is, or cut its own shape.
    private static readonly string[] Purposes = ["any", "maskable"];

    public static IServiceCollection AddDriverApp(this IServiceCollection services)
    {
        services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, KerbProblems>()); // before the one that writes JSON
        return services.AddScoped<OperatorLooks>();
    }

    public static void MapDriverApp(this WebApplication app)
    {
        var brand = app.MapGroup("/brand/{slug}").AllowAnonymous().ExcludeFromDescription();
        brand.MapGet("/style.css", Style);
        brand.MapGet("/logo.svg", Logo);
        brand.MapGet("/icon.svg", Icon);
        brand.MapGet("/icon-{size:int}.png", Picture);
        brand.MapGet("/badge.png", Badge);

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
            icons = Purposes.SelectMany(purpose => AppIcon.InManifest.Select(size => new { src = $"/brand/{look.Slug}/icon-{size}.png", sizes = $"{size}x{size}", type = "image/png", purpose })
                .Append(new { src = $"/brand/{look.Slug}/icon.svg", sizes = "any", type = "image/svg+xml", purpose })),
        };
        return TypedResults.Json(manifest, contentType: "application/manifest+json");
    }

    private static async Task<RazorComponentResult<OfflinePage>> Offline(OperatorLooks looks, CancellationToken ct) => new(new { Look = await looks.Current(ct) });

    /// <summary>A bolt on the brand's colour, with room around it for whatever shape a phone cuts.</summary>
    private static async Task<Results<ContentHttpResult, NotFound>> Icon(string slug, BrandReader brands, HttpContext http, CancellationToken ct)
    {
        if (await brands.Find(slug, ct) is not { Palette: var palette })
        {
            return TypedResults.NotFound();
        }

        http.Response.Headers.CacheControl = "public, max-age=3600";
        return TypedResults.Text(AppIcon.Svg(palette.Fill), "image/svg+xml");
    }

    /// <summary>The same as a picture of dots: an iPhone's home screen and a notification take no other.</summary>
    private static async Task<Results<FileContentHttpResult, NotFound>> Picture(string slug, int size, BrandReader brands, HttpContext http, CancellationToken ct)
    {
        if (!AppIcon.Sizes.Contains(size) || await brands.Find(slug, ct) is not { Palette: var palette })
        {
            return TypedResults.NotFound();
        }

        http.Response.Headers.CacheControl = "public, max-age=3600";
        return TypedResults.Bytes(AppIcon.Png(size, palette.Fill), "image/png");
    }

    /// <summary>The bolt alone, for the status bar of a phone, which takes its outline; the same for everybody.</summary>
    private static FileContentHttpResult Badge(HttpContext http)
    {
        http.Response.Headers.CacheControl = "public, max-age=3600";
        return TypedResults.Bytes(AppIcon.Badge(), "image/png");
    }

    private static async Task<Results<ContentHttpResult, NotFound>> Style(string slug, BrandReader brands, HttpContext http, CancellationToken ct)
    {
        if (await brands.Find(slug, ct) is not { } brand)
        {
            return TypedResults.NotFound();
        }

        http.Response.Headers.CacheControl = CacheOf(http, brand.StyleHref);
        return TypedResults.Text(brand.Palette.Css, "text/css");
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> Logo(string slug, BrandReader brands, HttpContext http, CancellationToken ct)
    {
        if (await brands.Find(slug, ct) is not { Logo: { } logo } brand)
        {
            return TypedResults.NotFound();
        }

        // A picture, whatever an operator has put into it.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        http.Response.Headers.CacheControl = CacheOf(http, brand.LogoHref);
        return TypedResults.File(logo.Content, logo.ContentType);
    }

    // For ever only where the address names what is served: another node may not have read the change yet.
    private static string CacheOf(HttpContext http, string? current) =>
        http.Request.Path + http.Request.QueryString == current ? ForEver : "public, max-age=300";
}
