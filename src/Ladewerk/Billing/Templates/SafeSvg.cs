using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Ladewerk.Billing.Templates;

/// <summary>A tenant's logo, drawn from shapes alone: nothing in it can fetch anything.</summary>
internal static class SafeSvg
{
    private static readonly HashSet<string> Shapes = new(StringComparer.Ordinal)
    {
        "svg", "g", "defs", "symbol", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc",
        "linearGradient", "radialGradient", "stop", "clipPath", "mask", "use",
    };

    /// <summary>The drawing as a <c>data:</c> address; null where it is none.</summary>
    public static string? DataAddress(string? svg)
    {
        if (string.IsNullOrWhiteSpace(svg))
        {
            return null;
        }

        try
        {
            using var reader = XmlReader.Create(new StringReader(svg), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var drawing = XElement.Load(reader);
            if (drawing.Name.LocalName != "svg")
            {
                return null;
            }

            drawing.Descendants().Where(e => !Shapes.Contains(e.Name.LocalName)).Remove();
            drawing.DescendantsAndSelf().Attributes().Where(IsUnsafe).Remove();
            return "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(drawing.ToString(SaveOptions.DisableFormatting)));
        }
        catch (XmlException)
        {
            return null; // not a drawing: the document shows the tenant's initial instead
        }
    }

    /// <summary>Scripts, and references to anything but a part of the drawing itself.</summary>
    private static bool IsUnsafe(XAttribute attribute)
    {
        var (name, value) = (attribute.Name.LocalName, attribute.Value.Trim());
        return name.StartsWith("on", StringComparison.OrdinalIgnoreCase)
            || (name is "href" or "src" && !value.StartsWith('#'))
            || (value.Contains("url(", StringComparison.OrdinalIgnoreCase) && !value.StartsWith("url(#", StringComparison.OrdinalIgnoreCase))
            || (name == "style" && value.Contains("url(", StringComparison.OrdinalIgnoreCase));
    }
}
