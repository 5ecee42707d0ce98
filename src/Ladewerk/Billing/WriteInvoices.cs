using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Billing;

/// <summary>Writes many invoices with their lines and events at once, and marks their records, in the open transaction of a connection.</summary>
internal static class WriteInvoices
{
    private const string InvoiceCopy = """
        copy invoice (id, tenant_id, kind, number, year, sequence, billing_account_id, issued_on, issued_at, period_from, period_to, due_on, language, time_zone,
          currency, net, vat, gross, vat_lines, preceding, notes, collecting, supplier, customer, session_count, energy_wh, run_id) from stdin (format binary)
        """;

    private const string LineCopy = """
        copy invoice_line (invoice_id, position, item, tenant_id, cdr_id, cost_centre, description, type, quantity, unit, unit_price, vat_rate, net, gross, from_at, to_at)
        from stdin (format binary)
        """;

    public static async Task Run(NpgsqlConnection connection, IReadOnlyList<(Invoice Invoice, InvoiceDraft Draft)> issued, CancellationToken ct)
    {
        Invoice[] invoices = [.. issued.Select(i => i.Invoice)];
        await Invoices(connection, invoices, ct);
        await Lines(connection, invoices, ct);
        await Mark(connection, "charge_detail_record", [.. issued.SelectMany(i => i.Draft.Records.Select(r => (r.Id.Value, i.Invoice.Id.Value)))], ct);
        await Mark(connection, "subscription_charge", [.. issued.SelectMany(i => i.Draft.Charges.Select(c => (c.Id, i.Invoice.Id.Value)))], ct);
        await Tell(connection, invoices, ct);
    }

    private static async Task Invoices(NpgsqlConnection connection, IReadOnlyList<Invoice> invoices, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(InvoiceCopy, ct);
        foreach (var i in invoices)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(i.Id.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(i.TenantId.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(JsonNamingPolicy.CamelCase.ConvertName(i.Kind.ToString()), NpgsqlDbType.Text, ct);
            await copy.WriteAsync(i.Number, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(i.Year, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(i.Sequence, NpgsqlDbType.Integer, ct);
            await Maybe(copy, i.BillingAccountId?.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(i.IssuedOn, NpgsqlDbType.Date, ct);
            await copy.WriteAsync(i.IssuedAt, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(i.PeriodFrom, NpgsqlDbType.Date, ct);
            await copy.WriteAsync(i.PeriodTo, NpgsqlDbType.Date, ct);
            await Maybe(copy, i.DueOn, NpgsqlDbType.Date, ct);
            await copy.WriteAsync(i.Language, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(i.TimeZone, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(i.Currency, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(i.Net, NpgsqlDbType.Numeric, ct);
            await copy.WriteAsync(i.Vat, NpgsqlDbType.Numeric, ct);
            await copy.WriteAsync(i.Gross, NpgsqlDbType.Numeric, ct);
            await Json(copy, i.VatLines, ct);
            await Json(copy, i.Preceding, ct);
            await Json(copy, i.Notes, ct);
            await (i.Collecting is null ? copy.WriteNullAsync(ct) : Json(copy, i.Collecting, ct));
            await Json(copy, i.Supplier, ct);
            await Json(copy, i.Customer, ct);
            await copy.WriteAsync(i.SessionCount, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(i.EnergyWh.Value, NpgsqlDbType.Bigint, ct);
            await Maybe(copy, i.RunId, NpgsqlDbType.Uuid, ct);
        }

        await copy.CompleteAsync(ct);
    }

    private static async Task Lines(NpgsqlConnection connection, IReadOnlyList<Invoice> invoices, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(LineCopy, ct);
        foreach (var l in invoices.SelectMany(invoice => invoice.Lines))
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(l.InvoiceId.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(l.Position, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(l.Item, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(l.TenantId.Value, NpgsqlDbType.Uuid, ct);
            await Maybe(copy, l.CdrId?.Value, NpgsqlDbType.Uuid, ct);
            await Maybe(copy, l.CostCentre, NpgsqlDbType.Text, ct);
            await Maybe(copy, l.Description, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(l.Type, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(l.Quantity, NpgsqlDbType.Numeric, ct);
            await copy.WriteAsync(l.Unit, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(l.UnitPrice, NpgsqlDbType.Numeric, ct);
            await copy.WriteAsync(l.VatRate, NpgsqlDbType.Numeric, ct);
            await copy.WriteAsync(l.Net, NpgsqlDbType.Numeric, ct);
            await copy.WriteAsync(l.Gross, NpgsqlDbType.Numeric, ct);
            await copy.WriteAsync(l.FromAt.ToUniversalTime(), NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(l.ToAt.ToUniversalTime(), NpgsqlDbType.TimestampTz, ct);
        }

        await copy.CompleteAsync(ct);
    }

    private static async Task Mark(NpgsqlConnection connection, string table, (Guid Record, Guid Invoice)[] pairs, CancellationToken ct)
    {
        if (pairs.Length == 0)
        {
            return;
        }

        await using var mark = new NpgsqlCommand(
            $"""
            update {table} r set billing = 'invoiced', invoice_id = u.invoice_id
            from unnest($1, $2) u (id, invoice_id) where r.id = u.id and r.billing = 'open'
            """,
            connection)
        {
            Parameters = { new() { Value = Array.ConvertAll(pairs, p => p.Record) }, new() { Value = Array.ConvertAll(pairs, p => p.Invoice) } },
        };
        var marked = await mark.ExecuteNonQueryAsync(ct);
        if (marked != pairs.Length)
        {
            throw new InvalidOperationException($"{pairs.Length} rows of {table} were claimed and {marked} could be marked as invoiced.");
        }
    }

    private static async Task Tell(NpgsqlConnection connection, IReadOnlyList<Invoice> invoices, CancellationToken ct)
    {
        await using var tell = new NpgsqlCommand("insert into outbox (tenant_id, type, payload) select * from unnest($1, $2, $3)", connection)
        {
            Parameters =
            {
                new() { Value = invoices.Select(i => i.TenantId.Value).ToArray() },
                new() { Value = invoices.Select(_ => InvoiceIssued.Type).ToArray() },
                new() { Value = invoices.Select(i => JsonSerializer.Serialize(new InvoiceIssued(i.Id), Columns.Json)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
            },
        };
        await tell.ExecuteNonQueryAsync(ct);
    }

    private static Task Json<T>(NpgsqlBinaryImporter copy, T value, CancellationToken ct) => copy.WriteAsync(JsonSerializer.Serialize(value, Columns.Json), NpgsqlDbType.Jsonb, ct);

    private static Task Maybe<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type, CancellationToken ct)
        where T : struct => value is { } known ? copy.WriteAsync(known, type, ct) : copy.WriteNullAsync(ct);

    private static Task Maybe(NpgsqlBinaryImporter copy, string? value, NpgsqlDbType type, CancellationToken ct) =>
        value is null ? copy.WriteNullAsync(ct) : copy.WriteAsync(value, type, ct);
}
