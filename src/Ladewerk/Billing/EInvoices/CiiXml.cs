using System.Globalization;
using System.Text;
using System.Xml;

namespace Ladewerk.Billing.EInvoices;

/// <summary>Writes the UN/CEFACT Cross Industry Invoice (D16B) element by element; what is empty is left out.</summary>
internal sealed class CiiXml : IDisposable
{
    private const string Rsm = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100";
    private const string Ram = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100";
    private const string Udt = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100";
    private const string Qdt = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100";

    private readonly MemoryStream buffer = new();
    private readonly XmlWriter xml;
    private readonly string amountFormat;

    /// <param name="digits">Decimal places of amounts.</param>
    public CiiXml(int digits)
    {
        amountFormat = "F" + digits.ToString(CultureInfo.InvariantCulture);
        xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Indent = true, NewLineChars = "\n" });
    }

    /// <summary>Writes the whole document.</summary>
    public byte[] Document(Action content)
    {
        xml.WriteStartDocument();
        xml.WriteStartElement("rsm", "CrossIndustryInvoice", Rsm);
        xml.WriteAttributeString("xmlns", "ram", null, Ram);
        xml.WriteAttributeString("xmlns", "udt", null, Udt);
        xml.WriteAttributeString("xmlns", "qdt", null, Qdt);
        content();
        xml.WriteEndElement();
        xml.WriteEndDocument();
        xml.Flush();
        return buffer.ToArray();
    }

    /// <summary>One of the three parts of the document.</summary>
    public void Part(string name, Action content) => Element("rsm", name, Rsm, content);

    public void Group(string name, Action content) => Element("ram", name, Ram, content);

    /// <summary>A value with up to two attributes.</summary>
    public void Text(string name, string? value, string? attribute = null, string? of = null)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return;
        }

        xml.WriteStartElement("ram", name, Ram);
        if (attribute is not null && of is not null)
        {
            xml.WriteAttributeString(attribute, of);
        }

        xml.WriteString(Clean(value.Trim()));
        xml.WriteEndElement();
    }

    public void Amount(string name, decimal value, string? currency = null) =>
        Text(name, value.ToString(amountFormat, CultureInfo.InvariantCulture), "currencyID", currency);

    /// <summary>A price, quantity or percentage without needless zeros.</summary>
    public void Number(string name, decimal value, string? unit = null) => Text(name, value.ToString("0.######", CultureInfo.InvariantCulture), "unitCode", unit);

    /// <summary>A day, in the format 102 (CCYYMMDD).</summary>
    public void Day(string name, DateOnly day) => Group(name, () => DateText("udt", "DateTimeString", Udt, day));

    /// <summary>The day of a referenced document, whose type is a qualified one.</summary>
    public void ReferencedDay(string name, DateOnly day) => Group(name, () => DateText("qdt", "DateTimeString", Qdt, day));

    public void YesNo(string name, bool value) => Group(name, () => xml.WriteElementString("udt", "Indicator", Udt, value ? "true" : "false"));

    public void Dispose()
    {
        xml.Dispose();
        buffer.Dispose();
    }

    private void DateText(string prefix, string name, string space, DateOnly day)
    {
        xml.WriteStartElement(prefix, name, space);
        xml.WriteAttributeString("format", "102");
        xml.WriteString(day.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        xml.WriteEndElement();
    }

    private void Element(string prefix, string name, string space, Action content)
    {
        xml.WriteStartElement(prefix, name, space);
        content();
        xml.WriteEndElement();
    }

    /// <summary>Without characters that XML 1.0 does not know.</summary>
    private static string Clean(string text) => text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && !text.Any(c => char.IsSurrogate(c) || c >= '\ufffe')
        ? text
        : string.Concat(text.EnumerateRunes().Where(r => r.Value is '\t' or '\n' or '\r' or >= 0x20 and <= 0xfffd or >= 0x10000).Select(r => r.ToString()));
}
