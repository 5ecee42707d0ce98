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

    /// <summary>What is stored of a password.</summary>
    /// <param name="password">As the station will send it.</param>
    /// <param name="generated">It came from <see cref="Generate"/>.</param>
    public static string Hash(string password, bool generated)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var bytes = Encoding.UTF8.GetBytes(password);
        return generated
            ? $"hmac${Convert.ToBase64String(salt)}${Convert.ToBase64String(HMACSHA256.HashData(salt, bytes))}"
            : string.Create(CultureInfo.InvariantCulture, $"pbkdf2${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Stretch(bytes, salt, Iterations))}");
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

        if (!Forms(presented).Any(form => Matches(hash, form)))
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

    private static IEnumerable<byte[]> Forms(byte[] presented)
    {
        yield return presented;
        if (presented.Length is > 0 and <= 40)
        {
            yield return Encoding.ASCII.GetBytes(Convert.ToHexString(presented));
            yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(presented));
        }

        if (presented.Length % 2 == 0 && presented.Length > 0 && presented.All(b => char.IsAsciiHexDigit((char)b)))
        {
            yield return Convert.FromHexString(Encoding.ASCII.GetString(presented));
        }
    }

    private static bool Matches(string hash, byte[] password) => hash.Split('$') switch
    {
        ["hmac", var salt, var stored] => Equal(stored, HMACSHA256.HashData(Convert.FromBase64String(salt), password)),
        ["pbkdf2", var iterations, var salt, var stored] =>
            Equal(stored, Stretch(password, Convert.FromBase64String(salt), int.Parse(iterations, CultureInfo.InvariantCulture))),
        _ => false,
    };

    private static bool Equal(string stored, byte[] computed) => CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(stored), computed);

    private static byte[] Stretch(byte[] password, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, 32);
}
