using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.EndToEnd;

/// <summary>The portal's pages as the routes have them, so that a new page is walked without being listed.</summary>
internal static class PageRoutes
{
    /// <summary>Patterns such as <c>/portal/stations/{Identity}</c>.</summary>
    public static IReadOnlyList<string> Of(IServiceProvider services) =>
    [
        .. services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/'))
            .Where(p => !p.Contains("{*", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .OrderBy(p => p.Contains('{', StringComparison.Ordinal)).ThenBy(p => p, StringComparer.Ordinal),
    ];

    public static bool HasParameters(string pattern) => pattern.Contains('{', StringComparison.Ordinal);

    /// <summary>Whether a path is a page of this pattern and of no plainer one.</summary>
    public static bool Matches(string pattern, string path, IReadOnlyList<string> all) =>
        Shape(pattern).IsMatch(path) && !all.Any(other => other != pattern && Literals(other) > Literals(pattern) && Shape(other).IsMatch(path));

    private static int Literals(string pattern) => pattern.Split('/').Count(s => !s.StartsWith('{'));

    private static Regex Shape(string pattern) => new(
        "^" + string.Join('/', pattern.Split('/').Select(s => !s.StartsWith('{') ? Regex.Escape(s) : s.Contains(":guid", StringComparison.Ordinal) ? "[0-9a-f-]{36}" : s.Contains(":int", StringComparison.Ordinal) ? "[0-9]+" : "[^/]+")) + "$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1));
}
