using System.Security.Cryptography;

namespace Ladewerk.Eichrecht;

/// <summary>An elliptic curve that meters sign on.</summary>
/// <param name="Name">As OCMF writes it behind <c>ECDSA-</c>.</param>
/// <param name="Oid">Object identifier in a public key.</param>
/// <param name="Bytes">Length of a coordinate, and of each half of a signature.</param>
public sealed record MeterCurve(string Name, string Oid, int Bytes)
{
    public static readonly MeterCurve Secp192k1 = new("secp192k1", "1.3.132.0.31", 24);
    public static readonly MeterCurve Secp192r1 = new("secp192r1", "1.2.840.10045.3.1.1", 24);
    public static readonly MeterCurve Secp256k1 = new("secp256k1", "1.3.132.0.10", 32);
    public static readonly MeterCurve Secp256r1 = new("secp256r1", "1.2.840.10045.3.1.7", 32);
    public static readonly MeterCurve Secp384r1 = new("secp384r1", "1.3.132.0.34", 48);
    public static readonly MeterCurve Brainpool256r1 = new("brainpool256r1", "1.3.36.3.3.2.8.1.1.7", 32);
    public static readonly MeterCurve Brainpool384r1 = new("brainpool384r1", "1.3.36.3.3.2.8.1.1.11", 48);

    /// <summary>The seven curves of OCMF 1.4, table "signature algorithms"; the common ones first.</summary>
    public static IReadOnlyList<MeterCurve> All { get; } = [Secp256r1, Secp256k1, Secp192r1, Secp192k1, Secp384r1, Brainpool256r1, Brainpool384r1];

    /// <summary>By name, exactly as written; brainpool curves are also written brainpoolP256r1.</summary>
    public static MeterCurve? Named(string name)
    {
        var plain = name.StartsWith("brainpoolP", StringComparison.Ordinal) ? "brainpool" + name["brainpoolP".Length..] : name;
        return All.FirstOrDefault(curve => curve.Name == plain);
    }

    /// <summary>By object identifier.</summary>
    public static MeterCurve? Of(string oid) => All.FirstOrDefault(curve => curve.Oid == oid);

    /// <summary>Signs and verifies once on every curve.</summary>
    /// <returns>The curves on which this machine's cryptography library cannot.</returns>
    public static IReadOnlyList<MeterCurve> SelfTest() => [.. All.Where(curve => !curve.Works())];

    internal ECCurve Parameters() => ECCurve.CreateFromValue(Oid);

    private bool Works()
    {
        byte[] data = [1, 2, 3];
        try
        {
            using var key = ECDsa.Create(Parameters());
            var signature = key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            var known = MeterKey.OnCurve(this, [.. point.X!, .. point.Y!]);
            return known is not null && known.Verify(data, signature) && !known.Verify([1, 2, 4], signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
        catch (PlatformNotSupportedException)
        {
            return false;
        }
    }
}
