namespace Ladewerk.Kernel;

/// <summary>The database of a host that was given no other.</summary>
internal static class LocalPostgresHosting
{
    /// <summary>
    /// The configured connection string, or that of a private PostgreSQL in the data directory, which then lives until the
    /// host's services are disposed. Settings of the server: <c>Ladewerk:Postgres:shared_buffers</c> and the like.
    /// </summary>
    /// <exception cref="LocalPostgresException">It cannot be started; the message says what to do.</exception>
    public static async Task<string> UseDatabase(this WebApplicationBuilder builder, CancellationToken ct)
    {
        var configured = builder.Configuration.GetConnectionString("Ladewerk");
        if (!string.IsNullOrWhiteSpace(configured))
            return configured;

        var data = builder.Configuration["Ladewerk:DataDirectory"] ?? "data";
        var options = new LocalPostgresOptions(Path.Combine(data, "postgres"))
        {
            Settings = builder.Configuration.GetSection("Ladewerk:Postgres").GetChildren()
                .ToDictionary(setting => setting.Key, setting => setting.Value ?? "", StringComparer.Ordinal),
        };

        // The host's own loggers exist only once it is built.
        var loggers = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());
        var postgres = await LocalPostgres.Start(options, loggers.CreateLogger<LocalPostgres>(), ct);
        builder.Services.AddSingleton(_ => postgres);
        return postgres.ConnectionString;
    }

    /// <summary>Services are disposed in the reverse order of their making; made first, the database ends last.</summary>
    public static void OwnDatabase(this WebApplication app) => app.Services.GetService<LocalPostgres>();
}
