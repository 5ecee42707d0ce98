using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Drivers.Import;

/// <summary>A line as it is shown.</summary>
internal sealed record ImportLine(int Position, int Line, PersonRow Row, string State, IReadOnlyList<RowFault> Faults);

/// <summary>What a person does with an import: brings the file, starts it, stops it, takes it back.</summary>
internal sealed class Imports(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, Actor actor, AuditLog audit, ImportWorker worker, TimeProvider time)
{
    /// <summary>Rows of an import are kept so long after its end; then it cannot be taken back any more.</summary>
    public static readonly TimeSpan RowsAreKept = TimeSpan.FromDays(30);

    /// <summary>Stores the file's lines and has them checked; or says what makes the file unreadable.</summary>
    public async Task<(PeopleImport? Made, string? Unreadable)> Upload(string fileName, string text, bool start, CancellationToken ct)
    {
        var zone = await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.TimeZone).SingleAsync(ct);
        var (rows, unreadable) = PeopleFile.Read(text, TimeZoneInfo.FindSystemTimeZoneById(zone));
        if (unreadable is not null)
        {
            return (null, unreadable);
        }

        var import = new PeopleImport
        {
            TenantId = tenant.Current, FileName = fileName.Length > 200 ? fileName[..200] : fileName, State = ImportState.Checking, StartByItself = start, Total = rows.Count, RequestedBy = actor.Name,
            RequestedKind = actor.Kind, CreatedAt = time.GetUtcNow(),
        };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        db.Add(import);
        audit.Record("peopleImport.uploaded", "peopleImport", import.Id.Value.ToString(), after: new { import.FileName, import.Total });
        await db.SaveChangesAsync(ct);
        await Store((NpgsqlConnection)db.Database.GetDbConnection(), import, rows, ct);
        await transaction.CommitAsync(ct);
        worker.Ring();
        return (import, null);
    }

    public Task<PeopleImport?> Find(Guid id, CancellationToken ct) => db.Set<PeopleImport>().SingleOrDefaultAsync(i => i.Id == new PeopleImportId(id), ct);

    public async Task<ImportView?> View(Guid id, CancellationToken ct) =>
        await db.Set<PeopleImport>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == new PeopleImportId(id), ct) is { } import ? ImportView.Of(import, await Count(import.Id, ct)) : null;

    public async Task<IReadOnlyList<ImportView>> Recent(int count, CancellationToken ct)
    {
        var views = new List<ImportView>();
        foreach (var import in await db.Set<PeopleImport>().AsNoTracking().OrderByDescending(i => i.CreatedAt).Take(count).ToListAsync(ct))
        {
            views.Add(ImportView.Of(import, await Count(import.Id, ct)));
        }

        return views;
    }

    /// <summary>Takes the step where the import is in one of these states; false where it is not.</summary>
    public async Task<bool> Move(PeopleImport import, ImportState to, CancellationToken ct)
    {
        var from = to switch
        {
            ImportState.Running => [ImportState.Ready],
            ImportState.Cancelled => [ImportState.Checking, ImportState.Ready, ImportState.Running],
            ImportState.Undoing => new[] { ImportState.Finished, ImportState.Cancelled, ImportState.Failed },
            _ => throw new ArgumentOutOfRangeException(nameof(to), to, "Not a step of a person."),
        };
        var now = time.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var moved = await db.Set<PeopleImport>().Where(i => i.Id == import.Id && from.Contains(i.State)).ExecuteUpdateAsync(
            set => set.SetProperty(i => i.State, to).SetProperty(i => i.Seen, i => to == ImportState.Cancelled ? i.Seen : 0).SetProperty(i => i.Attempts, 0).SetProperty(i => i.RetryAt, (DateTimeOffset?)null)
                .SetProperty(i => i.Error, (string?)null).SetProperty(i => i.StartedAt, i => to == ImportState.Running ? now : i.StartedAt)
                .SetProperty(i => i.FinishedAt, i => to == ImportState.Cancelled ? now : i.FinishedAt), ct) == 1;
        if (moved)
        {
            audit.Record(to switch { ImportState.Running => "peopleImport.started", ImportState.Cancelled => "peopleImport.cancelled", _ => "peopleImport.undone" }, "peopleImport", import.Id.Value.ToString());
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            worker.Ring();
        }

        return moved;
    }

    /// <summary>Lines of an import in the order of the file.</summary>
    public Task<List<ImportLine>> Lines(PeopleImportId import, string? state, int after, int count, CancellationToken ct) => data.Rows(
        """
        select position, line, data, state, faults from people_import_row
        where tenant_id = $1 and import_id = $2 and ($3::text is null or state = $3) and position > $4 order by position limit $5
        """,
        r => new ImportLine(r.GetInt32(0), r.GetInt32(1), JsonSerializer.Deserialize<PersonRow>(r.GetString(2), Columns.Json)!, r.GetString(3), JsonSerializer.Deserialize<RowFault[]>(r.GetString(4), Columns.Json)!),
        ct, tenant.Current.Value, import.Value, state, after, count);

    private async Task<ImportCounts> Count(PeopleImportId import, CancellationToken ct) => await data.First(
        """
        select count(*) filter (where state = 'done'), count(*) filter (where state = 'bad'), count(*) filter (where state = 'undone'), count(*) filter (where state = 'kept'),
               count(distinct driver_id) filter (where driver_did = 'created'), count(distinct driver_id) filter (where driver_did = 'changed'),
               count(*) filter (where badge_did = 'created'), count(*) filter (where badge_did = 'changed'),
               count(*) filter (where coalesce(driver_did, badge_did) is not null and coalesce(driver_did, 'same') = 'same' and coalesce(badge_did, 'same') = 'same')
        from people_import_row where tenant_id = $1 and import_id = $2
        """,
        r => new ImportCounts(N(r, 0), N(r, 1), N(r, 2), N(r, 3), N(r, 4), N(r, 5), N(r, 6), N(r, 7), N(r, 8)), ct, tenant.Current.Value, import.Value) ?? ImportCounts.None;

    private static int N(NpgsqlDataReader row, int column) => (int)row.GetInt64(column);

    private static async Task Store(NpgsqlConnection connection, PeopleImport import, List<(int Line, PersonRow Row, List<RowFault> Faults)> rows, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy people_import_row (import_id, position, tenant_id, line, data, state, faults) from stdin (format binary)", ct);
        foreach (var (position, (line, row, faults)) in rows.Index())
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(import.Id.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(position, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(import.TenantId.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(line, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(JsonSerializer.Serialize(row, Columns.Json), NpgsqlDbType.Jsonb, ct);
            await copy.WriteAsync(faults.Count > 0 ? "bad" : "waiting", NpgsqlDbType.Text, ct);
            await copy.WriteAsync(JsonSerializer.Serialize(faults, Columns.Json), NpgsqlDbType.Jsonb, ct);
        }

        await copy.CompleteAsync(ct);
    }
}
