using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>Plain SQL within the transaction of a connection.</summary>
internal static class OnConnection
{
    public static async Task<List<T>> Rows<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] args)
    {
        await using var command = Command(connection, sql, args);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public static async Task<int> Run(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] args)
    {
        await using var command = Command(connection, sql, args);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object?[] args)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in args)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new() { Value = value ?? DBNull.Value });
        }

        return command;
    }
}
