using System.Net;
using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>A guest with a voucher, without an account, on a phone.</summary>
[Collection(InBrowser.Name)]
public sealed partial class GuestFlowTests(BrowserHost host)
{
    [Fact]
    public async Task Starts_with_a_voucher_watches_stops_and_sees_what_it_cost()
    {
        var batch = await host.Host.Api.Post("/api/v1/vouchers", new { name = "Stadtfest", grants = "money", amount = 5, codes = 1 }).Is(HttpStatusCode.Created);
        var code = (await host.Host.Api.Json($"/api/v1/vouchers/{batch.GetProperty("id").GetString()}/codes")).GetProperty("items")[0].GetProperty("code").GetString()!;
        await using var station = await host.FreeStation();
        await using var window = await host.Stranger();
        var page = await window.NewPageAsync();
        var faults = OnThePhone.Faults(page);
        await page.GotoAsync("/v/" + code); // as its printed QR code leads
        (await Axe.Violations(page)).ShouldBeEmpty();
        await page.FillAsync("#point", await host.Code(BrowserHost.ForDrivers));
        await page.ClickAsync("form .btn.primary");
        await Expect(page.Locator("#code")).ToHaveValueAsync(code);
        var (transaction, at) = await OnThePhone.Start(page, station, "form#start .btn.primary", Place());
        (await Axe.Violations(page)).ShouldBeEmpty();
        await OnThePhone.Watch(page, station, transaction, at);
        (await Axe.Violations(page)).ShouldBeEmpty();
        (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")).ShouldBe(0);
        await OnThePhone.Stop(page, station, transaction, at);
        await Expect(page.Locator("main")).ToContainTextAsync("3,00 kWh");
        (await Axe.Violations(page)).ShouldBeEmpty();
        (await window.CookiesAsync()).ShouldBeEmpty();
        faults.ShouldBeEmpty();
    }

    [GeneratedRegex("/g/[^/]+$", RegexOptions.None, 1000)]
    private static partial Regex Place();
}
