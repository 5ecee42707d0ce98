using Ladewerk.Drivers.Import;
using Npgsql;

namespace Ladewerk.Drivers.Privacy;

/// <summary>
/// Goes over every text of every table, as the database's own catalogue lists them, and puts pseudonyms in the place of what names a
/// person. So a table that a capability adds is covered without being known here; what stays is <see cref="Retained"/>.
/// </summary>
internal static class Sweep
{
    // These are changed last, by name, because they say who the person is.
    private static readonly string[] Last = ["driver", "id_token", "id_token_alias", "billing_account", "account", "vehicle", "person_erasure"];

    private sealed record Column(string Table, string Name, string Kind);

    /// <summary>Rows that were changed.</summary>
    public static async Task<long> Run(NpgsqlConnection connection, Person person, Guid tenant, CancellationToken ct)
    {
        var changed = 0L;
        foreach (var table in (await Columns(connection, ct)).GroupBy(c => c.Table, StringComparer.Ordinal))
        {
            changed += await One(connection, person, tenant, table.Key, [.. table], ct);
        }

        return changed + await Frames(connection, person, tenant, ct);
    }

    private static async Task<List<Column>> Columns(NpgsqlConnection connection, CancellationToken ct) => await connection.Command(
        """
        select c.relname, a.attname, case when t.typname in ('text', 'varchar', 'bpchar', 'citext') then 'text' when t.typname in ('_text', '_varchar') then 'array' when t.typname in ('jsonb', 'json') then t.typname
               when t.typname = 'uuid' then 'id' else 'tenant' end
        from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
          and t.typname in ('text', 'varchar', 'bpchar', 'citext', '_text', '_varchar', 'jsonb', 'json', 'uuid') and c.relname <> all($1)
        order by c.relname, a.attnum
        """,
        ImportTables.Texts([.. Last, .. Retained.Tables])).Read(r => new Column(r.GetString(0), r.GetString(1), r.GetString(2)), ct);

    private static async Task<int> One(NpgsqlConnection connection, Person person, Guid tenant, string table, IReadOnlyList<Column> columns, CancellationToken ct)
    {
        var texts = columns.Where(c => c.Kind != "id").ToList();
        if (texts.Count == 0)
        {
            return 0;
        }

        var set = string.Join(", ", texts.Select(c => $"{Quoted(c.Name)} = {Erased(c)}"));
        var row = string.Join(", ", columns.Where(c => c.Name != "tenant_id").Select(c => $"{Quoted(c.Name)}::text"));
        var own = columns.Any(c => c.Name == "tenant_id") ? "tenant_id = $4 and " : "$4::uuid is not null and ";
        var found = string.Join(" or ", texts.Select(c => $"{Quoted(c.Name)}::text ~* any($1)"));
        return await connection.Command(
            $"update {Quoted(table)} set {set} where {own}concat_ws(' ', {row}) ~* $3 and ({found})", ImportTables.Texts(person.Patterns), ImportTables.Texts(person.Pseudonyms), person.Related, tenant).Run(ct);
    }

    /// <summary>Frames of stations hold badge numbers.</summary>
    private static async Task<long> Frames(NpgsqlConnection connection, Person person, Guid tenant, CancellationToken ct)
    {
        if (person.Strong.Count == 0)
        {
            return 0;
        }

        return await connection.Command(
            """
            update station_message set payload = erase_from_bytes(payload, $1, $2), answer = erase_from_bytes(answer, $1, $2)
            where tenant_id = $4 and (encode(payload, 'escape') ~* $3 or encode(answer, 'escape') ~* $3)
            """,
            ImportTables.Texts(person.Patterns), ImportTables.Texts(person.Pseudonyms), person.StrongPattern, tenant).Run(ct);
    }

    private static string Erased(Column column) => column.Kind switch
    {
        "array" => $"array(select erase_from_text(x, $1, $2) from unnest({Quoted(column.Name)}) x)",
        "text" => $"erase_from_text({Quoted(column.Name)}, $1, $2)",
        _ => $"erase_from_json({Quoted(column.Name)}::jsonb, $1, $2)::{column.Kind}",
    };

    private static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
