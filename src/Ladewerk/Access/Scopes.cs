using System.Security.Claims;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Authorization;

namespace Ladewerk.Access;

/// <summary>For which sites a request counts.</summary>
internal static class Scopes
{
    // What tells of sites and stations. A page of one of these may show figures of the others as well: the narrowest counts.
    private static readonly string[] Reading = [Permission.SitesRead, Permission.StationsRead, Permission.SessionsRead];

    /// <summary>The sites to which the request is limited by what its endpoint asks for; null: it is not.</summary>
    public static IReadOnlySet<Guid>? Of(HttpContext http)
    {
        if (!http.User.Identities.Any(i => i is PermissionIdentity { Limits.Count: > 0 }))
        {
            return null;
        }

        var asked = http.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(a => a.Policy).OfType<string>().ToArray() ?? [];
        var shown = asked.Length == 0 || asked.Any(Reading.Contains);
        if (asked.Length == 0 && !http.Request.Path.StartsWithSegments("/portal", StringComparison.OrdinalIgnoreCase))
        {
            return null; // one's own things: sign-in, the driver's pages
        }

        return Narrowest(http.User, shown ? asked.Union(Reading.Where(http.User.Can), StringComparer.Ordinal) : asked);
    }

    private static HashSet<Guid>? Narrowest(ClaimsPrincipal caller, IEnumerable<string> permissions)
    {
        HashSet<Guid>? sites = null;
        foreach (var limit in permissions.Where(caller.Can).Select(caller.SitesOf).OfType<IReadOnlySet<Guid>>())
        {
            sites = sites is null ? [.. limit] : [.. sites.Intersect(limit)];
        }

        return sites;
    }
}
