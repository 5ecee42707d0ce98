using System.Net;
using System.Net.Http.Headers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Kernel.Branding;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Access;

/// <summary>The operator's brand, from its page and the API to what strangers, drivers and mail programs are shown.</summary>
public sealed class BrandTests(Database database)
{
    private const string Drawing = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10" onload="alert(1)"><script>alert(2)</script><rect width="40" height="10" fill="#7a1fa2"/></svg>""";

    [Fact]
    public async Task What_is_chosen_stands_on_pages_at_once_and_bad_input_is_told_by_field()
    {
        await using var host = await LadewerkHost.Start(database);
        using var stranger = host.Stranger();
        (await Style(stranger)).ShouldContain("--brand:#0a5f68");

        var view = await host.Api.Patch("/api/v1/brand", new { name = "Stadtwerke", colour = "#FFD500", supportPhone = "+49 30 1", imprintUrl = "https://sw.example/imprint" }).Is(HttpStatusCode.OK);
        view.GetProperty("colour").GetString().ShouldBe("#ffd500");
        view.GetProperty("shades").GetProperty("ink").GetString().ShouldBe("#0a191b");
        (await Style(stranger)).ShouldContain("--brand:#ffd500;--brand-ink:#0a191b");

        var faults = (await host.Api.Patch("/api/v1/brand", new { colour = "red;}", accent = "#12", replyTo = "nobody", imprintUrl = "javascript:alert(1)", privacyUrl = "file:///etc/passwd", supportPhone = "x" })
            .IsProblem(HttpStatusCode.BadRequest, "invalid-request")).GetProperty("errors");
        faults.EnumerateObject().Select(f => f.Name).Order().ShouldBe(["accent", "colour", "imprintUrl", "privacyUrl", "replyTo", "supportPhone"]);
        (await host.Api.Patch("/api/v1/brand", new { colour = (string?)null }).Is(HttpStatusCode.OK)).GetProperty("supportPhone").GetString().ShouldBe("+49 30 1", "what is absent stays");
        (await Style(stranger)).ShouldContain("--brand:#0a5f68");
        (await host.Api.GetStringAsync("/api/v1/audit")).ShouldContain("brand.changed");
    }

    [Fact]
    public async Task A_logo_is_taken_cleaned_and_served_as_a_picture_alone()
    {
        await using var host = await LadewerkHost.Start(database);
        using var stranger = host.Stranger();
        (await stranger.GetAsync($"/brand/{LadewerkHost.Tenant}/logo.svg")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        var href = (await Upload(host.Api, System.Text.Encoding.UTF8.GetBytes(Drawing)).Is(HttpStatusCode.OK)).GetProperty("logo").GetProperty("href").GetString()!;
        using (var logo = await stranger.GetAsync(href))
        {
            logo.Content.Headers.ContentType!.MediaType.ShouldBe("image/svg+xml");
            logo.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("sandbox");
            logo.Headers.CacheControl!.MaxAge.ShouldBe(TimeSpan.FromDays(365));
            (await logo.Content.ReadAsStringAsync()).ShouldNotContain("alert");
        }

        var next = (await Upload(host.Api, Pictures.Png).Is(HttpStatusCode.OK)).GetProperty("logo").GetProperty("href").GetString()!;
        next.ShouldNotBe(href);
        using (var old = await stranger.GetAsync(href))
        {
            old.Content.Headers.ContentType!.MediaType.ShouldBe("image/png");
            old.Headers.CacheControl!.MaxAge.ShouldBe(TimeSpan.FromMinutes(5), "an address of a former picture is not for ever");
        }

        await Upload(host.Api, "GIF89a"u8.ToArray()).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await Upload(host.Api, [.. Pictures.Png, .. new byte[200 * 1024]]).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        (await stranger.GetAsync(next)).StatusCode.ShouldBe(HttpStatusCode.OK, "a refused file changes nothing");
        (await host.Api.DeleteAsync("/api/v1/brand/logo")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await stranger.GetAsync(next)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_page_saves_previews_and_shows_the_logo_in_the_portal()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);

        (await Post(browser, "/portal/settings/brand/preview", HttpStatusCode.OK, ("colour", "#ffd500"), ("name", "<Wunsch>"))).ShouldContain("&lt;Wunsch&gt;");
        (await Post(browser, "/portal/settings/brand/save", HttpStatusCode.UnprocessableEntity, ("name", "X"), ("colour", "#0a5f68"), ("imprintUrl", "nowhere"))).ShouldContain("https://");
        await Post(browser, "/portal/settings/brand/save", HttpStatusCode.Redirect, ("name", "Stadtwerke"), ("colour", "#7a1fa2"), ("senderName", "Laden"));
        (await host.Api.Json("/api/v1/brand")).GetProperty("senderName").GetString().ShouldBe("Laden");

        (await UploadByForm(browser, "GIF89a"u8.ToArray())).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await UploadByForm(browser, Pictures.Png)).ShouldBe(HttpStatusCode.Redirect);
        (await browser.GetStringAsync("/portal/settings")).ShouldContain($"/brand/{LadewerkHost.Tenant}/logo.svg?v=");
        await Post(browser, "/portal/settings/brand/logo/remove", HttpStatusCode.Redirect);
        (await browser.GetStringAsync("/portal/settings")).ShouldNotContain($"/brand/{LadewerkHost.Tenant}/logo.svg?v=");
    }

    [Fact]
    public async Task Mails_carry_sender_reply_address_colours_and_the_logo_inside()
    {
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: server.Options);
        await host.Api.Patch("/api/v1/brand", new { colour = "#ffd500", senderName = "Laden in Musterstadt", replyTo = "antwort@sw.example", supportPhone = "0800 1" }).Is(HttpStatusCode.OK);
        await Upload(host.Api, Pictures.Png).Is(HttpStatusCode.OK);

        await using (var scope = host.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(await TenantOf(host));
            scope.ServiceProvider.GetRequiredService<MailQueue>().Enqueue(new NewMail("test", "anna@example.org", "de", "Gruß", new MailContent("Hallo", ["Text"]) { Action = new("Los", new Uri("https://x.example/")) }));
            await scope.ServiceProvider.GetRequiredService<LadewerkDb>().SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        var mail = await server.Received("anna@example.org");
        mail.From.Name.ShouldBe("Laden in Musterstadt");
        mail.Headers["reply-to"].ShouldContain("antwort@sw.example");
        mail.Html.ShouldContain("background:#ffd500;color:#0a191b");
        mail.Attachments.ShouldHaveSingleItem().ShouldBe(new ReceivedFile("logo.png", "image/png", Pictures.Png.Length));
        mail.Text.ShouldContain("0800 1");
        mail.Html.ShouldContain("src=\"cid:logo\"");
    }

    private static async Task<TenantId> TenantOf(LadewerkHost host)
    {
        await using var data = Npgsql.NpgsqlDataSource.Create(host.ConnectionString);
        await using var ask = data.CreateCommand("select id from tenant");
        return TenantId.From((Guid)(await ask.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
    }

    private static async Task<string> Style(HttpClient client) => await client.GetStringAsync($"/brand/{LadewerkHost.Tenant}/style.css");

    private static async Task<HttpResponseMessage> Upload(HttpClient client, byte[] file)
    {
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await client.PutAsync("/api/v1/brand/logo", content);
    }

    private static async Task<HttpStatusCode> UploadByForm(HttpClient browser, byte[] file)
    {
        var page = await browser.GetStringAsync("/portal/settings/brand");
        using var form = new MultipartFormDataContent { { new StringContent(SignInTests.Token(page)), "__RequestVerificationToken" }, { new ByteArrayContent(file), "logo", "logo.png" } };
        using var answer = await browser.PostAsync("/portal/settings/brand/logo", form);
        return answer.StatusCode;
    }

    private static async Task<string> Post(HttpClient browser, string path, HttpStatusCode expected, params (string Name, string Value)[] fields)
    {
        var page = await browser.GetStringAsync("/portal/settings/brand");
        using var form = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)).Append(KeyValuePair.Create("__RequestVerificationToken", SignInTests.Token(page))));
        using var answer = await browser.PostAsync(path, form);
        var body = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(expected, body);
        return body;
    }
}
