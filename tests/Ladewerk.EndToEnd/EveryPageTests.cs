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
        await using var german = await host.Window("de");
        await using var english = await host.Window("en");

        // Each route once: by itself, or by the first link that leads to it. A page of a thing leads to other things only where it has them:
        // while a route is missing, the links of the second and the third thing are followed too.
        var found = routes.Where(r => !PageRoutes.HasParameters(r)).ToDictionary(r => r, r => r, StringComparer.Ordinal);
        Queue<string> ahead = new(found.Values), others = new();
        HashSet<string> known = [.. found.Values];
        while (ahead.TryDequeue(out var path) || (found.Count < routes.Count && others.TryDequeue(out path)))
        {
            // Side by side, because there are many pages; each language has faults of its own.
            List<string> inGerman = [], inEnglish = [], links = [];
            await Task.WhenAll(Look(german, "de", path, inGerman, links), Look(english, "en", path, inEnglish, []));
            faults.AddRange([.. inGerman, .. inEnglish]);
            foreach (var link in links)
            {
                if (routes.FirstOrDefault(r => PageRoutes.HasParameters(r) && PageRoutes.Matches(r, link, routes)) is { } route && known.Add(link))
                {
                    (found.TryAdd(route, link) ? ahead : others).Enqueue(link);
                }
            }
        }

        faults.AddRange(routes.Where(r => !found.ContainsKey(r)).Select(r => $"{r}: no page links to it"));
        faults.ShouldBeEmpty();
    }

    private static async Task Look(IBrowserContext context, string language, string path, List<string> faults, List<string> links)
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

        links.AddRange(await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('a[href^=\"/portal\"]')].map(a => new URL(a.href).pathname)"));
        if (await page.GetAttributeAsync("html", "lang") is var said && said != language)
        {
            faults.Add($"{path} ({language}): comes in {said}");
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
                faults.Add($"{where}: scrolls sideways by {over} px");
            }

            if (await page.EvaluateAsync<string[]>("() => [...document.body.innerText.matchAll(/\\b(portal|stations|sessions|insight|tariffs|billing|access|drivers|operations|notifications|app)\\.[a-z][A-Za-z.]+/g)].map(m => m[0])") is { Length: > 0 } keys)
            {
                faults.Add($"{where}: shows {string.Join(", ", keys)} instead of a text");
            }

            if (isChecked)
            {
                faults.AddRange((await Axe.Violations(page)).Select(v => $"{where}: {v}"));
            }

            if (Screenshots is not null)
            {
                await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{Name(path)}-{language}-{scheme.ToString().ToLowerInvariant()}-{width}.png"), FullPage = true });
            }
        }

        await page.CloseAsync();
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
