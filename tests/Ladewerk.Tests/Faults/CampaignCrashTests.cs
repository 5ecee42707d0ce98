using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Faults;

/// <summary>The server is killed (kill -9) in the middle of a firmware campaign, and started again: no station is updated twice, and none is forgotten.</summary>
public sealed class CampaignCrashTests(Database database)
{
    private const int Stations = 5;

    [Fact]
    public async Task A_campaign_goes_on_after_kill_9_with_no_station_updated_twice_and_none_forgotten()
    {
        await using var server = await ServerProcess.Start(await database.Create());
        await using var fleet = new Fleet(server, Stations);
        await fleet.Online();
        var firmware = (await server.Api.Post("/api/v1/firmware", new { vendor = "Acme", version = "2.0" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        await server.Api.PutAsync($"/api/v1/firmware/{firmware}/image?name=2.0.bin", new ByteArrayContent([1, 2, 3])).Is(HttpStatusCode.OK);

        // One is in the middle of its installation, another has just been told and has not answered yet: then the server is gone.
        fleet[1].HoldsInstallation = true;
        fleet[2].HoldsAnswer = true;
        var policy = new { canary = 1, canarySoakMinutes = 0, waveSize = 4, parallel = 2, soakMinutes = 0 };
        var campaign = "/api/v1/firmware-campaigns/" + (await server.Api.Post("/api/v1/firmware-campaigns", new { name = "Spring", firmwareId = firmware, policy }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        await fleet[1].Installing.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        await fleet[2].Told.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        (await server.Api.Json(campaign)).GetProperty("stations").GetProperty("succeeded").GetInt32().ShouldBe(1);
        await server.Kill();

        fleet[1].HoldsInstallation = fleet[2].HoldsAnswer = false;
        fleet.GoOn();
        await server.Run();
        var ended = await Ended(server, campaign);
        ended.GetProperty("state").GetString().ShouldBe("completed", await server.Api.GetStringAsync(campaign + "/stations"));
        ended.GetProperty("stations").GetProperty("succeeded").GetInt32().ShouldBe(Stations);
        fleet.All.ShouldAllBe(s => s.Version == "2.0" && s.Installed == 1);
        fleet.All.Select(s => s.Asked).ShouldBe([1, 1, 1, 1, 1]);
        (await server.Api.Json(campaign + "/stations")).GetProperty("items").EnumerateArray().Select(s => s.GetProperty("state").GetString()).ShouldAllBe(s => s == "succeeded");
    }

    private static async Task<JsonElement> Ended(ServerProcess server, string campaign)
    {
        // The killed planner's lease must end first.
        for (var i = 0; ; i++)
        {
            var now = await server.Api.Json(campaign);
            if (now.GetProperty("state").GetString() != "running")
            {
                return now;
            }

            (i < 600).ShouldBeTrue($"{now} {await server.Api.GetStringAsync(campaign + "/stations")}");
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Stations K-0, K-1 ... that redial when the server is gone, and finish what they have begun.</summary>
    private sealed class Fleet : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly List<Updating> stations;
        private readonly List<Task> running;

        public Fleet(ServerProcess server, int count)
        {
            stations = [.. Enumerable.Range(0, count).Select(i => new Updating(server, $"K-{i}"))];
            running = [.. stations.Select(s => Task.Run(() => s.Run(stop.Token)))];
        }

        public IReadOnlyList<Updating> All => stations;

        public Updating this[int index] => stations[index];

        public Task Online() => Task.WhenAll(stations.Select(s => s.Booted.Task)).WaitAsync(TimeSpan.FromMinutes(1));

        public void GoOn() => stations.ForEach(s => s.GoOn.TrySetResult());

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await Task.WhenAll(running);
            stop.Dispose();
        }
    }

    private sealed class Updating(ServerProcess server, string id)
    {
        private readonly ConcurrentQueue<string> reports = new();
        private string? location;

        public TaskCompletionSource Booted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Installing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HoldsAnswer { get; set; }

        public bool HoldsInstallation { get; set; }

        public string Version { get; private set; } = "1.0";

        /// <summary>How often it was told to update itself.</summary>
        public int Asked { get; private set; }

        /// <summary>How often it has done so.</summary>
        public int Installed { get; private set; }

        public async Task Run(CancellationToken ct)
        {
            while (!ct.IsCancellationRequested)
            {
                try
                {
                    await using var socket = await TestStation.Connect(server.Address, id);
                    await using var ends = ct.Register(() => _ = socket.DisposeAsync().AsTask());
                    await Boot(socket);
                    Booted.TrySetResult();
                    await Serve(socket);
                }
                catch (Exception gone) when (gone is WebSocketException or TestStation.RefusedException or HttpRequestException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
                {
                    await Task.Delay(200, CancellationToken.None);
                }
            }
        }

        private async Task Serve(TestStation socket)
        {
            if (location is not null)
            {
                await Update(socket); // begun before the server was lost
            }

            while (true)
            {
                var call = await socket.Receive(TimeSpan.FromMinutes(10));
                if (call[2].GetString() == "UpdateFirmware")
                {
                    Asked++;
                    location = call[3].GetProperty("location").GetString()!;
                    Told.TrySetResult();
                    if (HoldsAnswer)
                    {
                        await GoOn.Task;
                    }

                    await socket.Send($$"""[3,"{{call[1].GetString()}}",{}]""");
                    await Update(socket);
                }
            }
        }

        private async Task Update(TestStation socket)
        {
            if (reports.IsEmpty)
            {
                await Report(socket, "Downloading");
                using var http = new HttpClient();
                (await http.GetByteArrayAsync(new Uri(location!))).Length.ShouldBe(3);
                await Report(socket, "Downloaded");
                reports.Enqueue("downloaded");
            }

            await Report(socket, "Installing");
            Installing.TrySetResult();
            if (HoldsInstallation)
            {
                await GoOn.Task;
            }

            // From here on it is the new version, whoever hears of it.
            (Version, location) = ("2.0", null);
            Installed++;
            reports.Clear();
            await Report(socket, "Installed");
            await Boot(socket);
        }

        private static Task<JsonElement> Report(TestStation socket, string status) => socket.Call("FirmwareStatusNotification", new { status });

        private Task<JsonElement> Boot(TestStation socket) => socket.Call("BootNotification", new { chargePointVendor = "Acme", chargePointModel = "Box", firmwareVersion = Version });
    }
}
