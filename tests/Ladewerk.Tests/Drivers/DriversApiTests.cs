using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Drivers;

public sealed class DriversApiTests(Database database)
{
    [Fact]
    public async Task An_id_token_is_found_by_every_spelling_and_blocked()
    {
        await using var host = await LadewerkHost.Start(database);
        var payer = await host.Api.Post("/api/v1/billing-accounts", new { name = "Muster GmbH", country = "AT" }).Is(HttpStatusCode.Created);
        var driver = await host.Api.Post("/api/v1/drivers", new { name = "Eva Muster", email = "eva@example.org", billingAccountId = payer.GetProperty("id") }).Is(HttpStatusCode.Created);
        var made = await host.Api.Post("/api/v1/id-tokens", new { uid = "04:a2:2f:1b", visualNumber = "DE-ABC-1", driverId = driver.GetProperty("id"), validUntil = "2030-01-01T00:00:00+01:00" }).Is(HttpStatusCode.Created);
        made.GetProperty("status").GetString().ShouldBe("accepted");
        made.GetProperty("validUntil").GetString().ShouldBe("2029-12-31T23:00:00Z");

        await host.Api.Post("/api/v1/id-tokens", new { uid = "04A22F1B" }).IsProblem(HttpStatusCode.Conflict, "id-token-exists");
        (await host.Api.Json("/api/v1/id-tokens/04A22F1B")).GetProperty("visualNumber").GetString().ShouldBe("DE-ABC-1");
        var blocked = await host.Api.Patch("/api/v1/id-tokens/04a22f1b", new { status = "blocked", validUntil = (string?)null }).Is(HttpStatusCode.OK);
        blocked.GetProperty("status").GetString().ShouldBe("blocked");
        blocked.GetProperty("validUntil").ValueKind.ShouldBe(JsonValueKind.Null);
        blocked.GetProperty("visualNumber").GetString().ShouldBe("DE-ABC-1");
        (await host.Api.Json("/api/v1/audit?subject=idToken")).GetProperty("items")[0].GetProperty("action").GetString().ShouldBe("idToken.blocked");

        (await host.Api.DeleteAsync("/api/v1/id-tokens/04-A2-2F-1B")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await host.Api.GetAsync("/api/v1/id-tokens/04A22F1B").IsProblem(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task What_others_refer_to_is_not_deleted()
    {
        await using var host = await LadewerkHost.Start(database);
        var payer = await host.Api.Post("/api/v1/billing-accounts", new { name = "Muster GmbH" }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/drivers", new { name = "Eva Muster", billingAccountId = payer.GetProperty("id") }).Is(HttpStatusCode.Created);
        await host.Api.DeleteAsync($"/api/v1/billing-accounts/{payer.GetProperty("id").GetString()}").IsProblem(HttpStatusCode.Conflict, "in-use");
    }

    [Fact]
    public async Task Names_that_are_alike_are_paged_without_loss()
    {
        await using var host = await LadewerkHost.Start(database);
        for (var i = 0; i < 5; i++)
        {
            await host.Api.Post("/api/v1/drivers", new { name = i < 3 ? "Müller" : "Bauer" }).Is(HttpStatusCode.Created);
        }

        var seen = new HashSet<string?>();
        string? cursor = null;
        do
        {
            var page = await host.Api.Json($"/api/v1/drivers?limit=2&cursor={cursor}");
            foreach (var driver in page.GetProperty("items").EnumerateArray())
            {
                seen.Add(driver.GetProperty("id").GetString()).ShouldBeTrue();
            }

            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        seen.Count.ShouldBe(5);
        (await host.Api.Json("/api/v1/drivers?q=müll")).GetProperty("items").GetArrayLength().ShouldBe(3);
    }
}
