using System.Text.Json;
using Ladewerk.Demo;
using Ladewerk.Sessions;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Demo;

public sealed class DemoSeedTests(Database database)
{
    [Fact]
    public async Task The_demonstration_is_seeded_once_and_tells_the_simulator_where_it_is()
    {
        var directory = Directory.CreateTempSubdirectory("ladewerk-demo-");
        var options = new Dictionary<string, string?> { ["Demo:Enabled"] = "true", ["Ladewerk:DataDirectory"] = directory.FullName };
        await using var host = await LadewerkHost.Start(database, options: options);
        var path = Path.Combine(directory.FullName, FleetFile.Name);

        var (stations, tokens, tariffs, sessions) = await Counts(host);
        (stations, tokens, tariffs).ShouldBe((12, 80, 4));
        sessions.ShouldBeGreaterThan(200);
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var fleet = (await FleetFile.Read(path, default))!;
        fleet.Server.ShouldBe(host.Address.ToString());
        fleet.Stations.SelectMany(s => s.Connectors).ShouldAllBe(c => c.MeterWh > 0);

        await host.Restart();

        (await Counts(host)).ShouldBe((stations, tokens, tariffs, sessions));
        (await FleetFile.Read(path, default))!.Stations.Select(s => s.Password).ShouldBe(fleet.Stations.Select(s => s.Password));
        directory.Delete(recursive: true);
    }

    [Fact]
    public void The_past_is_plausible()
    {
        var to = new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
        var history = new DemoHistory(new Random(1));

        foreach (var station in DemoPlaces.Sites.SelectMany(s => s.Stations))
        {
            var (sessions, meter) = history.Of(station, 1, isFleet: false, to.AddDays(-20), to);

            sessions.Zip(sessions.Skip(1)).ShouldAllBe(pair => pair.First.EndedAt <= pair.Second.StartedAt && pair.First.MeterStartWh + pair.First.EnergyWh == pair.Second.MeterStartWh);
            sessions.ShouldAllBe(s => s.EndedAt <= to && s.EnergyWh <= station.PowerW * (s.EndedAt - s.StartedAt).TotalHours);
            sessions.ShouldAllBe(s => s.Readings.All(r => r.EnergyWh <= s.EnergyWh && r.Phase != SessionPhase.Ended));
            meter.ShouldBe(sessions is [.., var last] ? last.MeterStartWh + last.EnergyWh : meter);
        }
    }

    private static async Task<(int Stations, int Tokens, int Tariffs, int Sessions)> Counts(LadewerkHost host) =>
        (await Count(host, "stations"), await Count(host, "id-tokens"), await Count(host, "tariffs"), await Count(host, "sessions"));

    private static async Task<int> Count(LadewerkHost host, string list)
    {
        using var page = JsonDocument.Parse(await host.Api.GetStringAsync($"/api/v1/{list}?limit=500"));
        return page.RootElement.GetProperty("items").GetArrayLength();
    }
}
