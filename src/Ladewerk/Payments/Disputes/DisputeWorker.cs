using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Payments.Stripe;
using Ladewerk.Sessions;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Payments.Disputes;

/// <summary>Reads disputes anew, each when something was told of it, and now and then while it is undecided.</summary>
internal sealed class DisputeWorker(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, ILogger<DisputeWorker> logger)
    : DueWork(dataSource, scopes, time, TimeSpan.FromSeconds(2), logger)
{
    protected override TimeSpan Lease => TimeSpan.FromMinutes(5);

    protected override string TakeSql => """
        update payment_dispute set lease_until = $2, due_at = null where id in (
          select id from payment_dispute where (due_at is not null or lease_until is not null) and ((due_at <= $1 and coalesce(lease_until <= $1, true)) or lease_until <= $1)
          order by coalesce(due_at, lease_until) limit $3 for update skip locked)
        returning tenant_id, id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<AdvanceDispute>().Run(id, ct);
}

/// <summary>Disputes: what Stripe tells of them. The first event makes the row.</summary>
internal sealed class DisputeSubject(NpgsqlDataSource data) : IStripeSubject
{
    public string Name => "dispute";

    public async Task<StripeOwner?> Find(StripeTold e, TenantId? of, CancellationToken ct) =>
        e is { Object: "dispute", ObjectId: { } dispute } && await data.First(
            """
            select tenant_id, id from payment_dispute where provider_id = $1 and ($3::uuid is null or tenant_id = $3)
            union all select tenant_id, null from invoice_charge where intent_id = $2 and ($3::uuid is null or tenant_id = $3)
            union all select tenant_id, null from payment where intent_id = $2 and ($3::uuid is null or tenant_id = $3) limit 1
            """,
            r => new TenantId(r.GetGuid(0)), ct, dispute, e.Intent ?? "", of?.Value) is { Value: var tenant } && tenant != Guid.Empty ? new StripeOwner(new TenantId(tenant), IdOf(dispute)) : null;

    public async Task Ring(NpgsqlConnection connection, StripeTold e, StripeOwner owner, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into payment_dispute (id, tenant_id, provider_id, charge_id, payment_id, state, opened_at, due_at)
            select $1, $2, $3, o.charge_id, o.payment_id, 'new', $5, $5 from (
              select id as charge_id, null::uuid as payment_id from invoice_charge where intent_id = $4 and tenant_id = $2
              union all select null, id from payment where intent_id = $4 and tenant_id = $2 limit 1) o
            on conflict (id) do update set due_at = $5
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = owner.Id }, new() { Value = owner.Tenant.Value }, new() { Value = e.ObjectId!, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = e.Intent ?? "", NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The same for the same dispute, so that two events at once make one row.</summary>
    internal static Guid IdOf(string providerId) => new(SHA256.HashData(Encoding.UTF8.GetBytes(providerId)).AsSpan(0, 16));
}
