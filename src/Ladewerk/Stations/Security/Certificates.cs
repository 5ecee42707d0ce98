using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ladewerk.Stations.Security;

/// <summary>What is read from certificates.</summary>
internal static class Certificates
{
    /// <summary>SHA-256 in lower-case hex.</summary>
    public static string Thumbprint(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));

    /// <summary>Common names and alternative DNS names.</summary>
    public static IEnumerable<string> Names(X509Certificate2 certificate) => SigningRequest.CommonNames(certificate.SubjectName)
        .Concat(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames()));

    /// <summary>All certificates in a PEM text; null where there is none or one cannot be read.</summary>
    public static X509Certificate2Collection? Read(string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }

        return found.Count > 0 ? found : null;
    }

    /// <summary>By which a station names a root certificate (security whitepaper, CertificateHashDataType), in lower-case hex, SHA-256.</summary>
    public static CertificateHash Hash(X509Certificate2 root) => new(
        nameof(HashAlgorithmName.SHA256),
        Convert.ToHexStringLower(SHA256.HashData(root.IssuerName.RawData)),
        Convert.ToHexStringLower(SHA256.HashData(KeyBits(root))), // of the issuer's key: a root is its own issuer
        root.SerialNumber.TrimStart('0').ToLowerInvariant());

    /// <summary>The bits of the public key without their wrapping (RFC 6960 §4.1.1).</summary>
    private static byte[] KeyBits(X509Certificate2 certificate)
    {
        var reader = new AsnReader(certificate.PublicKey.ExportSubjectPublicKeyInfo(), AsnEncodingRules.DER).ReadSequence();
        reader.ReadEncodedValue();
        return reader.ReadBitString(out _);
    }
}
