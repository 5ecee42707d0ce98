using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ladewerk.Notifications.Push;

/// <summary>Encrypts a message so that only one browser can read it (RFC 8291 with aes128gcm, RFC 8188).</summary>
internal static class PushCrypto
{
    /// <summary>The most that a push service must take is 4096 bytes (RFC 8030 §7.2), of which 103 are not the message's.</summary>
    public const int MostBytes = 3900;

    private const int PointBytes = 65, SaltBytes = 16, RecordSize = 4096;

    /// <summary>Encrypts for the browser's public key and shared secret, with a key pair and a salt of this message alone.</summary>
    /// <exception cref="CryptographicException">The browser's key is no point of the curve.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> message, ReadOnlySpan<byte> browserKey, ReadOnlySpan<byte> secret)
    {
        using var own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Encrypt(message, browserKey, secret, own, RandomNumberGenerator.GetBytes(SaltBytes));
    }

    /// <inheritdoc cref="Encrypt(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    internal static byte[] Encrypt(ReadOnlySpan<byte> message, ReadOnlySpan<byte> browserKey, ReadOnlySpan<byte> secret, ECDiffieHellman own, byte[] salt)
    {
        using var browser = ECDiffieHellman.Create(Parameters(browserKey));
        var shared = own.DeriveRawSecretAgreement(browser.PublicKey);
        var ownKey = Point(own.ExportParameters(false));

        // RFC 8291 §3.4
        byte[] info = [.. "WebPush: info\0"u8, .. browserKey, .. ownKey];
        var material = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, [.. secret], info);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 16, salt, [.. "Content-Encoding: aes128gcm\0"u8]);
        var nonce = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 12, salt, [.. "Content-Encoding: nonce\0"u8]);

        // RFC 8188 §2: header, then the only record, whose end is marked by 2.
        var header = SaltBytes + 4 + 1 + PointBytes;
        var result = new byte[header + message.Length + 1 + 16];
        salt.CopyTo(result, 0);
        BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(SaltBytes), RecordSize);
        result[SaltBytes + 4] = PointBytes;
        ownKey.CopyTo(result, SaltBytes + 5);
        byte[] plain = [.. message, 2];
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(nonce, plain, result.AsSpan(header, plain.Length), result.AsSpan(header + plain.Length));
        return result;
    }

    /// <summary>Whether it is an uncompressed point of P-256.</summary>
    public static bool IsKey(ReadOnlySpan<byte> point)
    {
        if (point.Length != PointBytes || point[0] != 4)
        {
            return false;
        }

        try
        {
            using var key = ECDiffieHellman.Create(Parameters(point));
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The uncompressed form of a public key.</summary>
    public static byte[] Point(ECParameters key) => [4, .. key.Q.X!, .. key.Q.Y!];

    private static ECParameters Parameters(ReadOnlySpan<byte> point) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
    };
}

/// <summary>Shows a push service who sends (RFC 8292).</summary>
internal static class Vapid
{
    /// <summary>The value of <c>Authorization</c> for an endpoint; good for an hour.</summary>
    /// <param name="contact">https address or mailto of whoever runs this server.</param>
    public static string Authorization(Uri endpoint, ECDsa key, string contact, DateTimeOffset now)
    {
        var head = Encode("""{"typ":"JWT","alg":"ES256"}"""u8);
        var claims = Encode(JsonSerializer.SerializeToUtf8Bytes(new { aud = endpoint.GetLeftPart(UriPartial.Authority), exp = now.AddHours(1).ToUnixTimeSeconds(), sub = contact }));
        var signed = $"{head}.{claims}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"vapid t={signed}.{Encode(signature)}, k={Encode(PushCrypto.Point(key.ExportParameters(false)))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
