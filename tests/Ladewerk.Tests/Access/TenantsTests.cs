using System.Net;
using System.Text;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Access;

/// <summary>Several operators on one installation, and what their plan allows.</summary>
public sealed class TenantsTests(Database database)
{
    [Fact]
    public async Task An_operator_is_made_with_an_administrator_and_can_be_suspended()
    {
        await using var host = await LadewerkHost.Start(database);
        var made = await host.Api.Post("/api/v1/platform/tenants", new { slug = "stadt", name = "Stadt", adminEmail = LadewerkHost.AdminEmail }).Is(HttpStatusCode.Created);
        made.GetProperty("chargePointLimit").GetInt32().ShouldBe(20);
        made.GetProperty("accounts").GetInt64().ShouldBe(1);
        await host.Api.Post("/api/v1/platform/tenants", new { slug = "stadt", name = "Again", adminEmail = "a@example.org" }).Is(HttpStatusCode.BadRequest);
        var path = $"/api/v1/platform/tenants/{made.GetProperty("id").GetString()}";

        (await host.Api.Patch(path, new { suspended = true }).Is(HttpStatusCode.OK)).GetProperty("suspended").GetBoolean().ShouldBeTrue();
        (await host.Api.Patch(path, new { suspended = false, plan = "unlimited" }).Is(HttpStatusCode.OK)).GetProperty("chargePointLimit").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        var own = (await host.Api.Json("/api/v1/platform/tenants")).GetProperty("items").EnumerateArray().Single(t => t.GetProperty("slug").GetString() == LadewerkHost.Tenant);
        await host.Api.Patch($"/api/v1/platform/tenants/{own.GetProperty("id").GetString()}", new { suspended = true }).Is(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task No_way_leads_past_the_plan()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using (var limit = data.CreateCommand("update tenant set charge_point_limit = 2"))
        {
            await limit.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await host.Api.Post("/api/v1/stations", new { id = "ONE" }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/stations", new { id = "TWO" }).Is(HttpStatusCode.Created);

        await host.Api.Post("/api/v1/stations", new { id = "THREE" }).IsProblem(HttpStatusCode.Forbidden, "plan-limit");
        using var csv = new StringContent("id\nFOUR\n", Encoding.UTF8, "text/csv");
        await host.Api.PostAsync("/api/v1/stations/import", csv, TestContext.Current.CancellationToken).IsProblem(HttpStatusCode.Forbidden, "plan-limit");
        (await Should.ThrowAsync<TestStation.RefusedException>(() => TestStation.Connect(host, "FIVE"))).Status.ShouldBe(403);
        (await host.Api.DeleteAsync("/api/v1/stations/TWO", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        await host.Api.Post("/api/v1/stations", new { id = "THREE" }).Is(HttpStatusCode.Created);
    }
}
