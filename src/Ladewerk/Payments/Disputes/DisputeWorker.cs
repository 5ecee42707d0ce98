using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Npgsql;

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
