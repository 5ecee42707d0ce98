using System.Text.Json;
using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>What an operator does, with a real station behind it.</summary>
[Collection(InBrowser.Name)]
public sealed partial class FlowTests(BrowserHost host)
{
    [Fact]
    public async Task The_wizard_registers_a_station_and_shows_how_its_connection_comes_about()
    {
        await using var window = await host.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/portal/stations/add");
        await page.FillAsync("#identity", "MS-Neu-01");
        await page.ClickAsync("#add-station .btn-primary");
        var password = (await page.InnerTextAsync("#c-password")).Trim();
        (await page.InnerTextAsync("#c-url")).ShouldEndWith("/ocpp/MS-Neu-01");
        await Expect(page.Locator("#progress")).ToContainTextAsync("Wartet auf die Säule");

        var refused = await Assert.ThrowsAsync<TestStation.RefusedException>(() => TestStation.Connect(host.Host, "MS-Neu-01", "not the password", user: "MS-Neu-01"));
        refused.Status.ShouldBe(401);
        await Expect(page.Locator("#progress")).ToContainTextAsync("Passwort stimmt nicht (401)", new() { Timeout = 15_000 });

        await using var station = await TestStation.Connect(host.Host, "MS-Neu-01", password, user: "MS-Neu-01");
        await station.Call("BootNotification", new { chargePointVendor = "Alfen", chargePointModel = "Eve", firmwareVersion = "6.6.0" });
        await station.Call("StatusNotification", new { connectorId = 1, status = "Available", errorCode = "NoError" });
        await Expect(page.Locator("#progress")).ToContainTextAsync("Verbunden und bereit", new() { Timeout = 20_000 });
    }

    [Fact]
    public async Task A_remote_command_shows_the_words_of_the_station()
    {
        await using var window = await host.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/portal/stations/{BrowserHost.Charging}");
        var answering = Answer("UnlockConnector", new { status = "UnlockFailed" });
        await page.Locator("#connector-2 button", new() { HasTextString = "Entriegeln" }).ClickAsync();
        await answering;
        await Expect(page.Locator("#commands .ans").First).ToContainTextAsync("UnlockFailed");
        await Expect(page.Locator("#commands .ans").First).ToContainTextAsync("Erst den Vorgang stoppen");
    }

    [Fact]
    public async Task A_value_changes_on_the_page_without_a_reload()
    {
        await using var window = await host.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/portal/stations/{BrowserHost.Charging}");
        var power = page.Locator("#connector-1 [data-live$=powerW]").First;
        await Expect(power).ToHaveTextAsync(Figure());
        await page.EvaluateAsync("() => { window.untouched = true; }");
        await host.Reading(7300, 6200, TimeProvider.System.GetUtcNow());
        await Expect(power).ToHaveTextAsync("7,3", new() { Timeout = 15_000 });
        (await page.EvaluateAsync<bool>("() => window.untouched === true")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_session_to_review_is_decided_on_its_page()
    {
        await using var window = await host.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/portal/sessions?state=review");
        await page.Locator("#list tbody a").First.ClickAsync();
        await page.FillAsync("#note", "Zwischenwerte passen.");
        await page.ClickAsync("#review [value=accept]");
        await Expect(page.Locator(".note.s-av").First).ToContainTextAsync("Entschieden");
        await Expect(page.Locator("#review")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_language_and_the_theme_are_switched_on_the_page()
    {
        await using var window = await host.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/portal/stations");
        await page.ClickAsync("[data-theme-toggle]");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "dark");
        await page.ClickAsync(".lw-top .lang [value=en]");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Stations");
        await page.ClickAsync(".lw-top .lang [value=de]");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Ladesäulen");
        await host.ForgetLanguage();
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_told_as_a_page()
    {
        await using var window = await host.Window();
        var page = await window.NewPageAsync();
        foreach (var path in new[] { "/portal/nowhere", "/portal/stations/MS-Gibt-es-nicht", $"/portal/sessions/{Guid.Empty}" })
        {
            (await page.GotoAsync(path))!.Status.ShouldBe(404, path);
            await Expect(page.Locator("h1")).ToContainTextAsync("gibt es nicht");
        }
    }

    /// <summary>Waits for a request of ours and answers it.</summary>
    private async Task Answer(string action, object payload)
    {
        while (await host.Station.Receive() is var frame)
        {
            if (frame[0].GetInt32() == 2 && frame[2].GetString() == action)
            {
                await host.Station.Send(JsonSerializer.Serialize(new object[] { 3, frame[1].GetString()!, payload }));
                return;
            }
        }
    }

    [GeneratedRegex(@"^\d+,\d$", RegexOptions.None, 1000)]
    private static partial Regex Figure();
}
