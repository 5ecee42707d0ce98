using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Billing.EInvoices;

/// <summary>
/// Puts an invoice's XML into its PDF/A-3 as ZUGFeRD wants it: an associated file (ISO 19005-3, 6.8) that stands in the catalogue, and
/// metadata that say so. Done by an incremental update (ISO 32000-1, 7.5.6): what the renderer wrote stays as it is, new objects follow.
/// </summary>
internal sealed class PdfAttachment : IDisposable
{
    // Byte for byte: Latin-1 maps each byte to one character and back.
    private static readonly Encoding Bytes = Encoding.Latin1;

    private readonly byte[] pdf;
    private readonly string text;
    private readonly MemoryStream output = new();
    private readonly List<(int Number, long Offset)> written = [];

    private PdfAttachment(byte[] pdf) => (this.pdf, text) = (pdf, Bytes.GetString(pdf));

    /// <summary>The document with the file; null where it is not built in the plain way that can be continued (a cross-reference table, readable metadata).</summary>
    /// <param name="at">Date of the file.</param>
    public static byte[]? Add(byte[] pdf, byte[] xml, InvoiceProfile profile, DateTimeOffset at)
    {
        using var attachment = new PdfAttachment(pdf);
        return attachment.Write(xml, profile, at);
    }

    public void Dispose() => output.Dispose();

    private byte[]? Write(byte[] xml, InvoiceProfile profile, DateTimeOffset at)
    {
        var trailer = text.LastIndexOf("trailer", StringComparison.Ordinal);
        if (trailer < 0 || Number("startxref", trailer) is not { } before || Number("/Size", trailer) is not { } size || Reference("/Root", trailer) is not { } root
            || Dictionary(root) is not { } catalogue || catalogue.Contains("/Names", StringComparison.Ordinal) || catalogue.Contains("/AF", StringComparison.Ordinal)
            || Reference("/Metadata", catalogue) is not { } metadata || Stream(metadata) is not { } xmp || !xmp.Contains("</rdf:RDF>", StringComparison.Ordinal))
        {
            return null;
        }

        output.Write(pdf);
        output.WriteByte((byte)'\n');
        var (file, specification) = (size, size + 1);
        var day = at.UtcDateTime.ToString("'D:'yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
        Object(file, $"<< /Type /EmbeddedFile /Subtype /text#2Fxml /Length {xml.Length} /Params << /Size {xml.Length} /ModDate ({day}) /CheckSum <{Checksum(xml)}> >> >>", xml);
        Object(specification, $"<< /Type /Filespec /F ({profile.FileName}) /UF ({profile.FileName}) /AFRelationship /Alternative /Desc (Invoice data) /EF << /F {file} 0 R /UF {file} 0 R >> >>");
        var described = Encoding.UTF8.GetBytes(Described(Encoding.UTF8.GetString(Bytes.GetBytes(xmp)), profile));
        Object(metadata, $"<< /Type /Metadata /Subtype /XML /Length {described.Length} >>", described);
        Object(root, $"<<{catalogue} /Names << /EmbeddedFiles << /Names [({profile.FileName}) {specification} 0 R] >> >> /AF [{specification} 0 R] >>");
        Trailer(root, before, size + 2, trailer);
        return output.ToArray();
    }

    /// <summary>A fingerprint by which a reader sees damage (ISO 32000-1, table 46 knows MD5 only); it protects nothing.</summary>
#pragma warning disable CA5351
    private static string Checksum(byte[] xml) => Convert.ToHexString(MD5.HashData(xml));
#pragma warning restore CA5351

    private void Object(int number, string dictionary, byte[]? stream = null)
    {
        written.Add((number, output.Length));
        Put($"{number} 0 obj\n{dictionary}\n");
        if (stream is not null)
        {
            Put("stream\n");
            output.Write(stream);
            Put("\nendstream\n");
        }

        Put("endobj\n");
    }

    private void Trailer(int root, int before, int size, int trailer)
    {
        var table = output.Length;
        Put("xref\n");
        foreach (var (number, offset) in written.OrderBy(o => o.Number))
        {
            Put(string.Create(CultureInfo.InvariantCulture, $"{number} 1\n{offset:D10} 00000 n \n"));
        }

        // ISO 19005-3, 6.1.3: the trailer has an identifier, which a renderer may have left out.
        var id = Convert.ToHexString(SHA256.HashData(pdf).AsSpan(0, 16));
        var info = Reference("/Info", trailer) is { } known ? $" /Info {known} 0 R" : "";
        Put($"trailer\n<< /Size {size} /Root {root} 0 R{info} /Prev {before} /ID [<{id}> <{id}>] >>\nstartxref\n{table}\n%%EOF\n");
    }

    private static string Described(string xmp, InvoiceProfile profile) => xmp.Replace(
        "</rdf:RDF>",
        $$"""
        <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"><fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{{profile.FileName}}</fx:DocumentFileName><fx:Version>{{profile.Version}}</fx:Version><fx:ConformanceLevel>{{profile.Level}}</fx:ConformanceLevel></rdf:Description>
        <rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema><pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>{{Property("DocumentFileName", "Name of the embedded XML")}}{{Property("DocumentType", "Kind of the document")}}{{Property("Version", "Version of the standard")}}{{Property("ConformanceLevel", "Profile of the XML")}}</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>
        """,
        StringComparison.Ordinal);

    private static string Property(string name, string description) =>
        $"<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>";

    private void Put(string line) => output.Write(Bytes.GetBytes(line));

    /// <summary>The whole number that follows a word.</summary>
    private int? Number(string word, int from)
    {
        var at = text.IndexOf(word, from, StringComparison.Ordinal);
        return at < 0 ? null : NumberAt(text, at + word.Length);
    }

    private int? Reference(string key, int from) => Reference(key, text[from..]);

    /// <summary>The object number of a reference such as <c>/Root 3 0 R</c>.</summary>
    private static int? Reference(string key, string within)
    {
        var at = within.IndexOf(key + " ", StringComparison.Ordinal);
        return at < 0 ? null : NumberAt(within, at + key.Length);
    }

    private static int? NumberAt(string within, int at)
    {
        var rest = within.AsSpan(at).TrimStart();
        var length = rest.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(length < 0 ? rest : rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>What stands between the outer brackets of an object that is a dictionary; null: it is none, or has a stream.</summary>
    private string? Dictionary(int number) => Body(number) is { } body && body.StartsWith("<<", StringComparison.Ordinal) && body.EndsWith(">>", StringComparison.Ordinal) ? body[2..^2] : null;

    /// <summary>An object's stream, where it is not compressed.</summary>
    private string? Stream(int number)
    {
        if (Body(number) is not { } body || body.IndexOf("stream\n", StringComparison.Ordinal) is not (> 0 and var begin)
            || body.LastIndexOf("endstream", StringComparison.Ordinal) is not (> 0 and var end) || body.AsSpan(0, begin).Contains("/Filter", StringComparison.Ordinal))
        {
            return null;
        }

        return body[(begin + 7)..end].Trim('\r', '\n');
    }

    private string? Body(int number)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"\n{number} 0 obj\n");
        var at = text.LastIndexOf(head, StringComparison.Ordinal);
        var end = at < 0 ? -1 : text.IndexOf("\nendobj", at, StringComparison.Ordinal);
        return end < 0 ? null : text[(at + head.Length)..end].Trim();
    }
}
