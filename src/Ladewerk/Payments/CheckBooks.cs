using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>What came of holding the books against each other on a day; the last time, where it was done again.</summary>
public sealed class BooksCheck : ITenantOwned
{
    public Guid Id { get; init; }
    public required TenantId TenantId { get; init; }
    public required DateOnly Day { get; init; }
    public required DateTimeOffset CheckedAt { get; init; }
    public required bool Agrees { get; init; }
    public required IReadOnlyList<AgreementRow> Rows { get; init; }
}

/// <summary>Sums of the books do not agree.</summary>
public sealed record BooksDiffer(Guid CheckId) : IEvent
{
    public static string Type => "booksDiffer";
}

/// <summary>Holds the books of an operator against each other and keeps what came of it; tells where they differ.</summary>
internal sealed class CheckBooks(LadewerkDb db, TenantContext tenant, Agreement agreement, TimeProvider time)
{
    /// <summary>The last one; null: there was none yet.</summary>
    public Task<BooksCheck?> Latest(CancellationToken ct) => db.Set<BooksCheck>().AsNoTracking().OrderByDescending(c => c.Day).FirstOrDefaultAsync(ct);

    public Task<BooksCheck?> Find(Guid id, CancellationToken ct) => db.Set<BooksCheck>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);

    public async Task Run(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var rows = await agreement.Run(ct);
        var agrees = rows.TrueForAll(r => r.Agrees);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var id = await db.Database.SqlQuery<Guid>(
            $"""
            insert into books_check (id, tenant_id, day, checked_at, agrees, rows) values ({Guid.CreateVersion7()}, {tenant.Current.Value}, {DateOnly.FromDateTime(now.UtcDateTime)}, {now}, {agrees}, {System.Text.Json.JsonSerializer.Serialize(rows, Columns.Json)}::jsonb)
            on conflict (tenant_id, day) do update set checked_at = excluded.checked_at, agrees = excluded.agrees, rows = excluded.rows returning id as "Value"
            """).ToListAsync(ct);
        if (!agrees)
        {
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new BooksDiffer(id[0]), ct);
        }

        await transaction.CommitAsync(ct);
    }
}

/// <summary>Each night, the books of every operator that has some.</summary>
internal sealed class CheckBooksWorker(NpgsqlDataSource data, IServiceScopeFactory scopes, TimeProvider time, ILogger<CheckBooksWorker> logger) : RoundWorker(logger)
{
    /// <summary>The hour (UTC) from which on the night's check is made: after the reconciliation.</summary>
    private const int From = 3;

    protected override TimeSpan Pause => TimeSpan.FromMinutes(15);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (now.Hour < From)
        {
            return false;
        }

        var due = await data.Rows(
            """
            select t.id from tenant t where exists (select from ledger_booking b where b.tenant_id = t.id)
              and not exists (select from books_check c where c.tenant_id = t.id and c.day = $1)
            """,
            r => new TenantId(r.GetGuid(0)), ct, DateOnly.FromDateTime(now.UtcDateTime));
        foreach (var tenant in due)
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            await scope.ServiceProvider.GetRequiredService<CheckBooks>().Run(ct);
        }

        return false;
    }
}

internal sealed class BooksCheckModel : IEntityTypeConfiguration<BooksCheck>
{
    public void Configure(EntityTypeBuilder<BooksCheck> builder) => builder.Property(c => c.Rows).HasJson();
}
