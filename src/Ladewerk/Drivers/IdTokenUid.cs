namespace Ladewerk.Drivers;

/// <summary>The many spellings of one badge.</summary>
public static class IdTokenUid
{
    /// <summary>Longest uid we keep; OCPP 1.6 allows 20, 2.0.1 36, stations send more.</summary>
    public const int MaxLength = 255;

    /// <summary>
    /// The form by which a badge is found: upper case, without the separators and blanks that readers and people put in
    /// (<c>04:a2:2f:1b</c> and <c>04A22F1B</c> are one badge). Stays as it is where nothing but separators would be left.
    /// </summary>
    public static string Key(string uid)
    {
        var trimmed = uid.AsSpan().Trim();
        Span<char> key = trimmed.Length <= MaxLength ? stackalloc char[trimmed.Length] : new char[trimmed.Length];
        var length = 0;
        foreach (var c in trimmed)
        {
            if (c is not (':' or '-' or ' ' or '\0' or '.'))
            {
                key[length++] = char.ToUpperInvariant(c);
            }
        }

        return length == 0 ? trimmed.ToString() : key[..length].ToString();
    }

    /// <summary>A form that may stand in logs: the first characters are enough to recognise, too few to copy.</summary>
    public static string Masked(string uid) => uid.Length <= 4 ? "****" : string.Concat(uid.AsSpan(0, 4), "****");
}
