using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ladewerk.Ocpp;

/// <summary>A listener's certificate with its chain, from files; read anew when they change.</summary>
internal sealed partial class TlsCertificate(TlsListener listener, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();
    private SslStreamCertificateContext? current;
    private DateTimeOffset lookedAt;
    private DateTime writtenAt;

    /// <summary>The certificate as it stands in the files; the last good one where they cannot be read just now.</summary>
    /// <exception cref="CryptographicException">It could not be read even once.</exception>
    public SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (current is not null && now - lookedAt < LookEvery)
            {
                return current;
            }

            lookedAt = now;
            var written = Written();
            if (current is null || written != writtenAt)
            {
                Renew(written);
            }

            return current!;
        }
    }

    private void Renew(DateTime written)
    {
        try
        {
            current = Load();
            writtenAt = written;
        }
        catch (Exception unreadable) when (current is not null && unreadable is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            LogKept(listener.Certificate, unreadable.Message);
        }
    }

    private DateTime Written()
    {
        var certificate = File.GetLastWriteTimeUtc(listener.Certificate);
        return listener.Key is { } key && File.GetLastWriteTimeUtc(key) is var keyWritten && keyWritten > certificate ? keyWritten : certificate;
    }

    private SslStreamCertificateContext Load()
    {
        var (own, chain) = Path.GetExtension(listener.Certificate).ToLowerInvariant() is ".p12" or ".pfx" ? FromPkcs12() : FromPem();
        return SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    private (X509Certificate2 Own, X509Certificate2Collection Chain) FromPkcs12()
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(listener.Certificate, listener.Password);
        var own = all.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException($"{listener.Certificate} holds no private key.");
        all.Remove(own);
        return (own, all);
    }

    private (X509Certificate2 Own, X509Certificate2Collection Chain) FromPem()
    {
        var key = listener.Key ?? listener.Certificate;
        var own = listener.Password is { Length: > 0 } password
            ? X509Certificate2.CreateFromEncryptedPemFile(listener.Certificate, password, key)
            : X509Certificate2.CreateFromPemFile(listener.Certificate, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(listener.Certificate);
        chain.RemoveAt(0);
        return (own, chain);
    }

    [LoggerMessage(LogLevel.Error, "The new certificate in {File} cannot be used; the one before it stays: {Reason}")]
    private partial void LogKept(string file, string reason);
}
