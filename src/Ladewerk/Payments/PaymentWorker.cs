using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>Takes payments further, each when it is due.</summary>
internal sealed class PaymentWorker(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, ILogger<PaymentWorker> logger)
    : DueWork(dataSource, scopes, time, TimeSpan.FromSeconds(1), logger)
{
    protected override TimeSpan Lease => TimeSpan.FromMinutes(1);

    // What rings while somebody is at it sets due_at again, and is seen afterwards; what a dead node held is due when its lease is over.
    protected override string TakeSql => """
        update payment set lease_until = $2, due_at = null where id in (
          select id from payment where (due_at <= $1 and coalesce(lease_until <= $1, true)) or lease_until <= $1
          order by coalesce(due_at, lease_until) limit $3 for update skip locked)
        returning tenant_id, id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<AdvancePayment>().Run(new PaymentId(id), ct);
}

/// <summary>Has the payment of a session looked at when the session is priced, or priced anew.</summary>
internal sealed class PaymentOfSession(LadewerkDb db, TimeProvider time) : IConsumer<CdrRecorded>
{
    // A payment's id is its code's.
    public Task Consume(CdrRecorded e, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"update payment set due_at = {time.GetUtcNow()} where id in (select code_id from code_use where session_id = {e.SessionId.Value})", ct);
}
