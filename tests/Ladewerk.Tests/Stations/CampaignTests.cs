using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Stations;

/// <summary>Campaigns over stations that really update themselves, from the first canary to the report.</summary>
public sealed class CampaignTests(Database database)
{
    private static readonly Dictionary<string, string?> Open = new() { ["Ocpp:Onboarding"] = "Open" };

    [Fact]
    public async Task A_bad_canary_stops_the_campaign_by_itself_and_no_other_station_hears_of_it()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        await using var fleet = await Fleet.Connect(host, 5);
        fleet[0].Fails = "InstallationFailed";
        var campaign = await Start(host, new { canary = 1, canarySoakMinutes = 30, parallel = 5 });

        var ended = await Becomes(host, campaign, "stopped");
        (ended.GetProperty("stopReason").GetString(), ended.GetProperty("stopDetail").GetString()).ShouldBe(("canary", "C-0"));
        var stations = (await host.Api.Json(campaign + "/stations")).GetProperty("items").EnumerateArray().ToList();
        stations.Select(s => $"{s.GetProperty("stationId").GetString()} {s.GetProperty("state").GetString()} {s.GetProperty("reason").GetString()}")
            .ShouldBe(["C-0 failed installationFailed", "C-1 skipped stopped", "C-2 skipped stopped", "C-3 skipped stopped", "C-4 skipped stopped"]);
        fleet.Stations.Select(s => s.Asked).ShouldBe([1, 0, 0, 0, 0]);

        // The version is on the list now: nobody can offer it again.
        var bad = (await host.Api.Json("/api/v1/firmware-bad-versions")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        bad.GetProperty("version").GetString().ShouldBe("2.0");
        await host.Api.Post("/api/v1/firmware-campaigns", new { name = "Again", firmwareId = ended.GetProperty("firmwareId").GetString() }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        (await host.Api.GetStringAsync("/api/v1/audit")).ShouldContain("firmwareCampaign.stopped");
    }

    [Fact]
    public async Task A_good_canary_lets_the_waves_follow_and_a_restart_in_the_middle_loses_nothing()
    {
        var time = new ManualTime();
        await using var host = await LadewerkHost.Start(database, time, new Dictionary<string, string?>(Open) { ["Ocpp:SilenceGrace"] = "1.00:00:00" });
        var fleet = await Fleet.Connect(host, 5);
        var campaign = await Start(host, new { canary = 1, canarySoakMinutes = 30, waveSize = 2, parallel = 1, soakMinutes = 5 });
        await Until(host, campaign, c => Count(c, "soaking") == 1);
        fleet.Stations.Select(s => s.Asked).ShouldBe([1, 0, 0, 0, 0]);

        time.Advance(TimeSpan.FromMinutes(31));
        await Until(host, campaign, c => c.GetProperty("wave").GetInt32() == 1 && Count(c, "soaking") + Count(c, "succeeded") >= 2);

        await fleet.DisposeAsync();
        await host.Restart();
        await using var back = await Fleet.Connect(host, 5, fleet.Stations.Select(s => s.Version));
        for (var i = 0; i < 60 && (await host.Api.Json(campaign)).GetProperty("state").GetString() == "running"; i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }

        var ended = await Becomes(host, campaign, "completed");
        Count(ended, "succeeded").ShouldBe(5);
        ended.GetProperty("waves").EnumerateArray().Select(w => w.GetProperty("stations").GetProperty("total").GetInt32()).ShouldBe([1, 2, 2]);
        back.Stations.ShouldAllBe(s => s.Version == "2.0");
        fleet.Stations.Zip(back.Stations, (a, b) => a.Asked + b.Asked).ShouldAllBe(asked => asked == 1);
        (await host.Api.GetStringAsync(campaign + "/stations.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(6);
    }

    [Fact]
    public async Task A_paused_campaign_waits_and_a_cancelled_one_leaves_the_rest_as_it_is()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        await using var fleet = await Fleet.Connect(host, 3);
        var campaign = await Start(host, new { canary = 1, canarySoakMinutes = 60 });
        await Until(host, campaign, c => Count(c, "soaking") == 1);
        (await host.Api.PostAsync(campaign + "/pause", null).Is(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("paused");
        await host.Api.PostAsync(campaign + "/pause", null).IsProblem(HttpStatusCode.Conflict, "campaign-state");
        (await host.Api.PostAsync(campaign + "/resume", null).Is(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("running");
        var cancelled = await host.Api.PostAsync(campaign + "/cancel", null).Is(HttpStatusCode.OK);
        (cancelled.GetProperty("state").GetString(), Count(cancelled, "skipped")).ShouldBe(("cancelled", 2));
        fleet.Stations.Select(s => s.Asked).ShouldBe([1, 0, 0]);
    }

    [Fact]
    public async Task A_station_on_which_somebody_charges_is_taken_out_of_service_first_and_put_back()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        await using var fleet = await Fleet.Connect(host, 1, charging: true);
        var campaign = await Start(host, new { canary = 0, soakMinutes = 0, busy = "takeOutOfService" });
        await Until(host, campaign, c => Count(c, "clearing") == 1);
        await FilesTests.Until(() => Task.FromResult(fleet[0].Availability is ["Inoperative"]));
        fleet[0].Asked.ShouldBe(0);

        fleet[0].Unplug();
        await Becomes(host, campaign, "completed");
        fleet[0].Version.ShouldBe("2.0");
        await FilesTests.Until(() => Task.FromResult(fleet[0].Availability is ["Inoperative", "Operative"]));
    }

    [Fact]
    public async Task A_selection_says_what_it_finds_before_anything_is_done()
    {
        await using var host = await LadewerkHost.Start(database, options: Open);
        await using var fleet = await Fleet.Connect(host, 3);
        var firmware = await Library(host);
        var preview = await host.Api.Post("/api/v1/firmware-campaigns/preview", new { name = "x", firmwareId = firmware, selection = new { stations = new[] { "c-1", "C-2" }, canaries = new[] { "C-2" } } }).Is(HttpStatusCode.OK);
        (preview.GetProperty("stations").GetInt32(), preview.GetProperty("online").GetInt32()).ShouldBe((2, 2));
        preview.GetProperty("canaries")[0].GetString().ShouldBe("C-2");
        var faults = await host.Api.Post("/api/v1/firmware-campaigns", new { name = "", firmwareId = firmware, selection = new { versions = new[] { "0.1" } }, policy = new { parallel = 0 } })
            .IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        faults.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["name", "policy.parallel", "selection"], ignoreOrder: true);
        var draft = await host.Api.Post("/api/v1/firmware-campaigns", new { name = "Later", firmwareId = firmware, start = false }).Is(HttpStatusCode.Created);
        draft.GetProperty("state").GetString().ShouldBe("draft");
        (await host.Api.DeleteAsync($"/api/v1/firmware-campaigns/{draft.GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    private static int Count(JsonElement campaign, string state) => campaign.GetProperty("stations").GetProperty(state).GetInt32();

    private static async Task<string> Start(LadewerkHost host, object policy)
    {
        var made = await host.Api.Post("/api/v1/firmware-campaigns", new { name = "Spring", firmwareId = await Library(host), policy }).Is(HttpStatusCode.Created);
        return $"/api/v1/firmware-campaigns/{made.GetProperty("id").GetString()}";
    }

    private static async Task<string> Library(LadewerkHost host)
    {
        var id = (await host.Api.Post("/api/v1/firmware", new { vendor = "Acme", version = "2.0" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        await host.Api.PutAsync($"/api/v1/firmware/{id}/image?name=2.0.bin", new ByteArrayContent([1, 2, 3])).Is(HttpStatusCode.OK);
        return id;
    }

    private static Task<JsonElement> Becomes(LadewerkHost host, string campaign, string state) => Until(host, campaign, c => c.GetProperty("state").GetString() == state);

    private static async Task<JsonElement> Until(LadewerkHost host, string campaign, Func<JsonElement, bool> holds)
    {
        JsonElement last = default;
        try
        {
            await FilesTests.Until(async () => holds(last = await host.Api.Json(campaign)));
            return last;
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{last} {await host.Api.GetStringAsync(campaign + "/stations")}", late);
        }
    }

    /// <summary>Stations C-0, C-1 ... that do what they are told.</summary>
    private sealed class Fleet(IReadOnlyList<SelfUpdating> stations) : IAsyncDisposable
    {
        public IReadOnlyList<SelfUpdating> Stations => stations;

        public SelfUpdating this[int index] => stations[index];

        public static async Task<Fleet> Connect(LadewerkHost host, int count, IEnumerable<string>? versions = null, bool charging = false)
        {
            var stations = new List<SelfUpdating>();
            foreach (var version in versions ?? Enumerable.Repeat("1.0", count))
            {
                stations.Add(await SelfUpdating.Connect(host, $"C-{stations.Count}", version, charging));
            }

            return new Fleet(stations);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var station in stations)
            {
                await station.DisposeAsync();
            }
        }
    }

    private sealed class SelfUpdating(LadewerkHost host, TestStation socket, string version) : IAsyncDisposable
    {
        private readonly TaskCompletionSource unplugged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task running = Task.CompletedTask;
        private long transaction;

        public string Version { get; private set; } = version;

        public int Asked { get; private set; }

        public List<string> Availability { get; } = [];

        /// <summary>The word with which an update ends; null: it succeeds.</summary>
        public string? Fails { get; set; }

        public static async Task<SelfUpdating> Connect(LadewerkHost host, string id, string version, bool charging)
        {
            var station = new SelfUpdating(host, await TestStation.Connect(host, id), version);
            await station.Boot();
            await station.Status("Available");
            if (charging)
            {
                station.transaction = await station.socket.Start(1, "AABBCCDD", 0, TestClock.Now);
            }

            station.running = station.Run();
            return station;
        }

        public void Unplug() => unplugged.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            await socket.DisposeAsync();
            await running.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        private TestStation socket { get; } = socket;

        private async Task Run()
        {
            while (true)
            {
                var call = await socket.Receive(TimeSpan.FromMinutes(5));
                var (id, action) = (call[1].GetString(), call[2].GetString());
                if (action == "ChangeAvailability")
                {
                    await socket.Send($$"""[3,"{{id}}",{"status":"{{(transaction > 0 ? "Scheduled" : "Accepted")}}"}]""");
                    Availability.Add(call[3].GetProperty("type").GetString()!);
                    if (transaction > 0)
                    {
                        await unplugged.Task;
                        await socket.Stop(transaction, 10, TestClock.Now);
                        transaction = 0;
                    }
                }
                else if (action == "UpdateFirmware")
                {
                    Asked++;
                    await socket.Send($$"""[3,"{{id}}",{}]""");
                    await Update(call[3].GetProperty("location").GetString()!);
                }
            }
        }

        private async Task Update(string location)
        {
            await Report("Downloading");
            using var http = host.Stranger();
            (await http.GetByteArrayAsync(location)).Length.ShouldBe(3);
            await Report("Downloaded");
            await Report("Installing");
            if (Fails is { } word)
            {
                await Report(word);
                return;
            }

            Version = "2.0";
            await Report("Installed");
            await Boot();
        }

        private Task<JsonElement> Report(string status) => socket.Call("FirmwareStatusNotification", new { status });

        private Task<JsonElement> Status(string status) => socket.Call("StatusNotification", new { connectorId = 1, status, errorCode = "NoError" });

        private Task<JsonElement> Boot() => socket.Call("BootNotification", new { chargePointVendor = "Acme", chargePointModel = "Box", firmwareVersion = Version });
    }
}
