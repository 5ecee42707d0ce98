using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Access;

/// <summary>What stands between the network and every endpoint.</summary>
public sealed partial class DoorTests(Database database)
{
    [Fact]
    public async Task A_write_by_cookie_needs_the_antiforgery_token_of_the_page()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);

        (await browser.GetAsync("/api/v1/sites")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await browser.Post("/api/v1/sites", new { name = "Forged" }).IsProblem(HttpStatusCode.BadRequest, "antiforgery");
        await browser.DeleteAsync("/api/v1/sites/" + Guid.NewGuid()).IsProblem(HttpStatusCode.BadRequest, "antiforgery");
        await browser.PostAsync("/sign-out", null).IsProblem(HttpStatusCode.BadRequest, "antiforgery");

        var page = await browser.GetStringAsync("/portal/more");
        browser.DefaultRequestHeaders.Add("RequestVerificationToken", WebUtility.HtmlDecode(PageToken().Match(page).Groups["token"].Value));
        await browser.Post("/api/v1/sites", new { name = "Ours" }).Is(HttpStatusCode.Created);

        (await browser.PostAsync("/sign-out", null)).Headers.Location!.ToString().ShouldBe("/");
        (await browser.GetAsync("/api/v1/sites")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_page_sends_a_stranger_to_sign_in_and_back()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        browser.DefaultRequestHeaders.Add("Accept", "text/html");
        var answer = await browser.GetAsync("/portal/stations?q=1");
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.PathAndQuery.ShouldBe("/?returnUrl=%2Fportal%2Fstations%3Fq%3D1");
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        foreach (var path in new[] { "/", "/health/live", "/api/v1/stations", "/nothing" })
        {
            using var answer = await browser.GetAsync(path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldContain("default-src 'self'");
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldNotContain("unsafe-inline");
            answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
            answer.Headers.Contains("Referrer-Policy").ShouldBeTrue();
            answer.Headers.Contains("Server").ShouldBeFalse();
        }

        (await browser.GetStringAsync("/")).ShouldNotContain("style=");
    }

    [Fact]
    public async Task A_repeated_post_with_the_same_key_runs_once_and_gets_the_same_answer()
    {
        await using var host = await LadewerkHost.Start(database);
        var first = await Post(host, "key-1", """{"name":"A"}""");
        var again = await Post(host, "key-1", """{"name":"A"}""");
        (first.StatusCode, again.StatusCode).ShouldBe((HttpStatusCode.Created, HttpStatusCode.Created));
        (await again.Content.ReadAsStringAsync()).ShouldBe(await first.Content.ReadAsStringAsync());
        again.Headers.Location.ShouldBe(first.Headers.Location);
        again.Content.Headers.ContentType.ShouldBe(first.Content.Headers.ContentType);
        await Post(host, "key-1", """{"name":"B"}""").IsProblem(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");

        var refused = await Post(host, "key-2", """{"name":"A"}""");
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await host.Api.Json("/api/v1/sites")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Posts_with_one_key_at_the_same_time_run_once()
    {
        await using var host = await LadewerkHost.Start(database);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Post(host, "same", """{"name":"Once"}""")));
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Created || a.StatusCode == HttpStatusCode.Conflict);
        answers.ShouldContain(a => a.StatusCode == HttpStatusCode.Created);
        (await host.Api.Json("/api/v1/sites")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Who_asks_too_fast_is_slowed_down()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Access:RequestsPerSecond"] = "1" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.Api.GetAsync("/api/v1/sites")));
        answers.Count(a => a.StatusCode == HttpStatusCode.TooManyRequests).ShouldBeGreaterThan(10);
        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Live_events_reach_those_of_the_tenant_who_may_see_them()
    {
        await using var host = await LadewerkHost.Start(database);
        var made = await host.Api.Post("/api/v1/api-keys", new { name = "map", permissions = new[] { "stations.read" } }).Is(HttpStatusCode.Created);
        using var map = host.WithKey(made.GetProperty("secret").GetString()!);
        using var answer = await map.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await lines.ReadLineAsync()).ShouldBe(": open");

        var feed = host.Services.GetRequiredService<LiveFeed>();
        await using var scope = host.Services.CreateAsyncScope();
        var tenant = scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<Tenant>().Single().Id;
        feed.Publish(TenantId.New(), "station", new { stationId = "foreign" });
        feed.Publish(tenant, "session", new { id = 1 });
        feed.Publish(tenant, "station", new { StationId = "S", At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) });
        await lines.ReadLineAsync();
        (await lines.ReadLineAsync()).ShouldBe("event: station");
        (await lines.ReadLineAsync()).ShouldBe("""data: {"stationId":"S","at":"2026-01-02T03:04:05Z"}""");
    }

    [Fact]
    public async Task The_openapi_document_tells_the_whole_api()
    {
        await using var host = await LadewerkHost.Start(database);
        using var stranger = host.Stranger();
        var document = await stranger.Json("/openapi/v1.json");
        var paths = document.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToList();
        paths.ShouldContain("/api/v1/stations/{id}/commands/{command}");
        paths.ShouldContain("/api/v1/id-tokens/{uid}");
        var evse = document.GetProperty("components").GetProperty("schemas").GetProperty("NewEvse").GetProperty("properties");
        evse.GetProperty("maxPowerW").GetRawText().ShouldContain("integer");
    }

    [Fact]
    public async Task Unknown_addresses_and_bad_json_are_problems_too()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.GetAsync("/api/v1/nothing").IsProblem(HttpStatusCode.NotFound, "not-found");
        using var broken = new StringContent("{", Encoding.UTF8, "application/json");
        await host.Api.PostAsync("/api/v1/sites", broken).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact]
    public async Task Accounts_are_made_changed_and_disabled_and_the_log_tells()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Access:RecheckEvery"] = "00:00:00" });
        var weak = await host.Api.Post("/api/v1/accounts", new { email = "eva@example.org", displayName = "Eva", role = "operatorAdmin", password = "short" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        weak.GetProperty("errors").TryGetProperty("password", out _).ShouldBeTrue();
        var made = await host.Api.Post("/api/v1/accounts", new { email = "eva@example.org", displayName = "Eva", role = "operatorAdmin", password = "correct horse battery" }).Is(HttpStatusCode.Created);
        var again = await host.Api.Post("/api/v1/accounts", new { email = "EVA@example.org", displayName = "Eva", role = "readOnly", password = "correct horse battery" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        again.GetProperty("errors").TryGetProperty("email", out _).ShouldBeTrue();

        using var browser = host.Stranger();
        (await SignInTests.SignIn(browser, "correct horse battery", email: "eva@example.org")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.GetAsync("/api/v1/audit")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await host.Api.Patch($"/api/v1/accounts/{made.GetProperty("id").GetString()}", new { role = "readOnly" }).Is(HttpStatusCode.OK);
        (await browser.GetAsync("/api/v1/audit")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized); // signed out by the change
        await host.Api.Patch($"/api/v1/accounts/{made.GetProperty("id").GetString()}", new { disabled = true }).Is(HttpStatusCode.OK);
        (await SignInTests.SignIn(browser, "correct horse battery", email: "eva@example.org")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        var log = (await host.Api.Json("/api/v1/audit?subject=account")).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("action").GetString());
        log.ShouldBe(["account.changed", "account.changed", "account.signedIn", "account.created"]);
    }

    private static async Task<HttpResponseMessage> Post(LadewerkHost host, string key, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/sites") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", key);
        return await host.Api.SendAsync(request);
    }

    [GeneratedRegex("name=\"csrf-token\" content=\"(?<token>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex PageToken();
}
