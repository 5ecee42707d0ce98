using System.Net;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Portal;

/// <summary>Forms say what is wrong with them: beside or by the label of the field, in the reader's language, with what was entered still there.</summary>
public sealed class FormFaultTests(Database database)
{
    [Theory]
    [InlineData("de", "Dieser Zeitpunkt passt nicht.", "Es gibt keine Säule NONE-1.")]
    [InlineData("en", "This time does not fit.", "There is no station NONE-1.")]
    public async Task A_form_with_faults_is_shown_again_in_the_readers_language(string language, string time, string station)
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        await using var connected = await TestStation.Connect(host, "U-1");
        using var browser = host.Stranger();
        browser.DefaultRequestHeaders.Add("Accept-Language", language);
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);

        // Uptime: an end before its beginning is said beside the field, and nothing is marked.
        var page = await Post(browser, "/portal/uptime", "/portal/uptime/exclusions?by=evse", HttpStatusCode.UnprocessableEntity, ("place", "U-1"), ("reason", "forceMajeure"), ("from", "2026-03-02T10:00"), ("to", "2026-03-02T09:00"), ("note", "Storm"));
        page.ShouldContain(time);
        page.ShouldContain("value=\"2026-03-02T10:00\"");
        page.ShouldContain("value=\"Storm\"");
        page.ShouldContain("<option value=\"forceMajeure\" selected");
        (await host.Api.Json("/api/v1/uptime/exclusions")).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await Post(browser, "/portal/uptime", "/portal/uptime/exclusions", HttpStatusCode.UnprocessableEntity, ("place", "U-1"), ("from", "soon"), ("to", "2026-03-02T09:00"))).ShouldContain("value=\"soon\"");
        await Post(browser, "/portal/uptime", "/portal/uptime/exclusions?by=evse", HttpStatusCode.Redirect, ("place", "U-1"), ("from", "2026-03-02T08:00"), ("to", "2026-03-02T09:00"));
        (await host.Api.Json("/api/v1/uptime/exclusions")).GetProperty("items")[0].GetProperty("stationId").GetString().ShouldBe("U-1");

        // Jobs: by the label, not by the API's name for it.
        page = await Post(browser, "/portal/jobs/new", "/portal/jobs/start", HttpStatusCode.UnprocessableEntity, ("command", "reset"), ("station", "NONE-1"), ("parallel", "500"), ("waves", "0"));
        page.ShouldContain(station);
        page.ShouldNotContain("options.");
        page.ShouldContain("<a href=\"#parallel\">");
        page.ShouldContain(language == "de" ? "Zwischen 1 und 200." : "Between 1 and 200.");
        page = await Post(browser, "/portal/jobs/new", "/portal/jobs/start", HttpStatusCode.UnprocessableEntity, ("command", "change-configuration"), ("station", "U-1"), ("key", ""), ("value", "x"));
        page.ShouldContain(language == "de" ? "Diese Angabe fehlt." : "This is missing.");
        page.ShouldNotContain("body.key");
    }

    [Theory]
    [InlineData("limit", "maxA", "12,5")]
    [InlineData("limit", "maxA", "a lot")]
    [InlineData("reset", "startAt", "soon")]
    [InlineData("reset", "endAt", "late")]
    [InlineData("reset", "windowFrom", "08:00")] // and no end
    [InlineData("reset", "stopAfterFailures", "few")]
    public async Task What_a_job_form_cannot_read_is_said_and_nothing_is_sent(string command, string field, string value)
    {
        var open = await database.Open();
        var identity = open.NewStation();
        await using var station = await open.Connect(identity);
        using var browser = open.Host.Stranger();
        browser.DefaultRequestHeaders.Add("Accept-Language", "en");
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        var page = await Post(browser, "/portal/jobs/new", "/portal/jobs/start", HttpStatusCode.UnprocessableEntity, ("command", command), ("station", identity), (field, value));
        page.ShouldContain($"<a href=\"#{field}\">");
        (await open.Scalar<long>("select count(*) from job_station j join charging_station s on s.id = j.station_id where s.identity = $1", identity)).ShouldBe(0);
    }

    [Fact]
    public async Task A_schedule_is_refused_by_its_labels()
    {
        var open = await database.Open();
        using var browser = open.Host.Stranger();
        browser.DefaultRequestHeaders.Add("Accept-Language", "en");
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        var page = await Post(browser, "/portal/schedules/add", "/portal/schedules/add", HttpStatusCode.UnprocessableEntity, ("name", ""), ("kind", "OutOfService"), ("at", "08:00"), ("until", "08:00"), ("stations", "NONE-1"));
        page.ShouldContain("<a href=\"#until\">Until</a>");
        page.ShouldContain("<a href=\"#name\">Name</a>");
        page.ShouldContain("<a href=\"#stations\">Only these stations</a>");
        page.ShouldNotContain("rule.");
    }

    private static async Task<string> Post(HttpClient browser, string form, string path, HttpStatusCode expected, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await browser.GetStringAsync(form));
        using var content = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), new("__RequestVerificationToken", token)]);
        using var answer = await browser.PostAsync(path, content);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        answer.StatusCode.ShouldBe(expected, page.Length > 2000 ? page[..2000] : page);
        if (expected == HttpStatusCode.Redirect && path.Contains('?', StringComparison.Ordinal))
        {
            answer.Headers.Location!.ToString().ShouldEndWith(path[path.IndexOf('?', StringComparison.Ordinal)..]);
        }

        return page;
    }
}
