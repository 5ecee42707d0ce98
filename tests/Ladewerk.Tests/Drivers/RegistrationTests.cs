using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Drivers;

/// <summary>How people become drivers by themselves, as a browser and a mail server see it.</summary>
public sealed class RegistrationTests(Database database)
{
    internal const string Erika = "erika@beispiel.example", Sentence = "nachts laden ist billiger";

    [Fact]
    public async Task Where_it_is_open_whoever_confirms_the_address_is_a_driver()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        await Rules(host, new { mode = "open", termsUrl = "https://example.org/terms" });
        using var browser = host.Stranger();
        (await Register(browser, Erika)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity); // without the consent
        (await Register(browser, Erika, consents: "terms")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await host.Api.Json("/api/v1/drivers")).GetProperty("items").GetArrayLength().ShouldBe(0);

        await Confirm(browser, mail, Erika);
        (await browser.GetStringAsync("/register/status")).ShouldContain("Alles bereit");
        var driver = (await host.Api.Json("/api/v1/drivers")).GetProperty("items")[0];
        (driver.GetProperty("name").GetString(), driver.GetProperty("email").GetString(), driver.GetProperty("status").GetString()).ShouldBe(("Erika Muster", Erika, "active"));
        driver.GetProperty("billingAccountId").ValueKind.ShouldBe(JsonValueKind.String);
        var registration = (await host.Api.Json("/api/v1/registrations")).GetProperty("items")[0];
        registration.GetProperty("consents")[0].GetProperty("text").GetString().ShouldBe("https://example.org/terms");
    }

    [Fact]
    public async Task With_approval_nobody_is_a_driver_before_the_operator_says_so()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        await Rules(host, new { mode = "approval" });
        using var browser = host.Stranger();
        await Register(browser, Erika);
        await Confirm(browser, mail, Erika);
        WebUtility.HtmlDecode(await browser.GetStringAsync("/register/status")).ShouldContain("prüft Ihre Anmeldung");
        (await host.Api.Json("/api/v1/drivers")).GetProperty("items").GetArrayLength().ShouldBe(0);

        var waiting = await Waiting(host);
        (await host.Api.PostAsync($"/api/v1/registrations/{waiting}/refuse", JsonContent(new { reason = "Bitte erst den Mietvertrag schicken." }))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await browser.GetStringAsync("/register/status")).ShouldContain("Mietvertrag");
        (await mail.Received(Erika)).Text.ShouldContain("Mietvertrag");

        (await host.Api.PostAsync($"/api/v1/registrations/{waiting}/accept", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await host.Api.PostAsync($"/api/v1/registrations/{waiting}/accept", null).IsProblem(HttpStatusCode.NotFound, "not-found");
        (await host.Api.Json("/api/v1/drivers")).GetProperty("items").GetArrayLength().ShouldBe(1);
        (await mail.Received(Erika)).Subject.ShouldContain("laden");
    }

    [Fact]
    public async Task By_invitation_the_code_of_the_mail_opens_and_the_imported_driver_becomes_theirs()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        await Rules(host, new { mode = "invitation" });
        await host.Api.Post("/api/v1/drivers", new { name = "Erika (P-7)", number = "P-7" }).Is(HttpStatusCode.Created);
        using var browser = host.Stranger();
        (await Register(browser, Erika)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Register(browser, Erika, code: "AAAA-BBBB-CCCC-DDDD")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        await host.Api.Post("/api/v1/registration-invitations/list", new { invitations = new[] { new { email = "nobody" } } }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await host.Api.Post("/api/v1/registration-invitations/list", new { invitations = new[] { new { email = Erika, name = "Erika", number = "P-7" } } }).Is(HttpStatusCode.OK);
        var link = (await mail.Received(Erika)).Link("/register");
        var code = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(link.Query)["code"].ToString();
        (await browser.GetStringAsync(link.PathAndQuery)).ShouldContain(code);
        (await Register(browser, Erika, code: code.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Confirm(browser, mail, Erika);
        (await browser.GetStringAsync("/register/status")).ShouldContain("Alles bereit");
        var driver = (await host.Api.Json("/api/v1/drivers")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        (driver.GetProperty("number").GetString(), driver.GetProperty("accountId").ValueKind).ShouldBe(("P-7", JsonValueKind.String));

        using var second = host.Stranger();
        (await Register(second, "jonas@beispiel.example", code: code)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity); // used up
    }

    [Fact]
    public async Task A_known_address_is_answered_like_an_unknown_one_and_a_closed_door_says_so()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        (await browser.GetStringAsync("/register")).ShouldContain("keine Anmeldung offen");
        (await Register(browser, Erika)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Count(host, "select count(*) from registration")).ShouldBe(0);

        await Rules(host, new { mode = "open" });
        var known = await (await Register(browser, LadewerkHost.AdminEmail)).Content.ReadAsStringAsync();
        var unknown = await (await Register(browser, "admin@beispiel.example")).Content.ReadAsStringAsync();
        known.Replace(LadewerkHost.AdminEmail, "x", StringComparison.Ordinal).ShouldBe(unknown.Replace("admin@beispiel.example", "x", StringComparison.Ordinal));
        (await browser.GetAsync("/register?tenant=nobody")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    internal static async Task Rules(LadewerkHost host, object rules) => await host.Api.Put("/api/v1/registration-rules", rules).Is(HttpStatusCode.OK);

    internal static async Task<HttpResponseMessage> Register(HttpClient browser, string email, string? code = null, string? consents = null, string name = "Erika Muster")
    {
        var token = SignInTests.Token(await browser.GetStringAsync("/register"));
        using var form = new FormUrlEncodedContent([
            new("email", email), new("name", name), new("code", code ?? ""), new("consents", consents ?? ""), new("lang", "de"), new("tenant", LadewerkHost.Tenant), new("__RequestVerificationToken", token),
        ]);
        return await browser.PostAsync("/register", form);
    }

    /// <summary>Follows the link of the mail and chooses a password; the browser is signed in then.</summary>
    internal static async Task Confirm(HttpClient browser, SmtpServer mail, string email)
    {
        var link = (await mail.Received(email)).Link("/confirm/").PathAndQuery;
        using var form = new FormUrlEncodedContent([new("password", Sentence), new("__RequestVerificationToken", SignInTests.Token(await browser.GetStringAsync(link)))]);
        (await browser.PostAsync(link, form)).Headers.Location!.ToString().ShouldBe("/app");
    }

    private static async Task<string> Waiting(LadewerkHost host) =>
        (await host.Api.Json("/api/v1/registrations?state=waiting")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetString()!;

    private static async Task<long> Count(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static StringContent JsonContent(object body) => new(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");
}
