using System.Text.Json;
using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>What a driver does in the app, step by step, with the station that answers.</summary>
internal static partial class OnThePhone
{
    /// <summary>From the list of places to the price and the start; the station obeys and begins.</summary>
    public static async Task<(long Transaction, DateTimeOffset At)> Start(IPage page, TestStation station, string identity)
    {
        await page.Locator("summary", new() { HasText = "Rathaus" }).First.ClickAsync();
        await page.Locator(".alt a", new() { HasText = identity }).First.ClickAsync();
        await Expect(page.Locator(".price .main td")).ToContainTextAsync(Amount());
        return await Start(page, station, "form[action$=start] .btn.primary", StartAddress());
    }

    /// <summary>Presses a button; the station is told to start and does, the page waits at an address.</summary>
    public static async Task<(long Transaction, DateTimeOffset At)> Start(IPage page, TestStation station, string button, Regex waiting)
    {
        var starting = page.ClickAsync(button);
        var call = await Obey(station, "RemoteStartTransaction");
        await starting;
        await page.WaitForURLAsync(waiting);
        var now = TimeProvider.System.GetUtcNow();
        return (await station.Start(1, call.GetProperty("idTag").GetString()!, 1000, now), now);
    }

    /// <summary>The page goes on to the session by itself, and its values change without being read anew: 1.5 kWh at 11 kW.</summary>
    public static async Task Watch(IPage page, TestStation station, long transaction, DateTimeOffset at)
    {
        await Expect(page.Locator("[data-v=power]")).ToBeVisibleAsync(new() { Timeout = 15_000 });
        await page.EvaluateAsync("() => { window.untouched = true; }");
        await Reading(station, transaction, 2500, 11_000, at.AddSeconds(1));
        await Expect(page.Locator("[data-v=power]")).ToHaveTextAsync("11,0", new() { Timeout = 15_000 });
        await Expect(page.Locator("dl.big [data-v=energy]")).ToHaveTextAsync("1,50");
        (await page.EvaluateAsync<bool>("() => window.untouched === true")).ShouldBeTrue();
    }

    /// <summary>Stops; 3 kWh were charged.</summary>
    public static async Task Stop(IPage page, TestStation station, long transaction, DateTimeOffset at)
    {
        await page.ClickAsync("form#stop .btn.danger");
        var stopping = page.ClickAsync("dialog[open] .btn.danger");
        await Obey(station, "RemoteStopTransaction");
        await stopping;
        await station.Stop(transaction, 4000, at.AddSeconds(3), "Remote");
        await Expect(page.Locator(".done h1")).ToContainTextAsync("Fertig", new() { Timeout = 20_000 });
    }

    /// <summary>What the page's console says from now on.</summary>
    public static List<string> Faults(IPage page)
    {
        var faults = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                faults.Add(message.Text);
            }
        };
        page.PageError += (_, error) => faults.Add(error);
        return faults;
    }

    private static async Task<JsonElement> Obey(TestStation station, string action)
    {
        var call = await station.Receive();
        call[2].GetString().ShouldBe(action);
        await station.Send($"[3,\"{call[1].GetString()}\",{{\"status\":\"Accepted\"}}]");
        return call[3];
    }

    private static Task<JsonElement> Reading(TestStation station, long transaction, int wattHours, int watts, DateTimeOffset at) => station.Call("MeterValues", new
    {
        connectorId = 1,
        transactionId = transaction,
        meterValue = new[]
        {
            new { timestamp = at.UtcDateTime, sampledValue = new object[] { new { value = $"{wattHours}", measurand = "Energy.Active.Import.Register", unit = "Wh" }, new { value = $"{watts}", measurand = "Power.Active.Import", unit = "W" } } },
        },
    });

    [GeneratedRegex("[0-9][.,][0-9]{2}", RegexOptions.None, 1000)]
    public static partial Regex Amount();

    [GeneratedRegex("/app/starts/[0-9a-f-]{36}$", RegexOptions.None, 1000)]
    private static partial Regex StartAddress();
}
