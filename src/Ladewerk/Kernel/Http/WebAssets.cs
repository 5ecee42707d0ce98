using System.Text.Json;

namespace Ladewerk.Kernel.Http;

/// <summary>Where the bundled scripts, styles, icons and pictures are: <c>assets["app.css"]</c> gives the address with the content's hash.</summary>
public sealed class WebAssets(IWebHostEnvironment environment)
{
    private readonly Lazy<Dictionary<string, string>> manifest = new(() => Load(environment));

    /// <summary>The address of a bundled file.</summary>
    public string this[string name] => manifest.Value.GetValueOrDefault(name) ?? $"/dist/{name}";

    /// <summary>The folder of the files: beside the program where it was published, else in the sources.</summary>
    public static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var candidate in new[] { Path.Combine(folder.FullName, "wwwroot"), Path.Combine(folder.FullName, "src", "Ladewerk", "wwwroot") })
            {
                if (Directory.Exists(Path.Combine(candidate, "dist")))
                {
                    return candidate;
                }
            }
        }

        return Path.Combine(AppContext.BaseDirectory, "wwwroot");
    }

    private static Dictionary<string, string> Load(IWebHostEnvironment environment)
    {
        var file = environment.WebRootFileProvider.GetFileInfo("dist/manifest.json");
        if (!file.Exists)
        {
            return [];
        }

        using var stream = file.CreateReadStream();
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream) ?? [];
    }
}
