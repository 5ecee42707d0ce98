using Ladewerk.Kernel;

namespace Ladewerk;

/// <summary>Builds the one host. Program runs it; tests run it on a port of their own.</summary>
public static class LadewerkApp
{
    /// <summary>Composes the host, brings the database up and up to date, and returns it ready to start.</summary>
    public static async Task<WebApplication> Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        builder.Services.AddKernel(await builder.UseDatabase(CancellationToken.None));

        var app = builder.Build();
        app.OwnDatabase();
        await app.Services.GetRequiredService<Migrator>().Migrate(CancellationToken.None);

        app.UseWebSockets();
        app.MapHealth();
        return app;
    }
}
