using System.Reflection;
using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>Applies Migrations/*.sql in the order of their names, each once and in a transaction of its own, one node at a time.</summary>
public sealed partial class Migrator(NpgsqlDataSource dataSource, ILogger<Migrator> logger)
{
    private const long LockKey = 0x4C61_6465_7765_726B;

    /// <summary>Brings the schema up to date.</summary>
    /// <exception cref="PostgresException">A migration failed; the ones before it stay applied.</exception>
    public async Task Migrate(CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await Execute(connection, $"select pg_advisory_lock({LockKey})", ct);
        try
        {
            await Execute(connection, "create table if not exists schema_migration (name text primary key, applied_at timestamptz not null default now())", ct);
            var applied = await Applied(connection, ct);
            var missing = Scripts().Where(script => !applied.Contains(script.Name)).ToList();
            if (missing.Count > 0)
            {
                await Execute(connection, "drop schema if exists site_scope cascade", ct); // views would hold columns fast
            }

            foreach (var (name, sql) in missing)
            {
                await using var transaction = await connection.BeginTransactionAsync(ct);
                await Execute(connection, sql, ct);
                await using var mark = new NpgsqlCommand("insert into schema_migration (name) values ($1)", connection) { Parameters = { new() { Value = name } } };
                await mark.ExecuteNonQueryAsync(ct);
                await transaction.CommitAsync(ct);
                LogApplied(name);
            }

            if (!await HasScope(connection, ct))
            {
                await Execute(connection, "select build_site_scope()", ct); // what a scope of sites sees, see SiteScope
            }
        }
        finally
        {
            await Execute(connection, $"select pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    private static async Task<HashSet<string>> Applied(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select name from schema_migration", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static async Task<bool> HasScope(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select to_regnamespace('site_scope') is not null", connection);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private static IEnumerable<(string Name, string Sql)> Scripts()
    {
        const string Folder = "Ladewerk.Migrations.";
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[Folder.Length..], reader.ReadToEnd());
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(LogLevel.Information, "Applied migration {Name}")]
    private partial void LogApplied(string name);
}
