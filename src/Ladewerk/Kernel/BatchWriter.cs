using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Kernel;

/// <summary>One writer of the group commit: a connection, and a mark per batch that makes a retry harmless.</summary>
internal sealed class BatchWriter(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private const int MarksKept = 512;
    private static readonly byte[] Header = [.. "PGCOPY\n"u8, 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] Trailer = [0xFF, 0xFF];

    private readonly Guid writer = Guid.CreateVersion7();
    private readonly List<List<object>?> rowsOf = [];
    private readonly List<RowTable> rowTables = [];
    private readonly List<CopyTable> copyTables = [];
    private NpgsqlConnection? connection;
    private long batch;

    /// <summary>The connection is no more.</summary>
    public bool IsBroken => connection is { FullState: ConnectionState.Broken or ConnectionState.Closed };

    /// <summary>The next <see cref="Write"/> is a new batch, not another try of the last one.</summary>
    public void NextBatch() => batch++;

    /// <summary>Writes the batch in one transaction. Where its mark is already there, an earlier try was committed and nothing is done.</summary>
    public async Task Write(List<Change> changes)
    {
        connection ??= await dataSource.OpenConnectionAsync();
        Gather(changes);
        await using var transaction = await connection.BeginTransactionAsync();
        if (!await Mark())
        {
            return;
        }

        if (rowTables.Count > 0)
        {
            await using var statements = new NpgsqlBatch(connection, transaction);
            foreach (var table in rowTables)
            {
                statements.BatchCommands.Add(table.Command(rowsOf[table.Index]!));
            }

            await statements.ExecuteNonQueryAsync();
        }

        foreach (var table in copyTables)
        {
            await Copy(table, changes);
        }

        await transaction.CommitAsync();
    }

    public async ValueTask Disconnect()
    {
        if (connection is { } broken)
        {
            connection = null;
            await broken.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => Disconnect();

    /// <summary>False where an earlier try of this batch was committed after all.</summary>
    private async Task<bool> Mark()
    {
        await using var mark = new NpgsqlBatch(connection);
        mark.BatchCommands.Add(new NpgsqlBatchCommand("insert into commit_mark (writer, batch) values ($1, $2) on conflict do nothing")
        {
            Parameters = { new() { Value = writer, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = batch, NpgsqlDbType = NpgsqlDbType.Bigint } },
        });
        if (batch % MarksKept == 0)
        {
            mark.BatchCommands.Add(new NpgsqlBatchCommand("delete from commit_mark where writer = $1 and batch < $2")
            {
                Parameters = { new() { Value = writer, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = batch - MarksKept, NpgsqlDbType = NpgsqlDbType.Bigint } },
            });
        }

        await mark.ExecuteNonQueryAsync();
        return mark.BatchCommands[0].RecordsAffected == 1;
    }

    private void Gather(List<Change> changes)
    {
        rowTables.Clear();
        copyTables.Clear();
        while (rowsOf.Count < HotTable.Count)
        {
            rowsOf.Add(null);
        }

        rowsOf.ForEach(rows => rows?.Clear());
        foreach (var change in changes)
        {
            foreach (var (table, row) in change.Rows)
            {
                var rows = rowsOf[table.Index] ??= [];
                if (rows.Count == 0)
                {
                    rowTables.Add(table);
                }

                rows.Add(row);
            }

            foreach (var segment in change.Copies)
            {
                if (!copyTables.Contains(segment.Table))
                {
                    copyTables.Add(segment.Table);
                }
            }
        }

        // The same order in every transaction, and as declared: a session is inserted before it is updated.
        rowTables.Sort((a, b) => a.Index.CompareTo(b.Index));
        copyTables.Sort((a, b) => a.Index.CompareTo(b.Index));
    }

    private async Task Copy(CopyTable table, List<Change> changes)
    {
        await using var copy = await connection!.BeginRawBinaryCopyAsync(table.CopySql);
        await copy.WriteAsync(Header);
        foreach (var change in changes)
        {
            foreach (var segment in change.Copies)
            {
                if (ReferenceEquals(segment.Table, table))
                {
                    await copy.WriteAsync(change.Bytes(segment));
                }
            }
        }

        await copy.WriteAsync(Trailer);
    }
}
