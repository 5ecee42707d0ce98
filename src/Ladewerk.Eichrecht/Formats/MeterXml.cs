using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>Signed values written as XML: <c>signedMeterValue</c> (EDL40 as bytes) and Mennekes' <c>ChargingProcess</c>.</summary>
internal static class MeterXml
{
    /// <summary>Reads XML of strangers: no document types, nothing fetched, bounded.</summary>
    public static XDocument? Parse(string text)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = 32 << 20,
                MaxCharactersFromEntities = 1024,
            });
            return XDocument.Load(reader, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    public static VerifiedValue Verify(string text, SignedValue source, MeterKey? key) => Parse(text)?.Root switch
    {
        { Name.LocalName: "signedMeterValue" } root => Signed(root, source, key),
        { Name.LocalName: "ChargingProcess" } root => Mennekes(root, source, key),
        _ => Verifier.Failed(source, "XML", Reason.Malformed),
    };

    private static VerifiedValue Signed(XElement root, SignedValue source, MeterKey? key)
    {
        var method = Child(root, "encodingMethod");
        var payload = Bytes(root, "encodedMeterValue");
        var contained = key is null ? MeterKey.Read(Child(root, "publicKey") ?? "") : null;
        if (method is not null && !method.StartsWith("EDL", StringComparison.OrdinalIgnoreCase) && TextBytes.Text(payload) is { } inner && inner.StartsWith("OCMF|", StringComparison.Ordinal))
        {
            return Ocmf.Verify(inner, source, key ?? contained);
        }

        if (payload is null || EdlData.Read(payload) is not { } data || Bytes(root, "meterValueSignature") is not { } signature)
        {
            return Verifier.Failed(source, "EDL40", Reason.Malformed);
        }

        var value = data.Describe(source, "EDL40", null, Sml.KindOf(source));
        return WithContained(Sml.Check(value, payload, signature, key ?? contained), contained);
    }

    private static VerifiedValue Mennekes(XElement process, SignedValue source, MeterKey? key)
    {
        var contained = key is null ? MeterKey.Read(Child(process, "PublicKey") ?? "") : null;
        var begin = Measured(process, "MeasurementStart", ReadingKind.Begin, source, key ?? contained);
        var end = Measured(process, "MeasurementEnd", ReadingKind.End, source, key ?? contained);
        if (begin is null || end is null)
        {
            return Verifier.Failed(source, "Mennekes", Reason.Malformed);
        }

        var worse = begin.Signature != SignatureState.Valid ? begin : end;
        var pages = end.Page?.Number == begin.Page?.Number + 1;
        return WithContained(
            end with
            {
                Signature = worse.Signature,
                Reasons = worse.Reasons,
                ChargePoint = Child(process, "MeteringPoint"),
                Readings = [.. begin.Readings, .. end.Readings],
                Remarks = pages ? [] : [Remark.NoPagination],
            },
            contained);
    }

    private static VerifiedValue? Measured(XElement process, string name, ReadingKind kind, SignedValue source, MeterKey? key)
    {
        if (process.Elements().FirstOrDefault(e => e.Name.LocalName == name) is not { } measured
            || Time(Child(measured, "Timestamp")) is not { } at || Time(Child(measured, "TimestampCustomerIdent") ?? Child(process, "TimestampCustomerIdent")) is not { } customerAt
            || Number(measured, "Value") is not { } value || Number(measured, "Scaler") is not { } scaler || Number(measured, "Pagination") is not { } page
            || Number(measured, "SecondIndex") is not { } index || Number(measured, "MeterStatus") is not { } status || Number(measured, "EventCounter") is not { } counter
            || TextBytes.Hex(Child(process, "ServerId") ?? "") is not { Length: 10 } server || TextBytes.Hex(Child(process, "CustomerIdent") ?? "") is not { } customer
            || TextBytes.Hex(Child(measured, "Signature") ?? "") is not { } signature)
        {
            return null;
        }

        var data = new EdlData
        {
            ServerId = server,
            LocalSeconds = Local(at),
            Status = (byte)(status & 0xFF),
            SecondIndex = index,
            Page = page,
            Obis = [1, 0, 1, 17, 0, 255],
            Unit = 30,
            Scaler = unchecked((sbyte)scaler),
            Value = value,
            Log = signature.Length > 48 ? signature[^2..] : [(byte)((counter >> 8) & 0xFF), (byte)(counter & 0xFF)],
            Customer = customer,
            CustomerLocalSeconds = Local(customerAt),
        };
        return Sml.Check(data.Describe(source, "Mennekes", at.Offset, kind), data.Bytes(), signature, key);
    }

    private static VerifiedValue WithContained(VerifiedValue value, MeterKey? contained) =>
        contained is null ? value : value with { KeyFromValue = true, Remarks = [.. value.Remarks, Remark.KeyFromValue] };

    private static long Local(DateTimeOffset at) => at.ToUnixTimeSeconds() + (long)at.Offset.TotalSeconds;

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static long? Number(XElement parent, string name) =>
        long.TryParse(Child(parent, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static byte[]? Bytes(XElement parent, string name)
    {
        var element = parent.Elements().FirstOrDefault(e => e.Name.LocalName == name);
        return element?.Attribute("encoding")?.Value.ToUpperInvariant() switch
        {
            "BASE64" => TextBytes.FromBase64(element.Value),
            "HEX" => TextBytes.Hex(element.Value),
            _ => element is null ? null : TextBytes.HexOrBase64(element.Value),
        };
    }

    private static string? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value.Trim() is { Length: > 0 } text ? text : null;
}
