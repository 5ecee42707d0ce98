using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ladewerk.Stations.Security;

/// <summary>What came of a request for a certificate.</summary>
internal abstract record Signing
{
    /// <summary>Signed.</summary>
    /// <param name="Certificate">The station's.</param>
    /// <param name="Chain">PEM for the station: its certificate and what leads to the root.</param>
    public sealed record Done(X509Certificate2 Certificate, string Chain) : Signing;

    /// <summary>Not now; to be tried again.</summary>
    public sealed record Later(string Reason) : Signing;

    /// <summary>Never.</summary>
    public sealed record Refused(string Reason) : Signing;
}

/// <summary>Signs requests of stations, one implementation for each <see cref="AuthorityKind"/>.</summary>
internal interface IStationAuthority
{
    AuthorityKind Kind { get; }

    /// <summary>Signs a request that has been checked.</summary>
    /// <param name="days">How long the certificate is to be good, where this side decides it.</param>
    Task<Signing> Sign(CertificateAuthority authority, string identity, string requestPem, int days, CancellationToken ct);
}

/// <summary>Signs by a key of this installation.</summary>
internal sealed class EmbeddedAuthority(KeyBox box, TimeProvider time) : IStationAuthority
{
    private const int Years = 15;
    private const int RsaBits = 3072;
    private static readonly TimeSpan ClockSlack = TimeSpan.FromHours(24); // stations' clocks
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    public AuthorityKind Kind => AuthorityKind.Embedded;

    /// <summary>Makes a new authority: its key and its certificate, signed by itself.</summary>
    /// <param name="rsa">RSA for stations that know no elliptic curves; else P-256.</param>
    public Made Make(string name, string operatorName, bool rsa)
    {
        using var rsaKey = rsa ? RSA.Create(RsaBits) : null;
        using var curve = rsa ? null : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = Name(name, operatorName);
        var request = rsaKey is not null
            ? new CertificateRequest(subject, rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, curve!, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now - ClockSlack, now.AddYears(Years));
        var key = rsaKey?.ExportPkcs8PrivateKeyPem() ?? curve!.ExportPkcs8PrivateKeyPem();
        return new Made(certificate.ExportCertificatePem(), box.Protect(key), now.AddYears(Years));
    }

    public Task<Signing> Sign(CertificateAuthority authority, string identity, string requestPem, int days, CancellationToken ct)
    {
        if (SigningRequest.Check(requestPem, identity) is not { Fault: null, Request: { } wanted })
        {
            return Task.FromResult<Signing>(new Signing.Refused("unreadableRequest"));
        }

        using var issuer = X509Certificate2.CreateFromPem(authority.Certificate);
        var (now, pem) = (time.GetUtcNow(), box.Open(authority.ProtectedKey!));
        var (wish, last) = (now.AddDays(days), new DateTimeOffset(issuer.NotAfter));
        var notAfter = wish < last ? wish : last;
        using var key = new SigningKey(issuer, pem);
        var certificate = Leaf(wanted, issuer).Create(issuer.SubjectName, key.Generator, now - ClockSlack, notAfter, Serial());
        return Task.FromResult<Signing>(new Signing.Done(certificate, certificate.ExportCertificatePem() + "\n"));
    }

    /// <summary>What is signed is ours to say; of the request only its name and its key are taken.</summary>
    private static CertificateRequest Leaf(CertificateRequest wanted, X509Certificate2 issuer)
    {
        var leaf = new CertificateRequest(wanted.SubjectName, wanted.PublicKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var isRsa = wanted.PublicKey.Oid.Value == "1.2.840.113549.1.1.1";
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        leaf.CertificateExtensions.Add(new X509KeyUsageExtension(isRsa ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment : X509KeyUsageFlags.DigitalSignature, critical: true));
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ClientAuthentication], critical: false));
        leaf.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(leaf.PublicKey, critical: false));
        leaf.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        return leaf;
    }

    /// <summary>Positive, and not to be guessed (RFC 5280 §4.1.2.2).</summary>
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }

    private static X500DistinguishedName Name(string name, string operatorName)
    {
        var parts = new X500DistinguishedNameBuilder();
        parts.AddCommonName(Short(name));
        parts.AddOrganizationName(Short(operatorName));
        return parts.Build();
    }

    private static string Short(string text) => text.Length <= 64 ? text : text[..64]; // ub-common-name

    /// <summary>A new authority: its certificate in PEM and its key, encrypted.</summary>
    internal sealed record Made(string Certificate, string ProtectedKey, DateTimeOffset NotAfter);

    /// <summary>The authority's key, of either kind.</summary>
    private sealed class SigningKey : IDisposable
    {
        private readonly AsymmetricAlgorithm key;

        public SigningKey(X509Certificate2 issuer, string pem)
        {
            using var rsaKey = issuer.GetRSAPublicKey();
            if (rsaKey is not null)
            {
                var rsa = RSA.Create();
                rsa.ImportFromPem(pem);
                (key, Generator) = (rsa, X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1));
            }
            else
            {
                var curve = ECDsa.Create();
                curve.ImportFromPem(pem);
                (key, Generator) = (curve, X509SignatureGenerator.CreateForECDsa(curve));
            }
        }

        public X509SignatureGenerator Generator { get; }

        public void Dispose() => key.Dispose();
    }
}

/// <summary>
/// Has a service of the operator's sign: <c>POST {url}</c> with the request in PEM and the identity in <c>X-Station-Identity</c>; 200 answers the
/// chain in PEM, the station's certificate first; 202, 429 and 5xx mean later, anything else no.
/// </summary>
internal sealed class HttpAuthority(IHttpClientFactory clients, KeyBox box) : IStationAuthority
{
    /// <summary>Name of the client.</summary>
    public const string ClientName = "certificate-authority";

    public AuthorityKind Kind => AuthorityKind.External;

    public async Task<Signing> Sign(CertificateAuthority authority, string identity, string requestPem, int days, CancellationToken ct)
    {
        using var client = clients.CreateClient(ClientName);
        using var post = new HttpRequestMessage(HttpMethod.Post, authority.Url) { Content = new StringContent(requestPem, System.Text.Encoding.ASCII, "application/x-pem-file") };
        post.Headers.Add("X-Station-Identity", identity);
        if (authority.ProtectedToken is { } token)
        {
            post.Headers.Authorization = new AuthenticationHeaderValue("Bearer", box.Open(token));
        }

        try
        {
            using var answer = await client.SendAsync(post, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK => Taken(text, identity, requestPem),
                HttpStatusCode.Accepted or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => new Signing.Later($"authority-{(int)answer.StatusCode}"),
                _ => new Signing.Refused($"authority-{(int)answer.StatusCode}"),
            };
        }
        catch (Exception away) when (away is HttpRequestException || (away is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new Signing.Later("authorityUnreachable");
        }
    }

    /// <summary>What it sends must be for this station and its key.</summary>
    private static Signing Taken(string pem, string identity, string requestPem)
    {
        if (Certificates.Read(pem) is not { } chain || SigningRequest.Check(requestPem, identity).Request is not { } wanted)
        {
            return new Signing.Refused("unreadableCertificate");
        }

        var own = chain[0];
        var fits = own.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(wanted.PublicKey.ExportSubjectPublicKeyInfo())
            && Certificates.Names(own).Any(n => StationIdentity.Key(n) == StationIdentity.Key(identity));
        return fits ? new Signing.Done(own, pem) : new Signing.Refused("otherCertificate");
    }
}
