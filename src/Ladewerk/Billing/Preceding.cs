using Ladewerk.Billing.Subscriptions;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>On which documents records stood before: those that were cancelled and are billed anew, and those whose result was corrected.</summary>
internal sealed class Preceding
{
    private readonly ILookup<Guid, PrecedingInvoice> byRecord;

    private Preceding(ILookup<Guid, PrecedingInvoice> byRecord) => this.byRecord = byRecord;

    public static Task<Preceding> Of(NpgsqlConnection connection, IEnumerable<ChargeDetailRecord> records, CancellationToken ct) => Of(connection, records, [], ct);

    public static async Task<Preceding> Of(NpgsqlConnection connection, IEnumerable<ChargeDetailRecord> records, IEnumerable<SubscriptionCharge> charges, CancellationToken ct)
    {
        await using var select = new NpgsqlCommand(
            """
            select distinct l.cdr_id, i.number, i.issued_on from invoice_line l join invoice i on i.id = l.invoice_id
            where l.cdr_id = any($1) and i.kind <> 'cancellation'
            union all select id, number, issued_on from invoice where id = any($2) order by issued_on, number
            """,
            connection)
        {
            Parameters = { new() { Value = records.SelectMany(IdsOf).Distinct().ToArray() }, new() { Value = charges.SelectMany(IdsOf).Distinct().ToArray() } },
        };
        var found = new List<(Guid Record, PrecedingInvoice Invoice)>();
        await using var reader = await select.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found.Add((reader.GetGuid(0), new PrecedingInvoice(reader.GetString(1), reader.GetFieldValue<DateOnly>(2))));
        }

        return new Preceding(found.ToLookup(f => f.Record, f => f.Invoice));
    }

    public IReadOnlyList<PrecedingInvoice> For(IReadOnlyList<ChargeDetailRecord> records) => For(records, []);

    public IReadOnlyList<PrecedingInvoice> For(IReadOnlyList<ChargeDetailRecord> records, IReadOnlyList<SubscriptionCharge> charges) =>
        [.. records.SelectMany(IdsOf).Concat(charges.SelectMany(IdsOf)).SelectMany(id => byRecord[id]).Distinct()];

    private static IEnumerable<Guid> IdsOf(SubscriptionCharge charge) => charge.PrecedingId is { } former ? [former.Value] : [];

    private static IEnumerable<Guid> IdsOf(ChargeDetailRecord record) => record.CorrectsId is { } corrects ? [record.Id.Value, corrects.Value] : [record.Id.Value];
}
