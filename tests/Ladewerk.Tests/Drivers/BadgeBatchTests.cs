using System.Net;
using System.Text.Json;
using Ladewerk.Drivers.Badges;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Drivers;

/// <summary>Badges that came together.</summary>
public sealed class BadgeBatchTests(Database database)
{
    [Fact]
    public async Task Is_taken_in_whole_counted_and_blocked_in_one_step_at_the_stations_too()
    {
        await using var scene = await Scene.Start(database, new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        var batch = (await scene.Api.Post("/api/v1/badge-batches", new { name = "Cards 2026", lines = "uid;number\n04AA0001;\n04:aa:00:02;\n04AA0003;", firstNumber = "SWM 0099", groupId = "SWM-2026" }).Is(HttpStatusCode.Created)).Text("id");
        (await scene.Api.Json("/api/v1/id-tokens/04AA0002")).Text("visualNumber").ShouldBe("SWM 0100");
        var driver = (await scene.Api.Post("/api/v1/drivers", new { name = "Anna" }).Is(HttpStatusCode.Created)).Text("id");
        await scene.Api.Patch("/api/v1/id-tokens/04AA0003", new { driverId = driver }).Is(HttpStatusCode.OK);
        Counts(await scene.Api.Json($"/api/v1/badge-batches/{batch}")).ShouldBe((3, 2, 1, 0));

        var station = await scene.Station("BATCH-1");
        (await scene.Listed("BATCH-1")).ShouldContain("04AA0003");
        (await Authorised(station, "04AA0003")).ShouldBe("Accepted");
        (await scene.Api.Post($"/api/v1/badge-batches/{batch}/block", new { }).Is(HttpStatusCode.OK)).GetProperty("badges").GetInt32().ShouldBe(3);
        (await Authorised(station, "04AA0003")).ShouldBe("Blocked");
        (await scene.Listed("BATCH-1")).ShouldNotContain("04AA0003");
        Counts(await scene.Api.Json($"/api/v1/badge-batches/{batch}")).ShouldBe((3, 0, 0, 3));
        (await scene.Api.Json($"/api/v1/id-tokens?batchId={batch}")).GetProperty("items").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task An_end_of_validity_holds_for_all_of_it()
    {
        await using var scene = await Scene.Start(database, new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        var batch = (await scene.Api.Post("/api/v1/badge-batches", new { name = "Cards 2026", badges = new[] { new { uid = "04AA0001" }, new { uid = "04AA0002" } } }).Is(HttpStatusCode.Created)).Text("id");
        var station = await scene.Station("BATCH-2");
        (await Authorised(station, "04AA0002")).ShouldBe("Accepted");
        await scene.Api.Put($"/api/v1/badge-batches/{batch}/expiry", new { validUntil = scene.Now.AddMinutes(-1) }).Is(HttpStatusCode.OK);
        (await Authorised(station, "04AA0002")).ShouldBe("Expired");
        await scene.Api.Put($"/api/v1/badge-batches/{batch}/group", new { groupId = "DEPOT" }).Is(HttpStatusCode.OK);
        (await scene.Api.Json("/api/v1/id-tokens?groupId=DEPOT")).GetProperty("items").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_group_is_counted_listed_and_blocked_as_one()
    {
        await using var scene = await Scene.Start(database, new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await scene.Api.Post("/api/v1/badge-batches", new { name = "A", lines = "04AA0001\n04AA0002", groupId = "CREW/1" }).Is(HttpStatusCode.Created);
        await scene.Api.Post("/api/v1/badge-batches", new { name = "B", lines = "04AA0003", groupId = "BOARD" }).Is(HttpStatusCode.Created);
        var first = await scene.Api.Json("/api/v1/badge-groups?limit=1");
        first.GetProperty("items")[0].GetProperty("groupId").GetString().ShouldBe("BOARD");
        var second = await scene.Api.Json($"/api/v1/badge-groups?limit=1&cursor={first.GetProperty("nextCursor").GetString()}");
        (second.GetProperty("items")[0].GetProperty("groupId").GetString(), second.GetProperty("items")[0].GetProperty("badges").GetInt32()).ShouldBe(("CREW/1", 2));
        var station = await scene.Station("BATCH-3");
        (await Authorised(station, "04AA0001")).ShouldBe("Accepted");
        (await scene.Api.Post("/api/v1/badge-groups/block", new { groupId = "CREW/1" }).Is(HttpStatusCode.OK)).GetProperty("badges").GetInt32().ShouldBe(2);
        (await Authorised(station, "04AA0001")).ShouldBe("Blocked");
        (await Authorised(station, "04AA0003")).ShouldBe("Accepted");
        await scene.Api.Post("/api/v1/badge-groups/block", new { groupId = "nobody" }).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task One_badge_that_is_there_already_or_twice_in_the_list_refuses_the_whole_list_by_its_line()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/id-tokens", new { uid = "04AA0002" }).Is(HttpStatusCode.Created);
        var known = await host.Api.Post("/api/v1/badge-batches", new { name = "A", lines = "04AA0001\n04AA0002" }).Is(HttpStatusCode.BadRequest);
        known.GetProperty("errors").EnumerateObject().ShouldHaveSingleItem().Name.ShouldBe("badges[2]");
        var twice = await host.Api.Post("/api/v1/badge-batches", new { name = "A", lines = "04AA0005\n04AA0006\n04:AA:00:05" }).Is(HttpStatusCode.BadRequest);
        twice.GetProperty("errors").EnumerateObject().ShouldHaveSingleItem().Name.ShouldBe("badges[3]");
        (await host.Api.Json("/api/v1/badge-batches")).GetProperty("items").GetArrayLength().ShouldBe(0);
        await host.Api.GetAsync("/api/v1/id-tokens/04AA0001").Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("SWM 0099", "SWM 0099", "SWM 0100")]
    [InlineData("9", "9", "10")]
    [InlineData("A-999", "A-999", "A-1000")]
    public void Numbers_count_on_and_keep_their_width(string first, string second, string third) =>
        BatchFile.Numbered([new("AA"), new("BB", "own"), new("CC")], first)!.Select(b => b.VisualNumber).ShouldBe([second, "own", third[..^1] + (char)(third[^1] + 1)]);

    [Fact]
    public void A_first_number_without_digits_is_none() => BatchFile.Numbered([new("AA")], "SWM").ShouldBeNull();

    [Theory]
    [InlineData("uid;number\n04AA;1\n04BB;2\n")]
    [InlineData("04AA;1\r\n04BB;2")]
    [InlineData("04AA\t1\n04BB\t2")]
    [InlineData("\uFEFF\"04AA\",\"1\"\n\n04BB,2\n")]
    public void Lists_are_read_however_they_are_written(string text) => BatchFile.Read(text).ShouldBe([new BatchBadge("04AA", "1"), new BatchBadge("04BB", "2")]);

    private static (int, int, int, int) Counts(JsonElement batch) =>
        (batch.GetProperty("badges").GetInt32(), batch.GetProperty("free").GetInt32(), batch.GetProperty("assigned").GetInt32(), batch.GetProperty("blocked").GetInt32());

    private static async Task<string?> Authorised(TestStation station, string uid) => (await station.Call("Authorize", new { idTag = uid })).GetProperty("idTagInfo").GetProperty("status").GetString();
}
