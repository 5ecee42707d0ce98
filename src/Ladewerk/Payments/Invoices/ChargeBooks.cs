using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Payments.Invoices;

/// <summary>What we booked of charges of invoices, of what was given back, and of disputes.</summary>
internal sealed class ChargeBooks(NpgsqlDataSource data, TenantContext tenant) : IBookedMovements
{
    // A dispute moves money more than once: each of its movements is booked under its own id.
    private const string Sql = """
        select intent_id, amount from invoice_charge where tenant_id = $1 and state = 'paid' and intent_id = any($2)
        union all select provider_id, -amount from invoice_refund where tenant_id = $1 and provider_id = any($2)
        union all select n.id, e.amount from unnest($2) n (id)
          join ledger_booking b on b.tenant_id = $1 and b.key in ('received:dispute:' || n.id, 'dispute:' || n.id)
          join ledger_entry e on e.booking_id = b.id and e.account = 'provider'
        """;

    public async Task<IReadOnlyDictionary<string, decimal>> Of(string[] sources, CancellationToken ct) =>
        (await data.Rows(Sql, r => (Id: r.GetString(0), Amount: r.GetDecimal(1)), ct, tenant.Current.Value, sources)).ToDictionary(r => r.Id, r => r.Amount, StringComparer.Ordinal);

    public async Task<IReadOnlyList<ExpectedMovement>> Within(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => await data.Rows(
        """
        select intent_id, amount from invoice_charge where tenant_id = $1 and state = 'paid' and intent_id is not null and finished_at >= $2 and finished_at < $3
        union all select provider_id, -amount from invoice_refund where tenant_id = $1 and state = 'done' and provider_id is not null and done_at >= $2 and done_at < $3
        """,
        r => new ExpectedMovement(r.GetString(0), r.GetDecimal(1)), ct, tenant.Current.Value, from, to);
}
