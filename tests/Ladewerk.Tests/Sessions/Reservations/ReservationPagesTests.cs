using System.Net;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions.Reservations;

/// <summary>Reservations and local lists by the portal's forms, as a browser sends them.</summary>
public sealed class ReservationPagesTests(Database database)
{
    [Fact]
    public async Task A_reservation_is_made_shown_refused_where_it_overlaps_and_cancelled()
    {
        await using var host = await Host();
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        (await Page(browser, "/portal/reservations")).ShouldContain("Nichts reserviert");
        (await Page(browser, "/portal/reservations/add?station=P-1&evse=1")).ShouldContain("P-1 · 2");

        (string, string)[] wish = [("place", "P-1|1"), ("token", "AABBCC01"), ("minutes", "60"), ("note", "Handwerker")];
        var page = await Post(browser, "/portal/reservations/make", HttpStatusCode.Redirect, wish);
        page.ShouldContain("/portal/reservations/");
        var detail = await Page(browser, page);
        detail.ShouldContain("Handwerker");
        detail.ShouldContain("Die Säule ist nicht verbunden.");
        (await Post(browser, "/portal/reservations/make", HttpStatusCode.Conflict, wish)).ShouldContain("Zu dieser Zeit ist schon reserviert");
        (await Post(browser, "/portal/reservations/make", HttpStatusCode.UnprocessableEntity, ("place", "P-1|7"), ("token", "AABBCC01"), ("minutes", "60"))).ShouldContain("role=\"alert\"");
        foreach (var path in new[] { "/portal/reservations", "/portal/reservations?view=week", "/portal/stations/P-1" })
        {
            (await Page(browser, path)).ShouldContain("AABB****", customMessage: path);
        }

        await Post(browser, page + "/cancel", HttpStatusCode.Redirect);
        (await Page(browser, page)).ShouldContain("storniert");
        (await browser.GetAsync("/portal/reservations/" + Guid.Empty)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Lists_are_switched_on_for_all_and_off_for_one()
    {
        await using var host = await Host();
        using var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        (await Page(browser, "/portal/local-lists")).ShouldContain("Keine Säule führt eine Liste");
        await Post(browser, "/portal/local-lists/settings", HttpStatusCode.Redirect, ("enabled", "true"));
        (await Page(browser, "/portal/local-lists")).ShouldContain("Die Säule ist nicht verbunden.");
        (await Page(browser, "/portal/stations/P-1/local-list")).ShouldContain("Es gilt die Einstellung für alle Säulen.");
        await Post(browser, "/portal/stations/P-1/local-list", HttpStatusCode.Redirect, ("enabled", "false"));
        (await Page(browser, "/portal/stations/P-1/local-list")).ShouldContain("Für diese Säule eingestellt.");
        (await host.Api.Json("/api/v1/stations/P-1/local-list")).GetProperty("enabled").GetBoolean().ShouldBeFalse();
    }

    private async Task<LadewerkHost> Host()
    {
        var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/stations", new { id = "P-1", evses = new[] { new { id = 1 }, new { id = 2 } } }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/id-tokens", new { uid = "AABBCC01", concurrentSessions = 0 }).Is(HttpStatusCode.Created);
        return host;
    }

    private static async Task<string> Page(HttpClient browser, string path)
    {
        using var answer = await browser.GetAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The body, or where it leads to.</summary>
    private static async Task<string> Post(HttpClient browser, string path, HttpStatusCode expected, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await browser.GetStringAsync("/portal/more"));
        using var form = new FormUrlEncodedContent([.. fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)), new("__RequestVerificationToken", token)]);
        using var answer = await browser.PostAsync(path, form);
        var body = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        answer.StatusCode.ShouldBe(expected, $"{path}: {body}");
        return answer.Headers.Location?.ToString() ?? body;
    }
}
