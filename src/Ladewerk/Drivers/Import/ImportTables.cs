using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Drivers.Import;

/// <summary>A line in hand.</summary>
internal sealed record WaitingRow(int Position, PersonRow Row);

/// <summary>A line that was done, with what it did.</summary>
internal sealed record DoneRow(int Position, RowChange<DriverState>? Driver, RowChange<BadgeState>? Badge);

/// <summary>The statements of an import: each works on a whole portion of lines at once.</summary>
internal static class ImportTables
{
    private const string DriverColumns = "id, number, name, email, phone, locale, status, billing_account_id";
    private const string BadgeColumns = "id, uid, uid_key, type, status, visual_number, group_id, valid_from, valid_until, note, driver_id";

    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> args)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
        {
            command.Parameters.Add(arg as NpgsqlParameter ?? new NpgsqlParameter { Value = arg ?? DBNull.Value });
        }

        return command;
    }

    public static async Task<List<T>> Read<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using (command)
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
    }

    public static async Task<int> Run(this NpgsqlCommand command, CancellationToken ct)
    {
        await using (command)
        {
            return await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>An array of texts with gaps.</summary>
    public static NpgsqlParameter Texts(IEnumerable<string?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    public static NpgsqlParameter Ids(IEnumerable<Guid?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    public static NpgsqlParameter Ids(IEnumerable<Guid> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    public static NpgsqlParameter Numbers(IEnumerable<int> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };

    public static NpgsqlParameter Times(IEnumerable<DateTimeOffset?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Documents(IEnumerable<object?> values) =>
        new() { Value = values.Select(v => v is null ? null : JsonSerializer.Serialize(v, v.GetType(), Columns.Json)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb };

    public static Task<List<WaitingRow>> Waiting(NpgsqlConnection connection, Guid import, int after, int count, CancellationToken ct) => connection.Command(
        "select position, data from people_import_row where import_id = $1 and state = 'waiting' and position > $2 order by position limit $3", import, after, count)
        .Read(r => new WaitingRow(r.GetInt32(0), JsonSerializer.Deserialize<PersonRow>(r.GetString(1), Columns.Json)!), ct);

    /// <summary>The last lines that were done; the change's effect says what is to be taken back.</summary>
    public static Task<List<DoneRow>> Done(NpgsqlConnection connection, Guid import, int count, CancellationToken ct) => connection.Command(
        "select position, driver_did, driver_before, driver_after, badge_did, badge_before, badge_after from people_import_row where import_id = $1 and state = 'done' order by position desc limit $2", import, count)
        .Read(r => new DoneRow(r.GetInt32(0), Change<DriverState>(r, 1), Change<BadgeState>(r, 4)), ct);

    /// <summary>Tells the book of everything that these lines may mean.</summary>
    public static async Task Know(NpgsqlConnection connection, TenantId tenant, IReadOnlyList<WaitingRow> rows, ImportBook book, CancellationToken ct)
    {
        var badges = await connection.Command(
            $"select {BadgeColumns} from id_token where tenant_id = $1 and uid_key = any($2)", tenant.Value, Texts(rows.Where(r => r.Row.Uid is not null).Select(r => IdTokenUid.Key(r.Row.Uid!)).Distinct())).Read(Badge, ct);
        foreach (var badge in badges.Where(b => !book.KnowsBadge(b.Key)))
        {
            book.Know(badge);
        }

        var drivers = await connection.Command(
            $"""
            select {DriverColumns} from driver where tenant_id = $1 and number = any($2)
            union select {DriverColumns} from driver where tenant_id = $1 and lower(email) = any($3)
            union select {DriverColumns} from driver where tenant_id = $1 and id = any($4)
            """,
            tenant.Value, Texts(rows.Select(r => r.Row.Number).OfType<string>().Distinct()), Texts(rows.Select(r => r.Row.Email?.ToLowerInvariant()).OfType<string>().Distinct()),
            Ids(badges.Select(b => b.DriverId).OfType<Guid>())).Read(Driver, ct);
        foreach (var driver in drivers.Where(d => !book.Knows(d.Id)))
        {
            book.Know(driver);
        }

        var payers = await connection.Command(
            "select customer_number, id from billing_account where tenant_id = $1 and customer_number = any($2) order by created_at desc", tenant.Value, Texts(rows.Select(r => r.Row.Customer).OfType<string>().Distinct()))
            .Read(r => (Customer: r.GetString(0), Id: r.GetGuid(1)), ct);
        payers.ForEach(p => book.KnowPayer(p.Customer, p.Id));
    }

    public static async Task<Dictionary<Guid, DriverState>> Drivers(NpgsqlConnection connection, IEnumerable<Guid> ids, CancellationToken ct) =>
        (await connection.Command($"select {DriverColumns} from driver where id = any($1) for update", Ids(ids.Distinct())).Read(Driver, ct)).ToDictionary(d => d.Id);

    public static async Task<Dictionary<Guid, BadgeState>> Badges(NpgsqlConnection connection, IEnumerable<Guid> ids, CancellationToken ct) =>
        (await connection.Command($"select {BadgeColumns} from id_token where id = any($1) for update", Ids(ids.Distinct())).Read(Badge, ct)).ToDictionary(b => b.Id);

    public static Task Insert(NpgsqlConnection connection, TenantId tenant, IReadOnlyList<DriverState> drivers, DateTimeOffset now, CancellationToken ct) => drivers.Count == 0 ? Task.CompletedTask : Bound(connection.Command(
        $"""
        insert into driver (tenant_id, created_at, {DriverColumns})
        select $1, $2, * from unnest($3, $4, $5, $6, $7, $8, $9, $10)
        """, tenant.Value, now), drivers).Run(ct);

    public static Task Update(NpgsqlConnection connection, IReadOnlyList<DriverState> drivers, CancellationToken ct) => drivers.Count == 0 ? Task.CompletedTask : Bound(connection.Command(
        """
        update driver d set number = n.number, name = n.name, email = n.email, phone = n.phone, locale = n.locale, status = n.status, billing_account_id = n.payer
        from unnest($1, $2, $3, $4, $5, $6, $7, $8) n (id, number, name, email, phone, locale, status, payer) where d.id = n.id
        """), drivers).Run(ct);

    public static Task Insert(NpgsqlConnection connection, TenantId tenant, IReadOnlyList<BadgeState> badges, DateTimeOffset now, CancellationToken ct) => badges.Count == 0 ? Task.CompletedTask : Bound(connection.Command(
        $"""
        insert into id_token (tenant_id, created_at, {BadgeColumns})
        select $1, $2, * from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """, tenant.Value, now), badges).Run(ct);

    public static Task Update(NpgsqlConnection connection, IReadOnlyList<BadgeState> badges, CancellationToken ct) => badges.Count == 0 ? Task.CompletedTask : Bound(connection.Command(
        """
        update id_token t set type = n.type, status = n.status, visual_number = n.visual, group_id = n.grp, valid_from = n.vfrom, valid_until = n.vuntil, note = n.note, driver_id = n.driver
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) n (id, uid, key, type, status, visual, grp, vfrom, vuntil, note, driver) where t.id = n.id
        """), badges).Run(ct);

    /// <summary>One entry of the audit log for each thing that was made, changed or taken away.</summary>
    public static Task Audit(
        NpgsqlConnection connection, TenantId tenant, (string Kind, string Name) actor, DateTimeOffset now, IReadOnlyList<(string Action, string Subject, string Id, object? Before, object? After)> entries, CancellationToken ct) =>
        entries.Count == 0 ? Task.CompletedTask : connection.Command(
            """
            insert into audit_entry (tenant_id, at, actor_kind, actor, action, subject, subject_id, before, after)
            select $1, $2, $3, $4, * from unnest($5, $6, $7, $8, $9)
            """,
            tenant.Value, now, actor.Kind, actor.Name, Texts(entries.Select(e => e.Action)), Texts(entries.Select(e => e.Subject)), Texts(entries.Select(e => e.Id)),
            Documents(entries.Select(e => e.Before)), Documents(entries.Select(e => e.After))).Run(ct);

    private static NpgsqlCommand Bound(NpgsqlCommand command, IReadOnlyList<DriverState> drivers)
    {
        command.Parameters.AddRange(new[]
        {
            Ids(drivers.Select(d => d.Id)), Texts(drivers.Select(d => d.Number)), Texts(drivers.Select(d => d.Name)), Texts(drivers.Select(d => d.Email)), Texts(drivers.Select(d => d.Phone)),
            Texts(drivers.Select(d => d.Locale)), Texts(drivers.Select(d => d.Status)), Ids(drivers.Select(d => d.Payer)),
        });
        return command;
    }

    private static NpgsqlCommand Bound(NpgsqlCommand command, IReadOnlyList<BadgeState> badges)
    {
        command.Parameters.AddRange(new[]
        {
            Ids(badges.Select(b => b.Id)), Texts(badges.Select(b => b.Uid)), Texts(badges.Select(b => b.Key)), Texts(badges.Select(b => b.Type)), Texts(badges.Select(b => b.Status)),
            Texts(badges.Select(b => b.VisualNumber)), Texts(badges.Select(b => b.GroupId)), Times(badges.Select(b => b.ValidFrom)), Times(badges.Select(b => b.ValidUntil)),
            Texts(badges.Select(b => b.Note)), Ids(badges.Select(b => b.DriverId)),
        });
        return command;
    }

    private static DriverState Driver(NpgsqlDataReader r) =>
        new(r.GetGuid(0), r.Get<string>(1), r.GetString(2), r.Get<string>(3), r.Get<string>(4), r.GetString(5), r.GetString(6), r.Maybe<Guid>(7));

    private static BadgeState Badge(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.Get<string>(5), r.Get<string>(6), r.MaybeTime(7), r.MaybeTime(8), r.Get<string>(9), r.Maybe<Guid>(10));

    private static RowChange<T>? Change<T>(NpgsqlDataReader row, int column)
        where T : class => row.Get<string>(column) is { } did && row.Get<string>(column + 2) is { } after
        ? new RowChange<T>(Enum.Parse<RowEffect>(did, ignoreCase: true), row.Get<string>(column + 1) is { } before ? JsonSerializer.Deserialize<T>(before, Columns.Json) : null, JsonSerializer.Deserialize<T>(after, Columns.Json)!)
        : null;
}
