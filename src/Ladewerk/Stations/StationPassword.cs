using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Stations;

/// <summary>
/// Passwords of stations (OCPP security whitepaper, AuthorizationKey). Kept hashed: what we generated has 119 bits of chance in it and needs only
/// a salted hash, so that ten thousand stations may come back at once; what a person chose is stretched.
/// </summary>
public static class StationPassword
{
    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    private const int GeneratedLength = 20;
    private const int Iterations = 120_000;
    private const int Remembered = 50_000;
    private static readonly byte[] ProcessKey = RandomNumberGenerator.GetBytes(32);
    private static readonly ConcurrentDictionary<string, byte[]> Proven = new(StringComparer.Ordinal);

    /// <summary>A new password of 20 letters and digits, none of which look alike.</summary>
    public static string Generate() => RandomNumberGenerator.GetString(Alphabet, GeneratedLength);

    /// <summary>
    /// What is stored of a password. One that is written in hex is known without regard to the case of its letters, because a station may
    /// send its bytes instead (security whitepaper, AuthorizationKey).
    /// </summary>
    /// <param name="password">As the operator wrote it.</param>
    /// <param name="generated">It came from <see cref="Generate"/>.</param>
    public static string Hash(string password, bool generated)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var bytes = Encoding.UTF8.GetBytes(password);
        var hex = IsHex(bytes);
        bytes = hex ? Upper(bytes) : bytes;
        return generated
            ? $"hmac:{(hex ? 'h' : 't')}${Convert.ToBase64String(salt)}${Convert.ToBase64String(HMACSHA256.HashData(salt, bytes))}"
            : string.Create(CultureInfo.InvariantCulture, $"pbkdf2:{(hex ? 'h' : 't')}${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Stretch(bytes, salt, Iterations))}");
    }

    /// <summary>
    /// Whether the bytes that a station sent are the password: as text, as the raw bytes of a password written in hex, or as the hex of its
    /// text. Compared in constant time.
    /// </summary>
    public static bool Verify(string hash, byte[] presented)
    {
        var proof = HMACSHA256.HashData(ProcessKey, presented);
        if (Proven.TryGetValue(hash, out var proven) && CryptographicOperations.FixedTimeEquals(proven, proof))
        {
            return true;
        }

        var parts = hash.Split('$');
        if (!Forms(parts[0][^1] == 'h', presented).Any(form => Matches(parts, form)))
        {
            return false;
        }

        if (Proven.Count >= Remembered)
        {
            Proven.Clear();
        }

        Proven[hash] = proof;
        return true;
    }

    /// <summary>What the station may have meant. One form, so that a wrong guess costs one stretching; two where hex of hex is possible.</summary>
    private static IEnumerable<byte[]> Forms(bool writtenInHex, byte[] presented)
    {
        var decoded = IsHex(presented) ? Convert.FromHexString(Encoding.ASCII.GetString(presented)) : null;
        if (!writtenInHex)
        {
            yield return decoded ?? presented;
            yield break;
        }

        yield return decoded is null ? Encoding.ASCII.GetBytes(Convert.ToHexString(presented)) : Upper(presented);
        if (decoded is not null && IsHex(decoded))
        {
            yield return Upper(decoded);
        }
    }

    private static bool IsHex(byte[] text) => text.Length > 0 && text.Length % 2 == 0 && Array.TrueForAll(text, b => char.IsAsciiHexDigit((char)b));

    private static byte[] Upper(byte[] hex) => Array.ConvertAll(hex, b => (byte)char.ToUpperInvariant((char)b));

    private static bool Matches(string[] hash, byte[] password) => hash switch
    {
        ["hmac:h" or "hmac:t", var salt, var stored] => Equal(stored, HMACSHA256.HashData(Convert.FromBase64String(salt), password)),
        ["pbkdf2:h" or "pbkdf2:t", var iterations, var salt, var stored] =>
            Equal(stored, Stretch(password, Convert.FromBase64String(salt), int.Parse(iterations, CultureInfo.InvariantCulture))),
        _ => false,
    };

    private static bool Equal(string stored, byte[] computed) => CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(stored), computed);

    private static byte[] Stretch(byte[] password, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, 32);
}
