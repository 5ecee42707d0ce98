using System.Text;
using System.Xml;
using System.Xml.Linq;
using Ladewerk.Eichrecht.Formats;

namespace Ladewerk.Eichrecht;

/// <summary>The XML file that the S.A.F.E. Transparenzsoftware reads: a list of signed values, each with the key that it was signed with.</summary>
public static class TransparencyFile
{
    /// <summary>Reads a file: the S.A.F.E. container, Mennekes' billing file, or one bare value (OCMF, PCDF, Alfen, SML).</summary>
    /// <param name="text">Content of the file.</param>
    /// <returns>Null where it is none of these.</returns>
    public static IReadOnlyList<SignedValue>? Read(string text)
    {
        var plain = text.TrimStart('\uFEFF').Trim();
        if (plain.Length == 0)
        {
            return null;
        }

        if (plain[0] != '<')
        {
            return Envelope.Open(plain) is { } opened && Envelope.IsKnown(opened) ? [opened] : null;
        }

        return MeterXml.Parse(plain)?.Root switch
        {
            { Name.LocalName: "values" } root => [.. root.Elements().Where(e => e.Name.LocalName == "value").Select(Value)],
            { Name.LocalName: "Billing" } root => [.. root.Descendants().Where(e => e.Name.LocalName == "ChargingProcess").Select(p => new SignedValue(p.ToString(SaveOptions.DisableFormatting), "MENNEKES"))],
            { Name.LocalName: "ChargingProcess" or "signedMeterValue" } => [new SignedValue(plain)],
            _ => null,
        };
    }

    /// <summary>Reads a file from its bytes, in the encoding that its declaration or its byte order mark names.</summary>
    public static IReadOnlyList<SignedValue>? Read(byte[] bytes)
    {
        if (TextBytes.Text(bytes) is { } utf8)
        {
            return Read(utf8);
        }

        return Read(Encoding.Latin1.GetString(bytes));
    }

    /// <summary>Writes the container: UTF-8, no white space around the signed text.</summary>
    public static byte[] Write(IEnumerable<SignedValue> values)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Indent = true, NewLineHandling = NewLineHandling.Entitize, CheckCharacters = false }))
        {
            xml.WriteStartElement("values");
            foreach (var value in values)
            {
                xml.WriteStartElement("value");
                Attribute(xml, "transactionId", value.TransactionId);
                Attribute(xml, "context", value.Context);
                xml.WriteStartElement("signedData");
                Attribute(xml, "format", value.Format);
                xml.WriteAttributeString("encoding", value.Encoding ?? "plain");
                Attribute(xml, "transactionId", value.TransactionId);
                xml.WriteString(Clean(value.Data));
                xml.WriteEndElement();
                if (value.PublicKey is { } key)
                {
                    xml.WriteStartElement("publicKey");
                    Attribute(xml, "encoding", value.PublicKeyEncoding);
                    xml.WriteString(Clean(key));
                    xml.WriteEndElement();
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return stream.ToArray();
    }

    /// <summary>The sessions of a file: values with the same transaction id belong together, those without one stand alone.</summary>
    public static IReadOnlyList<IReadOnlyList<SignedValue>> Sessions(IReadOnlyList<SignedValue> values) =>
        [.. values.Select((value, index) => (value, key: value.TransactionId is { Length: > 0 } id ? id : "#" + index.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            .GroupBy(v => v.key, v => v.value, StringComparer.Ordinal).Select(group => (IReadOnlyList<SignedValue>)[.. group])];

    private static SignedValue Value(XElement value)
    {
        var data = value.Elements().FirstOrDefault(e => e.Name.LocalName is "signedData" or "encodedData");
        var key = value.Elements().FirstOrDefault(e => e.Name.LocalName == "publicKey");
        return new SignedValue(
            data?.Value.Trim() ?? "",
            Named(data, "format"),
            Named(data, "encoding"),
            Named(value, "transactionId"),
            Named(value, "context"),
            key?.Value.Trim() is { Length: > 0 } text ? text : null,
            Named(key, "encoding"));
    }

    private static string? Named(XElement? element, string name) => element?.Attribute(name)?.Value is { Length: > 0 } text ? text : null;

    private static void Attribute(XmlWriter xml, string name, string? value)
    {
        if (value is { Length: > 0 })
        {
            xml.WriteAttributeString(name, Clean(value));
        }
    }

    /// <summary>XML 1.0 holds no control characters; a value with one would not have been signed by a meter either.</summary>
    private static string Clean(string text) => text.All(XmlChar) ? text : string.Concat(text.Where(XmlChar));

    private static bool XmlChar(char c) => c is '\t' or '\n' or '\r' or (>= ' ' and <= '\uFFFD');
}
