using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ladewerk.EndToEnd;

/// <summary>Messages of the browser: switched on by the page, shown by the service worker.</summary>
[Collection(InBrowser.Name)]
public sealed class PushFlowTests(BrowserHost host)
{
    private const string Feed = "/app/notifications", Endpoint = "https://push.example.com/send/1";

    /// <summary>No push service of a browser's maker can be reached from a test: this stands for it, with keys as a browser makes them.</summary>
    private const string PushService = """
        (() => {
          const kept = "push-service", at = "https://push.example.com/send/1";
          const text = bytes => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
          const bytes = text => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
          const current = () => {
            const told = JSON.parse(localStorage.getItem(kept) ?? "null");
            return told && { endpoint: at, options: { userVisibleOnly: true, applicationServerKey: bytes(told.server).buffer }, toJSON: () => ({ endpoint: at, expirationTime: null, keys: told.keys }),
              unsubscribe: async () => { localStorage.removeItem(kept); return true; } };
          };
          PushManager.prototype.getSubscription = async () => current();
          PushManager.prototype.subscribe = async options => {
            if (!options.userVisibleOnly || bytes(options.applicationServerKey).length !== 65) throw new TypeError("not as a browser wants it");
            const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
            const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
            localStorage.setItem(kept, JSON.stringify({ server: options.applicationServerKey, keys: { p256dh: text(point), auth: text(crypto.getRandomValues(new Uint8Array(16))) } }));
            return current();
          };
        })();
        """;

    /// <summary>Runs the worker's real script with what a browser would give it, and says what it did when somebody pressed a message.</summary>
    private const string Pressed = """
        async ([script, href, open]) => {
          const handlers = {}, did = [];
          const origin = "https://charge.example";
          const self = {
            addEventListener: (type, handle) => (handlers[type] = handle), skipWaiting: async () => {}, registration: {}, location: new URL(origin + "/app/sw.js"),
            clients: { matchAll: async () => open.map(url => ({ url, focus: async () => did.push("focus " + url) })), openWindow: async url => did.push("open " + url) },
          };
          new Function("self", script)(self);
          let work;
          handlers.notificationclick({ notification: { data: { href }, close: () => did.push("close") }, waitUntil: promise => (work = promise) });
          await work;
          return did;
        }
        """;

    [Fact]
    public async Task A_driver_switches_messages_on_gets_one_and_takes_them_along_when_signing_out()
    {
        await using var window = await host.DriverWindow(360);
        await window.GrantPermissionsAsync(["notifications"]);
        await window.AddInitScriptAsync(PushService);
        var page = await window.NewPageAsync();
        await page.GotoAsync(Feed);
        await page.ClickAsync("[data-push-on]");
        await Expect(page.Locator("[data-push-state=on]")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-push-state=off]")).ToBeHiddenAsync();
        await page.ClickAsync("#devices summary");
        await Expect(page.Locator("[data-this-browser]")).ToBeVisibleAsync();
        await Expect(page.Locator("#devices li")).ToContainTextAsync("Chrome");
        (await Axe.Violations(page)).ShouldBeEmpty();
        (await host.Number($"select count(*) from push_subscription where endpoint = '{Endpoint}'")).ShouldBe(1);

        await Deliver(window, page, """{"title":"Laden beendet: 20,03 kWh","body":"An Rathaus 1.","href":"/app/sessions","tag":"sessionFinished:/app/sessions"}""");
        var shown = await page.WaitForFunctionAsync("() => navigator.serviceWorker.getRegistration('/app').then(r => r.getNotifications()).then(all => all.length && [all[0].title, all[0].body, all[0].tag, all[0].data.href])");
        (await shown.JsonValueAsync<string[]>()).ShouldBe(["Laden beendet: 20,03 kWh", "An Rathaus 1.", "sessionFinished:/app/sessions", "/app/sessions"]);

        await page.GotoAsync("/app/me");
        await page.ClickAsync("form[action='/sign-out'] button");
        await page.WaitForURLAsync(url => !url.Contains("/app/me", StringComparison.Ordinal));
        (await host.Number($"select count(*) from push_subscription where endpoint = '{Endpoint}'")).ShouldBe(0);
        (await page.EvaluateAsync<string?>("() => localStorage.getItem('push-service')")).ShouldBeNull();
    }

    [Fact]
    public async Task The_portal_uses_the_same_worker_and_says_so_where_the_browser_refuses()
    {
        await using (var refusing = await host.Window())
        {
            var refused = await refusing.NewPageAsync();
            await Refuse(refusing, refused);
            await refused.GotoAsync("/portal/account/notifications");
            await Expect(refused.Locator("[data-push-state=blocked]")).ToBeVisibleAsync();
        }

        await using var window = await host.Window();
        await window.GrantPermissionsAsync(["notifications"]);
        await window.AddInitScriptAsync(PushService);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/portal/account/notifications");
        await page.ClickAsync("[data-push-on]");
        await Expect(page.Locator("[data-push-state=on]")).ToBeVisibleAsync();
        (await Axe.Violations(page)).ShouldBeEmpty();
        (await page.EvaluateAsync<string[]>("() => navigator.serviceWorker.getRegistrations().then(all => all.map(r => new URL(r.scope).pathname))")).ShouldBe(["/app"]);
        await page.ClickAsync("[data-push-off]");
        await Expect(page.Locator("[data-push-state=off]")).ToBeVisibleAsync();
        (await host.Number($"select count(*) from push_subscription where endpoint = '{Endpoint}'")).ShouldBe(0);
    }

    [Theory]
    [InlineData("/app/sessions/1", new[] { "https://charge.example/app/sessions/1?lang=de" }, "focus https://charge.example/app/sessions/1?lang=de")]
    [InlineData("/app/sessions/1", new[] { "https://charge.example/app" }, "open https://charge.example/app/sessions/1")]
    [InlineData("https://evil.example/", new string[0], "open https://charge.example/app")]
    [InlineData("//evil.example/", new string[0], "open https://charge.example/app")]
    [InlineData("javascript:alert(1)", new string[0], "open https://charge.example/app")]
    [InlineData(null, new[] { "https://charge.example/app" }, "focus https://charge.example/app")]
    public async Task A_pressed_message_leads_to_an_open_page_or_a_new_one_and_never_elsewhere(string? href, string[] open, string did)
    {
        using var client = host.Host.Stranger();
        var script = await client.GetStringAsync("/app/sw.js");
        await using var window = await host.Stranger();
        var page = await window.NewPageAsync();
        (await page.EvaluateAsync<string[]>(Pressed, new object?[] { script, href, open })).ShouldBe(["close", did]);
    }

    [Fact]
    public async Task The_icon_is_one_that_a_browser_can_draw()
    {
        await using var window = await host.DriverWindow(360);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/app/me");
        var drawn = await page.EvaluateAsync<int[]>("""
            async () => {
              const picture = await createImageBitmap(await (await fetch(document.querySelector("link[rel=apple-touch-icon]").href)).blob());
              const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
              canvas.drawImage(picture, 0, 0);
              return [picture.width, ...canvas.getImageData(2, 2, 1, 1).data, ...canvas.getImageData(picture.width / 2, picture.height / 2, 1, 1).data];
            }
            """);
        drawn.ShouldBe([180, 0x0A, 0x5F, 0x68, 255, 255, 255, 255, 255]);
    }

    /// <summary>A message as the push service would hand it to the browser, decrypted.</summary>
    private async Task Deliver(IBrowserContext window, IPage page, string message)
    {
        var devices = await window.NewCDPSessionAsync(page);
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        devices.Event("ServiceWorker.workerRegistrationUpdated").OnEvent += (_, e) =>
        {
            foreach (var one in e!.Value.GetProperty("registrations").EnumerateArray().Where(r => r.GetProperty("scopeURL").GetString()!.EndsWith("/app", StringComparison.Ordinal)))
            {
                found.TrySetResult(one.GetProperty("registrationId").GetString()!);
            }
        };
        await devices.SendAsync("ServiceWorker.enable");
        await devices.SendAsync("ServiceWorker.deliverPushMessage", new() { ["origin"] = host.Host.Address.GetLeftPart(UriPartial.Authority), ["registrationId"] = await found.Task, ["data"] = message });
    }

    /// <summary>The person has said no to the browser.</summary>
    private async Task Refuse(IBrowserContext window, IPage page)
    {
        var devices = await window.NewCDPSessionAsync(page);
        var here = (await devices.SendAsync("Target.getTargetInfo"))!.Value.GetProperty("targetInfo").GetProperty("browserContextId").GetString()!;
        await devices.SendAsync("Browser.setPermission", new() { ["permission"] = new { name = "notifications" }, ["setting"] = "denied", ["origin"] = host.Host.Address.GetLeftPart(UriPartial.Authority), ["browserContextId"] = here });
    }
}
