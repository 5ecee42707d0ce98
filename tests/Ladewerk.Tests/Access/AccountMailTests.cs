using System.Net;
using Ladewerk.Access;
using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Access;

/// <summary>Everything that an account does by mail, judged by what a real mail server received.</summary>
public sealed class AccountMailTests(Database database)
{
    private const string Erika = "erika@beispiel.example", Sentence = "nachts laden ist billiger";

    [Fact]
    public async Task A_registration_can_sign_in_only_after_the_link_and_the_link_works_once()
    {
        await using var mail = await SmtpServer.Start();
        var heard = new TaskCompletionSource<AccountVerified>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await LadewerkHost.Start(database, options: mail.Options, services: s => s.AddSingleton(heard).AddConsumer<AccountVerified, Listener>());
        var cookie = await Register(host, Erika, Sentence);
        using var browser = host.Stranger();

        var early = await SignInTests.SignIn(browser, Sentence, email: Erika);
        early.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await early.Content.ReadAsStringAsync()).ShouldContain("Postfach");
        (await SignInTests.SignIn(browser, "something else", email: Erika)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        var link = (await mail.Received(Erika)).Link("/confirm/").PathAndQuery;
        browser.DefaultRequestHeaders.Add("Cookie", $"{RegisterAccount.BrowserCookie}={cookie}");
        (await browser.GetStringAsync(link)).ShouldNotContain("new-password"); // opening it twice changes nothing, as mail programs do
        var page = await browser.GetStringAsync(link);
        (await Post(browser, link, page)).Headers.Location!.ToString().ShouldBe("/app");
        (await browser.GetAsync(link)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        using var phone = host.Stranger();
        (await SignInTests.SignIn(phone, Sentence, email: Erika)).Headers.Location!.ToString().ShouldBe("/app");
        (await heard.Task).AccountId.ShouldNotBe(Guid.Empty);
        (await Count(host, "select count(*) from account_link where encode(token_hash, 'escape') like '%confirm%'")).ShouldBe(0);
    }

    [Fact]
    public async Task In_another_browser_the_link_asks_for_a_password_and_the_one_of_the_registration_counts_no_more()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        await Register(host, Erika, "chosen by a stranger");
        using var browser = host.Stranger();
        var link = (await mail.Received(Erika)).Link("/confirm/").PathAndQuery;
        var page = await browser.GetStringAsync(link);
        page.ShouldContain("new-password");

        (await Post(browser, link, page, ("password", "short"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Post(browser, link, page, ("password", "erika beispiel"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Post(browser, link, page, ("password", Sentence))).Headers.Location!.ToString().ShouldBe("/app");

        using var stranger = host.Stranger();
        (await SignInTests.SignIn(stranger, "chosen by a stranger", email: Erika)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await SignInTests.SignIn(stranger, Sentence, email: Erika)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_known_address_gets_the_same_answer_and_a_mail_that_says_so()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        var known = await Registration(host, new NewRegistration(LadewerkHost.AdminEmail, Sentence, "Somebody", "de", Role.Driver));
        var unknown = await Registration(host, new NewRegistration(Erika, Sentence, "Erika Muster", "de", Role.Driver));
        (known.IsTaken, unknown.IsTaken).ShouldBe((true, true));
        known.AccountId.ShouldBeNull();
        (await mail.Received(LadewerkHost.AdminEmail)).Subject.ShouldContain("schon ein Konto");
        (await mail.Received(Erika)).Subject.ShouldContain("bestätigen");
    }

    [Fact]
    public async Task A_forgotten_password_is_chosen_anew_by_mail_and_no_page_tells_who_has_an_account()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        using var browser = host.Stranger();
        var known = await Ask(browser, "/forgotten", LadewerkHost.AdminEmail);
        var unknown = await Ask(browser, "/forgotten", "nobody@example.org");
        known.Replace("admin@", "x@", StringComparison.Ordinal).ShouldBe(unknown.Replace("nobody@", "x@", StringComparison.Ordinal));

        var link = (await mail.Received(LadewerkHost.AdminEmail)).Link("/confirm/").PathAndQuery;
        var page = await browser.GetStringAsync(link);
        (await Post(browser, link, page, ("password", Sentence))).Headers.Location!.ToString().ShouldBe("/?done=reset");
        (await mail.Received(LadewerkHost.AdminEmail)).Subject.ShouldContain("geändert");
        (await SignInTests.SignIn(browser, LadewerkHost.AdminPassword)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await SignInTests.SignIn(browser, Sentence)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        mail.All.ShouldNotContain(m => m.To == "nobody@example.org");
    }

    [Fact]
    public async Task Links_expire_and_nobody_is_flooded()
    {
        var time = new ManualTime();
        await using var host = await LadewerkHost.Start(database, time);
        using var browser = host.Stranger();
        await Ask(browser, "/forgotten", LadewerkHost.AdminEmail);
        await Ask(browser, "/forgotten", LadewerkHost.AdminEmail);
        (await Count(host, "select count(*) from account_link")).ShouldBe(1); // one a minute
        for (var i = 0; i < 7; i++)
        {
            time.Advance(TimeSpan.FromMinutes(2));
            await Ask(browser, "/forgotten", LadewerkHost.AdminEmail);
        }

        (await Count(host, "select count(*) from account_link")).ShouldBe(5); // five an hour
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var known = data.CreateCommand("update account_link set token_hash = sha256('known'::bytea) where id = (select id from account_link order by created_at desc limit 1)");
        await known.ExecuteNonQueryAsync();
        (await browser.GetAsync("/confirm/known")).StatusCode.ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromHours(1));
        (await browser.GetAsync("/confirm/known")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_invited_operator_chooses_the_password_and_is_in()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        using var admin = host.Stranger();
        await SignInTests.SignIn(admin, LadewerkHost.AdminPassword);
        var form = await admin.GetStringAsync("/portal/accounts/add");
        form.ShouldNotContain("type=\"password\"");
        (await Post(admin, "/portal/accounts/add", form, ("email", Erika), ("displayName", "Erika Muster"), ("role", "Support"), ("locale", "en"))).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        var invitation = await mail.Received(Erika);
        invitation.Subject.ShouldContain("Your account at");
        using var browser = host.Stranger();
        var link = invitation.Link("/confirm/").PathAndQuery;
        var page = await browser.GetStringAsync(link);
        (await Post(browser, link, page, ("password", "ten-zeich8"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity); // operators need twelve
        (await Post(browser, link, page, ("password", Sentence))).Headers.Location!.ToString().ShouldBe("/portal");
        (await browser.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Ones_own_address_changes_only_by_the_link_that_the_new_one_got()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        var own = await browser.GetStringAsync("/portal/account");
        (await Post(browser, "/portal/account/email", own, ("email", Erika), ("emailPassword", "wrong"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Post(browser, "/portal/account/email", own, ("email", Erika), ("emailPassword", LadewerkHost.AdminPassword))).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        using var elsewhere = host.Stranger();
        (await SignInTests.SignIn(elsewhere, LadewerkHost.AdminPassword, email: Erika)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var link = (await mail.Received(Erika)).Link("/confirm/").PathAndQuery;
        (await Post(elsewhere, link, await elsewhere.GetStringAsync(link))).Headers.Location!.ToString().ShouldBe("/?done=email");
        (await mail.Received(LadewerkHost.AdminEmail)).Subject.ShouldContain("geändert");
        (await SignInTests.SignIn(elsewhere, LadewerkHost.AdminPassword, email: Erika)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_lock_is_told_by_mail_once_and_unknown_addresses_seem_to_lock_as_well()
    {
        await using var mail = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: mail.Options);
        using var browser = host.Stranger();
        foreach (var email in new[] { LadewerkHost.AdminEmail, "nobody@example.org" })
        {
            for (var i = 0; i < 4; i++)
            {
                (await (await SignInTests.SignIn(browser, "wrong", email: email)).Content.ReadAsStringAsync()).ShouldNotContain("gesperrt");
            }

            (await (await SignInTests.SignIn(browser, "wrong", email: email)).Content.ReadAsStringAsync()).ShouldContain("gesperrt");
            (await (await SignInTests.SignIn(browser, "wrong", email: email)).Content.ReadAsStringAsync()).ShouldContain("gesperrt");
        }

        (await mail.Received(LadewerkHost.AdminEmail)).Subject.ShouldContain("gesperrt");
        (await Count(host, "select count(*) from mail")).ShouldBe(1);
    }

    private sealed class Listener(TaskCompletionSource<AccountVerified> heard) : IConsumer<AccountVerified>
    {
        public Task Consume(AccountVerified e, CancellationToken ct)
        {
            heard.TrySetResult(e);
            return Task.CompletedTask;
        }
    }

    /// <summary>Registers as the page of registration does; gives the browser's cookie.</summary>
    private static async Task<string> Register(LadewerkHost host, string email, string password)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        scope.ServiceProvider.GetRequiredService<IHttpContextAccessor>().HttpContext = http;
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(await Tenant(scope.ServiceProvider));
        (await scope.ServiceProvider.GetRequiredService<RegisterAccount>().Run(new NewRegistration(email, password, "Erika Muster", "de", Role.Driver), CancellationToken.None)).AccountId.ShouldNotBeNull();
        var cookie = http.Response.Headers.SetCookie.Single(c => c!.StartsWith(RegisterAccount.BrowserCookie, StringComparison.Ordinal))!;
        return cookie.Split('=', ';')[1];
    }

    private static async Task<Registration> Registration(LadewerkHost host, NewRegistration wish)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(await Tenant(scope.ServiceProvider));
        return await scope.ServiceProvider.GetRequiredService<RegisterAccount>().Run(wish, CancellationToken.None);
    }

    private static async Task<TenantId> Tenant(IServiceProvider services) => (await services.GetRequiredService<LadewerkDb>().Set<Tenant>().SingleAsync()).Id;

    private static async Task<string> Ask(HttpClient browser, string path, string email)
    {
        var answer = await Post(browser, path, await browser.GetStringAsync(path), ("email", email));
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var page = await browser.GetStringAsync(answer.Headers.Location);
        return SignInTests.Token(page) is { Length: > 0 } token ? page.Replace(token, "", StringComparison.Ordinal) : page;
    }

    private static async Task<HttpResponseMessage> Post(HttpClient browser, string path, string page, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), new("__RequestVerificationToken", SignInTests.Token(page))]);
        return await browser.PostAsync(path, form);
    }

    private static async Task<long> Count(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
