using Ladewerk.Kernel.Http;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access;

/// <summary>What a browser is told about every answer.</summary>
internal static class SecurityHeaders
{
    // No inline scripts and no inline styles: neither <script>...</script>, nor style="..." in a page.
    private const string ContentPolicy =
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app)
    {
        // Only where the operator has chosen a map does a picture come from elsewhere.
        var policy = app.ApplicationServices.GetRequiredService<IOptions<MapTiles>>().Value.Origin is { } tiles ? ContentPolicy.Replace("img-src 'self'", $"img-src 'self' {tiles}", StringComparison.Ordinal) : ContentPolicy;
        return app.Use((http, next) => Set(http, next, policy));
    }

    private static Task Set(HttpContext http, RequestDelegate next, string policy)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "geolocation=(self), camera=(self), microphone=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }

        if (http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            headers.CacheControl = "no-store";
        }

        return next(http);
    }
}
