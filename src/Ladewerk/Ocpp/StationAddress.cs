namespace Ladewerk.Ocpp;

/// <summary>
/// Where a station dials in: <c>/ocpp/{stationId}</c> or <c>/ocpp/{tenant}/{stationId}</c>. Stations write it in many ways: slashes doubled or
/// at the end, parts percent-encoded, any case, with a query.
/// </summary>
/// <param name="Tenant">Null where the address names none.</param>
/// <param name="Identity">Decoded, trimmed.</param>
public readonly record struct StationAddress(string? Tenant, string Identity)
{
    /// <summary>Reads the raw target of a request; null where it is not a station's address.</summary>
    public static StationAddress? Parse(string rawTarget)
    {
        var query = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? rawTarget : rawTarget[..query];
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length is < 2 or > 3 || !parts[0].Equals("ocpp", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var identity = Decode(parts[^1]);
        return identity.Length == 0 ? null : new StationAddress(parts.Length == 3 ? Decode(parts[1]).ToLowerInvariant() : null, identity);
    }

    /// <summary>Whether a request's target is ours to answer.</summary>
    public static bool IsOcpp(string rawTarget) => rawTarget.AsSpan().TrimStart('/') is var path
        && path.StartsWith("ocpp", StringComparison.OrdinalIgnoreCase) && (path.Length == 4 || path[4] is '/' or '?');

    private static string Decode(string part) => Uri.UnescapeDataString(part).Trim().Trim('/');
}
