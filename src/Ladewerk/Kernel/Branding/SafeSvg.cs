using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Ladewerk.Kernel.Branding;

/// <summary>A drawing from shapes alone: nothing in it runs, and nothing in it fetches anything.</summary>
internal static class SafeSvg
{
    private const int MostElements = 5_000;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly HashSet<string> Shapes = new(StringComparer.Ordinal)
    {
        "svg", "g", "defs", "symbol", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc",
        "linearGradient", "radialGradient", "stop", "clipPath", "mask", "use",
    };

    /// <summary>The drawing without all that is not a shape; null where it is no drawing.</summary>
    public static byte[]? Clean(ReadOnlyMemory<byte> file)
    {
        try
        {
            using var content = new MemoryStream(file.ToArray());
            using var reader = XmlReader.Create(content, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true });
            var drawing = XElement.Load(reader);
            if (drawing.Name != Svg + "svg" || drawing.Descendants().Take(MostElements + 1).Count() > MostElements)
            {
                return null;
            }

            drawing.Descendants().Where(e => e.Name.Namespace != Svg || !Shapes.Contains(e.Name.LocalName)).Remove();
            drawing.DescendantsAndSelf().Attributes().Where(IsUnsafe).Remove();
            RemoveNestedUses(drawing);
            return Encoding.UTF8.GetBytes(drawing.ToString(SaveOptions.DisableFormatting));
        }
        catch (XmlException)
        {
            return null; // not a drawing
        }
    }

    /// <summary>Scripts, and references to anything but a part of the drawing itself.</summary>
    private static bool IsUnsafe(XAttribute attribute)
    {
        var (name, value) = (attribute.Name.LocalName, attribute.Value.Trim());
        return !attribute.IsNamespaceDeclaration
            && (name.StartsWith("on", StringComparison.OrdinalIgnoreCase)
                || attribute.Name.Namespace == XNamespace.Xml
                || (name is "href" or "src" && !value.StartsWith('#'))
                || value.Contains('\\', StringComparison.Ordinal) // escapes of a style sheet hide what follows
                || value.Contains("@import", StringComparison.OrdinalIgnoreCase)
                || value.Contains("image-set", StringComparison.OrdinalIgnoreCase)
                || value.Contains("javascript:", StringComparison.OrdinalIgnoreCase)
                || (name is "style" && value.Contains("/*", StringComparison.Ordinal))
                || PointsElsewhere(value));
    }

    private static bool PointsElsewhere(string value)
    {
        for (var at = value.IndexOf("url(", StringComparison.OrdinalIgnoreCase); at >= 0; at = value.IndexOf("url(", at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if (!value.AsSpan(at + 4).TrimStart(" \t\r\n\"'").StartsWith('#'))
            {
                return true;
            }
        }

        return false;
    }

    // A use of a use of a use multiplies: ten lines can draw ten thousand million shapes.
    private static void RemoveNestedUses(XElement drawing)
    {
        var uses = drawing.Descendants(Svg + "use").ToList();
        var holders = uses.SelectMany(u => u.AncestorsAndSelf()).Select(e => (string?)e.Attribute("id")).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var use in uses.Where(u => u.Attributes().Any(a => a.Name.LocalName == "href" && holders.Contains(a.Value.Trim().TrimStart('#')))))
        {
            use.Remove();
        }
    }
}
