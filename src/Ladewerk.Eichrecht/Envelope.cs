using System.Text.Json;
using Ladewerk.Eichrecht.Formats;

namespace Ladewerk.Eichrecht;

/// <summary>
/// Opens what stations wrap around signed values on their way: the plain text, its hex or base64, or a JSON envelope
/// (<c>signedMeterData</c> or <c>signedMeterValue</c>, <c>encodingMethod</c>, <c>publicKey</c>). The signed text itself is not touched.
/// </summary>
public static class Envelope
{
    private const int MaxDepth = 3;

    /// <summary>The value inside. What is not understood comes back as it is: it is kept all the same.</summary>
    /// <param name="text">As the station sent it.</param>
    /// <param name="context">Transaction.Begin ...</param>
    /// <param name="format">As the station says.</param>
    public static SignedValue Open(string text, string? context = null, string? format = null) => Open(text.Trim(), context, format, MaxDepth);

    /// <summary>Whether it is a format that has a name.</summary>
    public static bool IsKnown(SignedValue value) => value.Format is { } format && FormatOf(value.Data) == format;

    /// <summary>The name of the format by which the S.A.F.E. container calls it; null where it is none that we know.</summary>
    public static string? FormatOf(string data)
    {
        var plain = data.AsSpan().TrimStart();
        return plain.StartsWith("OCMF|", StringComparison.Ordinal) ? "OCMF"
            : plain.StartsWith("AP;", StringComparison.Ordinal) ? "ALFEN"
            : plain.StartsWith("128.8.0(", StringComparison.Ordinal) ? "PCDF"
            : plain.StartsWith("<signedMeterValue", StringComparison.Ordinal) || (plain.StartsWith("<?xml", StringComparison.Ordinal) && plain.Contains("<signedMeterValue", StringComparison.Ordinal)) ? "SML_EDL40_P"
            : plain.StartsWith("<ChargingProcess", StringComparison.Ordinal) ? "MENNEKES"
            : plain.StartsWith("1b1b1b1b01010101", StringComparison.OrdinalIgnoreCase) ? plain.Contains("0781808162", StringComparison.Ordinal) ? "ISA_EDL_40_P" : "SML_EDL40_P"
            : null;
    }

    private static SignedValue Open(string text, string? context, string? format, int depth)
    {
        if (FormatOf(text) is { } known)
        {
            return new SignedValue(text, known, "plain", Context: context, PublicKey: known == "OCMF" ? Trailing(text) : null);
        }

        if (depth > 0 && text.StartsWith('{') && FromJson(text, context, depth) is { } inside)
        {
            return inside;
        }

        // Hex before base64: every hex text is a base64 text too.
        if (depth > 0 && (TextBytes.Hex(text) ?? TextBytes.FromBase64(text)) is { } bytes)
        {
            if (SmlFile.LooksLike(bytes))
            {
                return Open(Convert.ToHexString(bytes), context, format, 0);
            }

            if (TextBytes.Text(bytes) is { } inner && !inner.Contains('\0', StringComparison.Ordinal))
            {
                var opened = Open(inner.Trim(), context, format, depth - 1);
                return opened.Format is null ? new SignedValue(text, format, "plain", Context: context) : opened;
            }
        }

        return new SignedValue(text, format, "plain", Context: context);
    }

    private static SignedValue? FromJson(string text, string? context, int depth)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var data = Named(document.RootElement, "signedMeterData") ?? Named(document.RootElement, "signedMeterValue") ?? Named(document.RootElement, "signedData") ?? Named(document.RootElement, "ocmf");
            if (string.IsNullOrWhiteSpace(data))
            {
                return null;
            }

            var opened = Open(data.Trim(), context, Named(document.RootElement, "encodingMethod") ?? Named(document.RootElement, "format"), depth - 1);
            return Named(document.RootElement, "publicKey") is { Length: > 0 } key ? opened with { PublicKey = key } : opened;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Trailing(string ocmf) => OcmfText.Split(ocmf)?.Key is { Length: > 0 } key && MeterKey.Read(key) is not null ? key : null;

    private static string? Named(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var property in parent.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind == JsonValueKind.String)
            {
                return property.Value.GetString();
            }
        }

        return null;
    }
}
