using System.Net;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Drivers;

/// <summary>Forms of the portal in which a driver is chosen, and what stands below them.</summary>
public sealed class DriverFormTests(Database database)
{
    private const string Stock = "04AA11BB22CC44", Blocked = "04AA11BB22CC55";

    [Fact]
    public async Task A_driver_is_suggested_found_by_what_is_typed_and_refused_where_it_may_mean_two()
    {
        await using var host = await LadewerkHost.Start(database);
        var anna = await Driver(host, new { name = "Anna Berger", email = "anna@example.org", number = "P-1" });
        await Driver(host, new { name = "Max Müller", number = "P-2" });
        await Driver(host, new { name = "Max Müller", number = "P-3" });
        await host.Api.Post("/api/v1/id-tokens", new { uid = Stock }).Is(HttpStatusCode.Created);
        using var browser = await SignedIn(host);

        WebUtility.HtmlDecode(await browser.GetStringAsync("/portal/drivers/options?driver=berg")).ShouldContain("value=\"Anna Berger (P-1)\"");
        (await browser.GetStringAsync("/portal/drivers/options?driver=b")).ShouldNotContain("Anna");
        foreach (var (typed, isFound) in new[] { ("Anna Berger (P-1)", true), ("anna@example.org", true), ("P-1", true), ("anna berger", true), ("Max Müller", false), ("Nobody", false), ("%", false) })
        {
            await host.Api.Patch($"/api/v1/id-tokens/{Stock}", new { driverId = (string?)null }).Is(HttpStatusCode.OK);
            using var answer = await Post(browser, $"/portal/id-tokens/{Stock}", ("driver", typed), ("status", "accepted"), ("concurrentSessions", "1"));
            answer.StatusCode.ShouldBe(isFound ? HttpStatusCode.Redirect : HttpStatusCode.UnprocessableEntity, typed);
            (await host.Api.Json($"/api/v1/id-tokens/{Stock}")).GetProperty("driverId").GetString().ShouldBe(isFound ? anna : null, typed);
        }
    }

    [Fact]
    public async Task Who_drove_with_a_card_of_nobody_is_noted_and_refusals_stand_with_driver_and_badge()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?>(StringComparer.Ordinal) { ["Ocpp:Onboarding"] = "Open" });
        var anna = await Driver(host, new { name = "Anna Berger", number = "P-1" });
        await host.Api.Post("/api/v1/id-tokens", new { uid = Stock }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/id-tokens", new { uid = Blocked, driverId = anna, status = "blocked" }).Is(HttpStatusCode.Created);
        await using var station = await TestStation.Connect(host, "POOL-1");
        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        await station.Call("Authorize", new { idTag = Blocked });
        await station.Call("StartTransaction", new { connectorId = 1, idTag = Stock, meterStart = 0, timestamp = TimeProvider.System.GetUtcNow() });
        using var browser = await SignedIn(host);

        var session = (await host.Api.Json("/api/v1/sessions")).GetProperty("items")[0].GetProperty("id").GetString();
        (await browser.GetStringAsync($"/portal/sessions/{session}")).ShouldContain($"action=\"/portal/sessions/{session}/driver\"");
        using (var nobody = await Post(browser, $"/portal/sessions/{session}/driver", ("driver", "Nobody")))
        {
            nobody.Headers.Location!.ToString().ShouldContain("drove=unknown");
        }

        using (var noted = await Post(browser, $"/portal/sessions/{session}/driver", ("driver", "P-1")))
        {
            noted.Headers.Location!.ToString().ShouldContain("drove=noted");
        }

        (await Scalar(host, $"select noted_driver_id::text from charging_session where id = '{session}'")).ShouldBe(anna);
        foreach (var page in new[] { $"/portal/drivers/{anna}", $"/portal/id-tokens/{Blocked}" })
        {
            (await browser.GetStringAsync(page)).ShouldContain("POOL-1", customMessage: page);
        }

        (await browser.GetStringAsync($"/portal/id-tokens/{Stock}")).ShouldNotContain("POOL-1");
    }

    private static async Task<string> Driver(LadewerkHost host, object driver) => (await host.Api.Post("/api/v1/drivers", driver).Is(HttpStatusCode.Created)).GetProperty("id").GetString()!;

    private static async Task<HttpClient> SignedIn(LadewerkHost host)
    {
        var browser = host.Stranger();
        (await SignInTests.SignIn(browser, LadewerkHost.AdminPassword)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return browser;
    }

    private static async Task<HttpResponseMessage> Post(HttpClient browser, string path, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await browser.GetStringAsync("/portal/id-tokens/add"));
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("__RequestVerificationToken", token)]);
        return await browser.PostAsync(path, form);
    }

    private static async Task<string?> Scalar(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as string;
    }
}
