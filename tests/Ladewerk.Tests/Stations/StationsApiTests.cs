using System.Net;
using System.Text;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Stations;

public sealed class StationsApiTests(Database database)
{
    [Fact]
    public async Task A_station_is_registered_read_changed_and_removed()
    {
        await using var host = await LadewerkHost.Start(database);
        var site = await host.Api.Post("/api/v1/sites", new { name = "Rathaus", city = "Musterstadt" }).Is(HttpStatusCode.Created);
        var siteId = site.GetProperty("id").GetString();

        var made = await host.Api.Post("/api/v1/stations", new
        {
            id = "LP-001", siteId, generatePassword = true,
            evses = new object[] { new { id = 1, evseId = "DE*ABC*E1", maxPowerW = 22000, currentType = "AC3", connectors = new[] { new { id = 1, type = "IEC_62196_T2" } } }, new { id = 2, connectors = new[] { new { id = 1 } } } },
        }).Is(HttpStatusCode.Created);
        made.GetProperty("id").GetString().ShouldBe("LP-001");
        made.GetProperty("password").GetString()!.Length.ShouldBeGreaterThanOrEqualTo(20);
        made.GetProperty("online").GetBoolean().ShouldBeFalse();
        made.GetProperty("registrationStatus").GetString().ShouldBe("accepted");

        var read = await host.Api.Json("/api/v1/stations/lp-001");
        read.TryGetProperty("password", out _).ShouldBeFalse();
        read.GetProperty("siteName").GetString().ShouldBe("Rathaus");
        Wires(read).ShouldBe([(1, 1, 1), (2, 1, 2)]);
        read.GetProperty("evses")[0].GetProperty("maxPowerW").GetInt32().ShouldBe(22000);
        read.GetProperty("evses")[0].GetProperty("connectors")[0].GetProperty("status").GetString().ShouldBe("Unavailable");

        await host.Api.Post("/api/v1/stations", new { id = "lp-001" }).IsProblem(HttpStatusCode.Conflict, "station-exists");
        var changed = await host.Api.Patch("/api/v1/stations/LP-001", new { name = "Am Markt", siteId = (string?)null }).Is(HttpStatusCode.OK);
        changed.GetProperty("name").GetString().ShouldBe("Am Markt");
        changed.GetProperty("siteId").ValueKind.ShouldBe(JsonValueKind.Null);
        changed.GetProperty("hasPassword").GetBoolean().ShouldBeTrue();

        (await host.Api.DeleteAsync("/api/v1/stations/LP-001")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await host.Api.GetAsync("/api/v1/stations/LP-001").IsProblem(HttpStatusCode.NotFound, "not-found");
        await host.Api.Post("/api/v1/stations", new { id = "LP-001", evses = new[] { new { id = 1, evseId = "DE*ABC*E1" } } }).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Connectors_whose_numbers_differ_over_the_station_keep_them_on_the_wire()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/stations", new
        {
            id = "DC-1", evses = new object[] { new { id = 1, connectors = new[] { new { id = 1 }, new { id = 3 } } }, new { id = 2, connectors = new[] { new { id = 2 } } } },
        }).Is(HttpStatusCode.Created);
        Wires(await host.Api.Json("/api/v1/stations/DC-1")).ShouldBe([(1, 1, 1), (1, 3, 3), (2, 2, 2)]);
    }

    [Fact]
    public async Task Replaced_evses_keep_the_state_of_connectors_that_stay()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/stations", new { id = "A", evses = new[] { new { id = 1 }, new { id = 2 } } }).Is(HttpStatusCode.Created);
        await Execute(host, "update connector set status = 'Charging' where wire_number = 1");
        var changed = await host.Api.Patch("/api/v1/stations/A", new { evses = new object[] { new { id = 1, evseId = "DE*X*E1", connectors = new[] { new { id = 1, type = "IEC_62196_T2" } } } } }).Is(HttpStatusCode.OK);
        changed.GetProperty("evses").GetArrayLength().ShouldBe(1);
        changed.GetProperty("evses")[0].GetProperty("connectors")[0].GetProperty("status").GetString().ShouldBe("Charging");
    }

    [Fact]
    public async Task Bad_input_is_told_by_field()
    {
        await using var host = await LadewerkHost.Start(database);
        var problem = await host.Api.Post("/api/v1/stations", new { id = "a/b", securityProfile = 9, evses = new[] { new { id = 1, maxPowerW = -5 } } }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["id", "securityProfile", "evses[0].maxPowerW"], ignoreOrder: true);

        using var text = new StringContent("""{"id":"x","evses":[{"id":"one"}]}""", Encoding.UTF8, "application/json");
        var kind = await host.Api.PostAsync("/api/v1/stations", text).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        kind.GetProperty("errors").EnumerateObject().Single().Name.ShouldBe("evses[0].id");
    }

    [Fact]
    public async Task Lists_go_on_where_the_cursor_says()
    {
        await using var host = await LadewerkHost.Start(database);
        foreach (var id in new[] { "C", "a", "B" })
        {
            await host.Api.Post("/api/v1/stations", new { id }).Is(HttpStatusCode.Created);
        }

        var first = await host.Api.Json("/api/v1/stations?limit=2");
        first.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetString()).ShouldBe(["a", "B"]);
        var rest = await host.Api.Json("/api/v1/stations?limit=2&cursor=" + first.GetProperty("nextCursor").GetString());
        rest.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetString()).ShouldBe(["C"]);
        rest.GetProperty("nextCursor").ValueKind.ShouldBe(JsonValueKind.Null);
        (await host.Api.Json("/api/v1/stations?online=true")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Commands_get_the_stations_real_answer()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/stations", new { id = "S" }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/stations/S/commands/reset", new { kind = "soft" }).IsProblem(HttpStatusCode.Conflict, "station-offline");
        var link = await Connect(host, "S");

        link.Next = new CommandResult.Answered("Accepted", JsonSerializer.SerializeToElement(new { status = "Accepted" }));
        var answer = await host.Api.Post("/api/v1/stations/S/commands/reset", new { kind = "hard" }).Is(HttpStatusCode.OK);
        answer.GetProperty("status").GetString().ShouldBe("Accepted");
        link.Last.ShouldBe(new Reset(Hard: true));

        await host.Api.Post("/api/v1/stations/S/commands/limit", new { maxA = 10.5 }).Is(HttpStatusCode.OK);
        link.Last.ShouldBe(new Limit(null, 10.5m, null));
        (await host.Api.Json("/api/v1/stations/S")).GetProperty("limitA").GetDecimal().ShouldBe(10.5m);

        link.Next = new CommandResult.TimedOut();
        await host.Api.Post("/api/v1/stations/S/commands/clear-cache", new { }).IsProblem(HttpStatusCode.GatewayTimeout, "station-timeout");
        link.Next = new CommandResult.Refused("NotSupported", "no");
        var refused = await host.Api.Post("/api/v1/stations/S/ocpp/Heartbeat", new { }).IsProblem(HttpStatusCode.BadGateway, "station-error");
        refused.GetProperty("code").GetString().ShouldBe("NotSupported");

        await host.Api.Post("/api/v1/stations/S/commands/unlock", new { }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await host.Api.Post("/api/v1/stations/S/commands/dance", new { }).IsProblem(HttpStatusCode.NotFound, "not-found");
        await host.Api.Post("/api/v1/stations/S/commands/remote-stop", new { sessionId = Guid.NewGuid() }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");

        var log = await host.Api.Json("/api/v1/stations/S/commands");
        log.GetProperty("items").EnumerateArray().Select(c => c.GetProperty("outcome").GetString()).ShouldBe(["station-error", "station-timeout", "Accepted", "Accepted", "station-offline"]);
        log.GetProperty("items")[0].GetProperty("requestedBy").GetString().ShouldBe("bootstrap");
    }

    [Fact]
    public async Task A_station_key_does_not_stay_in_the_command_log()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/stations", new { id = "S" }).Is(HttpStatusCode.Created);
        (await Connect(host, "S")).Next = new CommandResult.Answered("Accepted", JsonSerializer.SerializeToElement(new { status = "Accepted" }));
        await host.Api.Post("/api/v1/stations/S/commands/change-configuration", new { key = "AuthorizationKey", value = "topsecret1234567" }).Is(HttpStatusCode.OK);
        await host.Api.Post("/api/v1/stations/S/ocpp/ChangeConfiguration", new { key = "AuthorizationKey", value = "topsecret1234567" }).Is(HttpStatusCode.OK);
        (await host.Api.GetStringAsync("/api/v1/stations/S/commands")).ShouldNotContain("topsecret");
    }

    [Fact]
    public async Task A_call_and_its_answer_are_two_messages_newest_first()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/stations", new { id = "S" }).Is(HttpStatusCode.Created);
        await Execute(host, """
            insert into station_message (received_at, tenant_id, station_id, direction, message_id, action, payload, verdict, answer, answered_at)
            select now() - interval '2 s', tenant_id, id, 'I', 'm1', 'Heartbeat', '{}'::bytea, 'ok', '{"currentTime":"2026-01-01T00:00:00Z"}'::bytea, now() - interval '1 s' from charging_station
            union all select now(), tenant_id, id, 'I', null, null, '\x6e6f206a736f6eff'::bytea, 'FormationViolation', null, null from charging_station
            """);
        var messages = (await host.Api.Json("/api/v1/stations/S/messages")).GetProperty("items").EnumerateArray().ToList();
        messages.Select(m => m.GetProperty("direction").GetString()).ShouldBe(["in", "out", "in"]);
        messages[0].GetProperty("payload").GetString()!.ShouldStartWith("no json");
        messages[1].GetProperty("payload").GetProperty("currentTime").GetString().ShouldBe("2026-01-01T00:00:00Z");
        messages[2].GetProperty("messageId").GetString().ShouldBe("m1");

        (await host.Api.Json("/api/v1/stations/S/messages?action=Heartbeat")).GetProperty("items").GetArrayLength().ShouldBe(2);
        var page = await host.Api.Json("/api/v1/stations/S/messages?limit=1");
        page.GetProperty("items").GetArrayLength().ShouldBe(1);
        (await host.Api.Json("/api/v1/stations/S/messages?limit=1&cursor=" + page.GetProperty("nextCursor").GetString())).GetProperty("items").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_pending_station_is_approved_and_asked_to_connect_anew()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/stations", new { id = "S" }).Is(HttpStatusCode.Created);
        await Execute(host, "update charging_station set registration_status = 'pending'");
        var link = await Connect(host, "S");
        (await host.Api.Json("/api/v1/stations?registrationStatus=pending")).GetProperty("items").GetArrayLength().ShouldBe(1);
        (await host.Api.Post("/api/v1/stations/S/approve", new { }).Is(HttpStatusCode.OK)).GetProperty("registrationStatus").GetString().ShouldBe("accepted");
        link.Closed.ShouldBeTrue();
        var audit = (await host.Api.Json("/api/v1/audit?subject=station&subjectId=S")).GetProperty("items")[0];
        audit.GetProperty("action").GetString().ShouldBe("station.approved");
        audit.GetProperty("before").GetProperty("registrationStatus").GetString().ShouldBe("pending");
        audit.GetProperty("actor").GetProperty("name").GetString().ShouldBe("bootstrap");
        audit.GetProperty("actor").GetProperty("address").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_csv_file_is_checked_imported_all_or_none_and_exported_again()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/sites", new { name = "Parkhaus Süd" }).Is(HttpStatusCode.Created);
        const string Good = "id;name;site;evse;evseId;maxPowerW;currentType;connector;connectorType\r\nP-1;\"Säule; eins\";parkhaus süd;1;DE*ABC*E1;11000;AC3;1;IEC_62196_T2\r\nP-1;;;2;DE*ABC*E2;11000;AC3;1;IEC_62196_T2\r\nP-2;;;;;;;;\r\n";

        (await Import(host, Good, dryRun: true).Is(HttpStatusCode.OK)).GetProperty("created").GetInt32().ShouldBe(0);
        var report = await Import(host, Good, dryRun: false).Is(HttpStatusCode.OK);
        (report.GetProperty("stations").GetInt32(), report.GetProperty("created").GetInt32()).ShouldBe((2, 2));
        var station = await host.Api.Json("/api/v1/stations/P-1");
        station.GetProperty("name").GetString().ShouldBe("Säule; eins");
        Wires(station).ShouldBe([(1, 1, 1), (2, 1, 2)]);

        var bad = await Import(host, "id,site,maxPowerW,colour\nP-1,,,\nP-3,Nowhere,x,\n", dryRun: false).Is(HttpStatusCode.UnprocessableEntity);
        bad.GetProperty("faults").EnumerateArray().Select(f => (f.GetProperty("line").GetInt32(), f.GetProperty("field").GetString())).ShouldBe([(1, "colour"), (2, "id"), (3, "site")], ignoreOrder: true);
        (await host.Api.GetAsync("/api/v1/stations/P-3")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        var file = await host.Api.GetStringAsync("/api/v1/stations/export");
        file.ShouldContain("P-1,\"Säule; eins\",Parkhaus Süd,,0,2,DE*ABC*E2,11000,AC3,1,IEC_62196_T2,");
    }

    private static async Task<HttpResponseMessage> Import(LadewerkHost host, string file, bool dryRun)
    {
        using var body = new StringContent(file, Encoding.UTF8, "text/csv");
        return await host.Api.PostAsync($"/api/v1/stations/import?dryRun={dryRun}", body);
    }

    private static IEnumerable<(int Evse, int Connector, int Wire)> Wires(JsonElement station) => station.GetProperty("evses").EnumerateArray()
        .SelectMany(e => e.GetProperty("connectors").EnumerateArray().Select(c => (e.GetProperty("id").GetInt32(), c.GetProperty("id").GetInt32(), c.GetProperty("wireNumber").GetInt32())));

    private static async Task Execute(LadewerkHost host, string sql)
    {
        await using var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<Link> Connect(LadewerkHost host, string identity)
    {
        await using var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand($"select id from charging_station where identity = '{identity}' and removed_at is null");
        var link = new Link();
        host.Services.GetRequiredService<StationRegistry>().Enter(new StationId((Guid)(await command.ExecuteScalarAsync())!), link);
        return link;
    }

    private sealed class Link : IStationLink
    {
        public CommandResult Next { get; set; } = new CommandResult.TimedOut();

        public Command? Last { get; private set; }

        public bool Closed { get; private set; }

        public string OcppVersion => "1.6";

        public DateTimeOffset ConnectedAt => default;

        public Task<CommandResult> Send(Command command, CancellationToken ct)
        {
            Last = command;
            return Task.FromResult(Next);
        }

        public Task<CommandResult> SendRaw(string action, JsonElement payload, CancellationToken ct) => Task.FromResult(Next);

        public void Take(StationQuirks quirks)
        {
        }

        public Task Close(string reason)
        {
            Closed = true;
            return Task.CompletedTask;
        }
    }
}
