using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>From nobody to the first session: the whole way on a phone, with the mail that a mail server received.</summary>
[Collection(InBrowser.Name)]
public sealed class NewDriverTests(BrowserHost host)
{
    private const string Sentence = "drei Kabel im Regen";

    [Theory]
    [InlineData("erika", false)]
    [InlineData("paul", true)]
    public async Task Registers_confirms_by_mail_signs_in_charges_and_sees_the_history(string name, bool byPasskey)
    {
        var email = $"{name}@beispiel.example";
        await host.Host.Api.Put("/api/v1/registration-rules", new { mode = "open", termsUrl = "https://example.org/terms" }).Is(System.Net.HttpStatusCode.OK);
        await using var window = await host.Stranger(site: $"http://localhost:{host.Host.Address.Port}"); // a passkey belongs to a name, never to an IP address
        var page = await window.NewPageAsync();
        var faults = OnThePhone.Faults(page);
        await page.GotoAsync("/register");
        await page.FillAsync("#email", email);
        await page.FillAsync("#name", $"{name} Muster");
        await page.CheckAsync("input[name=consents]");
        (await Axe.Violations(page)).ShouldBeEmpty();
        await page.ClickAsync("form .btn.primary");
        await Expect(page.Locator(".done")).ToContainTextAsync(email);

        await page.GotoAsync((await host.Mail.Received(email)).Link("/confirm/").PathAndQuery);
        await page.FillAsync("#password", Sentence);
        (await Axe.Violations(page)).ShouldBeEmpty();
        await page.ClickAsync("form .btn-primary");
        await page.WaitForURLAsync("**/app");
        if (byPasskey)
        {
            await MakePasskey(window, page);
        }

        await page.GotoAsync("about:blank"); // what the page still loads must not meet the missing cookies
        await window.ClearCookiesAsync();
        await page.GotoAsync("/?returnUrl=%2Fapp");
        if (!byPasskey)
        {
            await page.FillAsync("#email", email);
            await page.FillAsync("#password", Sentence);
            await page.ClickAsync("form .btn-primary");
        }

        await page.WaitForURLAsync("**/app");
        await using var station = await host.FreeStation();
        await page.ReloadAsync();
        var (transaction, at) = await OnThePhone.Start(page, station, BrowserHost.ForDrivers);
        await OnThePhone.Watch(page, station, transaction, at);
        await OnThePhone.Stop(page, station, transaction, at);
        await page.GotoAsync("/app/sessions");
        await Expect(page.Locator(".rows li")).ToHaveCountAsync(1);
        await Expect(page.Locator(".rows li").First).ToContainTextAsync("3,00 kWh");
        faults.ShouldBeEmpty();
    }

    private static async Task MakePasskey(IBrowserContext window, IPage page)
    {
        await Authenticator.Add(window, page);
        await page.GotoAsync("/app/account");
        await page.ClickAsync("#passkeys [data-passkey-button]");
        await page.WaitForURLAsync("**/app/account?done=passkey");
    }
}
