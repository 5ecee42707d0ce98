using Microsoft.AspNetCore.WebUtilities;

namespace Ladewerk.Portal;

/// <summary>Addresses of lists: filters and page stand in the query, empty ones are left out.</summary>
public static class Link
{
    /// <summary>The address with these query values; null and empty ones are left out.</summary>
    public static string To(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        foreach (var (name, value) in query)
        {
            if (!string.IsNullOrEmpty(value))
            {
                path = QueryHelpers.AddQueryString(path, name, value);
            }
        }

        return path;
    }

    /// <summary>A station's page, and pages below it.</summary>
    public static string Station(string identity, string? below = null) =>
        "/portal/stations/" + Uri.EscapeDataString(identity) + (below is null ? "" : "/" + below);
}
