using System.Net;
using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>A guest with a card, without an account, on a phone: from the sticker to the receipt. The provider is pretended, everything else is real.</summary>
[Collection(InBrowser.Name)]
public sealed partial class CardFlowTests(BrowserHost host)
{
    [Fact]
    public async Task Scans_pays_charges_and_gets_a_receipt_over_exactly_the_price()
    {
        await using var station = await host.FreeStation();
        await using var window = await host.Stranger();
        var page = await window.NewPageAsync();
        var faults = OnThePhone.Faults(page);
        await page.GotoAsync("/c/" + await host.Code(BrowserHost.ForDrivers));
        await Expect(page.Locator("form#pay")).ToContainTextAsync("50,00 €");
        (await Axe.Violations(page)).ShouldBeEmpty();
        await page.ClickAsync("form#pay .btn.primary");

        // At the provider: declined first, then the bank asks, then yes.
        await page.FillAsync("#card", "4000 0000 0000 0002", new() { Timeout = 15_000 });
        await page.FillAsync("#email", "gast@example.org");
        await page.ClickAsync("#pay");
        await Expect(page.Locator(".refused")).ToBeVisibleAsync();
        await page.FillAsync("#card", "4000 0027 6000 3184");
        await page.ClickAsync("#pay");
        await page.ClickAsync("#yes");
        var call = await station.Receive();
        call[2].GetString().ShouldBe("RemoteStartTransaction");
        await station.Send($"[3,\"{call[1].GetString()}\",{{\"status\":\"Accepted\"}}]");
        await page.WaitForURLAsync(Session(), new() { Timeout = 15_000 });

        var at = TimeProvider.System.GetUtcNow();
        var transaction = await station.Start(1, call[3].GetProperty("idTag").GetString()!, 1000, at);
        await Expect(page.Locator("#paid")).ToContainTextAsync("50,00 €", new() { Timeout = 15_000 });
        await OnThePhone.Watch(page, station, transaction, at);
        await OnThePhone.Stop(page, station, transaction, at);
        await Expect(page.Locator("#paid")).ToContainTextAsync("Von der Karte abgebucht", new() { Timeout = 15_000 });
        (await Axe.Violations(page)).ShouldBeEmpty();
        (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")).ShouldBe(0);

        var paid = host.Cards.Books.Intents.Single(i => i is { Status: "succeeded", Captures: 1, IsPresent: false });
        var price = (await page.Locator(".hero").InnerTextAsync()).Replace("€", "", StringComparison.Ordinal).Trim();
        (await page.Locator("#paid dd").First.InnerTextAsync()).ShouldContain(price);
        paid.Received.ShouldBe(decimal.ToInt64(decimal.Parse(price, System.Globalization.CultureInfo.GetCultureInfo("de-DE")) * 100));
        (await window.CookiesAsync()).Where(c => c.Domain == host.Host.Address.Host && c.Name.StartsWith("lw", StringComparison.Ordinal)).ShouldBeEmpty();
        faults.Where(f => !f.Contains("favicon", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Chooses_the_card_reader_without_scripts_and_finds_the_receipt_by_the_card()
    {
        await using var station = await host.FreeStation();
        var code = await host.Code(BrowserHost.ForDrivers);
        var site = (await host.Host.Api.Json($"/api/v1/stations/{BrowserHost.ForDrivers}")).GetProperty("siteId").GetString();
        await host.Host.Api.Patch($"/api/v1/sites/{site}", new { street = "Am Markt 1", postalCode = "12345" }).Is(HttpStatusCode.OK);
        var made = await host.Host.Api.Post("/api/v1/payment-terminals", new { siteId = site, label = "Terminal am Markt", registrationCode = "simulated-s700", evses = new[] { code }, asksItself = false }).Is(HttpStatusCode.Created);
        var reader = host.Cards.Books.Reader(made.GetProperty("readerId").GetString()!);
        await using var window = await host.Stranger(scripts: false);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/c/" + code);
        await page.ClickAsync("form#terminal button");
        await Expect(page.Locator("h1")).ToContainTextAsync("Karte an das Kartenterminal halten");
        for (var i = 0; reader.AsksFor is null; i++)
        {
            i.ShouldBeLessThan(300, "the reader never asks");
            await Task.Delay(50);
        }

        host.Cards.Books.Present(reader.Id, "4242424242424242");
        var call = await station.Receive();
        call[2].GetString().ShouldBe("RemoteStartTransaction");
        await station.Send($"[3,\"{call[1].GetString()}\",{{\"status\":\"Accepted\"}}]");
        await page.WaitForURLAsync(Session(), new() { Timeout = 15_000 }); // the page reads itself again

        var at = TimeProvider.System.GetUtcNow();
        var transaction = await station.Start(1, call[3].GetProperty("idTag").GetString()!, 1000, at.AddMinutes(-10));
        await station.Stop(transaction, 11_000, at.AddMinutes(-1));
        var paid = host.Cards.Books.Intents.Single(i => i is { IsPresent: true, LastFour: "4242" });
        for (var i = 0; paid.Status != "succeeded"; i++)
        {
            i.ShouldBeLessThan(600, "nothing is taken");
            await Task.Delay(50);
        }

        await using var other = await host.Stranger();
        var later = await other.NewPageAsync();
        await later.GotoAsync("/c/" + code);
        await later.ClickAsync("a[href*='/receipt']");
        await later.FillAsync("#digits", "4243");
        await later.FillAsync("#day", TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        await later.FillAsync("#amount", (paid.Received / 100m).ToString("0.00", System.Globalization.CultureInfo.GetCultureInfo("de-DE")));
        await later.ClickAsync("main form .btn.primary");
        await Expect(later.Locator("#wrong")).ToContainTextAsync("keinen Beleg");
        (await Axe.Violations(later)).ShouldBeEmpty();
        await later.FillAsync("#digits", "4242");
        await later.ClickAsync("main form .btn.primary");
        await Expect(later.Locator("#paid")).ToContainTextAsync("Von der Karte abgebucht", new() { Timeout = 15_000 });
        (await host.Host.Api.DeleteAsync($"/api/v1/payment-terminals/{made.GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [GeneratedRegex("/g/[^/]+$", RegexOptions.None, 1000)]
    private static partial Regex Session();
}
