using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Ladewerk.EndToEnd;

/// <summary>Every page of the portal in both languages, light and dark, on a desk and on a phone.</summary>
[Collection(InBrowser.Name)]
public sealed class EveryPageTests(BrowserHost host)
{
    private const int Desk = 1440, Phone = 360;

    // What a single blocked resource, script or style would say.
    private static readonly string[] Grave = ["critical", "serious"];

    private static readonly string Screenshots = Directory.CreateDirectory(Path.Combine(Root(), "artifacts", "screenshots")).FullName;

    [Fact]
    public async Task Every_page_is_sound_in_each_language_theme_and_width()
    {
        var routes = PageRoutes.Of(host.Host.Services);
        var faults = new List<string>();
        await using var german = await host.Window("de");
        await using var english = await host.Window("en");
        var paths = await Paths(german, routes, faults);
        foreach (var path in paths)
        {
            // Side by side, because there are many pages; each language has faults of its own.
            List<string> inGerman = [], inEnglish = [];
            await Task.WhenAll(Look(german, "de", path, inGerman), Look(english, "en", path, inEnglish));
            faults.AddRange([.. inGerman, .. inEnglish]);
        }

        faults.ShouldBeEmpty();
    }

    /// <summary>One address for each route: itself, or the first link on the pages before that leads to it.</summary>
    private static async Task<IReadOnlyList<string>> Paths(IBrowserContext context, IReadOnlyList<string> routes, List<string> faults)
    {
        var found = routes.Where(r => !PageRoutes.HasParameters(r)).ToDictionary(r => r, r => r, StringComparer.Ordinal);
        var page = await context.NewPageAsync();
        for (var known = 0; known < found.Count;)
        {
            var path = found.Values.ElementAt(known++);
            await page.GotoAsync(path);
            foreach (var link in await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('a[href^=\"/portal\"]')].map(a => new URL(a.href).pathname)"))
            {
                if (routes.FirstOrDefault(r => PageRoutes.HasParameters(r) && !found.ContainsKey(r) && PageRoutes.Matches(r, link, routes)) is { } route)
                {
                    found[route] = link;
                }
            }
        }

        await page.CloseAsync();
        faults.AddRange(routes.Where(r => !found.ContainsKey(r)).Select(r => $"{r}: no page links to it"));
        return [.. found.Values];
    }

    private static async Task Look(IBrowserContext context, string language, string path, List<string> faults)
    {
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                faults.Add($"{path} ({language}) console: {message.Text}");
            }
        };
        page.PageError += (_, error) => faults.Add($"{path} ({language}) script: {error}");
        await page.SetViewportSizeAsync(Desk, 900);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        var answer = await page.GotoAsync(path);
        if (answer is not { Status: 200 })
        {
            faults.Add($"{path} ({language}): answered {answer?.Status}");
        }

        if (await page.GetAttributeAsync("html", "lang") is var said && said != language)
        {
            faults.Add($"{path} ({language}): comes in {said}");
        }

        foreach (var (width, scheme) in new[] { (Desk, ColorScheme.Light), (Desk, ColorScheme.Dark), (Phone, ColorScheme.Dark), (Phone, ColorScheme.Light) })
        {
            await page.SetViewportSizeAsync(width, width == Phone ? 800 : 900);
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            var where = $"{path} ({language}, {scheme}, {width} px)";
            if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") is > 0 and var over)
            {
                faults.Add($"{where}: scrolls sideways by {over} px");
            }

            if (await page.EvaluateAsync<string[]>("() => [...document.body.innerText.matchAll(/\\b(portal|stations|sessions|insight|tariffs|billing|access|drivers|operations|notifications|app)\\.[a-z][A-Za-z.]+/g)].map(m => m[0])") is { Length: > 0 } keys)
            {
                faults.Add($"{where}: shows {string.Join(", ", keys)} instead of a text");
            }

            // The two corners of the square; the others differ in nothing that axe sees.
            if ((width, scheme) is (Desk, ColorScheme.Light) or (Phone, ColorScheme.Dark))
            {
                faults.AddRange(await Violations(page, where));
            }

            await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{Name(path)}-{language}-{scheme.ToString().ToLowerInvariant()}-{width}.png"), FullPage = true });
        }

        await page.CloseAsync();
    }

    private static async Task<IEnumerable<string>> Violations(IPage page, string where)
    {
        var result = await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
        return result.Violations.Where(v => Grave.Contains(v.Impact))
            .Select(v => $"{where}: {v.Id}, {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html.Length > 160 ? n.Html[..160] : n.Html))}");
    }

    private static string Name(string path) => path.Trim('/').Replace('/', '-') is { Length: > 0 } name ? name : "start";

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Ladewerk.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return folder.FullName;
    }
}
