using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ladewerk.Access.External;

/// <summary>Why an ID token is not believed.</summary>
public enum TokenFault
{
    /// <summary>Not three parts of base64url with JSON in them.</summary>
    Malformed,

    /// <summary>Not signed, or by an algorithm that we do not take.</summary>
    Algorithm,

    /// <summary>Signed by a key that the provider does not publish.</summary>
    UnknownKey,

    /// <summary>The signature does not fit.</summary>
    Signature,

    /// <summary>From somebody else.</summary>
    Issuer,

    /// <summary>For somebody else.</summary>
    Audience,

    /// <summary>Too old, or of the future.</summary>
    Time,

    /// <summary>Not the answer to what we asked.</summary>
    Nonce,
}

/// <summary>What an ID token must say to be believed (OpenID Connect Core 1.0 §3.1.3.7).</summary>
/// <param name="Now">Clocks may differ by <paramref name="Skew"/>.</param>
public sealed record TokenExpectation(string Issuer, string ClientId, string Nonce, DateTimeOffset Now, TimeSpan Skew);

/// <summary>A key that a provider publishes (RFC 7517); private parts are none of ours.</summary>
public sealed record ProviderKey(string? Id, string Type, string? Algorithm, string? Use, byte[] First, byte[] Second, string? Curve)
{
    /// <summary>The keys of a JWKS document that can check signatures; others are passed over.</summary>
    public static IReadOnlyList<ProviderKey> Read(JsonElement document)
    {
        var keys = new List<ProviderKey>();
        foreach (var key in document.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default)
        {
            var type = Text(key, "kty");
            var (first, second) = type switch { "RSA" => ("n", "e"), "EC" => ("x", "y"), _ => ("", "") };
            if (first.Length > 0 && Text(key, first) is { } one && Text(key, second) is { } two && Base64Url.IsValid(one) && Base64Url.IsValid(two))
            {
                keys.Add(new(Text(key, "kid"), type!, Text(key, "alg"), Text(key, "use"), Base64Url.DecodeFromChars(one), Base64Url.DecodeFromChars(two), Text(key, "crv")));
            }
        }

        return keys;
    }

    private static string? Text(JsonElement key, string name) => key.ValueKind == JsonValueKind.Object && key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>
/// Checks an ID token: RS256, PS256 and ES256 (RFC 7518 §3.1) by the provider's published keys, then what it says. Pure. "none" and the symmetric
/// algorithms are not among them: a token that names them is refused, whatever it says else.
/// </summary>
public static class JsonWebToken
{
    private const int LongestToken = 64 * 1024, LeastRsaBits = 2048;

    /// <summary>The claims, or why they are not believed.</summary>
    public static (JsonElement? Claims, TokenFault? Fault) Validate(string token, IReadOnlyList<ProviderKey> keys, TokenExpectation expected)
    {
        if (token.Length > LongestToken || token.Split('.') is not [var head, var body, var seal] || Json(head) is not { } header || Json(body) is not { } claims || !Base64Url.IsValid(seal))
        {
            return (null, TokenFault.Malformed);
        }

        if (Text(header, "alg") is not ("RS256" or "PS256" or "ES256") || header.TryGetProperty("crit", out _))
        {
            return (null, TokenFault.Algorithm);
        }

        var (algorithm, kid) = (Text(header, "alg")!, Text(header, "kid"));
        var fitting = keys.Where(k => Fits(k, algorithm) && (kid is null || k.Id is null || k.Id == kid)).ToList();
        if (fitting.Count == 0)
        {
            return (null, TokenFault.UnknownKey);
        }

        var signed = Encoding.ASCII.GetBytes($"{head}.{body}");
        var signature = Base64Url.DecodeFromChars(seal);
        if (!fitting.Exists(key => IsSigned(key, algorithm, signed, signature)))
        {
            return (null, TokenFault.Signature);
        }

        return Check(claims, expected) is { } fault ? (null, fault) : (claims, null);
    }

    /// <summary>A claim's text; null where it is absent or no text.</summary>
    public static string? Text(JsonElement claims, string name) => claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static TokenFault? Check(JsonElement claims, TokenExpectation expected)
    {
        if (Text(claims, "iss") != expected.Issuer || Text(claims, "sub") is not { Length: > 0 and <= 255 })
        {
            return TokenFault.Issuer;
        }

        var audience = Texts(claims, "aud");
        if (!audience.Contains(expected.ClientId, StringComparer.Ordinal)
            || (claims.TryGetProperty("azp", out _) && Text(claims, "azp") != expected.ClientId)
            || (audience.Count > 1 && Text(claims, "azp") is null))
        {
            return TokenFault.Audience;
        }

        // exp and iat are required (§2); nbf holds where it stands (RFC 7519 §4.1.5).
        if (Time(claims, "exp") is not { } until || until + expected.Skew <= expected.Now || Time(claims, "iat") is not { } issued || issued - expected.Skew > expected.Now
            || (claims.TryGetProperty("nbf", out _) && (Time(claims, "nbf") is not { } from || from - expected.Skew > expected.Now)))
        {
            return TokenFault.Time;
        }

        return Text(claims, "nonce") is { } nonce && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(nonce), Encoding.UTF8.GetBytes(expected.Nonce)) ? null : TokenFault.Nonce;
    }

    /// <summary>The texts of a claim that may be one or a list.</summary>
    public static IReadOnlyList<string> Texts(JsonElement claims, string name) => !claims.TryGetProperty(name, out var value) ? [] : value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => [.. value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)],
        _ => [],
    };

    private static bool Fits(ProviderKey key, string algorithm) =>
        key.Use is null or "sig" && (key.Algorithm is null || key.Algorithm == algorithm) && (algorithm == "ES256" ? key is { Type: "EC", Curve: "P-256" } : key.Type == "RSA");

    private static bool IsSigned(ProviderKey key, string algorithm, byte[] signed, byte[] signature)
    {
        try
        {
            if (algorithm == "ES256")
            {
                using var curve = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = key.First, Y = key.Second } });
                return curve.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }

            using var rsa = RSA.Create(new RSAParameters { Modulus = key.First, Exponent = key.Second });
            return rsa.KeySize >= LeastRsaBits && rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, algorithm == "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false; // the key or the signature is none
        }
    }

    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    private static JsonElement? Json(string part)
    {
        try
        {
            return Base64Url.IsValid(part) && JsonDocument.Parse(Base64Url.DecodeFromChars(part)).RootElement is { ValueKind: JsonValueKind.Object } json ? json : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
