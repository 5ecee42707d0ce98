using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>What drivers and guests do on a phone, with a real station behind it.</summary>
[Collection(InBrowser.Name)]
public sealed partial class DriverAppFlowTests(BrowserHost host)
{
    private const int Phone = 360, MostBytes = 150_000, MostMilliseconds = 1000;

    [Fact]
    public async Task The_guest_page_paints_within_a_second_on_few_bytes_and_needs_neither_cookies_nor_scripts()
    {
        var path = $"/c/DE*SMU*{BrowserHost.Charging[^2..]}*2";
        await using var window = await host.Stranger();
        var page = await window.NewPageAsync();
        var faults = OnThePhone.Faults(page);
        var client = await window.NewCDPSessionAsync(page);
        await client.SendAsync("Network.enable");
        double bytes = 0;
        client.Event("Network.loadingFinished").OnEvent += (_, e) => bytes += e!.Value.GetProperty("encodedDataLength").GetDouble();
        await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        await Expect(page.Locator(".price .main td")).ToContainTextAsync(OnThePhone.Amount());
        var paint = await page.EvaluateAsync<double>("() => new Promise(done => new PerformanceObserver(list => { const e = list.getEntriesByName('first-contentful-paint')[0]; if (e) done(e.startTime); }).observe({ type: 'paint', buffered: true }))");
        paint.ShouldBeLessThan(MostMilliseconds);
        bytes.ShouldBeGreaterThan(0);
        bytes.ShouldBeLessThan(MostBytes);
        (await window.CookiesAsync()).ShouldBeEmpty();
        (await Axe.Violations(page)).ShouldBeEmpty();
        faults.ShouldBeEmpty();

        await using var plain = await host.Stranger(scripts: false);
        var without = await plain.NewPageAsync();
        await without.GotoAsync(path);
        await Expect(without.Locator(".price .main td")).ToContainTextAsync(OnThePhone.Amount());
    }

    [Fact]
    public async Task A_driver_signs_in_finds_a_station_starts_watches_stops_and_sees_the_history()
    {
        await using var window = await host.DriverWindow(Phone);
        await using var station = await host.FreeStation();
        var page = await window.NewPageAsync();
        var faults = OnThePhone.Faults(page);
        await page.GotoAsync("/app");
        var (transaction, now) = await OnThePhone.Start(page, station, BrowserHost.ForDrivers);

        // The page goes on by itself, and its values change without being read anew.
        await OnThePhone.Watch(page, station, transaction, now);
        (await Axe.Violations(page)).ShouldBeEmpty();

        // A network that goes and comes back: the last values stay, marked, until new ones come.
        await window.SetOfflineAsync(true);
        await Expect(page.Locator("[data-when-offline]").First).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(page.Locator("[data-v=power]")).ToHaveTextAsync("11,0");
        await window.SetOfflineAsync(false);
        await Expect(page.Locator("[data-when-offline]").First).ToBeHiddenAsync(new() { Timeout = 30_000 });

        await OnThePhone.Stop(page, station, transaction, now);
        await page.GotoAsync("/app/sessions");
        await Expect(page.Locator(".rows li").First).ToContainTextAsync("3,00 kWh");
        faults.Where(f => !f.Contains("ERR_INTERNET_DISCONNECTED", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_network_the_app_starts_with_its_last_state_and_shows_no_price()
    {
        await using var window = await host.DriverWindow(Phone);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/app");
        await page.EvaluateAsync("() => navigator.serviceWorker.ready.then(() => true)");
        await page.ReloadAsync(); // now the worker sees the page, and keeps it
        await Expect(page.Locator(".price1 b").First).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("() => caches.open('lw-pages').then(c => c.match('/app')).then(Boolean)");
        await page.CloseAsync();

        await window.SetOfflineAsync(true);
        var offline = await window.NewPageAsync();
        await offline.GotoAsync("/app");
        await Expect(offline.Locator(".memory")).ToBeVisibleAsync();
        await Expect(offline.Locator("[data-memory-time]")).ToContainTextAsync(Clock());
        await Expect(offline.Locator(".sites h2").First).ToBeVisibleAsync();
        await Expect(offline.Locator(".price1 b").First).ToBeHiddenAsync();
        await offline.GotoAsync("/app/p/UNSEEN");
        await Expect(offline.Locator("main")).ToContainTextAsync("noch nicht im Gerät");
    }

    [Fact]
    public async Task Every_page_of_the_app_is_sound_in_each_language_theme_and_width()
    {
        await using var window = await host.DriverWindow(Phone);
        var session = await host.DriversSession();
        var code = await host.Code(BrowserHost.ForDrivers);
        var paths = host.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/'))
            .Where(p => (p == "/app" || p.StartsWith("/app/", StringComparison.Ordinal) || p is "/c/{evseId}" or "/c/{evseId}/receipt" or "/prices/{slug}") && !NoPage().IsMatch(p))
            .Select(p => p.Replace("{code}", code, StringComparison.Ordinal).Replace("{evseId}", code, StringComparison.Ordinal).Replace("{slug}", "default", StringComparison.Ordinal).Replace("sessions/{id:guid}", "sessions/" + session, StringComparison.Ordinal))
            .Where(p => !p.Contains('{', StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).ToList();
        paths.Count.ShouldBeGreaterThan(8);
        var faults = new List<string>();
        var page = await window.NewPageAsync();
        page.Console += (_, message) => faults.AddRange(message.Type is "error" or "warning" ? [$"{page.Url}: {message.Text}"] : []);
        page.PageError += (_, error) => faults.Add($"{page.Url}: {error}");
        foreach (var path in paths)
        {
            foreach (var (language, scheme, width) in new[] { ("de", ColorScheme.Light, Phone), ("en", ColorScheme.Dark, Phone), ("de", ColorScheme.Dark, 1440), ("en", ColorScheme.Light, 1440) })
            {
                await page.SetViewportSizeAsync(width, 800);
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                var answer = await page.GotoAsync($"{path}?lang={language}");
                var where = $"{path} ({language}, {scheme}, {width} px)";
                if (answer is not { Status: 200 } || await page.GetAttributeAsync("html", "lang") != language)
                {
                    faults.Add($"{where}: answered {answer?.Status} in {await page.GetAttributeAsync("html", "lang")}");
                }

                if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") is > 0 and var over)
                {
                    faults.Add($"{where}: scrolls sideways by {over} px");
                }

                if (await page.EvaluateAsync<string[]>("() => [...document.body.innerText.matchAll(/\\b(app|driverApp|badges|faults|me|drivers|notifications)\\.[a-z][A-Za-z.]+/g)].map(m => m[0])") is { Length: > 0 } keys)
                {
                    faults.Add($"{where}: shows {string.Join(", ", keys)} instead of a text");
                }

                faults.AddRange((await Axe.Violations(page)).Select(v => $"{where}: {v}"));
            }
        }

        faults.ShouldBeEmpty();
    }

    [GeneratedRegex("[0-9]{2}:[0-9]{2}", RegexOptions.None, 1000)]
    private static partial Regex Clock();

    [GeneratedRegex("(/live|/curve|/places|/find|\\.js|\\.webmanifest|/photo|\\.zip)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NoPage();
}
