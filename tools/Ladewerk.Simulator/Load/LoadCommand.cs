using System.CommandLine;
using System.Diagnostics;
using Ladewerk.Simulator.Api;

namespace Ladewerk.Simulator.Load;

/// <summary><c>load</c>: drives many stations and measures the answers.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var url = CommandOptions.Address("--url", "WebSocket address without the station's identity, for example ws://127.0.0.1:8080/ocpp", required: true);
        var stations = new Option<int>("--stations") { Description = "Number of stations", DefaultValueFactory = _ => 100 };
        var rate = new Option<double>("--rate") { Description = "Messages per second of all stations together; 0: as fast as the answers allow" };
        var duration = CommandOptions.Duration("--duration", "How long to measure", TimeSpan.FromSeconds(60));
        var connectRate = new Option<double>("--connect-rate") { Description = "New connections per second; 0: all at once", DefaultValueFactory = _ => 1000 };
        var idle = new Option<bool>("--idle") { Description = "Connect and send heartbeats only" };
        var storm = new Option<bool>("--storm") { Description = "Halfway, drop all connections and reconnect all at once" };
        var heartbeat = CommandOptions.Duration("--heartbeat", "Interval of the heartbeats of idle stations", TimeSpan.FromSeconds(300));
        var readings = new Option<int>("--meter-values") { Description = "MeterValues in a session", DefaultValueFactory = _ => 60 };
        var prefix = new Option<string>("--prefix") { Description = "Beginning of the identities and id tags", DefaultValueFactory = _ => "LOAD" };
        var first = new Option<int>("--first") { Description = "Number of the first station, for several processes", DefaultValueFactory = _ => 1 };
        var password = new Option<string?>("--password") { Description = "Password of all stations (HTTP Basic)" };
        var api = CommandOptions.Address("--api", "Server's address, to register stations first and to verify sessions afterwards");
        var key = CommandOptions.Key();
        var journal = new Option<string?>("--crash-log") { Description = "Append what was acknowledged to this file; unanswered messages are repeated until they are acknowledged" };
        var report = new Option<string?>("--report") { Description = "Write the result to this file as JSON" };
        var command = new Command("load", "Drive many stations with a realistic mix of messages, measure the answers, and verify the sessions")
        {
            url, stations, rate, duration, connectRate, idle, storm, heartbeat, readings, prefix, first, password, api, key, journal, report,
        };
        command.SetAction((parsed, ct) => Run(
            new LoadOptions
            {
                Url = parsed.GetValue(url)!,
                Stations = parsed.GetValue(stations),
                Rate = parsed.GetValue(rate),
                Duration = parsed.GetValue(duration),
                ConnectRate = parsed.GetValue(connectRate),
                Idle = parsed.GetValue(idle),
                Storm = parsed.GetValue(storm),
                HeartbeatInterval = parsed.GetValue(heartbeat),
                MeterValues = Math.Max(1, parsed.GetValue(readings)),
                Prefix = parsed.GetValue(prefix)!,
                First = parsed.GetValue(first),
                Password = parsed.GetValue(password),
                Api = parsed.GetValue(api),
                Key = parsed.GetValue(key),
                Journal = parsed.GetValue(journal),
                Report = parsed.GetValue(report),
            },
            Console.Out,
            ct));
        return command;
    }

    /// <summary>Runs, reports, and returns the exit code: 1 when a session is wrong or, without a journal, when there was any error.</summary>
    public static async Task<int> Run(LoadOptions options, TextWriter output, CancellationToken ct)
    {
        if (options.Url.Scheme != "ws")
        {
            await output.WriteLineAsync("load speaks ws:// only: put the load on the server, not on its TLS proxy.");
            return 2;
        }

        using var api = options is { Api: { } server, Key: { } key } ? new ApiClient(server, key) : null;
        if (api is not null)
        {
            await Register(api, options, output, ct);
        }

        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        using var run = new LoadRun(options, TimeProvider.System, new Random(), output);
        await run.Run(ct);
        process.Refresh();
        var processorTime = process.TotalProcessorTime - before;

        var verification = api is not null && !options.Idle
            ? await Verification.Verify(api, run.Sessions, run.StartedAt, withSamples: false, ct)
            : null;
        await LoadReport.Write(run, verification, processorTime, output);
        if (options.Report is { } path)
        {
            await LoadReport.WriteJson(path, run, verification, processorTime, ct);
        }

        var isClean = options.Journal is not null || (run.Statistics.Errors.Count == 0 && run.Unfinished == 0);
        return isClean && verification is not { Ok: false } ? 0 : 1;
    }

    private static async Task Register(ApiClient api, LoadOptions options, TextWriter output, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct };
        await Parallel.ForEachAsync(Enumerable.Range(0, options.Stations), parallel, async (i, token) =>
        {
            await api.RegisterStation(options.IdentityOf(i), options.Password, token);
            if (!options.Idle)
            {
                await api.RegisterToken(options.IdTagOf(i), token);
            }
        });
        await output.WriteLineAsync($"{options.Stations} stations registered in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
    }
}
