namespace Ladewerk.Stations;

/// <summary>The identity by which a station dials in: the last part of its URL.</summary>
public static class StationIdentity
{
    /// <summary>OCPP 1.6 allows 20 characters, 2.0.1 48; stations in the field use more.</summary>
    public const int MaxLength = 64;

    /// <summary>The form by which a station is found: trimmed of blanks and slashes, lower case.</summary>
    public static string Key(string identity) => identity.Trim().Trim('/').ToLowerInvariant();

    /// <summary>Whether it can stand in a URL and in a file name: letters, digits and <c>-_.:*+=@|</c> and blanks inside; not empty, at most <see cref="MaxLength"/>.</summary>
    public static bool IsValid(string identity)
    {
        var trimmed = identity.Trim();
        return trimmed.Length is > 0 and <= MaxLength
            && trimmed.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '*' or '+' or '=' or '@' or '|' or ' ')
            && trimmed is not ("." or "..");
    }
}
