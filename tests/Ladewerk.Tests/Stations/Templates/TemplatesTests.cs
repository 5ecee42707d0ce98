using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Stations.Jobs;

namespace Ladewerk.Tests.Stations.Templates;

/// <summary>From a station's boot to its configuration as wanted, through the API.</summary>
public sealed class TemplatesTests(Database database)
{
    private static readonly Dictionary<string, string?> Quick = new() { ["Ocpp:Onboarding"] = "Open", ["Templates:Settle"] = "00:00:00.5", ["Templates:Poll"] = "00:00:00.2" };

    [Fact]
    public async Task After_a_boot_the_configuration_is_compared_and_repaired_where_the_template_says_so()
    {
        await using var host = await LadewerkHost.Start(database, options: Quick);
        await Template(host, "shown", "ShowOnly", autoApply: false);
        await Template(host, "kept", "Kept", autoApply: true);
        await using var shown = await KeyStation.Connect(host, "T-SHOWN", "ShowOnly");
        await using var kept = await KeyStation.Connect(host, "T-KEPT", "Kept");

        var drift = await Until(host, "T-SHOWN", v => v.GetProperty("verdict").GetString() == "differs");
        drift.GetProperty("differences").GetInt32().ShouldBe(2);
        shown.Writes.ShouldBeEmpty();

        var repaired = await Until(host, "T-KEPT", v => v.GetProperty("verdict").GetString() == "matches");
        repaired.GetProperty("template").GetString().ShouldBe("kept");
        kept.Writes.ShouldBe(["HeartbeatInterval=60", "MeterValuesSampledData=Energy.Active.Import.Register,SoC"]);
        kept.Asked.ShouldNotContain(q => q.Length == 0); // never everything at once

        // On demand: one key, then all.
        var one = await host.Api.Post("/api/v1/stations/T-SHOWN/configuration/apply", new { keys = new[] { "heartbeatinterval" } }).Is(HttpStatusCode.OK);
        one.GetProperty("good").GetBoolean().ShouldBeTrue(one.ToString());
        shown.Writes.ShouldBe(["HeartbeatInterval=60"]);
        await host.Api.Post("/api/v1/stations/T-SHOWN/configuration/apply", new { }).Is(HttpStatusCode.OK);
        (await host.Api.Json("/api/v1/stations/T-SHOWN/configuration")).GetProperty("verdict").GetString().ShouldBe("matches");
    }

    [Fact]
    public async Task A_station_that_restarts_again_and_again_on_what_is_written_is_left_alone()
    {
        await using var host = await LadewerkHost.Start(database, options: Quick);
        await Template(host, "loop", "Loop", autoApply: true);
        for (var boot = 0; boot < 12; boot++)
        {
            await using var station = await KeyStation.Connect(host, "T-LOOP", "Loop", forgets: true);
            await Task.Delay(1200, TestContext.Current.CancellationToken);
            if ((await host.Api.Json("/api/v1/stations/T-LOOP/configuration")).GetProperty("stopped").ValueKind == JsonValueKind.String)
            {
                break;
            }
        }

        var view = await host.Api.Json("/api/v1/stations/T-LOOP/configuration");
        view.GetProperty("stopped").GetString().ShouldBeOneOf("boot-loop", "does-not-hold");
        await using var after = await KeyStation.Connect(host, "T-LOOP", "Loop", forgets: true);
        await Task.Delay(2000, TestContext.Current.CancellationToken);
        after.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_roll_out_brings_each_station_to_its_template_and_says_what_became_of_each_key()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open", ["Templates:Settle"] = "01:00:00" });
        await Template(host, "roll", "Roll", autoApply: false);
        await using var good = await KeyStation.Connect(host, "T-R1", "Roll");
        await using var stubborn = await KeyStation.Connect(host, "T-R2", "Roll", rejects: true);
        var job = await host.Api.Post("/api/v1/jobs", new { kind = "apply-template", work = new { template = "roll" }, filter = new { model = "Roll" }, options = new { waves = new[] { 1 } } }).Is(HttpStatusCode.Created);
        job.GetProperty("waves").GetInt32().ShouldBe(2);

        await JobClient.Ended(host.Api, job);
        var rows = (await host.Api.Json($"{JobClient.Path(job)}/stations")).GetProperty("items").EnumerateArray().ToDictionary(r => r.GetProperty("stationId").GetString()!);
        (rows["T-R1"].GetProperty("word").GetString(), rows["T-R1"].GetProperty("good").GetBoolean()).ShouldBe(("Written", true));
        (rows["T-R2"].GetProperty("word").GetString(), rows["T-R2"].GetProperty("good").GetBoolean()).ShouldBe(("Rejected", false));
        rows["T-R2"].GetProperty("detail").EnumerateArray().Select(k => k.GetProperty("key").GetString()).ShouldContain("HeartbeatInterval");

        var again = await JobClient.Ended(host.Api, await host.Api.Post("/api/v1/jobs", new { kind = "set-keys", work = new { keys = new[] { new { key = "heartbeatINTERVAL", value = "60" } } }, stations = new[] { "T-R1" } }).Is(HttpStatusCode.Created));
        again.GetProperty("outcomes")[0].GetProperty("word").GetString().ShouldBe("Same");
        await host.Api.Post("/api/v1/jobs", new { kind = "set-keys", work = new { keys = new[] { new { key = "AuthorizationKey", value = "x" } } }, stations = new[] { "T-R1" } }).Is(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Templates_are_files_that_go_out_and_come_back()
    {
        await using var host = await LadewerkHost.Start(database, options: Quick);
        var shipped = await host.Api.Json("/api/v1/station-templates/alfen-eve-single");
        shipped.GetProperty("own").GetBoolean().ShouldBeFalse();
        var file = await host.Api.Json("/api/v1/station-templates/export?shipped=true");
        file.GetArrayLength().ShouldBeGreaterThanOrEqualTo(12);
        await host.Api.Post("/api/v1/station-templates/import", file).Is(HttpStatusCode.OK);
        (await host.Api.Json("/api/v1/station-templates/alfen-eve-single")).GetProperty("own").GetBoolean().ShouldBeTrue();
        (await host.Api.DeleteAsync("/api/v1/station-templates/alfen-eve-single")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.Api.Json("/api/v1/station-templates/alfen-eve-single")).GetProperty("own").GetBoolean().ShouldBeFalse();
        var faults = await host.Api.Post("/api/v1/station-templates/import", new { key = "Bad Key", name = "x", match = new { vendor = "v", models = new[] { "m" } }, data = new { phases = 4 } }).Is(HttpStatusCode.BadRequest);
        faults.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["key", "data.phases"]);
        await host.Api.Post("/api/v1/station-templates/import", new { nonsense = true }).Is(HttpStatusCode.BadRequest);

        await using var station = await KeyStation.Connect(host, "T-ASSIGN", "Unheard of");
        (await host.Api.Put("/api/v1/stations/T-ASSIGN/template", new { template = "keba-p30-x" }).Is(HttpStatusCode.OK)).GetProperty("assigned").GetBoolean().ShouldBeTrue();
        await host.Api.Put("/api/v1/stations/T-ASSIGN/template", new { template = "no-such" }).Is(HttpStatusCode.BadRequest);
    }

    private static Task<JsonElement> Template(LadewerkHost host, string key, string model, bool autoApply) => host.Api.Put($"/api/v1/station-templates/{key}", new
    {
        key,
        name = key,
        match = new { vendor = "Test*", models = new[] { model } },
        configuration = new[] { new { key = "heartbeatinterval", value = "60" }, new { key = "MeterValuesSampledData", value = "Energy.Active.Import.Register,SoC" }, new { key = "LocalPreAuthorize", value = "true" } },
        autoApply,
    }).Is(HttpStatusCode.OK);

    private static async Task<JsonElement> Until(LadewerkHost host, string station, Func<JsonElement, bool> met)
    {
        for (var tries = 0; ; tries++)
        {
            var now = await host.Api.Json($"/api/v1/stations/{station}/configuration");
            if (met(now))
            {
                return now;
            }

            (tries < 150).ShouldBeTrue(now.ToString());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A station with configuration keys.</summary>
    private sealed class KeyStation : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, string> keys = new(StringComparer.OrdinalIgnoreCase)
        {
            ["HeartbeatInterval"] = "300", ["MeterValuesSampledData"] = "Energy.Active.Import.Register", ["LocalPreAuthorize"] = "TRUE",
        };

        private AnsweringStation station = null!;

        public ConcurrentQueue<string> Writes { get; } = new();

        /// <summary>The keys of each question.</summary>
        public ConcurrentQueue<string[]> Asked { get; } = new();

        public static async Task<KeyStation> Connect(LadewerkHost host, string id, string model, bool rejects = false, bool forgets = false)
        {
            var keyed = new KeyStation();
            keyed.station = await AnsweringStation.Connect(host, id, call => call[2].GetString() == "GetConfiguration" ? keyed.Tell(call[3]) : keyed.Write(call[3], rejects, forgets));
            await keyed.station.Boot("Test works", model);
            for (var tries = 0; (await host.Api.Json($"/api/v1/stations/{id}")).GetProperty("model").GetString() != model; tries++)
            {
                (tries < 100).ShouldBeTrue();
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            return keyed;
        }

        public ValueTask DisposeAsync() => station.DisposeAsync();

        private string Tell(JsonElement question)
        {
            string[] asked = question.TryGetProperty("key", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
            Asked.Enqueue(asked);
            return JsonSerializer.Serialize(new
            {
                configurationKey = keys.Where(k => asked.Contains(k.Key, StringComparer.OrdinalIgnoreCase)).Select(k => new { key = k.Key, value = k.Value, @readonly = false }),
                unknownKey = asked.Where(a => !keys.ContainsKey(a)),
            });
        }

        private string Write(JsonElement wish, bool rejects, bool forgets)
        {
            if (!wish.TryGetProperty("key", out var key))
            {
                return """{"status":"Accepted"}""";
            }

            Writes.Enqueue($"{key}={wish.GetProperty("value")}");
            if (!rejects && !forgets)
            {
                keys[key.GetString()!] = wish.GetProperty("value").GetString()!;
            }

            return rejects ? """{"status":"Rejected"}""" : """{"status":"Accepted"}""";
        }
    }
}
