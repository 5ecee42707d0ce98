using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Billing.Retention;

/// <summary>Documents of a year and kind: those whose time is over, or that were removed.</summary>
/// <param name="Kind">invoice, correction, cancellation, receipt, selfBilling, or records: charge detail records.</param>
public sealed record RetentionRow(int Year, string Kind, int Documents, string? FirstNumber, string? LastNumber, string? Currency, decimal Net, decimal Vat, decimal Gross);

/// <summary>What was removed, when and by whom.</summary>
public sealed record RetentionEntry(RetentionRow What, DateTimeOffset RemovedAt, string RemovedBy);

/// <summary>
/// Removes invoices, their lines, documents, payments and reminders, monthly fees and charge detail records eight years after the end of their year (§147 AO, §14b UStG).
/// What stays: the ledger, the series of numbers, the audit log, and an entry for each year and kind with numbers and sums. What is on hold, or named by a younger document, or whose money is on its way, stays too.
/// </summary>
internal sealed class DeleteExpired(NpgsqlDataSource data, TenantContext tenant, Actor actor, AuditLog audit, LadewerkDb db, TimeProvider time)
{
    /// <summary>Years that documents are kept after the one in which they were issued.</summary>
    public const int Years = 8;

    private const string Over = """
        from invoice i where i.tenant_id = $1 and i.issued_on < $2 and not i.dunning_hold
          and not exists (select from invoice c where c.cancels_id = i.id and c.issued_on >= $2)
          and not exists (select from subscription_charge c left join invoice n on n.id = c.invoice_id where c.preceding_id = i.id and (n.id is null or n.issued_on >= $2))
        """;

    // Tables that go with an invoice are ours or say so themselves (on delete cascade); what any other one names by a foreign key stays.
    private const string Others = """
        select c.conrelid::regclass::text, quote_ident(a.attname) from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confdeltype <> 'c' and c.confrelid = 'public.invoice'::regclass and c.conrelid not in (select to_regclass('public.' || t) from unnest($1) t where to_regclass('public.' || t) is not null)
        """;

    private static readonly string[] Own = ["invoice", "invoice_line", "invoice_document", "invoice_payment", "invoice_overdue", "dunning_notice", "reminder_fee_payment", "reminder_fee_waiver", "sepa_notice", "subscription_charge"];

    private const string Sums = """
        extract(year from i.issued_on)::int as year, i.kind, count(*)::int, min(i.number), max(i.number), i.currency, sum(i.net), sum(i.vat), sum(i.gross)
        """;

    private const string Records = """
        from charge_detail_record r where r.tenant_id = $1 and r.ended_at < $2 and r.billing <> 'open'
          and not exists (select from invoice_line l where l.cdr_id = r.id)
          and not exists (select from charge_detail_record c where c.corrects_id = r.id and c.ended_at >= $2)
        """;

    // The youngest year first: what names an older document goes before it.
    private static readonly string[] Parts =
    [
        "delete from invoice_overdue where invoice_id in (select id from gone)",
        "delete from sepa_notice where invoice_id in (select id from gone)",
        "delete from dunning_notice where invoice_id in (select id from gone)",
        "delete from reminder_fee_payment where invoice_id in (select id from gone)",
        "delete from reminder_fee_waiver where invoice_id in (select id from gone)",
        "delete from invoice_payment where invoice_id in (select id from gone)",
        "delete from invoice_document where invoice_id in (select id from gone)",
        "delete from subscription_charge where invoice_id in (select id from gone)",
        "delete from invoice_line where invoice_id in (select id from gone)",
        "delete from invoice where id in (select id from gone)",
    ];

    /// <summary>The first day of the oldest year that is still kept.</summary>
    public DateOnly KeptFrom => new(time.GetUtcNow().Year - Years, 1, 1);

    /// <summary>What would be removed now.</summary>
    public async Task<List<RetentionRow>> Preview(CancellationToken ct) => await data.Rows(
        $"select {Sums} {await WhatIsOver(ct)} group by 1, 2, i.currency order by 1, 2", Row, ct, tenant.Current.Value, KeptFrom);

    /// <summary>What was removed, the latest first.</summary>
    public Task<List<RetentionEntry>> Removed(CancellationToken ct) => data.Rows(
        """
        select year, kind, documents, first_number, last_number, currency, net, vat, gross, removed_at, removed_by from retention_entry
        where tenant_id = $1 order by removed_at desc, year desc, kind limit 500
        """,
        r => new RetentionEntry(Row(r), r.GetFieldValue<DateTimeOffset>(9), r.GetString(10)), ct, tenant.Current.Value);

    /// <summary>Removes what is over, a year at a time, each in a transaction of its own. Doing it again removes what is left.</summary>
    public async Task<IReadOnlyList<RetentionRow>> Run(CancellationToken ct)
    {
        var kept = KeptFrom;
        var over = await WhatIsOver(ct);
        var years = await data.Rows($"select distinct extract(year from i.issued_on)::int {over} order by 1 desc", r => r.GetInt32(0), ct, tenant.Current.Value, kept);
        var removed = new List<RetentionRow>();
        foreach (var year in years)
        {
            removed.AddRange(await Year(over, year, kept, ct));
        }

        removed.AddRange(await RecordsOf(kept, ct));
        if (removed.Count > 0)
        {
            audit.Record("retention.removed", "retention", kept.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), after: removed);
            await db.SaveChangesAsync(ct);
        }

        return removed;
    }

    /// <summary>The invoices whose time is over and that nothing else names, as the end of a query.</summary>
    private async Task<string> WhatIsOver(CancellationToken ct) => Over + string.Concat(
        await data.Rows(Others, r => $"\n  and not exists (select from {r.GetString(0)} x where x.{r.GetString(1)} = i.id)", ct, (object)Own));

    private async Task<List<RetentionRow>> Year(string over, int year, DateOnly kept, CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Begin(connection, ct);
        await Execute(connection, $"create temporary table gone on commit drop as select i.id {over} and extract(year from i.issued_on) = $3", ct, tenant.Current.Value, kept, year);
        var rows = await Note(connection, $"select {Sums} from invoice i join gone g on g.id = i.id group by 1, 2, i.currency", [], ct);
        foreach (var part in Parts)
        {
            await Execute(connection, part, ct);
        }

        await transaction.CommitAsync(ct);
        return rows;
    }

    /// <summary>Charge detail records that stand on no document any more.</summary>
    private async Task<List<RetentionRow>> RecordsOf(DateOnly kept, CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Begin(connection, ct);
        object[] of = [tenant.Current.Value, new DateTimeOffset(kept.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)];
        var rows = await Note(
            connection,
            $"""
            select extract(year from r.ended_at)::int, 'records', count(*)::int, null::text, null::text, r.currency, sum(coalesce(r.excl_vat, 0)), sum(coalesce(r.incl_vat - r.excl_vat, 0)), sum(coalesce(r.incl_vat, 0))
            {Records} group by 1, r.currency
            """,
            of, ct);
        await Execute(connection, $"delete from charge_detail_record where id in (select r.id {Records})", ct, of);
        await transaction.CommitAsync(ct);
        return rows;
    }

    /// <summary>Says to the triggers that keep what was issued that this is the job; what is not over they keep all the same.</summary>
    private static Task Begin(NpgsqlConnection connection, CancellationToken ct) => Execute(connection, "select set_config('ladewerk.retention', 'over', true)", ct);

    private async Task<List<RetentionRow>> Note(NpgsqlConnection connection, string sums, object[] of, CancellationToken ct)
    {
        var rows = new List<RetentionRow>();
        await using (var select = Command(connection, sums, of))
        await using (var reader = await select.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                rows.Add(Row(reader));
            }
        }

        foreach (var r in rows)
        {
            await Execute(
                connection,
                "insert into retention_entry (id, tenant_id, year, kind, documents, first_number, last_number, currency, net, vat, gross, removed_at, removed_by) values ($1, $2, $3, $4, $5, $6::text, $7::text, $8::text, $9, $10, $11, $12, $13)",
                ct, Guid.CreateVersion7(), tenant.Current.Value, r.Year, r.Kind, r.Documents, (object?)r.FirstNumber ?? DBNull.Value, (object?)r.LastNumber ?? DBNull.Value, (object?)r.Currency ?? DBNull.Value, r.Net, r.Vat, r.Gross,
                time.GetUtcNow(), actor.Name);
        }

        return rows;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] of)
    {
        await using var command = Command(connection, sql, of);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] of)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in of)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

    private static RetentionRow Row(NpgsqlDataReader r) =>
        new(r.GetInt32(0), r.GetString(1), r.GetInt32(2), r.Get<string>(3), r.Get<string>(4), r.Get<string>(5), r.GetDecimal(6), r.GetDecimal(7), r.GetDecimal(8));
}
