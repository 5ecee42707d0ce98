using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Sessions.Reservations;

namespace Ladewerk.Tests.Sessions.LocalLists;

/// <summary>The local list cases of the compliance test tool that concern the central system, and how lists are kept in step.</summary>
public sealed class LocalListScenarios(Database database) : IAsyncLifetime
{
    private const string Id = "L-1", List = $"/api/v1/stations/{Id}/local-list";
    private LadewerkHost host = null!;

    public async ValueTask InitializeAsync()
    {
        host = await LadewerkHost.Start(database, options: new Dictionary<string, string?>
        {
            ["Ocpp:CallTimeout"] = "00:00:05",
            ["LocalLists:Poll"] = "00:00:00.2",
            ["LocalLists:Gather"] = "00:00:00.5",
            ["LocalLists:Retry"] = "00:00:01",
            ["LocalLists:Settle"] = "00:00:00",
            ["Outbox:Poll"] = "00:00:00.2",
        });
        await host.Api.Post("/api/v1/stations", new { id = Id, evses = new[] { new { id = 1 } } }).Is(HttpStatusCode.Created);
        await Token("AABBCC01");
        await Token("AABBCC02");
        await Token("BADBAD03", "blocked");
    }

    public async ValueTask DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task TC_042_1_A_station_that_keeps_no_list_is_remembered_as_such()
    {
        await using var station = await Connect();
        await station.Answer("GetLocalListVersion", new { listVersion = -1 });
        var list = await Becomes("notSupported");
        list.GetProperty("inStep").GetBoolean().ShouldBeFalse();
        list.Text("reason").ShouldBe("notSupported");
        list.Text("explanation").ShouldNotBeNullOrEmpty();

        await Token("AABBCC04");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        (await host.Api.Json(List)).GetProperty("exchanges").GetArrayLength().ShouldBe(1, "it is not asked again for every badge");
        var syncing = host.Api.Post(List + "/sync", new { });
        await station.Answer("GetLocalListVersion", new { listVersion = 0 }); // new firmware
        await station.Answer("SendLocalList", new { status = "Accepted" });
        (await syncing.Is(HttpStatusCode.OK)).Text("state").ShouldBe("inStep");
    }

    [Fact]
    public async Task TC_042_2_An_empty_station_gets_what_it_lacks()
    {
        await using var station = await Connect();
        await station.Answer("GetLocalListVersion", new { listVersion = 0 });
        var sent = await station.Answer("SendLocalList", new { status = "Accepted" });
        Tokens(sent).ShouldBe([("AABBCC01", "Accepted"), ("AABBCC02", "Accepted")]);

        var list = await Becomes("inStep");
        list.GetProperty("entries").GetInt32().ShouldBe(2);
        list.GetProperty("exchanges").EnumerateArray().Select(e => (e.Text("kind"), e.Text("answer"))).ShouldBe([("differential", "Accepted"), ("version", "0")]);
    }

    [Fact]
    public async Task TC_043_1_NotSupported_as_the_answer_to_a_list()
    {
        await using var station = await Connect();
        await station.Answer("GetLocalListVersion", new { listVersion = 0 });
        await station.Answer("SendLocalList", new { status = "NotSupported" });
        (await Becomes("notSupported")).Text("lastAnswer").ShouldBe("NotSupported");
    }

    [Fact]
    public async Task TC_043_3_Failed_is_followed_by_the_whole_list_and_then_shown()
    {
        await using var station = await Connect();
        await station.Answer("GetLocalListVersion", new { listVersion = 0 });
        Type(await station.Answer("SendLocalList", new { status = "Failed" })).ShouldBe("Differential");
        Type(await station.Answer("SendLocalList", new { status = "Failed" })).ShouldBe("Full");
        var list = await Becomes("failed");
        list.Text("reason").ShouldBe("failed");
        list.GetProperty("stationVersion").ValueKind.ShouldBe(JsonValueKind.Null);

        await station.Answer("GetLocalListVersion", new { listVersion = 0 }); // tried again after a pause
        await station.Answer("SendLocalList", new { status = "Accepted" });
        await Becomes("inStep");
    }

    [Fact]
    public async Task TC_043_4_A_station_with_another_list_gets_the_whole_one()
    {
        await using var station = await Connect();
        await station.Answer("GetLocalListVersion", new { listVersion = 41 });
        var sent = await station.Answer("SendLocalList", new { status = "Accepted" });
        Type(sent).ShouldBe("Full");
        sent.GetProperty("listVersion").GetInt32().ShouldBe(42);
        var list = await Becomes("inStep");
        list.GetProperty("stationVersion").GetInt32().ShouldBe(42);
        list.GetProperty("wanted").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task TC_043_5_A_change_is_sent_as_a_difference()
    {
        await using var station = await Connect();
        await InStep(station);
        await Token("AABBCC05", group: "FAMILY");
        var added = await station.Answer("SendLocalList", new { status = "Accepted" });
        Type(added).ShouldBe("Differential");
        Tokens(added).ShouldBe([("AABBCC05", "Accepted")]);
        added.GetProperty("localAuthorizationList")[0].GetProperty("idTagInfo").GetProperty("parentIdTag").GetString().ShouldBe("FAMILY");

        await host.Api.Patch("/api/v1/id-tokens/AABBCC05", new { status = "lost" }).Is(HttpStatusCode.OK);
        var removed = await station.Answer("SendLocalList", new { status = "Accepted" });
        removed.GetProperty("listVersion").GetInt32().ShouldBe(added.GetProperty("listVersion").GetInt32() + 1);
        Tokens(removed).ShouldBe([("AABBCC05", null)]);
        (await Becomes("inStep")).GetProperty("entries").GetInt32().ShouldBe(2);
        (await host.Api.Json(List + "/entries")).GetProperty("items")[0].Text("idToken").ShouldBe("AABB****");
    }

    [Fact]
    public async Task A_badge_lost_while_a_list_is_being_sent_follows_right_after()
    {
        await using var station = await Connect();
        await InStep(station);
        await Token("AABBCC05");
        var sending = await station.Receive();
        sending[2].GetString().ShouldBe("SendLocalList");
        await host.Api.Patch("/api/v1/id-tokens/AABBCC01", new { status = "lost" }).Is(HttpStatusCode.OK);
        await Task.Delay(1000, TestContext.Current.CancellationToken); // the event is out before the station answers
        await station.Send(JsonSerializer.Serialize<object[]>([3, sending[1].GetString()!, new { status = "Accepted" }]));
        Tokens(await station.Answer("SendLocalList", new { status = "Accepted" })).ShouldBe([("AABBCC01", null)]);
        await Becomes("inStep");
    }

    [Fact]
    public async Task A_version_mismatch_is_healed_by_the_whole_list_above_the_stations_version()
    {
        await using var station = await Connect();
        await InStep(station);
        await Token("AABBCC06");
        await station.Answer("SendLocalList", new { status = "VersionMismatch" });
        await station.Answer("GetLocalListVersion", new { listVersion = 900 });
        var full = await station.Answer("SendLocalList", new { status = "Accepted" });
        Type(full).ShouldBe("Full");
        full.GetProperty("listVersion").GetInt32().ShouldBe(901);
        (await Becomes("inStep")).GetProperty("entries").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task A_lost_answer_is_settled_by_the_stations_version()
    {
        await using var station = await Connect();
        await InStep(station);
        await Token("AABBCC07");
        var lost = await station.Receive();
        lost[2].GetString().ShouldBe("SendLocalList");
        await station.Answer("GetLocalListVersion", new { listVersion = lost[3].GetProperty("listVersion").GetInt32() }); // it had taken it
        Type(await station.Answer("SendLocalList", new { status = "Accepted" })).ShouldBe("Full");
        (await Becomes("inStep")).GetProperty("entries").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task A_badge_blocked_while_the_station_was_away_is_the_first_thing_when_it_is_back()
    {
        int version;
        await using (var station = await Connect())
        {
            version = await InStep(station);
        }

        await host.Api.Becomes($"/api/v1/stations/{Id}", s => !s.GetProperty("online").GetBoolean());
        await host.Api.Patch("/api/v1/id-tokens/AABBCC01", new { status = "blocked" }).Is(HttpStatusCode.OK);
        await host.Api.Becomes(List, l => l.Text("state") == "pending");
        await host.Restart();

        await using var back = await TestStation.Connect(host, Id);
        await back.Answer("GetLocalListVersion", new { listVersion = version });
        Tokens(await back.Answer("SendLocalList", new { status = "Accepted" })).ShouldBe([("AABBCC01", null)]);
        await Becomes("inStep");
    }

    [Fact]
    public async Task A_list_larger_than_one_message_comes_in_pieces_and_stays_within_what_fits()
    {
        await Configure(capacity: 5, chunk: 2);
        for (var n = 4; n <= 8; n++)
        {
            await Token($"AABBCC{n:00}");
        }

        await using var station = await Connect();
        await station.Answer("GetLocalListVersion", new { listVersion = 7 });
        var pieces = new List<JsonElement>();
        for (var n = 0; n < 3; n++)
        {
            pieces.Add(await station.Answer("SendLocalList", new { status = "Accepted" }));
        }

        pieces.Select(Type).ShouldBe(["Full", "Differential", "Differential"]);
        pieces.Sum(p => Tokens(p).Length).ShouldBe(5);
        var list = await Becomes("inStep");
        list.GetProperty("leftOut").GetInt32().ShouldBe(2);
        list.GetProperty("capacity").GetInt32().ShouldBe(5);
    }

    [Fact]
    public async Task Who_charged_last_finds_room_first()
    {
        await Configure(capacity: 1, chunk: 10);
        await using var station = await TestStation.Connect(host, Id);
        await station.Start(1, "AABBCC01");
        await On();
        await station.Answer("GetLocalListVersion", new { listVersion = 0 });
        Tokens(await station.Answer("SendLocalList", new { status = "Accepted" })).ShouldBe([("AABBCC01", "Accepted")]);
    }

    [Fact]
    public async Task Blocked_tokens_are_listed_as_such_where_that_is_wished_and_switching_off_empties_the_list()
    {
        await using var station = await TestStation.Connect(host, Id);
        await host.Api.Put(List, new { enabled = true, sendsBlocked = true }).Is(HttpStatusCode.OK);
        await station.Answer("GetLocalListVersion", new { listVersion = 0 });
        Tokens(await station.Answer("SendLocalList", new { status = "Accepted" })).ShouldContain(("BADBAD03", "Blocked"));
        (await Becomes("inStep")).Text("setBy").ShouldBe("station");

        await host.Api.Put(List, new { enabled = false }).Is(HttpStatusCode.OK);
        var last = await station.Answer("SendLocalList", new { status = "Accepted" });
        Tokens(last).ShouldAllBe(t => t.Status == null);
        (await Becomes("off")).GetProperty("entries").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task A_site_or_the_operator_switches_it_on_for_all_and_the_overview_shows_who_is_not_in_step()
    {
        await host.Api.Put("/api/v1/local-lists/settings", new { enabled = true }).Is(HttpStatusCode.NoContent);
        var list = await host.Api.Json(List);
        list.GetProperty("enabled").GetBoolean().ShouldBeTrue();
        list.Text("setBy").ShouldBe("operator");
        (await host.Api.Json("/api/v1/local-lists?inStep=false")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem().Text("stationId").ShouldBe(Id);
        (await host.Api.Json("/api/v1/local-lists/settings")).GetProperty("items")[0].Text("scope").ShouldBe("operator");
        await host.Api.Post(List + "/sync", new { }).IsProblem(HttpStatusCode.Conflict, "station-offline");
        await host.Api.Put("/api/v1/local-lists/settings", new { enabled = (bool?)null }).Is(HttpStatusCode.NoContent);
        (await host.Api.Json(List)).GetProperty("enabled").GetBoolean().ShouldBeFalse();
        await host.Api.Post(List + "/sync", new { }).IsProblem(HttpStatusCode.Conflict, "local-list-off");
    }

    private async Task<TestStation> Connect()
    {
        await On();
        return await TestStation.Connect(host, Id);
    }

    private Task<JsonElement> On() => host.Api.Put(List, new { enabled = true }).Is(HttpStatusCode.OK);

    private async Task<int> InStep(TestStation station)
    {
        await station.Answer("GetLocalListVersion", new { listVersion = 0 });
        var version = (await station.Answer("SendLocalList", new { status = "Accepted" })).GetProperty("listVersion").GetInt32();
        await Becomes("inStep");
        return version;
    }

    private Task<JsonElement> Becomes(string state) => host.Api.Becomes(List, l => l.Text("state") == state);

    private Task<JsonElement> Token(string uid, string status = "accepted", string? group = null) =>
        host.Api.Post("/api/v1/id-tokens", new { uid, status, groupId = group, concurrentSessions = 0 }).Is(HttpStatusCode.Created);

    private async Task Configure(int capacity, int chunk)
    {
        await using var data = Npgsql.NpgsqlDataSource.Create(host.ConnectionString);
        await using var update = data.CreateCommand($$"""
            update charging_station set ocpp_version = '1.6', configuration = '[{"key":"LocalAuthListMaxLength","value":"{{capacity}}"},{"key":"SendLocalListMaxLength","value":"{{chunk}}"}]'
            """);
        await update.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static string? Type(JsonElement sent) => sent.Text("updateType");

    private static (string? Token, string? Status)[] Tokens(JsonElement sent) =>
    [
        .. sent.GetProperty("localAuthorizationList").EnumerateArray()
            .Select(e => (e.Text("idTag"), e.TryGetProperty("idTagInfo", out var info) && info.ValueKind == JsonValueKind.Object ? info.Text("status") : null))
            .OrderBy(e => e.Item1, StringComparer.Ordinal),
    ];
}
