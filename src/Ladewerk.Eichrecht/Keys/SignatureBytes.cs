using System.Formats.Asn1;
using System.Numerics;

namespace Ladewerk.Eichrecht;

/// <summary>Signatures in the form that <see cref="MeterKey.Verify"/> takes.</summary>
internal static class SignatureBytes
{
    /// <summary>A DER sequence of two positive integers (OCMF, table "signature data") as r and s of fixed length; null where it is none.</summary>
    public static byte[]? FromDer(byte[] der, MeterCurve curve)
    {
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            var pair = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var r = pair.ReadInteger();
            var s = pair.ReadInteger();
            pair.ThrowIfNotEmpty();
            var both = new byte[curve.Bytes * 2];
            return Put(r, both.AsSpan(0, curve.Bytes)) && Put(s, both.AsSpan(curve.Bytes)) ? both : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool Put(BigInteger number, Span<byte> to)
    {
        if (number.Sign <= 0 || number.GetByteCount(isUnsigned: true) > to.Length)
        {
            return false;
        }

        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(to[^bytes.Length..]);
        return true;
    }
}
