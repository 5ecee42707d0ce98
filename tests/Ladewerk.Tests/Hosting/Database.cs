using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(Database))]

namespace Ladewerk.Tests.Hosting;

/// <summary>One real PostgreSQL for the test run; each host gets a database of its own in it.</summary>
public sealed class Database : IAsyncLifetime
{
    private int count;

    private string server = "";
    private string? directory;
    private LocalPostgres? own;

    public async ValueTask InitializeAsync()
    {
        server = Environment.GetEnvironmentVariable("LADEWERK_TEST_DATABASE") ?? await StartOwn();
    }

    public async ValueTask DisposeAsync()
    {
        if (own is not null)
            await own.DisposeAsync();
        if (directory is not null)
            Directory.Delete(directory, recursive: true);
    }

    /// <summary>Creates an empty database and gives its connection string.</summary>
    public async Task<string> Create()
    {
        var name = $"t{Environment.ProcessId}_{Interlocked.Increment(ref count)}";
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }

    private async Task<string> StartOwn()
    {
        directory = Directory.CreateTempSubdirectory("ladewerk-test-").FullName;
        // PostgreSQL's unprivileged user must get below it where the tests run as root.
        File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        own = await LocalPostgres.Start(new LocalPostgresOptions(Path.Combine(directory, "postgres")), NullLogger.Instance, CancellationToken.None);
        return own.ConnectionString;
    }
}
