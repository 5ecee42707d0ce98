using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Ladewerk.Eichrecht;

/// <summary>
/// A meter's public key in one form, whatever it came in: SPKI DER, a bare point <c>x||y</c>, <c>04||x||y</c>, or compressed; as hex,
/// base64 or base32. Two keys are the same when their <see cref="Fingerprint"/> is.
/// </summary>
public sealed class MeterKey
{
    private readonly byte[] point;

    private MeterKey(MeterCurve curve, byte[] point, string original)
    {
        (Curve, this.point, Original) = (curve, point, original);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Spki()));
    }

    /// <summary>The curve on which the point lies.</summary>
    public MeterCurve Curve { get; }

    /// <summary>The text from which it was read, unchanged.</summary>
    public string Original { get; }

    /// <summary>SHA-256 of the SPKI form, 64 lower-case hex digits.</summary>
    public string Fingerprint { get; }

    /// <summary>The first half of the fingerprint in groups of four, to compare by eye.</summary>
    public string ShortFingerprint => string.Join(' ', Fingerprint[..32].Chunk(4).Select(group => new string(group)));

    /// <summary>x and y, each as long as the curve's field.</summary>
    public ReadOnlySpan<byte> Point => point;

    /// <summary>Reads a key.</summary>
    /// <param name="text">As it came.</param>
    /// <returns>Null where it is no point on a curve that meters use.</returns>
    public static MeterKey? Read(string text)
    {
        var plain = TextBytes.WithoutSpace(text);
        if (plain.Length is 0 or > 2048)
        {
            return null;
        }

        foreach (var bytes in (byte[]?[])[TextBytes.Hex(plain), TextBytes.FromBase64(plain), TextBytes.FromBase32(plain)])
        {
            if (bytes is not null && Read(bytes, text) is { } key)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Reads a key from bytes.</summary>
    /// <param name="bytes">SPKI DER or a point.</param>
    /// <param name="original">Kept as <see cref="Original"/>.</param>
    public static MeterKey? Read(ReadOnlySpan<byte> bytes, string? original = null)
    {
        original ??= Convert.ToHexString(bytes);
        if (bytes.Length > 40 && bytes[0] == 0x30 && FromSpki(bytes.ToArray()) is var (curve, encoded))
        {
            return curve is null ? null : FromPoint(encoded, curve, original);
        }

        return FromPoint(bytes, only: null, original);
    }

    /// <summary>A key from a point given as <c>x||y</c>; null where the point is not on the curve.</summary>
    public static MeterKey? OnCurve(MeterCurve curve, ReadOnlySpan<byte> point) =>
        point.Length == curve.Bytes * 2 && IsOn(curve, point) ? new MeterKey(curve, point.ToArray(), Convert.ToHexString(point)) : null;

    /// <summary>SubjectPublicKeyInfo in DER: the form that every tool reads.</summary>
    public byte[] Spki()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.2.1"); // id-ecPublicKey
                writer.WriteObjectIdentifier(Curve.Oid);
            }

            writer.WriteBitString([4, .. point]);
        }

        return writer.Encode();
    }

    /// <summary>Whether a signature of SHA-256 over the data is this key's.</summary>
    /// <param name="data">The signed bytes.</param>
    /// <param name="signature">r and s side by side, each as long as the curve's field.</param>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var ecdsa = ECDsa.Create(Parameters(Curve, point));
        return signature.Length == Curve.Bytes * 2 && ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static MeterKey? FromPoint(ReadOnlySpan<byte> bytes, MeterCurve? only, string original)
    {
        var encoded = bytes.ToArray();
        foreach (var curve in MeterCurve.All.Where(c => only is null || c == only))
        {
            var found = Uncompressed(curve, encoded);
            if (found is not null && IsOn(curve, found))
            {
                return new MeterKey(curve, found, original);
            }
        }

        return null;
    }

    private static byte[]? Uncompressed(MeterCurve curve, byte[] bytes)
    {
        if (bytes.Length == curve.Bytes * 2)
        {
            return bytes;
        }

        if (bytes.Length == (curve.Bytes * 2) + 1 && bytes[0] == 4)
        {
            return bytes[1..];
        }

        // Compressed points are known of Alfen alone, whose meters sign on secp192r1.
        return curve == MeterCurve.Secp192r1 && bytes.Length == 25 && bytes[0] is 2 or 3 ? Decompress(bytes) : null;
    }

    /// <summary>SEC 1 §2.3.4 for secp192r1, whose prime is 3 modulo 4.</summary>
    private static byte[]? Decompress(byte[] bytes)
    {
        var p = BigInteger.Pow(2, 192) - BigInteger.Pow(2, 64) - 1;
        var b = BigInteger.Parse("064210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
        var x = new BigInteger(bytes.AsSpan(1), isUnsigned: true, isBigEndian: true);
        if (x >= p)
        {
            return null;
        }

        var square = ((((x * x) - 3) * x) + b) % p;
        square = square < 0 ? square + p : square;
        var y = BigInteger.ModPow(square, (p + 1) / 4, p);
        if (y * y % p != square)
        {
            return null;
        }

        y = y.IsEven == (bytes[0] == 2) ? y : p - y;
        var both = new byte[48];
        bytes.AsSpan(1).CopyTo(both);
        var tail = y.ToByteArray(isUnsigned: true, isBigEndian: true);
        tail.CopyTo(both, 48 - tail.Length);
        return both;
    }

    private static (MeterCurve? Curve, byte[] Point)? FromSpki(byte[] bytes)
    {
        try
        {
            var reader = new AsnReader(bytes, AsnEncodingRules.DER);
            var outer = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var algorithm = outer.ReadSequence();
            if (algorithm.ReadObjectIdentifier() != "1.2.840.10045.2.1")
            {
                return (null, []);
            }

            var curve = MeterCurve.Of(algorithm.ReadObjectIdentifier());
            return (curve, outer.ReadBitString(out _));
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool IsOn(MeterCurve curve, ReadOnlySpan<byte> point)
    {
        try
        {
            using var ecdsa = ECDsa.Create(Parameters(curve, point));
            _ = ecdsa.ExportParameters(includePrivateParameters: false); // some libraries check on use only
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static ECParameters Parameters(MeterCurve curve, ReadOnlySpan<byte> point) => new()
    {
        Curve = curve.Parameters(),
        Q = new ECPoint { X = point[..curve.Bytes].ToArray(), Y = point[curve.Bytes..].ToArray() },
    };
}
