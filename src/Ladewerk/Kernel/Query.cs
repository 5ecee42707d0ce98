using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>Plain SQL for lists and figures: each query takes a connection of its own, so that parts of a page may read at the same time.
/// Within a <see cref="SiteScope"/> it sees the rows of the scope alone.</summary>
internal static class Query
{
    /// <summary>All rows of a query with positional parameters ($1, $2, ...); null is passed as SQL null, so cast where its type is not clear.</summary>
    public static async Task<List<T>> Rows<T>(this NpgsqlDataSource data, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] args)
    {
        await using var batch = data.Scoped(sql, args);
        var rows = new List<T>();
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (batch.BatchCommands.Count > 1)
        {
            await reader.NextResultAsync(ct);
        }

        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>The first row of a query; default where there is none.</summary>
    public static async Task<T?> First<T>(this NpgsqlDataSource data, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] args)
    {
        var rows = await data.Rows(sql, read, ct, args);
        return rows.Count > 0 ? rows[0] : default;
    }

    /// <summary>Runs a statement; gives the number of rows it changed.</summary>
    public static async Task<int> Run(this NpgsqlDataSource data, string sql, CancellationToken ct, params object?[] args)
    {
        await using var batch = data.Scoped(sql, args);
        await batch.ExecuteNonQueryAsync(ct);
        return (int)batch.BatchCommands[^1].RecordsAffected;
    }

    /// <summary>The statement, within what the current request may see: before it stands the one that turns the connection, where there is a scope.</summary>
    private static NpgsqlBatch Scoped(this NpgsqlDataSource data, string sql, object?[] args)
    {
        var batch = data.CreateBatch();
        if (SiteScope.Current is { } scope)
        {
            batch.BatchCommands.Add(scope.Turn());
        }

        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in args)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new() { Value = value ?? DBNull.Value });
        }

        batch.BatchCommands.Add(command);
        return batch;
    }

    /// <summary>The column's value; default where it is null.</summary>
    public static T? Get<T>(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? default : row.GetFieldValue<T>(column);

    /// <summary>The column's value; null where it is null.</summary>
    public static T? Maybe<T>(this NpgsqlDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    /// <summary>The column's moment.</summary>
    public static DateTimeOffset? MaybeTime(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
