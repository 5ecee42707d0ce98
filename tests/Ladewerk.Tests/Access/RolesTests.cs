using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Access;

/// <summary>Roles of one's own, and who may hold what.</summary>
public sealed class RolesTests(Database database)
{
    [Fact]
    public async Task A_role_of_ones_own_is_given_for_a_site_and_counts_there_only()
    {
        await using var host = await LadewerkHost.Start(database);
        var site = (await host.Api.Post("/api/v1/sites", new { name = "Here" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        var role = (await host.Api.Post("/api/v1/roles", new { name = "Look", permissions = new[] { "stations.read" } }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        await host.Api.Post("/api/v1/roles", new { name = "look", permissions = new[] { "stations.read" } }).Is(HttpStatusCode.BadRequest);
        await host.Api.Post("/api/v1/roles", new { name = "Nonsense", permissions = new[] { "stations.fly" } }).Is(HttpStatusCode.BadRequest);
        var account = await Account(host, "readOnly");

        var given = await host.Api.Post($"/api/v1/accounts/{account}/assignments", new { role, siteId = site }).Is(HttpStatusCode.Created);

        given.GetProperty("scope").GetString().ShouldBe("site");
        given.GetProperty("scopeName").GetString().ShouldBe("Here");
        (await host.Api.Json($"/api/v1/accounts/{account}/assignments")).GetProperty("items").GetArrayLength().ShouldBe(2);
        await host.Api.DeleteAsync($"/api/v1/roles/{role}", TestContext.Current.CancellationToken).IsProblem(HttpStatusCode.Conflict, "in-use");
        (await host.Api.DeleteAsync($"/api/v1/accounts/{account}/assignments/{given.GetProperty("id").GetString()}", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.Api.DeleteAsync($"/api/v1/roles/{role}", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        await using var host = await LadewerkHost.Start(database);
        var first = (await host.Api.Json("/api/v1/accounts")).GetProperty("items").EnumerateArray().Single();
        var (id, role) = (first.GetProperty("id").GetString(), first.GetProperty("roles")[0].GetProperty("id").GetString());

        await host.Api.DeleteAsync($"/api/v1/accounts/{id}/assignments/{role}", TestContext.Current.CancellationToken).IsProblem(HttpStatusCode.Conflict, "last-administrator");
        await host.Api.Patch($"/api/v1/accounts/{id}", new { disabled = true }).IsProblem(HttpStatusCode.Conflict, "last-administrator");
        await host.Api.Patch($"/api/v1/accounts/{id}", new { role = "readOnly" }).IsProblem(HttpStatusCode.Conflict, "last-administrator");
        await Account(host, "operatorAdmin");
        await host.Api.Patch($"/api/v1/accounts/{id}", new { role = "readOnly" }).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nobody_gives_more_than_he_has()
    {
        await using var host = await LadewerkHost.Start(database);
        var account = await Account(host, "readOnly");
        var made = await host.Api.Post("/api/v1/api-keys", new { name = "limited", permissions = new[] { "settings.read", "settings.write", "stations.read" } }).Is(HttpStatusCode.Created);
        using var limited = host.WithKey(made.GetProperty("secret").GetString()!);

        await limited.Post($"/api/v1/accounts/{account}/assignments", new { role = "operatorAdmin" }).IsProblem(HttpStatusCode.Forbidden, "forbidden");
        await limited.Post("/api/v1/roles", new { name = "More", permissions = new[] { "billing.write" } }).IsProblem(HttpStatusCode.Forbidden, "forbidden");
        var admin = (await host.Api.Json("/api/v1/accounts")).GetProperty("items").EnumerateArray().First(a => a.GetProperty("role").GetString() == "platformAdmin");
        await limited.DeleteAsync($"/api/v1/accounts/{admin.GetProperty("id").GetString()}/assignments/{admin.GetProperty("roles")[0].GetProperty("id").GetString()}", TestContext.Current.CancellationToken)
            .IsProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    private static async Task<string> Account(LadewerkHost host, string role) =>
        (await host.Api.Post("/api/v1/accounts", new { email = $"{Guid.NewGuid():N}@example.org", displayName = "Somebody", role, password = "long enough to do it" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString()!;
}
