using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ladewerk.Tests.Hosting;

/// <summary>The real host on Kestrel, on a free port of this machine, with a fresh database.</summary>
/// <remarks><c>await using var host = await LadewerkHost.Start(database);</c></remarks>
public sealed class LadewerkHost : IAsyncDisposable
{
    public const string ApiKey = "lwk_test-key-that-may-do-everything";
    public const string AdminEmail = "admin@example.org";
    public const string AdminPassword = "correct horse battery";
    public const string Tenant = "default";

    private readonly Database database;
    private readonly Settings settings;
    private readonly DirectoryInfo files = Directory.CreateTempSubdirectory("ladewerk-host-");
    private WebApplication app = null!;

    private LadewerkHost(Database database, Settings settings)
    {
        this.database = database;
        this.settings = settings;
    }

    /// <summary>http://127.0.0.1:port</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Addresses on which TLS is spoken, in the order of their names under <c>Tls</c>.</summary>
    public IReadOnlyList<Uri> Secure { get; private set; } = [];

    public IServiceProvider Services => app.Services;

    public string ConnectionString => settings.ConnectionString;

    /// <summary>Sends the bootstrap API key, which may do everything.</summary>
    public HttpClient Api { get; private set; } = null!;

    /// <param name="database">The fixture of the test run.</param>
    /// <param name="time">Another clock for the whole host.</param>
    /// <param name="options">Configuration keys (<c>Ocpp:Onboarding</c>) and values.</param>
    /// <param name="services">Changes the services last.</param>
    public static async Task<LadewerkHost> Start(
        Database database, TimeProvider? time = null, IReadOnlyDictionary<string, string?>? options = null, Action<IServiceCollection>? services = null)
    {
        var host = new LadewerkHost(database, new Settings(await database.Create(), time, options ?? new Dictionary<string, string?>(), services));
        await host.Run(port: 0);
        return host;
    }

    /// <summary>A client without any credentials; keeps cookies and does not follow redirects.</summary>
    public HttpClient Stranger() => Client(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = true });

    /// <summary>A client with another API key.</summary>
    public HttpClient WithKey(string key)
    {
        var client = Client(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Stops the host in order and starts it anew on the same port and database.</summary>
    public async Task Restart()
    {
        var port = Address.Port;
        await Stop();
        await Run(port);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await database.Drop(settings.ConnectionString);
        files.Delete(recursive: true);
    }

    private async Task Stop()
    {
        Api.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task Run(int port)
    {
        app = await LadewerkApp.Create([], builder =>
        {
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
            builder.Logging.ClearProviders();
            if (Environment.GetEnvironmentVariable("LADEWERK_TEST_LOG") is not null)
            {
                builder.Logging.AddSimpleConsole().AddFilter(level => level >= LogLevel.Error);
            }

            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:Ladewerk"] = settings.ConnectionString,
                ["Ladewerk:DataDirectory"] = files.FullName,
                ["Ladewerk:Bootstrap:Tenant"] = Tenant,
                ["Ladewerk:Bootstrap:AdminEmail"] = AdminEmail,
                ["Ladewerk:Bootstrap:AdminPassword"] = AdminPassword,
                ["Ladewerk:Bootstrap:ApiKey"] = ApiKey,
                ["Templates:Settle"] = "1.00:00:00", // a plain test station does not expect to be asked
            });
            builder.Configuration.AddInMemoryCollection(settings.Options);
            if (settings.Time is { } time)
            {
                builder.Services.AddSingleton(time);
            }

            settings.Services?.Invoke(builder.Services);
        });
        await app.StartAsync();
        Address = new Uri(app.Urls.First());
        Secure = [.. app.Urls.Where(u => u.StartsWith("https:", StringComparison.Ordinal)).Select(u => new Uri(u))];
        Api = WithKey(ApiKey);
    }

    private HttpClient Client(HttpClientHandler handler) => new(handler) { BaseAddress = Address };

    private sealed record Settings(string ConnectionString, TimeProvider? Time, IReadOnlyDictionary<string, string?> Options, Action<IServiceCollection>? Services);
}
