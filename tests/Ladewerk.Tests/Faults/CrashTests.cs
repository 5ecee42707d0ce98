using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ladewerk.Tests.Faults;

/// <summary>
/// The server and PostgreSQL are killed (kill -9) at random moments under load. What was acknowledged is there afterwards, once.
/// LADEWERK_CRASH_ROUNDS and LADEWERK_CRASH_STATIONS make it longer: see bench/crash.sh.
/// </summary>
public sealed partial class CrashTests : IAsyncLifetime
{
    private const string Key = "lwk_crash-test-key-that-may-do-everything";
    private const int SigKill = 9;
    private static readonly int Rounds = Setting("LADEWERK_CRASH_ROUNDS", 2);
    private static readonly int Stations = Setting("LADEWERK_CRASH_STATIONS", 40);

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("ladewerk-crash-");
    private readonly List<Process> children = [];
    private readonly int port = FreePort();
    private Process? server;

    public ValueTask InitializeAsync()
    {
        directory.UnixFileMode |= UnixFileMode.OtherExecute | UnixFileMode.OtherRead;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is { HasExited: false })
        {
            _ = Kill(server.Id, 15);
            await server.WaitForExitAsync();
        }

        foreach (var child in children)
        {
            if (!child.HasExited)
            {
                child.Kill(entireProcessTree: true);
            }

            child.Dispose();
        }

        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task What_was_acknowledged_survives_every_kill_and_is_there_once()
    {
        var random = new Random(Rounds);
        await StartServer();
        var journal = Path.Combine(directory.FullName, "journal");
        var seconds = 8 + (Rounds * 14);
        var load = Simulator(
            "load", "--url", $"ws://127.0.0.1:{port}/ocpp", "--stations", Text(Stations), "--rate", Text(Stations * 10), "--duration", $"{seconds}s", "--meter-values", "10",
            "--api", $"http://127.0.0.1:{port}", "--key", Key, "--crash-log", journal);

        await Task.Delay(5000);
        for (var round = 0; round < Rounds; round++)
        {
            await Task.Delay(random.Next(1000, 4000));
            _ = Kill(server!.Id, SigKill);
            await server.WaitForExitAsync();
            await StartServer();

            await Task.Delay(random.Next(1000, 4000));
            _ = Kill(Postmaster(), SigKill);
            await Ready();
        }

        await load.WaitForExitAsync();
        File.ReadLines(journal).Count().ShouldBeGreaterThan(Stations * Rounds, "the load must have got through");
        var verify = Simulator("verify", "--journal", journal, "--api", $"http://127.0.0.1:{port}", "--key", Key);
        var complaint = verify.StandardError.ReadToEndAsync();
        var said = await verify.StandardOutput.ReadToEndAsync() + await complaint;
        await verify.WaitForExitAsync();
        verify.ExitCode.ShouldBe(0, said);
    }

    private async Task StartServer()
    {
        server = Start("Ladewerk.dll", [$"--urls=http://127.0.0.1:{port}"], new Dictionary<string, string>
        {
            ["Ladewerk__DataDirectory"] = Path.Combine(directory.FullName, "data"),
            ["Ladewerk__Bootstrap__ApiKey"] = Key,
            ["Ladewerk__Bootstrap__AdminPassword"] = "not used in this test",
            ["Ocpp__Onboarding"] = "Open",
            ["Logging__LogLevel__Default"] = "Warning",
        });
        await Ready();
    }

    private async Task Ready()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var patience = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
            {
                server!.HasExited.ShouldBeFalse("the server ended by itself");
            }

            patience.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2));
            await Task.Delay(100);
        }
    }

    private int Postmaster() =>
        int.Parse(File.ReadLines(Directory.EnumerateFiles(directory.FullName, "postmaster.pid", SearchOption.AllDirectories).Single()).First(), CultureInfo.InvariantCulture);

    private Process Simulator(params string[] arguments) => Start("Ladewerk.Simulator.dll", arguments, []);

    private Process Start(string assembly, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory.FullName,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        children.Add(process);
        if (arguments[0] != "verify")
        {
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
        }

        return process;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
