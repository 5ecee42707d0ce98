using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Npgsql;

namespace Ladewerk.Payments.Payouts;

/// <summary>Takes payouts further, each when it is due.</summary>
internal sealed class PayoutWorker(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, ILogger<PayoutWorker> logger)
    : DueWork(dataSource, scopes, time, TimeSpan.FromSeconds(1), logger)
{
    // Longer than the provider is waited for, all tries together.
    protected override TimeSpan Lease => TimeSpan.FromMinutes(5);

    protected override string TakeSql => """
        update payout set lease_until = $2, due_at = null where id in (
          select id from payout where (due_at <= $1 and coalesce(lease_until <= $1, true)) or lease_until <= $1
          order by coalesce(due_at, lease_until) limit $3 for update skip locked)
        returning tenant_id, id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<AdvancePayout>().Run(new PayoutId(id), ct);
}

/// <summary>Looks how far hosts are with their accounts: when the provider has said that something changed, and now and then anyway.</summary>
internal sealed partial class HostAccountWorker(NpgsqlDataSource data, IServiceScopeFactory scopes, TimeProvider time, ILogger<HostAccountWorker> logger) : RoundWorker(logger)
{
    private const int AtOnce = 50;

    private static readonly TimeSpan Often = TimeSpan.FromHours(6), Rarely = TimeSpan.FromDays(1);

    protected override TimeSpan Pause => TimeSpan.FromMinutes(1);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var due = await data.Rows(
            """
            update payout_account set looked_at = $1 where organisation_id in (
              select organisation_id from payout_account where provider_id is not null and (looked_at is null or looked_at < $2 or (state <> 'ready' and looked_at < $3))
              order by looked_at nulls first limit $4 for update skip locked)
            returning tenant_id, organisation_id
            """,
            r => (Tenant: new TenantId(r.GetGuid(0)), Organisation: r.GetGuid(1)), ct, now, now - Rarely, now - Often, AtOnce);
        foreach (var (tenant, organisation) in due)
        {
            await Look(tenant, organisation, ct);
        }

        return due.Count == AtOnce;
    }

    private async Task Look(TenantId tenant, Guid organisation, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            await scope.ServiceProvider.GetRequiredService<HostAccounts>().Look(organisation, ct);
        }
        catch (PaymentProviderException failed)
        {
            LogFailed(organisation, failed.Fault, failed.Code); // it is looked at again later
        }
    }

    [LoggerMessage(LogLevel.Warning, "The account of organisation {OrganisationId} could not be looked at: {Fault} ({Code})")]
    private partial void LogFailed(Guid organisationId, ProviderFault fault, string? code);
}

/// <summary>An event of the provider about a transfer or a host's account: it says only that there is something to look at.</summary>
internal sealed class PayoutEvents(NpgsqlDataSource data, HostAccountWorker worker, TimeProvider time)
{
    /// <param name="kind">What it is about, such as <c>transfer</c>.</param>
    /// <param name="operatorOnly">The operator whose own account it is; null: the installation's.</param>
    /// <returns>Whether it is one for us to look at.</returns>
    public async Task<bool> Ring(string? kind, string? id, TenantId? operatorOnly, CancellationToken ct)
    {
        var sql = kind switch
        {
            "transfer" => "update payout set due_at = $3 where transfer_id = $1 and ($2::uuid is null or tenant_id = $2)",
            "account" => "update payout_account set looked_at = null where provider_id = $1 and ($2::uuid is null or tenant_id = $2) and $3::timestamptz is not null",
            _ => null,
        };
        var isOurs = sql is not null && id is not null && await data.Run(sql, ct, id, operatorOnly?.Value, time.GetUtcNow()) > 0;
        if (isOurs && kind == "account")
        {
            worker.Ring();
        }

        return isOurs;
    }
}
