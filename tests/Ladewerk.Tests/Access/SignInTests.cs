using System.Net;
using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Access;

public sealed partial class SignInTests(Database database)
{
    [Fact]
    public async Task The_right_password_signs_in_and_survives_a_restart()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();

        var answer = await SignIn(browser, LadewerkHost.AdminPassword);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.ToString().ShouldBe("/portal");
        answer.Headers.GetValues("Set-Cookie").ShouldContain(c => c.StartsWith("lw-session=") && c.Contains("httponly") && c.Contains("samesite=lax"));

        await host.Restart();
        (await browser.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wrong_password_shows_the_form_again_and_five_lock_the_account()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        for (var i = 0; i < 5; i++)
        {
            (await SignIn(browser, "wrong")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        }

        var locked = await SignIn(browser, LadewerkHost.AdminPassword);
        locked.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await locked.Content.ReadAsStringAsync()).ShouldContain("gesperrt");
    }

    [Theory]
    [InlineData("/portal/stations", "/portal/stations")]
    [InlineData("//evil.example", "/portal")]
    [InlineData("/\\evil.example", "/portal")]
    [InlineData("https://evil.example", "/portal")]
    public async Task Sign_in_leads_back_only_to_our_own_places(string returnUrl, string expected)
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        (await SignIn(browser, LadewerkHost.AdminPassword, returnUrl)).Headers.Location!.ToString().ShouldBe(expected);
    }

    [Fact]
    public async Task The_page_speaks_the_language_that_was_chosen()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        browser.DefaultRequestHeaders.Add("Accept-Language", "en-GB");
        var page = await browser.GetStringAsync("/");
        page.ShouldContain("<html lang=\"en\">");
        page.ShouldContain("Sign in");

        using var choice = new FormUrlEncodedContent([new("language", "de"), new("returnUrl", "/"), new("__RequestVerificationToken", Token(page))]);
        (await browser.PostAsync("/language", choice)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.GetStringAsync("/")).ShouldContain("Anmelden");
    }

    internal static async Task<HttpResponseMessage> SignIn(HttpClient browser, string password, string? returnUrl = null, string email = LadewerkHost.AdminEmail)
    {
        var token = Token(await browser.GetStringAsync("/"));
        using var form = new FormUrlEncodedContent([
            new("email", email), new("password", password), new("returnUrl", returnUrl ?? ""), new("__RequestVerificationToken", token),
        ]);
        return await browser.PostAsync("/", form);
    }

    internal static string Token(string page) => TokenPattern().Match(page).Groups["token"].Value;

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex TokenPattern();
}
