using Microsoft.Playwright;

namespace Ladewerk.EndToEnd;

/// <summary>Every page of the portal in both languages, light and dark, on a desk and on a phone.</summary>
[Collection(InBrowser.Name)]
public sealed class EveryPageTests(BrowserHost host)
{
    private const int Desk = 1440, Phone = 360;

    // Pictures are for people to look at, and cost as much as all checks together: LADEWERK_SCREENSHOTS=1 takes them.
    private static readonly string? Screenshots =
        Environment.GetEnvironmentVariable("LADEWERK_SCREENSHOTS") is { Length: > 0 } ? Directory.CreateDirectory(Path.Combine(Root(), "artifacts", "screenshots")).FullName : null;

    [Fact]
    public async Task Every_page_is_sound_in_each_language_theme_and_width()
    {
        var routes = PageRoutes.Of(host.Host.Services);
        var faults = new List<string>();
        await using var germanWindow = await host.Window("de");
        await using var englishWindow = await host.Window("en");
        // One page in each language that goes from place to place, as a person does: a page anew for each place costs as much as looking at it.
        var (german, english) = (new Walker(await germanWindow.NewPageAsync(), "de"), new Walker(await englishWindow.NewPageAsync(), "en"));

        // Each route once: by itself, or by the first link that leads to it. A page of a thing leads to other things only where it has them:
        // while a route is missing, the links of the second and the third thing are followed too.
        var found = routes.Where(r => !PageRoutes.HasParameters(r)).ToDictionary(r => r, r => r, StringComparer.Ordinal);
        Queue<string> ahead = new(found.Values), others = new();
        HashSet<string> known = [.. found.Values];
        while (ahead.TryDequeue(out var path) || (found.Count < routes.Count && others.TryDequeue(out path)))
        {
            // Side by side, because there are many pages; each language has faults of its own.
            var links = german.Look(path);
            await Task.WhenAll(links, english.Look(path));
            foreach (var link in await links)
            {
                if (routes.FirstOrDefault(r => PageRoutes.HasParameters(r) && PageRoutes.Matches(r, link, routes)) is { } route && known.Add(link))
                {
                    (found.TryAdd(route, link) ? ahead : others).Enqueue(link);
                }
            }
        }

        faults.AddRange([.. german.Faults, .. english.Faults, .. routes.Where(r => !found.ContainsKey(r)).Select(r => $"{r}: no page links to it")]);
        faults.ShouldBeEmpty();
    }

    /// <summary>Goes through the pages in one language and notes what is wrong.</summary>
    private sealed class Walker
    {
        private readonly IPage page;
        private readonly string language;
        private string path = "";

        public Walker(IPage page, string language)
        {
            (this.page, this.language) = (page, language);
            page.Console += (_, message) =>
            {
                if (message.Type is "error" or "warning")
                {
                    Faults.Add($"{path} ({language}) console: {message.Text}");
                }
            };
            page.PageError += (_, error) => Faults.Add($"{path} ({language}) script: {error}");
        }

        public List<string> Faults { get; } = [];

        /// <summary>Looks at a page; gives where its links lead.</summary>
        public async Task<string[]> Look(string at)
        {
            path = at;
            await page.SetViewportSizeAsync(Desk, 900);
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
            var answer = await page.GotoAsync(path);
            if (answer is not { Status: 200 })
            {
                Faults.Add($"{path} ({language}): answered {answer?.Status}");
            }

            var links = await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('a[href^=\"/portal\"]')].map(a => new URL(a.href).pathname)");
            if (await page.GetAttributeAsync("html", "lang") is var said && said != language)
            {
                Faults.Add($"{path} ({language}): comes in {said}");
            }

            foreach (var (width, scheme) in new[] { (Desk, ColorScheme.Light), (Desk, ColorScheme.Dark), (Phone, ColorScheme.Dark), (Phone, ColorScheme.Light) })
            {
                // The corners of the square on one diagonal: the others differ in nothing that can be checked, only in what can be looked at.
                var isChecked = (width, scheme) is (Desk, ColorScheme.Light) or (Phone, ColorScheme.Dark);
                if (!isChecked && Screenshots is null)
                {
                    continue;
                }

                await page.SetViewportSizeAsync(width, width == Phone ? 800 : 900);
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                var where = $"{path} ({language}, {scheme}, {width} px)";
                if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") is > 0 and var over)
                {
                    Faults.Add($"{where}: scrolls sideways by {over} px");
                }

                if (await page.EvaluateAsync<string[]>("() => [...document.body.innerText.matchAll(/\\b(portal|stations|sessions|insight|tariffs|billing|access|drivers|operations|notifications|app)\\.[a-z][A-Za-z.]+/g)].map(m => m[0])") is { Length: > 0 } keys)
                {
                    Faults.Add($"{where}: shows {string.Join(", ", keys)} instead of a text");
                }

                if (isChecked)
                {
                    Faults.AddRange((await Axe.Violations(page)).Select(v => $"{where}: {v}"));
                }

                if (Screenshots is not null)
                {
                    await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{Name(path)}-{language}-{scheme.ToString().ToLowerInvariant()}-{width}.png"), FullPage = true });
                }
            }

            return links;
        }
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
