using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Payments.Stripe;
using Ladewerk.Sessions;
using Npgsql;

namespace Ladewerk.Payments.Invoices;

/// <summary>Takes collections of invoices further, each when it is due.</summary>
internal sealed class CollectionWorker(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, ILogger<CollectionWorker> logger)
    : DueWork(dataSource, scopes, time, TimeSpan.FromSeconds(1), logger)
{
    // Longer than all tries of a call together.
    protected override TimeSpan Lease => TimeSpan.FromMinutes(5);

    protected override string TakeSql => """
        update invoice_collection set lease_until = $2, due_at = null where invoice_id in (
          select invoice_id from invoice_collection where (due_at is not null or lease_until is not null) and ((due_at <= $1 and coalesce(lease_until <= $1, true)) or lease_until <= $1)
          order by coalesce(due_at, lease_until) limit $3 for update skip locked)
        returning tenant_id, invoice_id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<AdvanceCollection>().Run(new InvoiceId(id), ct);
}

/// <summary>Charges of invoices: what Stripe tells of them.</summary>
internal sealed class ChargeSubject(NpgsqlDataSource data) : IStripeSubject
{
    public string Name => "charge";

    public Task<StripeOwner?> Find(StripeTold e, TenantId? of, CancellationToken ct) => data.First(
        "select tenant_id, id from invoice_charge where (id = $1 or intent_id = $2 or checkout_id = $3) and ($4::uuid is null or tenant_id = $4) limit 1",
        StripeSubjects.Read, ct, e.Ours.GetValueOrDefault(Name), e.Intent ?? "", e.Checkout, of?.Value);

    public Task Ring(NpgsqlConnection connection, StripeTold e, StripeOwner owner, DateTimeOffset now, CancellationToken ct) => StripeSubjects.Run(
        connection,
        """
        with c as (update invoice_charge set checkout_id = coalesce(checkout_id, nullif($3, '')) where id = $1 returning invoice_id)
        update invoice_collection set due_at = $2 where invoice_id in (select invoice_id from c)
        """,
        ct, owner.Id, now, e.Checkout);
}
