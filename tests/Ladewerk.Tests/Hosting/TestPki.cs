using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ladewerk.Tests.Hosting;

/// <summary>A certificate authority for tests, with files for a server.</summary>
public sealed class TestPki : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestPki(string name = "Test CA")
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Root = request.CreateSelfSigned(TestClock.Now.AddYears(-5), TestClock.Now.AddYears(5));
        Folder = Directory.CreateTempSubdirectory("ladewerk-pki").FullName;
    }

    public X509Certificate2 Root { get; }

    /// <summary>Where its files are.</summary>
    public string Folder { get; }

    /// <summary>Settings of a host that speaks TLS for stations alone on a free port.</summary>
    public Dictionary<string, string?> Server(string name = "Stations", Action<Dictionary<string, string?>>? more = null)
    {
        using var certificate = Issue("127.0.0.1");
        var file = Path.Combine(Folder, "server.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem() + "\n" + certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        var options = new Dictionary<string, string?>
        {
            [$"Tls:{name}:Url"] = "https://127.0.0.1:0", [$"Tls:{name}:Certificate"] = file, [$"Tls:{name}:StationsOnly"] = "true",
            ["Certificates:KeyFile"] = Path.Combine(Folder, "certificates.key"),
        };
        more?.Invoke(options);
        return options;
    }

    /// <summary>A certificate with its key.</summary>
    public X509Certificate2 Issue(string name, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }

        using var signed = request.Create(
            Root.SubjectName, X509SignatureGenerator.CreateForECDsa(key), notBefore ?? TestClock.Now.AddDays(-1), notAfter ?? TestClock.Now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(own);
    }

    /// <summary>Signs a request; gives the certificate and this authority's in PEM.</summary>
    public string Sign(string csr)
    {
        var wanted = CertificateRequest.LoadSigningRequestPem(csr, HashAlgorithmName.SHA256);
        wanted.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using var signed = wanted.Create(Root.SubjectName, X509SignatureGenerator.CreateForECDsa(key), TestClock.Now.AddDays(-1), TestClock.Now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        return signed.ExportCertificatePem() + "\n" + Root.ExportCertificatePem() + "\n";
    }

    /// <summary>A request for a certificate, and its key.</summary>
    public static (string Csr, ECDsa Key) Request(string name)
    {
        var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (new CertificateRequest($"CN={name}, O=Ladewerk", own, HashAlgorithmName.SHA256).CreateSigningRequestPem(), own);
    }

    /// <summary>Trusts this authority and nobody else.</summary>
    public X509ChainPolicy Trust() => new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { Root }, RevocationMode = X509RevocationMode.NoCheck };

    /// <summary>Whether a server's certificate leads here.</summary>
    public bool Vouches(object sender, X509Certificate? server, X509Chain? chain, SslPolicyErrors errors)
    {
        using var own = new X509Chain { ChainPolicy = Trust() };
        return server is X509Certificate2 certificate && own.Build(certificate);
    }

    public void Dispose()
    {
        Root.Dispose();
        key.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
