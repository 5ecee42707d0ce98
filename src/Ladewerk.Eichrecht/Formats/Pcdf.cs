using System.Globalization;
using System.Text;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>
/// Porsche Charging Data Format: fields in brackets behind a register, <c>128.8.0(ST:...)(CT:...)...(PK:...)(SG:...)</c>. One record is a whole
/// transaction and its register counts from zero. Signed is everything before the signature, the key included.
/// </summary>
internal static class Pcdf
{
    public static VerifiedValue Verify(string text, SignedValue source, MeterKey? key)
    {
        var signatureAt = text.LastIndexOf("(SG:", StringComparison.Ordinal);
        if (signatureAt < 0 || Fields(text) is not { } fields || !fields.TryGetValue("SG", out var signed) || !fields.TryGetValue("RV", out var register))
        {
            return Verifier.Failed(source, "PCDF", Reason.Malformed);
        }

        var contained = fields.TryGetValue("PK", out var own) ? MeterKey.Read(own) : null;
        var value = Describe(text, fields, register, source) with { KeyFromValue = key is null && contained is not null };
        if (own is not null && contained is null)
        {
            return value.Refused(Reason.KeyUnreadable);
        }

        if (key is not null && contained is not null && key.Fingerprint != contained.Fingerprint)
        {
            return value.Refused(Reason.KeyDiffers);
        }

        if ((key ?? contained) is not { } used)
        {
            return value with { Signature = SignatureState.UnknownKey, Reasons = [Reason.NoKey] };
        }

        value = value with { Key = used, Remarks = value.KeyFromValue ? [.. value.Remarks, Remark.KeyFromValue] : value.Remarks };
        if (TextBytes.Hex(signed) is not { } der || SignatureBytes.FromDer(der, used.Curve) is not { } both)
        {
            return value.Refused(Reason.SignatureForm);
        }

        return used.Verify(Encoding.UTF8.GetBytes(text[..signatureAt]), both) ? value with { Signature = SignatureState.Valid } : value.Refused(Reason.Signature);
    }

    private static VerifiedValue Describe(string text, Dictionary<string, string> fields, string register, SignedValue source)
    {
        // BV: 1 when the station holds the record fit for billing. SP: 1 when the transaction is closed and complete.
        var fit = fields.GetValueOrDefault("BV") == "1" && fields.GetValueOrDefault("SP") == "1";
        var parts = register.Split('*');
        var number = decimal.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var parsed) ? parsed : (decimal?)null;
        var end = new MeterReading
        {
            Kind = ReadingKind.End,
            At = Time(fields.GetValueOrDefault("CT")),
            Clock = ClockState.Informative,
            Value = number,
            ValueText = parts[0],
            Unit = parts.Length > 1 ? parts[1] : null,
            Obis = text[..text.IndexOf('(', StringComparison.Ordinal)],
            Status = fit ? "G" : "N",
        };
        return new VerifiedValue
        {
            Source = source,
            Format = "PCDF",
            Signature = SignatureState.UnknownKey,
            MeterSerial = fields.GetValueOrDefault("HW"),
            Page = long.TryParse(fields.GetValueOrDefault("CSC"), NumberStyles.None, CultureInfo.InvariantCulture, out var page) ? new Pagination("", page) : null,
            Identification = new Identification(null, null, [], null, fields.GetValueOrDefault("SI")),
            Readings = [end with { Kind = ReadingKind.Begin, At = Time(fields.GetValueOrDefault("ST")), Value = 0, ValueText = "0" }, end],
        };
    }

    /// <summary>Null where a bracket is open, a name is missing or comes twice.</summary>
    private static Dictionary<string, string>? Fields(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var at = text.IndexOf('(', StringComparison.Ordinal);
        while (at >= 0 && at < text.Length)
        {
            var end = text.IndexOf(')', at);
            var colon = text.IndexOf(':', at);
            if (text[at] != '(' || end < 0 || colon < 0 || colon > end || !fields.TryAdd(text[(at + 1)..colon], text[(colon + 1)..end]))
            {
                return null;
            }

            at = end + 1;
        }

        return fields;
    }

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParseExact(text, "yyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
