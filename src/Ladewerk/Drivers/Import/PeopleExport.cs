using System.Globalization;
using System.Text;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Drivers.Import;

/// <summary>All drivers and badges as a file that the import reads: one line for each badge, and one for each driver without.</summary>
internal sealed class PeopleExport(NpgsqlDataSource data, TenantContext tenant)
{
    private const string Sql = """
        select d.number, d.name, d.email, d.phone, d.locale, d.status, a.customer_number, t.uid, t.visual_number, t.type, t.group_id, t.valid_from, t.valid_until, t.status, t.note
        from driver d left join id_token t on t.driver_id = d.id left join billing_account a on a.id = d.billing_account_id
        where d.tenant_id = $1 and d.erased_at is null
        union all
        select null, null, null, null, null, null, null, t.uid, t.visual_number, t.type, t.group_id, t.valid_from, t.valid_until, t.status, t.note
        from id_token t where t.tenant_id = $1 and t.driver_id is null and t.erased_at is null
        """;

    public async Task Write(Stream to, char delimiter, CancellationToken ct)
    {
        await using var file = new StreamWriter(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        await file.WriteAsync(Csv.Write(PeopleFile.Columns, delimiter));
        await using var command = data.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = tenant.Current.Value });
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            await file.WriteAsync(Csv.Write(
                Cells(new PersonRow
                {
                    Number = row.Get<string>(0), Name = row.Get<string>(1), Email = row.Get<string>(2), Phone = row.Get<string>(3), Language = row.Get<string>(4), Status = row.Get<string>(5), Customer = row.Get<string>(6),
                    Uid = row.Get<string>(7), VisualNumber = row.Get<string>(8), Type = row.Get<string>(9), Group = row.Get<string>(10), ValidFrom = row.MaybeTime(11), ValidUntil = row.MaybeTime(12),
                    BadgeStatus = row.Get<string>(13), Note = row.Get<string>(14),
                }),
                delimiter));
        }
    }

    /// <summary>A row in the order of <see cref="PeopleFile.Columns"/>.</summary>
    public static IReadOnlyList<string?> Cells(PersonRow r) =>
        [r.Number, r.Name, r.Email, r.Phone, r.Language, r.Status, r.Customer, r.Uid, r.VisualNumber, r.Type, r.Group, Moment(r.ValidFrom), Moment(r.ValidUntil), r.BadgeStatus, r.Note];

    private static string? Moment(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
