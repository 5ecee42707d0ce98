using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Stations.Jobs;

/// <summary>Jobs over a restart, over a crash, and over a thousand stations.</summary>
public sealed class JobFaultTests(Database database)
{
    private static readonly Dictionary<string, string?> Open = new() { ["Ocpp:Onboarding"] = "Open", ["Ocpp:CallTimeout"] = "00:00:10" };

    [Theory]
    [InlineData("change-configuration", """{"key":"HeartbeatInterval","value":"60"}""", true, "answered", "Accepted")] // done again: no harm
    [InlineData("reset", """{"kind":"soft"}""", true, "failed", "interrupted")] // perhaps done: said so, not done again
    [InlineData("reset", """{"kind":"soft"}""", false, "answered", "Accepted")] // never left: done
    public async Task A_turn_that_a_crash_cut_off_is_taken_again_only_where_that_does_no_harm(string command, string body, bool sent, string state, string word)
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        await using var station = await AnsweringStation.Connect(host, "T-1", _ => """{"status":"Accepted"}""");
        var job = await host.Api.Post("/api/v1/jobs", new { command, body = JsonSerializer.Deserialize<JsonElement>(body), stations = new[] { "T-1" }, options = new { startAt = TestClock.Now.AddHours(1) } }).Is(HttpStatusCode.Created);

        // As a process leaves it that was killed while it waited for the answer.
        await Sql(host, "update job set state = 'running', started_at = now(), options = options - 'startAt'");
        await Sql(host, $"update job_station set state = 'running', owner = gen_random_uuid(), attempts = 1, lease_until = now() - interval '1 second', sent_at = {(sent ? "now()" : "null")}");

        await JobClient.Ended(host.Api, job);
        var row = (await host.Api.Json($"{JobClient.Path(job)}/stations")).GetProperty("items")[0];
        (row.GetProperty("state").GetString(), row.GetProperty("word").GetString()).ShouldBe((state, word));
        station.Actions.Count(a => a is "Reset" or "ChangeConfiguration").ShouldBe(state == "answered" ? 1 : 0);
    }

    [Fact]
    public async Task A_restart_in_the_middle_leaves_no_station_without_an_outcome_and_restarts_none_twice()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        string[] ids = [.. Enumerable.Range(1, 8).Select(i => $"T-{i}")];
        var resets = new ConcurrentDictionary<string, int>();
        var stations = await Connect(host, ids, resets);
        var job = await host.Api.Post("/api/v1/jobs", new { command = "reset", body = new { kind = "soft" }, stations = ids, options = new { parallel = 1, retryOfflineUntil = TestClock.Now.AddHours(1) } }).Is(HttpStatusCode.Created);
        await JobClient.Until(host.Api, job, j => j.GetProperty("progress").GetProperty("answered").GetInt32() >= 2);

        await host.Restart();
        await Task.WhenAll(stations.Select(s => s.DisposeAsync().AsTask()));
        stations = await Connect(host, ids, resets);

        var ended = await JobClient.Ended(host.Api, job, seconds: 60);
        var progress = ended.GetProperty("progress");
        progress.GetProperty("done").GetInt32().ShouldBe(8);
        progress.GetProperty("answered").GetInt32().ShouldBeGreaterThanOrEqualTo(7); // one may have been cut off: then it says so
        resets.Values.ShouldAllBe(n => n == 1);
        await Task.WhenAll(stations.Select(s => s.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_thousand_stations_end_with_an_answer_or_a_reason_each_and_the_progress_is_live()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?>(Open) { ["Ocpp:CallTimeout"] = "00:00:03", ["Templates:Settle"] = "01:00:00" });
        string[] ids = [.. Enumerable.Range(0, 1000).Select(i => $"T-{i:0000}")];
        var stations = new ConcurrentBag<AnsweringStation>();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (id, _) =>
            stations.Add(await AnsweringStation.Connect(host, id, call => Answer(id, call))));
        await using var listening = await Progress.Listen(host);

        var job = await host.Api.Post("/api/v1/jobs", new { command = "change-configuration", body = new { key = "MeterValueSampleInterval", value = "60" }, filter = new { q = "T-" }, options = new { parallel = 50 } }).Is(HttpStatusCode.Created);
        job.GetProperty("total").GetInt32().ShouldBe(1000);
        var ended = await JobClient.Ended(host.Api, job, seconds: 120);

        var outcomes = ended.GetProperty("outcomes").EnumerateArray().ToDictionary(o => (o.GetProperty("state").GetString(), o.GetProperty("word").GetString()), o => o.GetProperty("count").GetInt32());
        outcomes.ShouldBe(new Dictionary<(string?, string?), int> { [("answered", "Accepted")] = 980, [("answered", "Rejected")] = 10, [("failed", "station-timeout")] = 10 }, ignoreOrder: true);
        ended.GetProperty("state").GetString().ShouldBe("finished");
        listening.Seen.Count.ShouldBeGreaterThan(5);
        listening.Seen.ShouldBe(listening.Seen.Order());
        listening.Seen[^1].ShouldBe(1000);
        (await host.Api.GetStringAsync($"{JobClient.Path(ended)}/stations.csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1001);
        await Parallel.ForEachAsync(stations, async (station, _) => await station.DisposeAsync());
    }

    // The last digits tell how a station is: every hundredth refuses, the one after it never answers.
    private static string? Answer(string id, JsonElement call) =>
        call[2].GetString() != "ChangeConfiguration" ? """{"status":"Accepted"}"""
        : id.EndsWith("00", StringComparison.Ordinal) ? """{"status":"Rejected"}"""
        : id.EndsWith("01", StringComparison.Ordinal) ? null : """{"status":"Accepted"}""";

    private static async Task<List<AnsweringStation>> Connect(LadewerkHost host, string[] ids, ConcurrentDictionary<string, int> resets)
    {
        var stations = new List<AnsweringStation>();
        foreach (var id in ids)
        {
            stations.Add(await AnsweringStation.Connect(host, id, call =>
            {
                if (call[2].GetString() == "Reset")
                {
                    resets.AddOrUpdate(id, 1, (_, n) => n + 1);
                }

                return """{"status":"Accepted"}""";
            }, TimeSpan.FromMilliseconds(300)));
        }

        return stations;
    }

    private static async Task Sql(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>What the event stream says of jobs.</summary>
    private sealed class Progress(Stream stream) : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly ConcurrentQueue<int> seen = new();
        private Task reading = Task.CompletedTask;

        public IReadOnlyList<int> Seen => [.. seen];

        public static async Task<Progress> Listen(LadewerkHost host)
        {
            var progress = new Progress(await host.Api.GetStreamAsync("/api/v1/events?topics=job"));
            progress.reading = Task.Run(progress.Read);
            return progress;
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await reading;
            await stream.DisposeAsync();
            stop.Dispose();
        }

        private async Task Read()
        {
            using var lines = new StreamReader(stream, leaveOpen: true);
            try
            {
                var isJob = false;
                while (await lines.ReadLineAsync(stop.Token) is { } line)
                {
                    if (line.StartsWith("event:", StringComparison.Ordinal))
                    {
                        isJob = line.EndsWith("job", StringComparison.Ordinal);
                    }
                    else if (isJob && line.StartsWith("data:", StringComparison.Ordinal))
                    {
                        seen.Enqueue(JsonSerializer.Deserialize<JsonElement>(line[5..]).GetProperty("done").GetInt32());
                    }
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException)
            {
                return;
            }
        }
    }
}
