using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Tariffs;

public sealed class TariffApi(Database database)
{
    private const string Plain = """
        {"currency":"EUR","name":{"de":"Stadt","en":"Town"},"taxIncluded":true,"elements":[{"components":[{"type":"ENERGY","price":0.49,"vat":19}]}]}
        """;

    private static StringContent Json(string json) => new(json, System.Text.Encoding.UTF8, "application/json");

    private static async Task<JsonNode> Read(HttpResponseMessage response, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(expected, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<string> Create(LadewerkHost host, string json = Plain) =>
        (string)(await Read(await host.Api.PostAsync("/api/v1/tariffs", Json(json)), HttpStatusCode.Created))["id"]!;

    [Fact]
    public async Task A_change_makes_a_new_version_and_the_old_one_stays()
    {
        await using var host = await LadewerkHost.Start(database);
        var id = await Create(host);

        var read = await Read(await host.Api.GetAsync($"/api/v1/tariffs/{id}"));
        read["texts"]!["de"]!["headline"]!.GetValue<string>().ShouldBe("0,49 €");
        read["elements"]![0]!["components"]![0]!["price"] = 0.55m;
        var changed = await Read(await host.Api.PutAsync($"/api/v1/tariffs/{id}", Json(read.ToJsonString())));
        ((int)changed["version"]!).ShouldBe(2);
        var repeated = await Read(await host.Api.PutAsync($"/api/v1/tariffs/{id}", Json(read.ToJsonString())));
        ((int)repeated["version"]!).ShouldBe(2);
        read["elements"]![0]!["components"]![0]!["price"] = 0.60m;
        (await host.Api.PutAsync($"/api/v1/tariffs/{id}", Json(read.ToJsonString()))).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        var versions = (await Read(await host.Api.GetAsync($"/api/v1/tariffs/{id}")))["versions"]!.AsArray();
        versions.Select(version => (decimal)version!["tariff"]!["elements"]![0]!["components"]![0]!["price"]!).ShouldBe([0.55m, 0.49m]);
    }

    [Fact]
    public async Task A_plain_name_stands_for_both_languages()
    {
        await using var host = await LadewerkHost.Start(database);
        var id = await Create(host, """{"currency":"EUR","name":"Plain","elements":[{"components":[{"type":"ENERGY","price":0.49,"vat":19}]}]}""");
        var read = await Read(await host.Api.GetAsync($"/api/v1/tariffs/{id}"));
        read["name"]!.ToJsonString().ShouldBe("""{"de":"Plain","en":"Plain"}""");
    }

    [Fact]
    public async Task A_tariff_that_a_rule_refuses_is_not_stored()
    {
        await using var host = await LadewerkHost.Start(database);

        var problem = await Read(await host.Api.PostAsync("/api/v1/tariffs", Json("""{"currency":"EUR","elements":[{"components":[{"type":"ENERGY","price":0.49}]}]}""")), HttpStatusCode.BadRequest);
        problem["findings"]!.AsArray().Select(finding => (string)finding!["rule"]!).ShouldBe(["vat-missing"]);
        var unreadable = await Read(await host.Api.PostAsync("/api/v1/tariffs", Json("""{"currency":"EUR","elements":[{"components":[{"type":"WISH","price":1}]}]}""")), HttpStatusCode.BadRequest);
        unreadable["errors"]!.AsObject().ShouldNotBeEmpty();
        (await Read(await host.Api.GetAsync("/api/v1/tariffs")))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        await using var host = await LadewerkHost.Start(database);
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await Create(host));
        }

        var seen = new List<string>();
        var cursor = "";
        do
        {
            var page = await Read(await host.Api.GetAsync($"/api/v1/tariffs?limit=2&cursor={cursor}"));
            seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);
        seen.ShouldBe(ids);
    }

    [Fact]
    public async Task The_most_specific_assignment_wins_and_the_choice_is_explained()
    {
        await using var host = await LadewerkHost.Start(database);
        await Seed(host);
        var (wide, near, staff) = (await Create(host), await Create(host), await Create(host));

        (await Resolve(host, "CP1")).ShouldBe(("default", null));
        await Assign(host, "tenant", "", wide);
        (await Resolve(host, "CP1")).ShouldBe(("tenant", wide));
        await Assign(host, "station", "cp1", near);
        (await Resolve(host, "DE*ABC*E1")).ShouldBe(("station", near));
        await Assign(host, "evse", "CP1/1", wide);
        (await Resolve(host, "CP1/1")).ShouldBe(("evse", wide));
        (await Resolve(host, "CP1/2")).ShouldBe(("station", near));
        await Assign(host, "group", "STAFF", staff);
        (await Resolve(host, "CP1/1", "04:A2")).ShouldBe(("group", staff));

        var steps = (await Read(await host.Api.GetAsync("/api/v1/tariffs/resolve?evse=CP1/1&token=04A2")))["steps"]!.AsArray();
        steps.Where(step => (string)step!["outcome"]! != "none").Select(step => ((string)step!["level"]!, (string)step["outcome"]!)).ShouldBe(
            [("group", "chosen"), ("evse", "overridden"), ("station", "overridden"), ("tenant", "overridden"), ("default", "overridden")]);
    }

    [Fact]
    public async Task Within_a_level_priority_wins_and_then_the_newest()
    {
        await using var host = await LadewerkHost.Start(database);
        await Seed(host);
        var (first, second, important) = (await Create(host), await Create(host), await Create(host));

        await Assign(host, "tenant", "", first);
        await Assign(host, "tenant", "", second);
        (await Resolve(host, "CP1")).ShouldBe(("tenant", second));
        await Assign(host, "tenant", "", first);
        (await Resolve(host, "CP1")).ShouldBe(("tenant", first));
        await Assign(host, "tenant", "", important, priority: 5);
        await Assign(host, "tenant", "", second);
        (await Resolve(host, "CP1")).ShouldBe(("tenant", important));
        (await Read(await host.Api.GetAsync("/api/v1/assignments")))["items"]!.AsArray().Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_future_version_waits_for_its_day()
    {
        await using var host = await LadewerkHost.Start(database);
        await Seed(host);
        var id = await Create(host);
        await Assign(host, "tenant", "", id);
        var future = Plain.Replace("0.49", "0.99").Replace("\"taxIncluded\"", "\"validFrom\":\"2999-01-01T00:00:00Z\",\"taxIncluded\"");
        await Read(await host.Api.PutAsync($"/api/v1/tariffs/{id}", Json(future)));

        ((int)(await Read(await host.Api.GetAsync("/api/v1/tariffs/resolve?evse=CP1")))["version"]!).ShouldBe(1);
        ((int)(await Read(await host.Api.GetAsync("/api/v1/tariffs/resolve?evse=CP1&at=2999-06-01T00:00:00Z")))["version"]!).ShouldBe(2);
    }

    [Fact]
    public async Task An_ad_hoc_tariff_with_a_start_fee_is_refused_at_a_fast_public_point()
    {
        await using var host = await LadewerkHost.Start(database);
        await Seed(host);
        var fee = await Create(host, """{"currency":"EUR","kind":"adHoc","taxIncluded":true,"elements":[{"components":[{"type":"ENERGY","price":0.79,"vat":19},{"type":"FLAT","price":1,"vat":19}]}]}""");

        var refused = await host.Api.PutAsJsonAsync("/api/v1/assignments", new { level = "evse", target = "CP1/2", tariffId = fee });
        (await Read(refused, HttpStatusCode.BadRequest))["findings"]![0]!["rule"]!.GetValue<string>().ShouldBe("afir-50kw");
        await Assign(host, "evse", "CP1/1", fee);
        (await host.Api.PutAsJsonAsync("/api/v1/assignments", new { level = "site", target = Guid.NewGuid(), tariffId = fee })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await host.Api.PutAsJsonAsync("/api/v1/assignments", new { level = "tenant", tariffId = Guid.NewGuid() })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_tariff_in_use_is_not_archived()
    {
        await using var host = await LadewerkHost.Start(database);
        var id = await Create(host);
        await Assign(host, "tenant", "", id);

        (await host.Api.DeleteAsync($"/api/v1/tariffs/{id}")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var assignment = (string)(await Read(await host.Api.GetAsync("/api/v1/assignments")))["items"]![0]!["id"]!;
        (await host.Api.DeleteAsync($"/api/v1/assignments/{assignment}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.Api.PutAsync($"/api/v1/tariffs/{id}/default", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.Api.DeleteAsync($"/api/v1/tariffs/{id}")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Prices_a_described_session_exactly()
    {
        await using var host = await LadewerkHost.Start(database);
        var request = """
            {"ocpiTariff":{"country_code":"DE","party_id":"ALL","id":"1","currency":"EUR","elements":[{"price_components":[
              {"type":"ENERGY","price":0.25,"vat":10.0,"step_size":100},{"type":"FLAT","price":0.5,"vat":20.0,"step_size":1}]}],"last_updated":"2018-12-17T11:36:01Z"},
             "timeZone":"Europe/Berlin",
             "session":{"start":"2026-03-02T08:00:00Z","end":"2026-03-02T10:30:00Z","periods":[{"start":"2026-03-02T08:00:00Z","energyKwh":20.45,"state":"charging","powerKw":11,"currentA":16}]}}
            """;

        var answer = await Read(await host.Api.PostAsync("/api/v1/tariffs/price", Json(request)));

        ((string)answer["cost"]!["exclVat"]!).ShouldBe("5.63");
        ((string)answer["cost"]!["inclVat"]!).ShouldBe("6.24");
        ((string)answer["exact"]!["exclVat"]!).ShouldBe("5.625");
        ((string)answer["exact"]!["inclVat"]!).ShouldBe("6.2375");
        answer["cost"]!["vat"]!.AsArray().Select(vat => ((decimal)vat!["rate"]!, (string)vat["amount"]!)).ShouldBe([(20m, "0.10"), (10m, "0.51")], ignoreOrder: true);
        var energy = answer["cost"]!["lines"]!.AsArray().Single(line => (string)line!["type"]! == "ENERGY")!;
        ((decimal)energy["quantity"]!, (string)energy["unit"]!, (string)energy["unitPrice"]!, (int)energy["element"]!).ShouldBe((20.5m, "kWh", "0.25", 0));
        ((string)energy["from"]!).ShouldBe("2026-03-02T08:00:00Z");
        answer["warnings"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"timeZone":"Europe/Berlin"}""", "tariff")]
    [InlineData("""{"tariff":{"currency":"EUR","elements":[]},"timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"tariff":{"currency":"EUR","elements":[null]},"timeZone":"UTC"}""", "tariff.elements")]
    [InlineData("""{"tariff":{"currency":"EUR"},"timeZone":"UTC","session":{"start":"2026-03-02T08:00:00Z","end":"2026-03-02T07:00:00Z"}}""", "session.end")]
    [InlineData("""{"tariff":{"currency":"EUR"},"timeZone":"UTC","session":{"start":"2026-03-02T08:00:00Z","end":"2026-03-02T09:00:00Z","periods":[{"start":"2026-03-02T08:00:00Z","state":"flying"}]}}""", "session.periods[0].state")]
    [InlineData("""{"tariff":{"currency":"EUR"},"timeZone":"UTC","session":{"start":"x","end":"2026-03-02T09:00:00Z"}}""", "session.start")]
    [InlineData("""{"tariff":{"currency":"EUR","elements":[{"components":[{"type":"ENERGY","price":79228162514264337593543950335}]}]},"timeZone":"UTC","session":{"start":"2026-03-02T08:00:00Z","end":"2026-03-02T09:00:00Z","periods":[{"start":"2026-03-02T08:00:00Z","energyKwh":20}]}}""", "tariff")]
    public async Task What_is_wrong_is_said_by_field(string request, string field)
    {
        await using var host = await LadewerkHost.Start(database);

        var problem = await Read(await host.Api.PostAsync("/api/v1/tariffs/price", Json(request)), HttpStatusCode.BadRequest);

        problem["errors"]!.AsObject().Select(error => error.Key).ShouldContain(field);
    }

    [Fact]
    public async Task Another_tenants_tariff_is_not_there()
    {
        await using var host = await LadewerkHost.Start(database);
        var id = await Create(host);
        await using (var connection = new NpgsqlConnection(host.ConnectionString))
        {
            await connection.OpenAsync();
            await using var move = new NpgsqlCommand(
                "insert into tenant (id, slug, name) values ($1, 'other', 'Other'); ".Replace("$1", $"'{Guid.NewGuid()}'")
                + $"update tariff set tenant_id = (select id from tenant where slug = 'other') where id = '{id}'", connection);
            await move.ExecuteNonQueryAsync();
        }

        (await host.Api.GetAsync($"/api/v1/tariffs/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.Api.PutAsync($"/api/v1/tariffs/{id}", Json(Plain))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.Stranger().GetAsync("/api/v1/tariffs")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Parallel_first_sessions_make_one_default_tariff()
    {
        await using var host = await LadewerkHost.Start(database);
        var resolver = host.Services.GetRequiredService<TariffResolver>();
        var tenant = await Tenant(host);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => resolver.Resolve(new TariffQuestion(tenant, null, null, null, "X", null), CancellationToken.None)));

        answers.Select(answer => answer.TariffId).Distinct().Count().ShouldBe(1);
        answers[0].Level.ShouldBe("default");
        answers[0].Tariff.Elements[0].Components[0].Vat.ShouldBe(19m);
    }

    private static async Task Assign(LadewerkHost host, string level, string target, string tariff, int priority = 0) =>
        await Read(await host.Api.PutAsJsonAsync("/api/v1/assignments", new { level, target, tariffId = tariff, priority }));

    private static async Task<(string Level, string? Tariff)> Resolve(LadewerkHost host, string evse, string? token = null)
    {
        var answer = await Read(await host.Api.GetAsync($"/api/v1/tariffs/resolve?evse={Uri.EscapeDataString(evse)}" + (token is null ? "" : "&token=" + token)));
        var level = (string)answer["level"]!;
        return (level, level == "default" ? null : (string)answer["tariffId"]!);
    }

    private static async Task<TenantId> Tenant(LadewerkHost host)
    {
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select id from tenant", connection);
        return new TenantId((Guid)(await command.ExecuteScalarAsync())!);
    }

    // One public station with a 22 kW and a 150 kW point, and a badge of the staff.
    private static async Task Seed(LadewerkHost host)
    {
        var tenant = (await Tenant(host)).Value;
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync();
        var (site, station) = (Guid.NewGuid(), Guid.NewGuid());
        await using var seed = new NpgsqlCommand(
            $"""
            insert into site (id, tenant_id, name) values ('{site}', '{tenant}', 'Town hall');
            insert into charging_station (id, tenant_id, identity, identity_key, site_id) values ('{station}', '{tenant}', 'CP1', 'cp1', '{site}');
            insert into evse (id, tenant_id, station_id, number, evse_id, max_power_w) values
              ('{Guid.NewGuid()}', '{tenant}', '{station}', 1, 'DE*ABC*E1', 22000), ('{Guid.NewGuid()}', '{tenant}', '{station}', 2, null, 150000);
            insert into id_token (id, tenant_id, uid, uid_key, group_id) values ('{Guid.NewGuid()}', '{tenant}', '04A2', '04A2', 'staff');
            """,
            connection);
        await seed.ExecuteNonQueryAsync();
    }
}
