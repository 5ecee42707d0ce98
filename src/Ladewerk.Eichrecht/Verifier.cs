using Ladewerk.Eichrecht.Formats;

namespace Ladewerk.Eichrecht;

/// <summary>Recognises the format of a signed value, reads it and checks its signature. Never throws on what others wrote.</summary>
public static class Verifier
{
    /// <summary>Goes up when a value could be judged differently than before.</summary>
    public const string Version = "1.0";

    private const int Longest = 1 << 20;

    /// <summary>Checks a value.</summary>
    /// <param name="value">As it came.</param>
    /// <param name="key">The key that is trusted; null takes the one that came with the value.</param>
    public static VerifiedValue Verify(SignedValue value, MeterKey? key = null)
    {
        var data = value.Data.Trim();
        if (data.Length == 0)
        {
            return Failed(value, "unknown", Reason.Empty);
        }

        if (data.Length > Longest)
        {
            return Failed(value, "unknown", Reason.Malformed);
        }

        if (key is null && value.PublicKey is { } given && !string.IsNullOrWhiteSpace(given) && (key = MeterKey.Read(given)) is null)
        {
            return Recognise(data, value, null) with { Signature = SignatureState.Invalid, Reasons = [Reason.KeyUnreadable] };
        }

        return Recognise(data, value, key);
    }

    internal static VerifiedValue Failed(SignedValue source, string format, string reason) =>
        new() { Source = source, Format = format, Signature = SignatureState.Invalid, Reasons = [reason] };

    internal static VerifiedValue Refused(this VerifiedValue value, string reason) => value with { Signature = SignatureState.Invalid, Reasons = [reason] };

    private static VerifiedValue Recognise(string data, SignedValue value, MeterKey? key)
    {
        var plain = Plain(data, value.Encoding);
        if (plain is null)
        {
            return Failed(value, "unknown", Reason.Encoding);
        }

        if (plain.StartsWith("OCMF", StringComparison.Ordinal))
        {
            return Ocmf.Verify(plain, value, key);
        }

        if (plain.StartsWith("AP;", StringComparison.Ordinal))
        {
            return Alfen.Verify(plain, value, key);
        }

        if (plain.StartsWith("128.8.0(", StringComparison.Ordinal) || string.Equals(value.Format, "PCDF", StringComparison.OrdinalIgnoreCase))
        {
            return Pcdf.Verify(plain, value, key);
        }

        if (plain.StartsWith('<'))
        {
            return MeterXml.Verify(plain, value, key);
        }

        if (TextBytes.HexOrBase64(plain) is { } bytes && SmlFile.LooksLike(bytes))
        {
            return Sml.Verify(bytes, value, key);
        }

        return new VerifiedValue { Source = value, Format = value.Format is { Length: > 0 and < 40 } named ? named : "unknown", Signature = SignatureState.Unsupported, Reasons = [Reason.NoVerifier] };
    }

    /// <summary>The text under the stated encoding; null for an encoding that nobody knows.</summary>
    private static string? Plain(string data, string? encoding)
    {
        switch (encoding?.Trim().ToUpperInvariant())
        {
            case null or "" or "PLAIN":
                return data;
            case "HEX" or "BASE64" or "BASE32":
                var bytes = encoding.Trim().ToUpperInvariant() switch { "HEX" => TextBytes.Hex(data), "BASE64" => TextBytes.FromBase64(data), _ => TextBytes.FromBase32(data) };
                // SML is binary, and is written in hex or base64 as its plain form too.
                return bytes is null ? data : SmlFile.LooksLike(bytes) ? data : TextBytes.Text(bytes)?.Trim() ?? data;
            default:
                return null;
        }
    }
}
