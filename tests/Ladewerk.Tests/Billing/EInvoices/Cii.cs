using System.Globalization;
using System.Xml.Linq;

namespace Ladewerk.Tests.Billing.EInvoices;

/// <summary>Reads a Cross Industry Invoice by the names of its elements.</summary>
internal sealed class Cii(byte[] xml)
{
    private readonly XElement root = XDocument.Load(new MemoryStream(xml)).Root!;

    public XElement Root => root;

    public XElement Settlement => root.Descendants().Single(e => e.Name.LocalName == "ApplicableHeaderTradeSettlement");

    public XElement Sums => Of(Settlement, "SpecifiedTradeSettlementHeaderMonetarySummation").Single();

    public XElement Seller => root.Descendants().Single(e => e.Name.LocalName == "SellerTradeParty");

    public XElement Buyer => root.Descendants().Single(e => e.Name.LocalName == "BuyerTradeParty");

    public IReadOnlyList<XElement> Lines => [.. root.Descendants().Where(e => e.Name.LocalName == "IncludedSupplyChainTradeLineItem")];

    public IReadOnlyList<XElement> Breakdown => [.. Of(Settlement, "ApplicableTradeTax")];

    /// <summary>Elements at a path below one; a step matches the local name.</summary>
    public static IEnumerable<XElement> Of(XElement from, params string[] path)
    {
        IEnumerable<XElement> at = [from];
        foreach (var step in path)
        {
            at = at.Elements().Where(e => e.Name.LocalName == step);
        }

        return at;
    }

    public static string? Text(XElement from, params string[] path) => Of(from, path).FirstOrDefault()?.Value;

    public static decimal? Number(XElement from, params string[] path) => Text(from, path) is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>A value below the root.</summary>
    public string? Text(params string[] path) => Text(root, path);

    public decimal Sum(string name) => Number(Sums, name) ?? 0m;
}
