using System.Collections.Concurrent;
using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(Database))]

namespace Ladewerk.Tests.Hosting;

/// <summary>
/// One real PostgreSQL for the test run: the server of LADEWERK_TEST_DATABASE, else a private one. Each host gets a database of its own,
/// copied from one that was migrated once.
/// </summary>
public sealed class Database : IAsyncLifetime
{
    private const string MemoryDisk = "/dev/shm";
    private const long Enough = 4L << 30;

    // A database is a thousand small files; in memory a copy takes a third of the time.
    private static readonly DriveInfo Memory = new(MemoryDisk);

    private readonly ConcurrentDictionary<string, bool> made = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim one = new(1, 1);
    private readonly SemaphoreSlim opening = new(1, 1);
    private OpenHost? open;
    private DirectoryInfo? directory;
    private LocalPostgres? local;
    private string server = "";
    private string? template;
    private int count;

    public async ValueTask InitializeAsync()
    {
        server = Environment.GetEnvironmentVariable("LADEWERK_TEST_DATABASE") is { Length: > 0 } given ? given : await StartLocal();
    }

    /// <summary>The host that tests share.</summary>
    public async Task<OpenHost> Open()
    {
        await opening.WaitAsync();
        try
        {
            return open ??= await OpenHost.Start(this);
        }
        finally
        {
            opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (open is not null)
        {
            await open.DisposeAsync();
        }

        NpgsqlConnection.ClearAllPools();
        foreach (var name in made.Keys)
        {
            await Execute($"drop database if exists {name} with (force)");
        }

        if (local is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await local.DisposeAsync();
            directory!.Delete(recursive: true);
        }
    }

    /// <summary>Creates a database with the current schema and no rows; gives its connection string.</summary>
    public async Task<string> Create()
    {
        await one.WaitAsync();
        try
        {
            template ??= await CreateTemplate();
            return await CreateFrom(template);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Removes a database of this run, which nobody uses any more.</summary>
    public async Task Drop(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        await Execute($"drop database if exists {name} with (force)");
        made.TryRemove(name, out _);
    }

    /// <summary>Creates a database without a schema.</summary>
    public Task<string> CreateEmpty() => CreateFrom("template0");

    private async Task<string> CreateTemplate()
    {
        var connectionString = await CreateFrom("template0");
        await using (var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false"))
        {
            await new Migrator(source, NullLogger<Migrator>.Instance).Migrate(CancellationToken.None);
        }

        return new NpgsqlConnectionStringBuilder(connectionString).Database!;
    }

    private async Task<string> CreateFrom(string source)
    {
        var name = $"lwtest_{Environment.ProcessId}_{Interlocked.Increment(ref count)}";
        made[name] = true;
        await Execute($"create database {name} template {source}");
        return new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(server + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> StartLocal()
    {
        directory = Memory.IsReady && Memory.AvailableFreeSpace > Enough ? Directory.CreateDirectory(Path.Combine(MemoryDisk, $"ladewerk-tests-{Environment.ProcessId}")) : Directory.CreateTempSubdirectory("ladewerk-tests-");
        File.SetUnixFileMode(directory.FullName, directory.UnixFileMode | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        // The hosts of all tests that run side by side share it.
        var options = new LocalPostgresOptions(Path.Combine(directory.FullName, "postgres")) { Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_connections"] = "400" } };
        local = await LocalPostgres.Start(options, NullLogger.Instance, CancellationToken.None);
        return local.ConnectionString;
    }
}
