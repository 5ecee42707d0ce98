using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>Passkeys in a real browser, with the authenticator that Chromium simulates.</summary>
[Collection(InBrowser.Name)]
public sealed class PasskeyTests(BrowserHost host)
{
    [Fact]
    public async Task A_passkey_is_made_signs_in_without_a_password_and_opens_nothing_once_removed()
    {
        // A passkey belongs to a name, never to an IP address.
        var site = $"http://localhost:{host.Host.Address.Port}";
        await using var window = await host.Stranger(site: site);
        var page = await window.NewPageAsync();
        var (devices, device) = await Authenticator.Add(window, page);
        await page.GotoAsync("/");
        await page.FillAsync("#email", LadewerkHost.AdminEmail);
        await page.FillAsync("#password", LadewerkHost.AdminPassword);
        await page.ClickAsync("form .btn-primary");
        await page.WaitForURLAsync("**/portal");
        await page.GotoAsync("/portal/account");
        await page.ClickAsync("#passkeys [data-passkey-button]");
        await page.WaitForURLAsync("**/portal/account?done=passkey");
        await page.FillAsync("#passkeys input[name=name].form-control", "Schlüsselbund");
        await page.Locator("#passkeys .name button").ClickAsync();
        await page.WaitForURLAsync("**/portal/account?done=passkeyRenamed");
        await Expect(page.Locator("#passkeys input.form-control")).ToHaveValueAsync("Schlüsselbund");
        await Expect(page.Locator("#sign-ins li").First).ToContainTextAsync("Chrome");

        // Signed out: the browser offers the passkey by itself, and no password is typed.
        await window.ClearCookiesAsync();
        await page.GotoAsync("/");
        await page.WaitForURLAsync("**/portal");

        await page.GotoAsync("/portal/account");
        await page.Locator("#passkeys button.s-fa").ClickAsync();
        await page.WaitForURLAsync("**/portal/account?done=passkeyRemoved");
        await window.ClearCookiesAsync();
        (await Credentials(devices, device)).ShouldBe(1); // the device still has it; the server knows it no more
        await page.GotoAsync("/");
        await Expect(page.Locator(".note.s-fa")).ToContainTextAsync("gilt hier nicht");
    }

    private static async Task<int> Credentials(ICDPSession devices, string device) =>
        (await devices.SendAsync("WebAuthn.getCredentials", new() { ["authenticatorId"] = device }))!.Value.GetProperty("credentials").GetArrayLength();
}
