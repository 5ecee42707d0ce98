using System.Net;
using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Tests.Billing;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Access;

/// <summary>A module that is off has no routes, no pages and no entries; everything else stays, and nothing is lost.</summary>
public sealed class ModulesTests(Database database)
{
    [Fact]
    public async Task What_belongs_to_a_module_is_refused_while_it_is_off_and_all_else_stays()
    {
        await using var host = await LadewerkHost.Start(database);
        var all = Walk.Endpoints(host).ToList();
        var read = all.Where(s => s.Method == "GET" && !s.Name.EndsWith("/events", StringComparison.Ordinal) && !s.Name.EndsWith("/live", StringComparison.Ordinal)).ToList();
        read.Count(s => ModuleOf(s) is not null).ShouldBeGreaterThan(8);
        var before = await Answers(host.Api, read);

        await Switch(host.Api, [Module.Base]);

        var off = await Answers(host.Api, read);
        read.Where(s => off[s] != (ModuleOf(s) is null ? before[s] : "404 module-off")).Select(s => $"{s.Name}: {before[s]} then {off[s]}").ShouldBeEmpty();
        var write = await Answers(host.Api, [.. all.Where(s => s.Method != "GET" && ModuleOf(s) is not null)]);
        write.Count.ShouldBeGreaterThan(4);
        write.Where(a => a.Value != "404 module-off").Select(a => $"{a.Key.Name}: {a.Value}").ShouldBeEmpty();

        await Switch(host.Api, Module.All);
        var on = await Answers(host.Api, read);
        read.Where(s => on[s] != before[s]).Select(s => $"{s.Name}: {before[s]} then {on[s]}").ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_may_not_come_in_anyway_learns_nothing_of_modules()
    {
        await using var host = await LadewerkHost.Start(database);
        await Switch(host.Api, [Module.Base]);

        var problem = await host.Api.GetAsync("/api/v1/invoices", TestContext.Current.CancellationToken).IsProblem(HttpStatusCode.NotFound, "module-off");
        problem.GetProperty("module").GetString().ShouldBe("billing");
        using var stranger = host.Stranger();
        await stranger.GetAsync("/api/v1/invoices", TestContext.Current.CancellationToken).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        var made = await host.Api.Post("/api/v1/api-keys", new { name = "map", permissions = new[] { Permission.StationsRead } }).Is(HttpStatusCode.Created);
        using var reader = host.WithKey(made.GetProperty("secret").GetString()!);
        await reader.GetAsync("/api/v1/invoices", TestContext.Current.CancellationToken).IsProblem(HttpStatusCode.Forbidden, "forbidden");
        await host.Api.Patch(await Own(host.Api), new { modules = new[] { "billing" } }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact]
    public async Task The_navigation_shows_what_is_on_and_a_page_that_is_off_says_why()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        var entries = host.Services.GetServices<NavEntry>().Where(e => e.Module is not null).ToList();
        entries.ShouldNotBeEmpty();
        (await browser.GetStringAsync("/portal/more")).ShouldContain("href=\"/portal/invoices\"");

        await Switch(host.Api, [Module.Base]);

        foreach (var page in new[] { "/portal/more", "/portal/settings" })
        {
            var html = await browser.GetStringAsync(page);
            entries.Where(e => html.Contains($"href=\"{e.Href}\"", StringComparison.Ordinal)).ShouldBeEmpty(page);
        }

        using var closed = await browser.GetAsync("/portal/invoices");
        closed.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await closed.Content.ReadAsStringAsync()).ShouldContain("Abrechnung");
    }

    [Fact]
    public async Task What_ends_while_billing_is_off_is_recorded_for_the_day_it_is_on_again()
    {
        await using var host = await BillingHost.Open(database);
        await Switch(host.Host.Api, [Module.Base]);
        var session = await host.Session(await host.Account(), BillingHost.Gross);

        await CdrTests.Tell(host, session);

        (await host.Records()).ShouldHaveSingleItem().InclVat.ShouldBe(5.39m);
        await Switch(host.Host.Api, Module.All);
        (await host.Host.Api.Json("/api/v1/cdrs")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    private static string? ModuleOf(Walk.Stop stop) => stop.Endpoint.Metadata.GetMetadata<OfModuleAttribute>()?.Module;

    private static async Task<string> Own(HttpClient platform)
    {
        var own = (await platform.Json("/api/v1/platform/tenants")).GetProperty("items").EnumerateArray().Single(t => t.GetProperty("slug").GetString() == LadewerkHost.Tenant);
        return $"/api/v1/platform/tenants/{own.GetProperty("id").GetString()}";
    }

    private static async Task Switch(HttpClient platform, IReadOnlyList<string> modules) => await platform.Patch(await Own(platform), new { modules }).Is(HttpStatusCode.OK);

    /// <summary>Status, and the problem's type.</summary>
    private static async Task<Dictionary<Walk.Stop, string>> Answers(HttpClient client, IReadOnlyList<Walk.Stop> stops)
    {
        var answers = new Dictionary<Walk.Stop, string>();
        foreach (var stop in stops)
        {
            using var answer = await Walk.Send(client, stop, stop.Path);
            var type = "";
            if (answer.Content.Headers.ContentType?.MediaType == "application/problem+json")
            {
                using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
                type = problem.RootElement.TryGetProperty("type", out var said) ? " " + said.GetString()![Problems.TypeBase.Length..] : "";
            }

            answers[stop] = $"{(int)answer.StatusCode}{type}";
        }

        return answers;
    }
}
