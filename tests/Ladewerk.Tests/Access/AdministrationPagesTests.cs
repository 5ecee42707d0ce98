using System.Net;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Access;

/// <summary>Sites, drivers, badges, settings, accounts, keys and the audit log, by forms as a browser sends them.</summary>
public sealed class AdministrationPagesTests(Database database)
{
    [Fact]
    public async Task What_the_forms_write_stands_in_the_lists_and_in_the_log()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);

        await Post(browser, "/portal/sites/add", HttpStatusCode.Redirect, ("name", "Parkhaus Süd"), ("access", "public"), ("country", "DE"), ("timeZone", "Europe/Berlin"), ("latitude", "51.5"));
        (await Page(browser, "/portal/sites")).ShouldContain("Parkhaus Süd");
        (await Post(browser, "/portal/sites/add", HttpStatusCode.UnprocessableEntity, ("name", "parkhaus süd"), ("latitude", "north"))).ShouldContain("Diese Angabe passt nicht.");

        await Post(browser, "/portal/drivers/add", HttpStatusCode.Redirect, ("name", "Eva Muster"), ("email", "eva@example.org"), ("locale", "de"), ("status", "active"));
        (await Page(browser, "/portal/drivers?q=muster")).ShouldContain("eva@example.org");

        await Post(browser, "/portal/id-tokens/add", HttpStatusCode.Redirect, ("uid", "04:a2:2f:1b"), ("visualNumber", "DE-1"), ("validUntil", "2030-12-31"), ("concurrentSessions", "1"), ("status", "accepted"));
        (await Page(browser, "/portal/id-tokens?q=04a2")).ShouldContain("31.12.2030");
        await Post(browser, "/portal/id-tokens/04A22F1B/block", HttpStatusCode.Redirect);
        (await host.Api.Json("/api/v1/id-tokens/04A22F1B")).GetProperty("status").GetString().ShouldBe("blocked");

        await Post(browser, "/portal/settings", HttpStatusCode.Redirect, ("name", "Stadtwerke"), ("legalName", "Stadtwerke Musterstadt GmbH"), ("country", "DE"), ("timeZone", "Europe/Berlin"), ("language", "de"));
        (await host.Api.Json("/api/v1/tenant")).GetProperty("profile").GetProperty("legalName").GetString().ShouldBe("Stadtwerke Musterstadt GmbH");

        (await Post(browser, "/portal/accounts/add", HttpStatusCode.UnprocessableEntity, ("email", "no address"), ("displayName", "X"), ("role", "ReadOnly"))).ShouldContain("is-invalid");
        await Post(browser, "/portal/accounts/add", HttpStatusCode.Redirect, ("email", "x@example.org"), ("displayName", "X"), ("role", "ReadOnly"));
        (await Page(browser, "/portal/accounts")).ShouldContain("x@example.org");

        (await Post(browser, "/portal/api-keys/add", HttpStatusCode.OK, ("name", "map"), ("permissions", "stations.read"))).ShouldContain("lwk_");
        (await Page(browser, "/portal/audit?subject=idToken")).ShouldContain("idToken.blocked");
    }

    [Fact]
    public async Task Who_may_only_read_sees_the_pages_without_their_actions()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/accounts", new { email = "r@example.org", displayName = "R", role = "readOnly", password = "correct horse battery" }).Is(HttpStatusCode.Created);
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, "correct horse battery", email: "r@example.org");
        (await Page(browser, "/portal/sites")).ShouldNotContain("btn btn-primary\" href=\"/portal/sites/add");
        foreach (var path in new[] { "/portal/settings", "/portal/accounts", "/portal/api-keys", "/portal/audit", "/portal/sites/add" })
        {
            (await browser.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        }
    }

    private static async Task<string> Page(HttpClient browser, string path)
    {
        using var answer = await browser.GetAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> Post(HttpClient browser, string path, HttpStatusCode expected, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await browser.GetStringAsync("/portal/more"));
        using var form = new FormUrlEncodedContent([.. fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)), new("__RequestVerificationToken", token)]);
        using var answer = await browser.PostAsync(path, form);
        var body = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        answer.StatusCode.ShouldBe(expected, $"{path}: {body}");
        return body;
    }
}
