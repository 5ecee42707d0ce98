using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Billing.Dunning;

/// <summary>Tells of invoices that were not paid in time, each once: on the day after it was due, or when the host is back.</summary>
internal sealed class NoteOverdue(NpgsqlDataSource data, TenantContext tenant)
{
    // What was seen and what is told of it stand together or not at all.
    private const string Sql = """
        with seen as (
          insert into invoice_overdue (invoice_id, tenant_id, seen_on)
          select i.id, i.tenant_id, $2 from invoice i
          where i.tenant_id = $1 and i.kind = 'invoice' and i.state = 'issued' and i.settled_on is null and i.due_on < $2 and i.paid < i.gross
            and not exists (select from invoice_overdue o where o.invoice_id = i.id)
          on conflict do nothing
          returning invoice_id)
        insert into outbox (tenant_id, type, payload) select $1, $3, jsonb_build_object('invoiceId', invoice_id) from seen
        """;

    /// <returns>How many it was told of.</returns>
    public Task<int> Run(DateOnly today, CancellationToken ct) => data.Run(Sql, ct, tenant.Current.Value, today, InvoiceOverdue.Type);
}
