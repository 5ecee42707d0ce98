using System.Text.Json;

namespace Ladewerk.Ocpp.Tests.Schemas;

/// <summary>
/// The official JSON schemas, which are not part of the repository: in the folder that OCPP_SCHEMAS names, or in
/// shared/data/ocpp-schemas beside a folder above the test binaries. Tests report "skipped: no data" without them.
/// </summary>
internal static class SchemaFolder
{
    private static readonly string? Root = Find();

    /// <summary>Folder of one version, for example <c>1.6</c>; skips the running test when there is none.</summary>
    public static string Of(string version)
    {
        var folder = Root is null ? null : Path.Combine(Root, version);
        Assert.SkipUnless(Directory.Exists(folder), $"skipped: no data (OCPP {version} schemas; set OCPP_SCHEMAS to the folder that holds {version}/)");
        return folder!;
    }

    public static JsonElement Read(string version, string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Of(version), file + ".json")));
        return document.RootElement.Clone();
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("OCPP_SCHEMAS") is { Length: > 0 } named)
        {
            return named;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data", "ocpp-schemas");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
