using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Ladewerk.Stations.Security;

/// <summary>Settings under <c>Certificates</c>.</summary>
public sealed class CertificatesOptions
{
    /// <summary>File with the 32 bytes (base64) that encrypt private keys in the database; made on first need. Several nodes share one.</summary>
    public string KeyFile { get; set; } = "";
}

/// <summary>Encrypts private keys and tokens at rest, by a key that is not in the database: AES-256-GCM.</summary>
internal sealed class KeyBox(IOptions<CertificatesOptions> options)
{
    private const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16;
    private readonly Lazy<byte[]> key = new(() => ReadOrMake(options.Value.KeyFile));

    public string Protect(string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var box = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key.Value, TagBytes);
        aes.Encrypt(box.AsSpan(0, NonceBytes), plain, box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes));
        CryptographicOperations.ZeroMemory(plain);
        return Convert.ToBase64String(box);
    }

    /// <exception cref="CryptographicException">The key file is another one than it was encrypted by.</exception>
    public string Open(string protectedSecret)
    {
        var box = Convert.FromBase64String(protectedSecret);
        var plain = new byte[box.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key.Value, TagBytes);
        aes.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes), plain);
        return Encoding.UTF8.GetString(plain);
    }

    private static byte[] ReadOrMake(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        try
        {
            // Readable by its owner alone from its first moment; of two nodes one makes it.
            using var made = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write,
                UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            made.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))));
        }
        catch (IOException) when (File.Exists(file))
        {
            return Checked(Convert.FromBase64String(File.ReadAllText(file).Trim()), file);
        }

        return Checked(Convert.FromBase64String(File.ReadAllText(file)), file);
    }

    private static byte[] Checked(byte[] key, string file) => key.Length == KeyBytes ? key : throw new CryptographicException($"{file} does not hold {KeyBytes} bytes in base64.");
}
