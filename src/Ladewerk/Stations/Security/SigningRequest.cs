using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ladewerk.Stations.Security;

/// <summary>A station's request for a certificate (PKCS#10), checked before anybody signs it.</summary>
public static class SigningRequest
{
    private const int LeastRsaBits = 2048;
    private const int LeastCurveBits = 224; // security whitepaper A00.FR.502: 112 bits of security at least

    /// <summary>A request and what is wrong with it; null <paramref name="Fault"/>: nothing.</summary>
    /// <param name="Subject">As it stands in the request; null where it cannot be read.</param>
    public sealed record Checked(CertificateRequest? Request, string? Subject, string? Fault);

    /// <summary>
    /// Checks the proof of possession (its own signature), that the common name is the station's identity, and the strength of the key.
    /// </summary>
    public static Checked Check(string pem, string identity)
    {
        CertificateRequest request;
        try
        {
            request = CertificateRequest.LoadSigningRequestPem(
                pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or CryptographicException)
        {
            return new Checked(null, null, "unreadableRequest");
        }

        var subject = request.SubjectName.Name;
        return new Checked(request, subject, Fault(request, identity));
    }

    /// <summary>By this a request that is sent again is known.</summary>
    public static string Hash(string pem) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Concat(pem.Where(c => !char.IsWhiteSpace(c))))));

    /// <summary>The common names in a distinguished name.</summary>
    public static IEnumerable<string> CommonNames(X500DistinguishedName name) => name.EnumerateRelativeDistinguishedNames()
        .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.3").Select(part => part.GetSingleElementValue() ?? "");

    private static string? Fault(CertificateRequest request, string identity)
    {
        // All of them: a second name would make the station another one as well.
        var names = CommonNames(request.SubjectName).ToList();
        if (names.Count == 0 || names.Exists(name => StationIdentity.Key(name) != StationIdentity.Key(identity)))
        {
            return "otherName";
        }

        return IsStrong(request.PublicKey) ? null : "weakKey";
    }

    private static bool IsStrong(PublicKey key)
    {
        try
        {
            using var rsa = key.GetRSAPublicKey();
            using var curve = rsa is null ? key.GetECDsaPublicKey() : null;
            return rsa?.KeySize >= LeastRsaBits || curve?.KeySize >= LeastCurveBits;
        }
        catch (CryptographicException)
        {
            return false; // a kind of key that this machine does not know
        }
    }
}
