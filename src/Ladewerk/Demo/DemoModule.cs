using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Ladewerk.Demo;

/// <summary>Settings under <c>Demo</c>.</summary>
internal sealed class DemoOptions
{
    /// <summary>Seed a municipal utility and write the file by which the simulator plays its stations. <c>--demo</c> sets it.</summary>
    public bool Enabled { get; set; }
}

/// <summary>The demonstration: a municipal utility with sites, stations, drivers, tariffs and a past.</summary>
internal static class DemoModule
{
    /// <summary><c>--demo</c> is a switch without a value, which the configuration's command line does not know.</summary>
    public static string[] ExpandArguments(string[] args) => [.. args.Select(a => a == "--demo" ? "--Demo:Enabled=true" : a)];

    public static IServiceCollection AddDemo(this IServiceCollection services)
    {
        services.AddOptions<DemoOptions>().BindConfiguration("Demo").ValidateOnStart();
        services.AddScoped<DemoSeed>();
        services.AddScoped<DemoPast>();
        services.AddScoped<DemoMeters>();
        services.AddScoped<DemoFirmware>();
        services.AddScoped<DemoDriverAccount>();
        services.AddScoped<DemoReader>();
        return services;
    }

    /// <summary>Seeds where asked to, and tells the simulator where the server is as soon as it listens.</summary>
    public static async Task PrepareDemo(this WebApplication app, CancellationToken ct)
    {
        if (!app.Configuration.GetSection("Demo").Get<DemoOptions>().IsEnabled())
        {
            return;
        }

        var path = Path.Combine(app.Configuration["Ladewerk:DataDirectory"] ?? "data", FleetFile.Name);
        await using var scope = app.Services.CreateAsyncScope();
        var fleet = await scope.ServiceProvider.GetRequiredService<DemoSeed>().Run(await FleetFile.Read(path, ct), ct);
        await scope.ServiceProvider.GetRequiredService<DemoFirmware>().Run(ct);
        await scope.ServiceProvider.GetRequiredService<DemoReader>().Run(ct);
        if (await scope.ServiceProvider.GetRequiredService<DemoDriverAccount>().Run(ct) is { } password)
        {
            // Shown once and on the console alone: a log would keep it.
            app.Lifetime.ApplicationStarted.Register(() => Console.Out.WriteLine($"Driver app  /app  {DemoDriverAccount.Email}  {password}"));
        }

        fleet.Write(path);
        app.Lifetime.ApplicationStarted.Register(() => (fleet with { Server = AddressOf(app) }).Write(path));
    }

    private static bool IsEnabled(this DemoOptions? options) => options?.Enabled == true;

    // A server that listens on every address is reached on this machine's own.
    private static string? AddressOf(WebApplication app)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(a => a.StartsWith("http://", StringComparison.Ordinal));
        return address is null ? null : new UriBuilder(BindingAddress.Parse(address) is { Host: "*" or "+" or "0.0.0.0" or "[::]" } all ? $"http://127.0.0.1:{all.Port}" : address).Uri.ToString();
    }
}
