using System.Net;
using System.Web;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Access;

/// <summary>Sign-in by OpenID Connect, judged by a provider that is not ours.</summary>
public sealed class ExternalSignInTests(Database database)
{
    private static readonly Dictionary<string, string?> Inner = new(StringComparer.Ordinal) { ["Outgoing:AllowPrivate"] = "true" };

    private static readonly object People = new
    {
        erika = new { email = "erika@firma.example", email_verified = true, name = "Erika Muster", groups = new[] { "office", "charging-support" } },
        mallory = new { email = LadewerkHost.AdminEmail, email_verified = false, name = "Mallory" },
        admin = new { email = LadewerkHost.AdminEmail, email_verified = true, name = "The Admin" },
        reader = new { email = "reader@firma.example", email_verified = true, name = "Reader" },
        foreign = new { email = "who@elsewhere.example", email_verified = true, name = "Who" },
    };

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public async Task Who_has_no_account_gets_one_with_the_role_of_the_groups_and_is_in(string algorithm)
    {
        await using var host = await LadewerkHost.Start(database, options: Inner);
        await using var provider = await OidcProvider.Start(host, People, algorithm);
        var id = await Trust(host, provider, new { createAccounts = true, emailDomains = new[] { "firma.example" }, roleClaim = "groups", roles = new[] { new { value = "charging-support", role = "support" } } });
        (await host.Api.PostAsync($"/api/v1/identity-providers/{id}/test", null).Is(HttpStatusCode.OK)).GetProperty("ok").GetBoolean().ShouldBeTrue();

        using var browser = host.Stranger();
        (await browser.GetStringAsync("/")).ShouldContain($"/sign-in/{id}");
        (await Enter(browser, provider, id, "erika", "/portal/stations")).ShouldBe("/portal/stations");
        (await browser.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var account = (await host.Api.Json("/api/v1/accounts")).GetProperty("items").EnumerateArray().Single(a => a.GetProperty("email").GetString() == "erika@firma.example");
        (account.GetProperty("role").GetString(), account.GetProperty("displayName").GetString()).ShouldBe(("support", "Erika Muster"));

        using var again = host.Stranger(); // the second time it is the same account
        (await Enter(again, provider, id, "erika")).ShouldBe("/portal");
        (await host.Api.Json("/api/v1/accounts")).GetProperty("items").GetArrayLength().ShouldBe(2);
        (await Enter(host.Stranger(), provider, id, "foreign")).ShouldBe("/?external=Domain");
        (await Enter(host.Stranger(), provider, id, "reader")).ShouldBe("/?external=NoRole");
    }

    [Fact]
    public async Task An_answer_counts_once_in_the_browser_that_asked_and_nowhere_else()
    {
        await using var host = await LadewerkHost.Start(database, options: Inner);
        await using var provider = await OidcProvider.Start(host, People);
        var id = await Trust(host, provider, new { createAccounts = true, defaultRole = "readOnly" });

        using var browser = host.Stranger();
        var begun = await browser.GetAsync($"/sign-in/{id}");
        var query = HttpUtility.ParseQueryString(begun.Headers.Location!.Query);
        (query["code_challenge_method"], query["response_type"]).ShouldBe(("S256", "code"));
        var state = query["state"]!;
        query["nonce"]!.Length.ShouldBeGreaterThan(40);
        var back = await provider.SignIn(begun.Headers.Location!, "erika");

        using var other = host.Stranger();
        (await other.GetAsync(back.PathAndQuery)).Headers.Location!.ToString().ShouldBe("/?external=State"); // somebody else's browser
        var cookie = begun.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("lw-external=", StringComparison.Ordinal)).Split(';')[0];
        (await browser.GetAsync(back.PathAndQuery)).Headers.Location!.ToString().ShouldBe("/portal");

        using var replay = host.Stranger();
        replay.DefaultRequestHeaders.Add("Cookie", cookie);
        (await replay.GetAsync(back.PathAndQuery)).Headers.Location!.ToString().ShouldBe("/?external=State"); // cookie and all, but a second time
        (await replay.GetAsync($"/sign-in/callback?code=x&state={new string('a', state.Length)}")).Headers.Location!.ToString().ShouldBe("/?external=State");
    }

    [Fact]
    public async Task An_account_is_taken_over_by_its_address_only_where_both_sides_confirm_it_and_the_operator_says_so()
    {
        await using var host = await LadewerkHost.Start(database, options: Inner);
        await using var provider = await OidcProvider.Start(host, People);
        await host.Api.Post("/api/v1/accounts", new { email = "reader@firma.example", displayName = "R", role = "readOnly", password = "correct horse battery" }).Is(HttpStatusCode.Created);
        var id = await Trust(host, provider, new { });
        (await Enter(host.Stranger(), provider, id, "reader")).ShouldBe("/?external=LinkFirst");
        (await Enter(host.Stranger(), provider, id, "foreign")).ShouldBe("/?external=Unknown");

        (await host.Api.Patch($"/api/v1/identity-providers/{id}", new { linkByEmail = true })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Enter(host.Stranger(), provider, id, "reader")).ShouldBe("/portal");
        (await Enter(host.Stranger(), provider, id, "mallory")).ShouldBe("/?external=LinkFirst"); // not confirmed by the provider
        (await Enter(host.Stranger(), provider, id, "admin")).ShouldBe("/?external=LinkFirst"); // runs the installation: ties himself or not at all
    }

    [Fact]
    public async Task Who_is_signed_in_ties_and_unties_his_own_account()
    {
        await using var host = await LadewerkHost.Start(database, options: Inner);
        await using var provider = await OidcProvider.Start(host, People);
        var id = await Trust(host, provider, new { });
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        var leave = await Post(browser, $"/account/external/{id}");
        var page = WebUtility.HtmlDecode(await leave.Content.ReadAsStringAsync());
        var at = page.IndexOf(provider.Issuer, StringComparison.Ordinal);
        var back = await provider.SignIn(new Uri(page[at..page.IndexOf('"', at)]), "admin");
        (await browser.GetAsync(back.PathAndQuery)).Headers.Location!.ToString().ShouldBe("/portal/account?done=tied");
        (await browser.GetAsync("/portal/account")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await Enter(host.Stranger(), provider, id, "admin")).ShouldBe("/portal");
        (await Post(browser, $"/account/external/{id}/remove")).Headers.Location!.ToString().ShouldBe("/portal/account?done=untied");
        (await Enter(host.Stranger(), provider, id, "admin")).ShouldBe("/?external=LinkFirst");
    }

    [Fact]
    public async Task New_keys_of_the_provider_are_fetched_and_its_secret_lies_encrypted()
    {
        await using var host = await LadewerkHost.Start(database, options: Inner);
        var provider = await OidcProvider.Start(host, People);
        var id = await Trust(host, provider, new { createAccounts = true, defaultRole = "readOnly" });
        (await Enter(host.Stranger(), provider, id, "erika")).ShouldBe("/portal");
        var port = provider.Port;
        await provider.DisposeAsync();
        (await Enter(host.Stranger(), null, id, "erika")).ShouldStartWith("http"); // known for a while, so the browser is sent there
        await using var renewed = await OidcProvider.Start(host, People, port: port);
        (await Enter(host.Stranger(), renewed, id, "erika")).ShouldBe("/portal");

        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var read = data.CreateCommand("select client_secret from identity_provider");
        ((string)(await read.ExecuteScalarAsync())!).ShouldNotContain("secret");
        (await host.Api.GetStringAsync("/api/v1/identity-providers")).ShouldNotContain("spaces");
    }

    [Fact]
    public async Task Inner_addresses_are_refused_and_only_who_may_do_everything_names_a_provider()
    {
        await using var host = await LadewerkHost.Start(database);
        foreach (var issuer in new[] { "http://idp.example", "https://user:pass@idp.example", "ftp://idp.example", "nonsense", "https://localhost:1/realm", "https://10.0.0.1/realm", "https://[::1]/realm", "https://intranet/realm" })
        {
            await host.Api.Post("/api/v1/identity-providers", new { name = "X", issuer, clientId = "x" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        }

        var made = await host.Api.Post("/api/v1/identity-providers", new { name = "Away", issuer = "https://idp.invalid/realm", clientId = "x" }).Is(HttpStatusCode.Created);
        var tested = await host.Api.PostAsync($"/api/v1/identity-providers/{made.GetProperty("id").GetString()}/test", null).Is(HttpStatusCode.OK);
        tested.GetProperty("fault").GetString().ShouldNotBeNullOrEmpty();
        using var browser = host.Stranger();
        (await browser.GetAsync($"/sign-in/{made.GetProperty("id").GetString()}")).Headers.Location!.ToString().ShouldBe("/?external=Provider");

        var key = await host.Api.Post("/api/v1/api-keys", new { name = "settings", permissions = new[] { "settings.read", "settings.write" } }).Is(HttpStatusCode.Created);
        using var limited = host.WithKey(key.GetProperty("secret").GetString()!);
        await limited.Post("/api/v1/identity-providers", new { name = "Y", issuer = "https://idp.example", clientId = "x" }).IsProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    private static async Task<string> Trust(LadewerkHost host, OidcProvider provider, object rules)
    {
        var made = await host.Api.Post("/api/v1/identity-providers", new { name = "Firma", issuer = provider.Issuer, clientId = OidcProvider.ClientId, clientSecret = OidcProvider.Secret }).Is(HttpStatusCode.Created);
        var id = made.GetProperty("id").GetString()!;
        (await host.Api.Patch($"/api/v1/identity-providers/{id}", rules)).StatusCode.ShouldBe(HttpStatusCode.OK);
        return id;
    }

    /// <summary>Goes through the whole sign-in; gives where the browser is led in the end.</summary>
    private static async Task<string> Enter(HttpClient browser, OidcProvider? provider, string id, string who, string? returnUrl = null)
    {
        var begun = await browser.GetAsync($"/sign-in/{id}{(returnUrl is null ? "" : "?returnUrl=" + Uri.EscapeDataString(returnUrl))}");
        if (provider is null || !begun.Headers.Location!.IsAbsoluteUri)
        {
            return begun.Headers.Location!.ToString();
        }

        var back = await provider.SignIn(begun.Headers.Location, who);
        return (await browser.GetAsync(back.PathAndQuery)).Headers.Location!.ToString();
    }

    private static async Task<HttpResponseMessage> Post(HttpClient browser, string path)
    {
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", SignInTests.Token(await browser.GetStringAsync("/portal/account")))]);
        return await browser.PostAsync(path, form);
    }
}
