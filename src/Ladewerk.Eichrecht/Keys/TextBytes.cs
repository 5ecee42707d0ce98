using System.Text;

namespace Ladewerk.Eichrecht;

/// <summary>Bytes written as text. Strict: two texts that differ by more than white space and the case of all letters never mean the same bytes.</summary>
internal static class TextBytes
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Hexadecimal digits in one case, white space between them ignored.</summary>
    public static byte[]? Hex(string text)
    {
        var plain = WithoutSpace(text);
        if (plain.Length == 0 || plain.Length % 2 != 0 || !plain.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        // One case only: a changed bit that turns a into A must not go unseen.
        return plain.Any(char.IsAsciiLetterLower) && plain.Any(char.IsAsciiLetterUpper) ? null : Convert.FromHexString(plain);
    }

    /// <summary>Base64 with its padding; unused bits must be zero.</summary>
    public static byte[]? FromBase64(string text)
    {
        var plain = WithoutSpace(text);
        var bytes = new byte[(plain.Length / 4 * 3) + 3];
        return plain.Length > 0 && Convert.TryFromBase64String(plain, bytes, out var written) && Convert.ToBase64String(bytes, 0, written) == plain ? bytes[..written] : null;
    }

    /// <summary>Base32 of RFC 4648; padding may be missing.</summary>
    public static byte[]? FromBase32(string text)
    {
        var plain = WithoutSpace(text).TrimEnd('=');
        var bytes = new List<byte>(plain.Length * 5 / 8);
        var (buffer, bits) = (0, 0);
        foreach (var letter in plain)
        {
            var value = Base32.IndexOf(letter, StringComparison.Ordinal);
            if (value < 0)
            {
                return null;
            }

            buffer = ((buffer << 5) | value) & 0xFFFF;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)((buffer >> bits) & 0xFF));
            }
        }

        return bytes.Count > 0 && (buffer & ((1 << bits) - 1)) == 0 ? [.. bytes] : null;
    }

    /// <summary>Hex or base64, whichever it is.</summary>
    public static byte[]? HexOrBase64(string text) => Hex(text) ?? FromBase64(text);

    /// <summary>UTF-8 text in bytes; null where they are no text.</summary>
    public static string? Text(byte[]? bytes)
    {
        try
        {
            return bytes is null ? null : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    public static string WithoutSpace(string text) => text.Any(char.IsWhiteSpace) ? string.Concat(text.Where(c => !char.IsWhiteSpace(c))) : text;
}
