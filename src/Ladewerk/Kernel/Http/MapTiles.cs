namespace Ladewerk.Kernel.Http;

/// <summary>Where maps take their pictures from (section <c>Map</c>). Absent: there is no map, and no browser asks a third party for anything.</summary>
public sealed class MapTiles
{
    /// <summary>For example <c>https://tiles.example/{z}/{x}/{y}.png</c>.</summary>
    public string? TileUrl { get; set; }

    /// <summary>Whose map it is, as its licence wants it said.</summary>
    public string? Attribution { get; set; }

    /// <summary>The server that pictures come from, for the security policy; null without a map or where the address is no web address.</summary>
    public string? Origin => TileUrl is { Length: > 0 } url && Uri.TryCreate(url.Replace('{', '_').Replace('}', '_'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        ? uri.GetLeftPart(UriPartial.Authority)
        : null;
}
