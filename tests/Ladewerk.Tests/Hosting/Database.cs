using Ladewerk.Tests.Hosting;
using Npgsql;

[assembly: AssemblyFixture(typeof(Database))]

namespace Ladewerk.Tests.Hosting;

/// <summary>One real PostgreSQL for the test run; each host gets a database of its own in it.</summary>
public sealed class Database : IAsyncLifetime
{
    private int count;

    private string server = "";

    public async ValueTask InitializeAsync()
    {
        server = Environment.GetEnvironmentVariable("LADEWERK_TEST_DATABASE") ?? await Start();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

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

    private static Task<string> Start() => throw new InvalidOperationException("Set LADEWERK_TEST_DATABASE.");
}
