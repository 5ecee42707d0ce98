using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Drivers.Import;

/// <summary>
/// Works off imports, the oldest first. What is open stands in the database; the connection that works on an import holds a lock on it, so
/// two nodes never do the same and a node that dies lets go at once.
/// </summary>
internal sealed partial class ImportWorker(NpgsqlDataSource data, ImportSteps steps, TimeProvider time, ILogger<ImportWorker> logger) : RoundWorker(logger)
{
    private const int MaxAttempts = 5;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await ForgetOldRows(ct);
        foreach (var import in await Open(ct))
        {
            await Work(import, ct);
        }

        return false;
    }

    private Task<List<OpenImport>> Open(CancellationToken ct) => data.Rows(
        """
        select tenant_id, id, state, start_by_itself, requested_by, requested_kind from people_import
        where state in ('checking', 'running', 'undoing') and (retry_at is null or retry_at <= $1) order by created_at limit 20
        """,
        r => new OpenImport(new TenantId(r.GetGuid(0)), r.GetGuid(1), Enum.Parse<ImportState>(r.GetString(2), ignoreCase: true), r.GetBoolean(3), r.GetString(4), r.GetString(5)), ct, time.GetUtcNow());

    private async Task Work(OpenImport import, CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        if (!(await connection.Command("select pg_try_advisory_lock(hashtextextended($1, 25))", import.Id.ToString()).Read(r => r.GetBoolean(0), ct))[0])
        {
            return;
        }

        try
        {
            await (import.State switch
            {
                ImportState.Checking => steps.Check(connection, import, ct),
                ImportState.Running => steps.Run(connection, import, ct),
                ImportState.Undoing => steps.Undo(connection, import, ct),
                _ => Task.CompletedTask,
            });
            Ring(); // a dry run may be followed by the run
        }
        catch (Exception failed) when (failed is NpgsqlException or InvalidOperationException or IOException or System.Text.Json.JsonException)
        {
            LogFailed(failed, import.Id);
            await Postpone(import, failed.Message, ct);
        }
        finally
        {
            await Release(connection, import);
        }
    }

    private async Task Release(NpgsqlConnection connection, OpenImport import)
    {
        try
        {
            await connection.Command("select pg_advisory_unlock(hashtextextended($1, 25))", import.Id.ToString()).Run(CancellationToken.None);
        }
        catch (Exception gone) when (gone is NpgsqlException or InvalidOperationException)
        {
            LogDatabaseGone(gone.Message); // the server let go of the lock with the connection
        }
    }

    private Task<int> Postpone(OpenImport import, string error, CancellationToken ct) => data.Run(
        """
        update people_import set attempts = attempts + 1, error = $2, retry_at = $3::timestamptz + interval '2 seconds' * (attempts + 1) * (attempts + 1),
               state = case when attempts + 1 >= $4 then 'failed' else state end, finished_at = case when attempts + 1 >= $4 then $3 else finished_at end
        where id = $1 and state in ('checking', 'running', 'undoing')
        """, ct, import.Id, error, time.GetUtcNow(), MaxAttempts);

    private Task<int> ForgetOldRows(CancellationToken ct) => data.Run(
        """
        delete from people_import_row where import_id in (
          select id from people_import i where state not in ('checking', 'running', 'undoing') and created_at < $1 and exists (select from people_import_row r where r.import_id = i.id) limit 1)
        """, ct, time.GetUtcNow() - Imports.RowsAreKept);

    [LoggerMessage(LogLevel.Warning, "Imports wait: database unreachable ({Reason})")]
    private partial void LogDatabaseGone(string reason);

    [LoggerMessage(LogLevel.Error, "Import {ImportId} broke off; it is tried again")]
    private partial void LogFailed(Exception failed, Guid importId);
}
