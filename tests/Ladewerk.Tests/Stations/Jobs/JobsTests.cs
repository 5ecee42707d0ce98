using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Stations.Jobs;

/// <summary>One command to many stations, through the API, answered by stations.</summary>
public sealed class JobsTests(Database database) : OnOpenHost(database)
{
    [Fact]
    public async Task Each_station_has_an_answer_or_a_reason()
    {
        var (yes, no, offline) = (open.NewStation(), open.NewStation(), open.NewStation());
        await using (await open.Connect(offline))
        {
            // Registers it; gone again at once.
        }

        await using var good = await Answering(yes, _ => """{"status":"Accepted"}""");
        await using var bad = await Answering(no, _ => """{"status":"Rejected"}""");
        var job = await open.Api.Post("/api/v1/jobs", new { command = "change-availability", body = new { operative = false }, stations = new[] { yes, no.ToLowerInvariant(), offline } }).Is(HttpStatusCode.Created);
        job.GetProperty("total").GetInt32().ShouldBe(3);

        var ended = await JobClient.Ended(open.Api, job);
        ended.GetProperty("state").GetString().ShouldBe("finished");
        var rows = (await open.Api.Json($"{JobClient.Path(job)}/stations")).GetProperty("items").EnumerateArray().ToDictionary(r => r.GetProperty("stationId").GetString()!);
        (rows[yes].GetProperty("state").GetString(), rows[yes].GetProperty("word").GetString(), rows[yes].GetProperty("good").GetBoolean()).ShouldBe(("answered", "Accepted", true));
        (rows[no].GetProperty("state").GetString(), rows[no].GetProperty("word").GetString(), rows[no].GetProperty("good").GetBoolean()).ShouldBe(("answered", "Rejected", false));
        (rows[offline].GetProperty("state").GetString(), rows[offline].GetProperty("word").GetString()).ShouldBe(("skipped", "station-offline"));

        (await open.Api.Json($"{JobClient.Path(job)}/stations?state=skipped")).GetProperty("items").GetArrayLength().ShouldBe(1);
        var csv = await open.Api.GetStringAsync($"{JobClient.Path(job)}/stations.csv");
        csv.ShouldContain($"{no},1,answered,Rejected,false,1,");
        good.Seen.Single().GetProperty("type").GetString().ShouldBe("Inoperative");
    }

    [Fact]
    public async Task A_secret_is_sent_and_stored_nowhere()
    {
        await using var station = await Answering(id, _ => """{"status":"Accepted"}""");
        var job = await open.Api.Post("/api/v1/jobs", new { command = "change-configuration", body = new { key = "AuthorizationKey", value = "very-secret-0815" }, stations = new[] { id } }).Is(HttpStatusCode.Created);
        job.ToString().ShouldNotContain("very-secret-0815");
        await JobClient.Ended(open.Api, job);

        station.Seen.Single().GetProperty("value").GetString().ShouldBe("very-secret-0815");
        (await open.Scalar<long>("select count(*) from job j where j::text like '%very-secret%'")).ShouldBe(0);
        (await open.Scalar<long>("select count(*) from job where id = $1 and secret is not null", job.GetProperty("id").GetGuid())).ShouldBe(0);
        (await open.Scalar<long>("select count(*) from audit_entry a where a::text like '%very-secret%'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_job_is_held_goes_on_and_is_ended_by_a_person()
    {
        await using var station = await Answering(id, _ => """{"status":"Accepted"}""");
        var later = TestClock.Now.AddHours(2);
        var job = await open.Api.Post("/api/v1/jobs", new { command = "clear-cache", stations = new[] { id }, options = new { startAt = later } }).Is(HttpStatusCode.Created);
        (await Steer(job, "pause")).GetProperty("state").GetString().ShouldBe("paused");
        await open.Api.Post($"{JobClient.Path(job)}/pause", new { }).IsProblem(HttpStatusCode.Conflict, "job-state");
        (await Steer(job, "resume")).GetProperty("state").GetString().ShouldBe("waiting");
        var ended = await Steer(job, "cancel");
        ended.GetProperty("state").GetString().ShouldBe("cancelled");
        ended.GetProperty("progress").GetProperty("skipped").GetInt32().ShouldBe(1);
        station.Seen.ShouldBeEmpty();
        await open.Api.Post($"{JobClient.Path(job)}/resume", new { }).IsProblem(HttpStatusCode.Conflict, "job-state");
    }

    [Fact]
    public async Task It_stops_when_too_many_say_no_and_goes_on_when_a_person_says_so()
    {
        string[] ids = [open.NewStation(), open.NewStation(), open.NewStation()];
        var stations = new List<AnsweringStation>();
        foreach (var one in ids)
        {
            stations.Add(await Answering(one, _ => """{"status":"Rejected"}"""));
        }

        var job = await open.Api.Post("/api/v1/jobs", new { command = "reset", body = new { kind = "soft" }, stations = ids, options = new { parallel = 1, stopAfterFailures = 1 } }).Is(HttpStatusCode.Created);
        var paused = await JobClient.Until(open.Api, job, j => j.GetProperty("state").GetString() == "paused");
        paused.GetProperty("reason").GetString().ShouldBe("failures");
        stations.Sum(s => s.Seen.Count).ShouldBe(1);

        await Steer(job, "resume");
        paused = await JobClient.Until(open.Api, job, j => j.GetProperty("state").GetString() == "paused");
        paused.GetProperty("progress").GetProperty("answered").GetInt32().ShouldBe(2);
        foreach (var station in stations)
        {
            await station.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_field_and_a_dry_run_asks_nobody()
    {
        await using var station = await Answering(id, _ => """{"status":"Accepted"}""");
        var faults = await open.Api.Post("/api/v1/jobs", new { command = "reset", body = new { kind = "gently" }, stations = new[] { id } }).Is(HttpStatusCode.BadRequest);
        faults.GetProperty("errors").TryGetProperty("body.kind", out _).ShouldBeTrue(faults.ToString());
        await open.Api.Post("/api/v1/jobs", new { command = "dance", stations = new[] { id } }).Is(HttpStatusCode.BadRequest);
        await open.Api.Post("/api/v1/jobs", new { command = "reset", stations = new[] { "nobody-knows-it" } }).Is(HttpStatusCode.BadRequest);
        await open.Api.Post("/api/v1/jobs", new { command = "reset" }).Is(HttpStatusCode.BadRequest);
        await open.Api.Post("/api/v1/jobs", new { command = "reset", filter = new { vendor = "no such vendor" } }).Is(HttpStatusCode.BadRequest);

        var would = await open.Api.Post("/api/v1/jobs", new { command = "clear-cache", filter = new { q = id, online = true }, dryRun = true }).Is(HttpStatusCode.OK);
        would.GetProperty("online").GetInt32().ShouldBeGreaterThan(0);
        station.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_station_tells_of_its_configuration_is_remembered_whoever_asked()
    {
        await using var station = await Answering(id, call => call[3].TryGetProperty("key", out var keys)
            ? JsonSerializer.Serialize(new { configurationKey = new[] { new { key = keys[0].GetString(), value = "7", @readonly = false } } })
            : """{"configurationKey":[{"key":"A","value":"1","readonly":true},{"key":"B","value":"2","readonly":false},{"key":"AuthorizationKey","value":"secret","readonly":false}]}""");
        await open.Api.Post($"/api/v1/stations/{id}/commands/get-configuration", new { }).Is(HttpStatusCode.OK);
        (await Told()).ShouldBe(["A=1", "B=2"]);
        await open.Api.Post($"/api/v1/stations/{id}/commands/get-configuration", new { keys = new[] { "b" } }).Is(HttpStatusCode.OK);
        (await Told()).ShouldBe(["A=1", "b=7"]);

        async Task<List<string>> Told() =>
            [.. (await open.Api.Json($"/api/v1/stations/{id}/configuration")).GetProperty("told").EnumerateArray().Select(k => $"{k.GetProperty("key").GetString()}={k.GetProperty("value").GetString()}")];
    }

    private Task<JsonElement> Steer(JsonElement job, string how) => open.Api.Post($"{JobClient.Path(job)}/{how}", new { }).Is(HttpStatusCode.OK);

    private Task<AnsweringStation> Answering(string identity, Func<JsonElement, string> answer) => AnsweringStation.Connect(open.Host, identity, answer);
}
