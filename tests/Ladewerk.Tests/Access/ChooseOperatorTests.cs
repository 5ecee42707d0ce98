using System.Net;
using System.Text.RegularExpressions;
using Ladewerk.Access;
using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Access;

/// <summary>The same address and password with two operators: who has the password is asked with which, and nobody else learns of either.</summary>
public sealed partial class ChooseOperatorTests(Database database)
{
    [Fact]
    public async Task Who_has_the_password_of_both_chooses_and_gets_there()
    {
        await using var host = await LadewerkHost.Start(database);
        await Second(host, LadewerkHost.AdminPassword);
        using var browser = host.Stranger();

        (await SignInTests.SignIn(browser, LadewerkHost.AdminPassword, "/portal/stations")).Headers.Location!.ToString().ShouldBe("/operator?returnUrl=%2Fportal%2Fstations");
        (await browser.GetAsync("/api/v1/tenant")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "the password alone opens nothing yet");
        var choices = await Choices(browser);
        choices.Keys.Order(StringComparer.Ordinal).ShouldContain("Zweites Werk");
        choices.Count.ShouldBe(2);

        (await Choose(browser, Guid.NewGuid())).StatusCode.ShouldBe(HttpStatusCode.BadRequest, "not one of those whose password it was");
        (await Choose(browser, choices["Zweites Werk"], "/portal/stations")).Headers.Location!.ToString().ShouldBe("/portal/stations");
        (await browser.Json("/api/v1/tenant")).GetProperty("slug").GetString().ShouldBe("zweites");
        (await browser.GetAsync("/operator")).Headers.Location!.ToString().ShouldBe("/", "it is asked once");
    }

    [Fact]
    public async Task Without_the_password_nothing_tells_of_operators()
    {
        await using var host = await LadewerkHost.Start(database);
        await Second(host, LadewerkHost.AdminPassword);
        using var thief = host.Stranger();

        (await thief.GetAsync("/operator")).Headers.Location!.ToString().ShouldBe("/");
        var wrong = await SignInTests.SignIn(thief, "a wrong guess");
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await wrong.Content.ReadAsStringAsync()).ShouldNotContain("Zweites");
        wrong.Headers.TryGetValues("Set-Cookie", out var cookies);
        (cookies ?? []).ShouldNotContain(c => c.StartsWith("lw-operator", StringComparison.Ordinal));

        using var forged = new HttpRequestMessage(HttpMethod.Get, "/operator");
        forged.Headers.Add("Cookie", "lw-operator=CfDJ8forged");
        (await thief.SendAsync(forged)).Headers.Location!.ToString().ShouldBe("/");
    }

    [Fact]
    public async Task One_of_another_password_is_not_offered_nor_one_that_is_locked_or_suspended()
    {
        await using var host = await LadewerkHost.Start(database);
        await Second(host, "quite another sentence");
        using var browser = host.Stranger();
        (await SignInTests.SignIn(browser, LadewerkHost.AdminPassword)).Headers.Location!.ToString().ShouldBe("/portal", "only one has this password");
        using var other = host.Stranger();
        (await SignInTests.SignIn(other, "quite another sentence")).Headers.Location!.ToString().ShouldBe("/portal");
        (await other.Json("/api/v1/tenant")).GetProperty("slug").GetString().ShouldBe("zweites");

        await using var both = await LadewerkHost.Start(database);
        await Second(both, LadewerkHost.AdminPassword);
        using var late = both.Stranger();
        (await SignInTests.SignIn(late, LadewerkHost.AdminPassword)).Headers.Location!.ToString().ShouldBe("/operator");
        var choices = await Choices(late);
        await Sql(both, "update account set lockout_end = now() + interval '1 hour' where tenant_id = (select id from tenant where slug = 'zweites')");
        (await Choose(late, choices["Zweites Werk"])).StatusCode.ShouldBe(HttpStatusCode.BadRequest, "locked since it was asked");
        await Sql(both, "update account set lockout_end = null; update tenant set suspended_at = now() where slug = 'zweites'");
        (await Choices(late)).Keys.ShouldNotContain("Zweites Werk");
        (await Choose(late, choices["Zweites Werk"])).StatusCode.ShouldBe(HttpStatusCode.BadRequest, "suspended since it was asked");

        using var again = both.Stranger();
        (await SignInTests.SignIn(again, LadewerkHost.AdminPassword)).Headers.Location!.ToString().ShouldBe("/portal", "one of the two opens");
        (await late.GetAsync("/operator")).Headers.Location!.ToString().ShouldBe("/", "what was asked before a sign-in counts no more");
    }

    [Fact]
    public async Task The_second_factor_is_asked_of_the_account_that_was_chosen()
    {
        await using var host = await LadewerkHost.Start(database);
        using var owner = host.Stranger();
        var (key, _) = await SecondFactorTests.TurnOn(owner);
        await Second(host, LadewerkHost.AdminPassword);
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        var choices = await Choices(browser);
        var first = choices.Single(c => c.Key != "Zweites Werk").Value;

        (await Choose(browser, first)).Headers.Location!.ToString().ShouldBe("/second-factor");
        (await browser.GetAsync("/api/v1/tenant")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await SecondFactorTests.Code(browser, "000000")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await SecondFactorTests.Code(browser, SecondFactorTests.CodeOf(key, steps: 1))).Headers.Location!.ToString().ShouldBe("/portal");
        (await browser.Json("/api/v1/tenant")).GetProperty("slug").GetString().ShouldBe(LadewerkHost.Tenant);

        using var without = host.Stranger();
        await SignInTests.SignIn(without, LadewerkHost.AdminPassword);
        (await Choose(without, choices["Zweites Werk"])).Headers.Location!.ToString().ShouldBe("/portal", "the other account has none");
        (await without.Json("/api/v1/tenant")).GetProperty("slug").GetString().ShouldBe("zweites");
    }

    /// <summary>Another operator with an account of the administrator's address.</summary>
    private static async Task Second(LadewerkHost host, string password)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<LadewerkDb>();
        var tenant = new Tenant { Slug = "zweites", Name = "Zweites Werk" };
        db.Add(tenant);
        await db.SaveChangesAsync();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant.Id);
        var (made, errors) = await scope.ServiceProvider.GetRequiredService<CreateAccount>().Run(new NewAccount(LadewerkHost.AdminEmail, "Admin", Role.OperatorAdmin, password), TestContext.Current.CancellationToken);
        made.ShouldNotBeNull(string.Join(" ", errors.SelectMany(e => e.Value)));
    }

    private static async Task Sql(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<Dictionary<string, Guid>> Choices(HttpClient browser)
    {
        using var page = await browser.GetAsync("/operator");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        return Choice().Matches(await page.Content.ReadAsStringAsync()).ToDictionary(m => WebUtility.HtmlDecode(m.Groups["name"].Value), m => Guid.Parse(m.Groups["id"].Value), StringComparer.Ordinal);
    }

    private static async Task<HttpResponseMessage> Choose(HttpClient browser, Guid account, string returnUrl = "")
    {
        var token = SignInTests.Token(await browser.GetStringAsync("/operator"));
        using var form = new FormUrlEncodedContent([new("account", account.ToString()), new("returnUrl", returnUrl), new("__RequestVerificationToken", token)]);
        return await browser.PostAsync("/operator", form);
    }

    [GeneratedRegex("name=\"account\" value=\"(?<id>[0-9a-f-]+)\">.*?<span>(?<name>[^<]+)</span>", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Choice();
}
