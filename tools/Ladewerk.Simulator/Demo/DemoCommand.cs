using System.CommandLine;
using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Demo;

/// <summary><c>demo</c>: plays the stations of <c>Ladewerk --demo</c>.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan BookInterval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var fleet = new Option<string>("--fleet") { Description = "File that Ladewerk --demo writes into its data directory", DefaultValueFactory = _ => "data/demo-fleet.json" };
        var server = CommandOptions.Address("--server", "Server's address, where the file's is not reachable from here");
        var seed = new Option<int?>("--seed") { Description = "Play the same visitors every time" };
        var command = new Command("demo", "Play the stations of a demonstration: they connect and charge on their own until Ctrl-C") { fleet, server, seed };
        command.SetAction(async (parsed, ct) =>
        {
            try
            {
                await Run(parsed.GetValue(fleet)!, parsed.GetValue(server), parsed.GetValue(seed) is { } n ? new Random(n) : new Random(), ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return 0;
            }

            return 0;
        });
        return command;
    }

    private static async Task Run(string path, Uri? server, Random random, CancellationToken ct)
    {
        var fleet = await FleetFile.WaitFor(path, server, ct);
        var backEnd = new UriBuilder(fleet.Server!) { Path = "/ocpp" };
        backEnd.Scheme = backEnd.Scheme == "https" ? "wss" : "ws";
        var book = new MeterBook(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "demo-meters.json"));
        var cards = new CardBox(fleet.Cards, fleet.BlockedCards, new Random(random.Next()));
        var models = new List<StationModel>();
        var clients = new List<StationClient>();
        var running = new List<Task>();
        foreach (var station in fleet.Stations)
        {
            var model = Model(station, book, random);
            var client = new StationClient(model, new BackEnd(backEnd.Uri, station.Password), TimeProvider.System, new Random(random.Next()), Console.Error.WriteLine);
            models.Add(model);
            clients.Add(client);
            running.Add(client.Run(ct));
            running.AddRange(model.Connectors.Select(c => new Visitors(client, c.Number, c.Spec.IsDc, cards, TimeProvider.System, new Random(random.Next())).Run(ct)));
        }

        await Console.Out.WriteLineAsync($"{fleet.Stations.Count} stations charge at {backEnd.Uri}");
        running.Add(Keep(book, models, ct));
        await Task.WhenAll(running);
        clients.ForEach(c => c.Dispose());
    }

    private static StationModel Model(FleetStation station, MeterBook book, Random random)
    {
        var model = new StationModel(
            new StationSpec
            {
                Identity = station.Id,
                Vendor = station.Vendor,
                Model = station.Model,
                SerialNumber = station.SerialNumber,
                MeterType = "MID class B",
                Connectors = [.. station.Connectors.Select(c => new ConnectorSpec(c.IsDc, c.MaxPowerW))],
            },
            TimeProvider.System,
            new Random(random.Next()));
        model.Configuration.Force("MeterValueSampleInterval", "10");
        foreach (var connector in model.Connectors)
        {
            var played = station.Connectors[connector.Number - 1];
            if (played is { MeterKey: { } key, MeterCurve: { } curve, MeterSerial: { } serial })
            {
                connector.Signer = SigningMeter.From(key, curve, serial, model.Now.ToUnixTimeSeconds()); // beyond what it had signed before a restart
            }
        }

        book.Restore(model, connector => station.Connectors[connector - 1].MeterWh);
        return model;
    }

    private static async Task Keep(MeterBook book, List<StationModel> models, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(BookInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                Note(book, models);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Note(book, models);
        }
    }

    private static void Note(MeterBook book, List<StationModel> models)
    {
        models.ForEach(book.Note);
        book.Write();
    }
}
