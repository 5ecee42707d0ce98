using Ladewerk.Drivers.Import;
using Npgsql;

namespace Ladewerk.Drivers;

/// <summary>
/// Which drivers or badges other records refer to: sessions, charge records, contracts. Read from the database's own foreign keys, so
/// that what a capability above adds counts without being known here.
/// </summary>
internal static class PeopleUse
{
    /// <param name="table">driver or id_token.</param>
    /// <param name="besides">Tables that do not count.</param>
    public static async Task<HashSet<Guid>> Of(NpgsqlConnection connection, string table, Guid[] ids, string[] besides, CancellationToken ct)
    {
        var references = await connection.Command(
            """
            select quote_ident(r.relname), quote_ident(a.attname)
            from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
            where c.contype = 'f' and c.confrelid = $1::regclass and array_length(c.conkey, 1) = 1 and c.conparentid = 0 and r.relname <> all($2)
            """,
            table, ImportTables.Texts(besides)).Read(r => (Table: r.GetString(0), Column: r.GetString(1)), ct);
        var used = new HashSet<Guid>();
        foreach (var (from, column) in references)
        {
            used.UnionWith(await connection.Command($"select u.id from unnest($1) u (id) where exists (select from {from} f where f.{column} = u.id)", ImportTables.Ids(ids)).Read(r => r.GetGuid(0), ct));
        }

        return used;
    }
}
