using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Drivers.Import;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Drivers.Privacy;

/// <summary>
/// Everything that is stored of a driver, as a zip of one JSON and one CSV file for each kind of record (GDPR Art. 15 and 20). Which
/// tables hold something of them is read from the database's own catalogue; secrets and what protects them stay out.
/// </summary>
internal sealed class ExportPerson(NpgsqlDataSource data, TenantContext tenant)
{
    private const int MostRows = 200_000;

    private static readonly Dictionary<string, string> FileNames = new(StringComparer.Ordinal)
    {
        ["driver"] = "profile", ["account"] = "account", ["id_token"] = "badges", ["billing_account"] = "billing-account", ["charging_session"] = "charging-sessions", ["charge_detail_record"] = "charge-records",
        ["meter_sample"] = "meter-readings", ["invoice"] = "invoices", ["reservation"] = "reservations", ["registration"] = "registration", ["audit_entry"] = "changes", ["mail"] = "mails", ["contract"] = "contracts",
        ["vehicle"] = "vehicles", ["badge_order"] = "badge-orders", ["fault_report"] = "fault-reports", ["account_sign_in"] = "sign-ins", ["notification"] = "notifications",
    };

    // Nothing that opens a door, and nothing of the machinery.
    private static readonly string[] LeftOut =
    [
        "people_import_row", "person_erasure", "idempotency_key", "outbox", "account_secret", "account_link", "account_passkey", "push_message", "local_list_entry", "webhook_delivery", "external_sign_in", "phone_start",
    ];

    private static readonly string[] SecretWords = ["hash", "stamp", "protected", "secret", "sealed", "tenant_id", "public_key", "photo"];

    private sealed record Source(string Table, string Where);

    /// <summary>Writes the zip; false where there is no such driver.</summary>
    public async Task<bool> Write(Driver driver, Stream to, CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        if (await Person.Read(connection, tenant.Current, driver.Id.Value, Guid.Empty, ct) is not { } person)
        {
            return false;
        }

        await using var zip = await ZipArchive.CreateAsync(to, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, ct);
        var written = new List<string>();
        foreach (var source in await Sources(connection, ct))
        {
            var rows = await Rows(connection, source, person, ct);
            if (rows.Count > 0)
            {
                var name = FileNames.GetValueOrDefault(source.Table, source.Table.Replace('_', '-'));
                await Add(zip, name, rows, ct);
                written.Add($"{name}: {rows.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
            }
        }

        await Documents(connection, zip, person, ct);
        await Text(zip, "README.txt", "Everything that is stored of you, one file for each kind of record, as JSON and as CSV.\nAlles, was über Sie gespeichert ist, eine Datei je Art von Eintrag, als JSON und als CSV.\n\n" + string.Join("\n", written) + "\n", ct);
        return true;
    }

    /// <summary>Tables with the column by which a row is this person's.</summary>
    private static async Task<IReadOnlyList<Source>> Sources(NpgsqlConnection connection, CancellationToken ct)
    {
        var columns = await connection.Command(
            """
            select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped and c.relname <> all($1)
              and a.attname in ('driver_id', 'noted_driver_id', 'account_id', 'user_id', 'person_id', 'billing_account_id', 'id_token_id', 'session_id')
            order by c.relname, a.attname
            """,
            ImportTables.Texts(LeftOut)).Read(r => (Table: r.GetString(0), Column: r.GetString(1)), ct);
        var sources = new List<Source> { new("driver", "t.id = $1"), new("account", "t.id = $2"), new("billing_account", "t.id = $3"), new("audit_entry", "(t.subject_id = any($5) or lower(t.actor) = any($6))"), new("mail", "lower(t.recipient) = any($6)") };
        sources.AddRange(columns.Where(c => sources.All(s => s.Table != c.Table)).GroupBy(c => c.Table, StringComparer.Ordinal).Select(g => new Source(g.Key, "(" + string.Join(" or ", g.Select(c => Condition(c.Column))) + ")")));
        return sources;
    }

    private static string Condition(string column) => column switch
    {
        "driver_id" or "noted_driver_id" => $"t.{column} = $1",
        "account_id" or "user_id" => $"t.{column} = $2",
        "person_id" => "t.person_id in ($1, $2)",
        "billing_account_id" => "t.billing_account_id = $3",
        "id_token_id" => "t.id_token_id = any($4)",
        _ => "t.session_id in (select s.id from charging_session s where s.driver_id = $1)",
    };

    private async Task<List<JsonObject>> Rows(NpgsqlConnection connection, Source source, Person person, CancellationToken ct)
    {
        var ids = new[] { person.Driver.Value.ToString(), person.Account?.ToString(), person.Payer?.Value.ToString() }.OfType<string>().Concat(person.Strong.Select(t => t.Text));
        var rows = await connection.Command(
            $"select to_jsonb(t) from \"{source.Table}\" t where ($7::uuid is null or (to_jsonb(t) ->> 'tenant_id') is null or (to_jsonb(t) ->> 'tenant_id')::uuid = $7) and {source.Where} limit {MostRows}",
            person.Driver.Value, Id(person.Account), Id(person.Payer?.Value), ImportTables.Ids(person.Badges), ImportTables.Texts(ids), ImportTables.Texts(person.Emails.Select(e => e.ToLowerInvariant())), tenant.Current.Value)
            .Read(r => (JsonObject)JsonNode.Parse(r.GetString(0))!, ct);
        foreach (var row in rows)
        {
            foreach (var secret in row.Select(c => c.Key).Where(k => SecretWords.Any(w => k.Contains(w, StringComparison.Ordinal))).ToList())
            {
                row.Remove(secret);
            }
        }

        return rows;
    }

    private async Task Documents(NpgsqlConnection connection, ZipArchive zip, Person person, CancellationToken ct)
    {
        if (person.Payer is not { } payer)
        {
            return;
        }

        // An interface of the schema, not of Billing: invoices are read like every other table of this export.
        await using var command = connection.Command(
            "select d.file_name, d.content from invoice_document d join invoice i on i.id = d.invoice_id where i.tenant_id = $1 and i.billing_account_id = $2 order by d.created_at limit 2000", tenant.Current.Value, payer.Value);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            await using var file = await zip.CreateEntry("invoices/" + Path.GetFileName(reader.GetString(0)), CompressionLevel.Fastest).OpenAsync(ct);
            await file.WriteAsync(reader.GetFieldValue<byte[]>(1), ct);
        }
    }

    private static async Task Add(ZipArchive zip, string name, List<JsonObject> rows, CancellationToken ct)
    {
        await Text(zip, name + ".json", JsonSerializer.Serialize(rows, Readable), ct);
        var columns = rows.SelectMany(r => r.Select(c => c.Key)).Distinct(StringComparer.Ordinal).ToList();
        var csv = new StringBuilder("\uFEFF").Append(Csv.Write(columns));
        foreach (var row in rows)
        {
            csv.Append(Csv.Write(columns.Select(c => row[c] is { } value ? value is JsonValue v && v.TryGetValue<string>(out var text) ? text : value.ToJsonString(Readable) : null)));
        }

        await Text(zip, name + ".csv", csv.ToString(), ct);
    }

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static async Task Text(ZipArchive zip, string name, string text, CancellationToken ct)
    {
        await using var file = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(ct);
        await file.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
    }

    private static NpgsqlParameter Id(Guid? id) => new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid };
}
