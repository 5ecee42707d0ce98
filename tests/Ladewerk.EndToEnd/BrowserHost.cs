using System.Net.Http.Json;
using Ladewerk.FakeStripe;
using Ladewerk.Tests.Hosting;
using Microsoft.Playwright;
using Npgsql;

namespace Ladewerk.EndToEnd;

/// <summary>The tests that share one browser; one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class InBrowser : ICollectionFixture<BrowserHost>
{
    public const string Name = "in the browser";
}

/// <summary>The real host with some life in it, and a real browser that is signed in.</summary>
public sealed partial class BrowserHost(Database database) : IAsyncLifetime
{
    /// <summary>A station that is connected and charges on connector 1.</summary>
    public const string Charging = "MS-Rathaus-01";

    /// <summary>A station that drivers may use in tests: nobody else does.</summary>
    public const string ForDrivers = "MS-Rathaus-03";

    /// <summary>A badge that may charge.</summary>
    public const string Badge = "04A22F1B90";

    private const string DriverEmail = "fahrer@example.org", DriverPassword = "long enough to charge", DriverBadge = "04D21FE577";

    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright playwright = null!;
    private IBrowser browser = null!;
    private string signedIn = "";
    private TestStation station = null!;

    public LadewerkHost Host { get; private set; } = null!;

    /// <summary>The mail server that gets what the host sends.</summary>
    public SmtpServer Mail { get; private set; } = null!;

    /// <summary>The pretended payment provider.</summary>
    public FakeServer Cards { get; private set; } = null!;

    /// <summary>The transaction that runs on <see cref="Charging"/>.</summary>
    public long Transaction { get; private set; }

    public TestStation Station => station;

    public async ValueTask InitializeAsync()
    {
        Mail = await SmtpServer.Start();
        Cards = await FakeServer.Start(0, "whsec_of_the_browser", null);
        Host = await LadewerkHost.Start(database, options: new Dictionary<string, string?>(Mail.Options, StringComparer.Ordinal)
        {
            ["Stripe:ApiBase"] = Cards.Address.ToString(), ["Stripe:SecretKey"] = "sk_test_of_the_browser", ["Stripe:WebhookSecret"] = "whsec_of_the_browser",
        });
        Cards.Hooks.Target = new Uri(Host.Address, "/webhooks/stripe");
        await Seed();
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium", Args = Arguments });
        await using var context = await browser.NewContextAsync(new() { BaseURL = Host.Address.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        await page.FillAsync("#email", LadewerkHost.AdminEmail);
        await page.FillAsync("#password", LadewerkHost.AdminPassword);
        await page.ClickAsync("form .btn-primary");
        await page.WaitForURLAsync("**/portal");
        signedIn = await context.StorageStateAsync();
    }

    /// <summary>A window of the signed-in administrator.</summary>
    public async Task<IBrowserContext> Window(string language = "de", int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = Host.Address.ToString(), StorageState = signedIn, ColorScheme = scheme, Locale = language == "de" ? "de-DE" : "en-GB",
            ViewportSize = new() { Width = width, Height = width < 768 ? 800 : 900 }, ReducedMotion = ReducedMotion.Reduce,
        });
        await context.AddCookiesAsync([new() { Name = "lw-lang", Value = language, Url = Host.Address.ToString() }]);
        context.SetDefaultTimeout(60_000);
        return context;
    }

    /// <summary>A window of somebody whom nobody knows.</summary>
    /// <param name="site">Another name of the same server; null: its address.</param>
    public async Task<IBrowserContext> Stranger(bool scripts = true, int width = 360, string? site = null)
    {
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = site ?? Host.Address.ToString(), Locale = "de-DE", JavaScriptEnabled = scripts, ViewportSize = new() { Width = width, Height = 800 }, ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(60_000);
        return context;
    }

    /// <summary>A window of a driver, who signs in by the page.</summary>
    public async Task<IBrowserContext> DriverWindow(int width)
    {
        var context = await Stranger(width: width);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/?returnUrl=%2Fapp");
        await page.FillAsync("#email", DriverEmail);
        await page.FillAsync("#password", DriverPassword);
        await page.ClickAsync("form .btn-primary");
        await page.WaitForURLAsync("**/app");
        await page.CloseAsync();
        return context;
    }

    /// <summary>The station for drivers, connected and free.</summary>
    public async Task<TestStation> FreeStation()
    {
        var free = await TestStation.Connect(Host, ForDrivers);
        await free.Call("BootNotification", new { chargePointVendor = "Compleo", chargePointModel = "Duo", firmwareVersion = "4.1.8" });
        foreach (var connector in new[] { 1, 2 })
        {
            await free.Call("StatusNotification", new { connectorId = connector, status = "Available", errorCode = "NoError" });
        }

        return free;
    }

    /// <summary>The short code of a station's first charge point.</summary>
    public Task<string> Code(string identity) => Scalar($"select e.short_code from evse e join charging_station s on s.id = e.station_id where s.identity = '{identity}' and e.number = 1");

    /// <summary>A session of the driver that is over.</summary>
    public async Task<string> DriversSession()
    {
        const string Find = "select s.id::text from charging_session s join driver d on d.id = s.driver_id where d.email = '" + DriverEmail + "' and s.state = 'ended' limit 1";
        await using var free = await FreeStation();
        var now = TimeProvider.System.GetUtcNow();
        await free.Stop(await free.Start(2, DriverBadge, 1000, now.AddMinutes(-30)), 8000, now.AddMinutes(-5));
        return await Scalar(Find);
    }

    public async ValueTask DisposeAsync()
    {
        await station.DisposeAsync();
        await browser.DisposeAsync();
        playwright.Dispose();
        await Host.DisposeAsync();
        await Cards.DisposeAsync();
        await Mail.DisposeAsync();
    }

    private async Task Seed()
    {
        using var madeSite = await Host.Api.PostAsJsonAsync("/api/v1/sites", new { name = "Rathaus", city = "Musterstadt" });
        var site = (await madeSite.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty("id").GetString();
        await Prices();
        foreach (var id in new[] { Charging, "MS-Rathaus-02", ForDrivers })
        {
            (await Host.Api.PostAsJsonAsync("/api/v1/stations", new
            {
                id, siteId = id == ForDrivers ? site : null, evses = new[] { 1, 2 }.Select(n => new { id = n, evseId = $"DE*SMU*{id[^2..]}*{n}", maxPowerW = 22_000, currentType = "AC3", connectors = new[] { new { id = n, type = "IEC_62196_T2" } } }),
            })).EnsureSuccessStatusCode();
        }

        await Customer();
        await PaidByCard();
        await CardReader();
        await Owed();
        await SeedDriver();
        (await Host.Api.PostAsJsonAsync("/api/v1/contracts", new { name = "Anwohner", terms = new { windows = new[] { new { days = Array.Empty<string>(), from = "20:00", to = "07:00" } }, budget = new { energyWh = 200_000 } } })).EnsureSuccessStatusCode();
        (await Host.Api.PostAsJsonAsync("/api/v1/vouchers", new { name = "Kundentag", grants = "money", amount = 5m, codes = 3 })).EnsureSuccessStatusCode();
        (await Host.Api.PostAsJsonAsync("/api/v1/guest-codes", new { label = "Zimmer 12", validUntil = TimeProvider.System.GetUtcNow().AddDays(2) })).EnsureSuccessStatusCode();
        (await Host.Api.PostAsJsonAsync("/api/v1/vehicles", new { plate = "MS EL 42", model = "Volkswagen ID.3 Pro" })).EnsureSuccessStatusCode();
        using (var people = new StringContent("number;name;email;uid\nP-1;Eva Muster;eva@example.org;04A22F1B9C6D80\nP-2;;nobody;\n", System.Text.Encoding.UTF8, "text/csv"))
        {
            (await Host.Api.PostAsync("/api/v1/drivers/import?start=true", people)).EnsureSuccessStatusCode();
        }

        using (var meter = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
        {
            (await Host.Api.PostAsJsonAsync($"/api/v1/meters/{Charging}/2/keys", new { publicKey = Convert.ToHexString(meter.ExportSubjectPublicKeyInfo()) })).EnsureSuccessStatusCode();
        }

        var now = TimeProvider.System.GetUtcNow();
        station = await TestStation.Connect(Host, Charging);
        await station.Call("BootNotification", new { chargePointVendor = "Compleo", chargePointModel = "Duo", firmwareVersion = "4.1.8" });
        foreach (var connector in new[] { 1, 2 })
        {
            await station.Call("StatusNotification", new { connectorId = connector, status = "Available", errorCode = "NoError" });
        }

        var ended = await station.Start(2, Badge, 1000, now.AddMinutes(-50));
        await station.Energy(2, ended, 4000, now.AddMinutes(-40));
        await station.Stop(ended, 9000, now.AddMinutes(-20), "Local");
        Transaction = await station.Start(1, Badge, 5000, now.AddMinutes(-10));
        await station.Call("StatusNotification", new { connectorId = 1, status = "Charging", errorCode = "NoError" });
        await Reading(11_000, 5600, now.AddMinutes(-5));
        await Reading(11_040, 6000, now);
        await Operation();
        await Invoiced(ended);
        await ToReview();
        await station.Call("Authorize", new { idTag = "04FFFFFFFFFF80" });
        await Assert.ThrowsAnyAsync<Exception>(() => TestStation.Connect(Host, "MS-Unbekannt"));
    }

    /// <summary>A reading of the running session.</summary>
    public Task Reading(int watts, int wattHours, DateTimeOffset at) => station.Call("MeterValues", new
    {
        connectorId = 1,
        transactionId = Transaction,
        meterValue = new[]
        {
            new
            {
                timestamp = at,
                sampledValue = new object[]
                {
                    new { value = $"{wattHours}", measurand = "Energy.Active.Import.Register", unit = "Wh" },
                    new { value = $"{watts}", measurand = "Power.Active.Import", unit = "W" },
                    new { value = "16.0", measurand = "Current.Import", phase = "L1", unit = "A" },
                },
            },
        },
    });

    /// <summary>An account's own language goes before the window's; without one, each window keeps the language it was opened with.</summary>
    public async Task ForgetLanguage()
    {
        await using var data = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var change = data.CreateCommand("update account set locale = null");
        await change.ExecuteNonQueryAsync();
    }

    private async Task SeedDriver()
    {
        using var account = await Host.Api.PostAsJsonAsync("/api/v1/accounts", new { email = DriverEmail, displayName = "Frieda Fahrer", role = "driver", password = DriverPassword });
        using var driver = await Host.Api.PostAsJsonAsync("/api/v1/drivers", new { name = "Frieda Fahrer", email = DriverEmail });
        var (accountId, driverId) = (await Id(account), await Id(driver));
        await Scalar($"update driver set account_id = '{accountId}' where id = '{driverId}' returning 'done'");
        (await Host.Api.PostAsJsonAsync("/api/v1/webhooks", new { name = "ERP", url = "https://erp.example.com/hook", events = new[] { "invoiceReady" } })).EnsureSuccessStatusCode();
        (await Host.Api.PostAsJsonAsync("/api/v1/sync-targets", new { name = "ERP", isOn = false, billingAccounts = new { url = "https://erp.example.com/accounts/{id}" }, invoices = new { url = "https://erp.example.com/invoices/{number}" } })).EnsureSuccessStatusCode();
        (await Host.Api.PostAsJsonAsync("/api/v1/id-tokens", new { uid = DriverBadge, driverId, visualNumber = "SWM 10 777" })).EnsureSuccessStatusCode();

        static async Task<string> Id(HttpResponseMessage made) => (await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <summary>A number from the database.</summary>
    public async Task<long> Number(string sql)
    {
        await using var data = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<string> Scalar(string sql)
    {
        await using var data = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    // One session that a person must look at, so that its page shows the review.
    private async Task ToReview()
    {
        await using var data = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var change = data.CreateCommand("update charging_session set needs_review = true, review_reasons = '{meterReset}' where state = 'ended'");
        await change.ExecuteNonQueryAsync();
    }
}
