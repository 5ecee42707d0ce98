using System.Text;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>The sections of an OCMF text. The payload is kept exactly as it came: its bytes are what was signed.</summary>
/// <param name="Payload">Between the first and the second separator.</param>
/// <param name="Signature">The signature section.</param>
/// <param name="Key">A fourth section, which some stations add.</param>
internal sealed record OcmfText(string Payload, string Signature, string? Key)
{
    public byte[] SignedBytes() => Encoding.UTF8.GetBytes(Payload);

    /// <summary>Null where the text has not this form; two values that were merely concatenated have not.</summary>
    public static OcmfText? Split(string text)
    {
        if (!text.StartsWith("OCMF|", StringComparison.Ordinal))
        {
            return null;
        }

        // A separator may stand inside a JSON string, so the objects are walked.
        var payloadEnd = ObjectEnd(text, "OCMF|".Length);
        var first = payloadEnd < 0 ? -1 : Separator(text, payloadEnd);
        var signatureEnd = first < 0 ? -1 : ObjectEnd(text, first + 1);
        if (signatureEnd < 0)
        {
            return null;
        }

        var second = Separator(text, signatureEnd);
        if (second < 0 && text[signatureEnd..].Trim().Length > 0)
        {
            return null;
        }

        var key = second < 0 ? null : text[(second + 1)..].Trim();
        return key is { Length: 0 } or null || !key.Contains('|', StringComparison.Ordinal)
            ? new OcmfText(text["OCMF|".Length..first], text[(first + 1)..signatureEnd].Trim(), key)
            : null;
    }

    /// <summary>Position behind the JSON object that begins at or behind <paramref name="from"/>, or -1.</summary>
    private static int ObjectEnd(string text, int from)
    {
        var at = from;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        if (at >= text.Length || text[at] != '{')
        {
            return -1;
        }

        var (depth, inString) = (0, false);
        for (; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '\\' when inString:
                    at++;
                    break;
                case '"':
                    inString = !inString;
                    break;
                case '{' when !inString:
                    depth++;
                    break;
                case '}' when !inString && --depth == 0:
                    return at + 1;
                default:
                    break;
            }
        }

        return -1;
    }

    private static int Separator(string text, int from)
    {
        for (var at = from; at < text.Length; at++)
        {
            if (text[at] == '|')
            {
                return at;
            }

            if (!char.IsWhiteSpace(text[at]))
            {
                return -1;
            }
        }

        return -1;
    }
}
