using System.Net;
using System.Text.RegularExpressions;
using Ladewerk.Access;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Access;

/// <summary>Where an account is signed in, and how that ends.</summary>
public sealed partial class OpenSignInTests(Database database)
{
    private const string Own = "/portal/account";

    [Fact]
    public async Task People_see_their_open_sign_ins_and_an_ended_one_is_refused_at_once()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        using var phone = host.Stranger();
        phone.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1");
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        await SignInTests.SignIn(phone, LadewerkHost.AdminPassword);

        var page = await browser.GetStringAsync(Own);
        var words = WebUtility.HtmlDecode(page);
        words.ShouldContain("Safari · iPhone");
        words.ShouldContain("dieses Gerät");
        var other = EndPattern().Match(page).Groups["id"].Value;
        (await Post(browser, $"/account/sign-ins/{other}/end", page)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await phone.GetAsync("/api/v1/accounts")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await browser.GetAsync("/api/v1/accounts")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.GetStringAsync(Own)).ShouldNotContain("iPhone");
    }

    [Fact]
    public async Task Nobody_ends_the_sign_in_of_another_but_an_administrator_does()
    {
        await using var host = await LadewerkHost.Start(database);
        var made = await host.Api.Post("/api/v1/accounts", new { email = "r@example.org", displayName = "R", role = "readOnly", password = "correct horse battery" }).Is(HttpStatusCode.Created);
        using var reader = host.Stranger();
        await SignInTests.SignIn(reader, "correct horse battery", email: "r@example.org");
        var id = (await host.Api.Json($"/api/v1/accounts/{made.GetProperty("id").GetString()}/sign-ins")).GetProperty("items")[0].GetProperty("id").GetString();

        using var other = host.Stranger();
        await SignInTests.SignIn(other, LadewerkHost.AdminPassword);
        (await Post(other, $"/account/sign-ins/{id}/end", await other.GetStringAsync(Own))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await reader.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await host.Api.DeleteAsync($"/api/v1/accounts/{made.GetProperty("id").GetString()}/sign-ins")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await reader.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Signing_out_ends_the_cookie_itself_and_a_new_password_ends_all_others_at_once()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        var cookie = (await SignInTests.SignIn(browser, LadewerkHost.AdminPassword)).Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("lw-session=", StringComparison.Ordinal)).Split(';')[0];
        using var thief = host.WithKey("none");
        thief.DefaultRequestHeaders.Authorization = null;
        thief.DefaultRequestHeaders.Add("Cookie", cookie);
        (await thief.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Post(browser, "/sign-out", await browser.GetStringAsync(Own))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await thief.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        using var elsewhere = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        await SignInTests.SignIn(elsewhere, LadewerkHost.AdminPassword);
        (await Post(browser, Own + "/password", await browser.GetStringAsync(Own), ("current", LadewerkHost.AdminPassword), ("next", "a whole new sentence"))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await elsewhere.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await browser.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows")]
    [InlineData("Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox · Android")]
    [InlineData("curl/8", "Browser")]
    [InlineData(null, "Browser")]
    public void A_browser_is_called_by_a_name_that_people_know(string? userAgent, string expected) => Device.Of(userAgent).ShouldBe(expected);

    private static async Task<HttpResponseMessage> Post(HttpClient browser, string path, string page, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), new("back", Own), new("__RequestVerificationToken", SignInTests.Token(page))]);
        return await browser.PostAsync(path, form);
    }

    [GeneratedRegex("/account/sign-ins/(?<id>[0-9a-f-]{36})/end", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex EndPattern();
}
