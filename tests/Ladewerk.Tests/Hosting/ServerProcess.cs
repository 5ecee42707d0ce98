using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ladewerk.Tests.Hosting;

/// <summary>The server as a process of its own, so that it can be killed, or have another environment than this process.</summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private const string Key = "lwk_process-test-key-that-may-do-everything";
    private const int SigKill = 9, SigTerm = 15;
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("ladewerk-process-");
    private readonly Dictionary<string, string> environment;
    private Process server = null!;

    private ServerProcess(Dictionary<string, string> environment)
    {
        this.environment = environment;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        Api = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public Uri Address { get; }

    /// <summary>May do everything.</summary>
    public HttpClient Api { get; }

    /// <param name="connectionString">Of a database with or without the schema.</param>
    /// <param name="environment">Further variables: settings (<c>Ocpp__Onboarding</c>) and others.</param>
    public static async Task<ServerProcess> Start(string connectionString, params IEnumerable<(string Name, string Value)> environment)
    {
        var process = new ServerProcess(environment.ToDictionary(e => e.Name, e => e.Value, StringComparer.Ordinal));
        process.environment["ConnectionStrings__Ladewerk"] = connectionString;
        await process.Run();
        return process;
    }

    /// <summary>Ends it at once (kill -9): nothing is finished, nothing is told.</summary>
    public async Task Kill()
    {
        _ = Signal(server.Id, SigKill);
        await server.WaitForExitAsync();
    }

    /// <summary>Starts it, on the same address and with the same data.</summary>
    public async Task Run()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ladewerk.dll"), $"--urls={Address.GetLeftPart(UriPartial.Authority)}"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory.FullName,
        };
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Ladewerk__DataDirectory"] = Path.Combine(directory.FullName, "data"), ["Ladewerk__Bootstrap__ApiKey"] = Key, ["Ladewerk__Bootstrap__AdminPassword"] = "not used in this test",
            ["Ocpp__Onboarding"] = "Open", ["Logging__LogLevel__Default"] = "Warning", ["Templates__Settle"] = "1.00:00:00",
        };
        foreach (var (name, value) in settings.Concat(environment))
        {
            start.Environment[name] = value;
        }

        server = Process.Start(start)!;
        server.ErrorDataReceived += (_, _) => { };
        server.BeginErrorReadLine();
        server.OutputDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        await Ready();
    }

    public async ValueTask DisposeAsync()
    {
        if (!server.HasExited)
        {
            _ = Signal(server.Id, SigTerm);
            await server.WaitForExitAsync();
        }

        server.Dispose();
        Api.Dispose();
        directory.Delete(recursive: true);
    }

    private async Task Ready()
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var answer = await Api.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
            {
                server.HasExited.ShouldBeFalse("the server ended by itself");
            }

            patience.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(3));
            await Task.Delay(100);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int pid, int signal);
}
