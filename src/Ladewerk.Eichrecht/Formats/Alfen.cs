using System.Buffers.Binary;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>
/// Alfen's text <c>AP;type;version;key;data;signature</c>, the last three in base32: 82 bytes of data with the register, signed on
/// secp192r1. Type 0 is the beginning, 1 the end, 2 between; it is not under the signature, so the order of time is checked besides.
/// </summary>
internal static class Alfen
{
    private const int DataLength = 82;

    public static VerifiedValue Verify(string text, SignedValue source, MeterKey? key)
    {
        var fields = text.TrimEnd(';').Split(';');
        if (fields.Length != 6 || fields[1] is not ("0" or "1" or "2") || TextBytes.FromBase32(fields[4]) is not { Length: DataLength } data || TextBytes.FromBase32(fields[5]) is not { } signature)
        {
            return Verifier.Failed(source, "Alfen", Reason.Malformed);
        }

        var kind = fields[1] switch { "0" => ReadingKind.Begin, "1" => ReadingKind.End, _ => ReadingKind.Between };
        var at = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(34));
        var contained = MeterKey.Read(fields[3]);
        var value = new VerifiedValue
        {
            Source = source,
            Format = "Alfen",
            Signature = SignatureState.UnknownKey,
            FormatVersion = fields[2],
            GatewaySerial = Convert.ToHexString(data.AsSpan(0, 10)),
            MeterSerial = Convert.ToHexString(data.AsSpan(16, 10)),
            Page = new Pagination("", BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(78))),
            Identification = new Identification(null, null, [], null, Printable(data.AsSpan(54, 20))),
            Readings = [EdlData.Reading(at, null, data[38..44], data[44], unchecked((sbyte)data[45]), BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(46)), kind)],
            KeyFromValue = key is null && contained is not null,
            Remarks = key is null && contained is not null ? [Remark.KeyFromValue] : [],
        };
        if (fields[3].Length > 0 && contained is null)
        {
            return value.Refused(Reason.KeyUnreadable);
        }

        if (key is not null && contained is not null && key.Fingerprint != contained.Fingerprint)
        {
            return value.Refused(Reason.KeyDiffers);
        }

        return (key ?? contained) is { } used && used.Curve != MeterCurve.Secp192r1 ? value.Refused(Reason.CurveMismatch) : Sml.Check(value, data, signature, key ?? contained);
    }

    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        var trimmed = bytes.TrimEnd((byte)0);
        return !trimmed.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) ? System.Text.Encoding.ASCII.GetString(trimmed) : Convert.ToHexString(trimmed);
    }
}
