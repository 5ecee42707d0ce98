using Ladewerk.Kernel;
using Ladewerk.Payments.Stripe;
using Ladewerk.Sessions;
using Npgsql;

namespace Ladewerk.Payments.Methods;

/// <summary>Looks after payers who are at the provider's page, also those who never come back.</summary>
internal sealed class MethodSetupWorker(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, ILogger<MethodSetupWorker> logger)
    : DueWork(dataSource, scopes, time, TimeSpan.FromSeconds(2), logger)
{
    protected override TimeSpan Lease => TimeSpan.FromMinutes(1);

    protected override string TakeSql => """
        update payment_method_setup set lease_until = $2, due_at = null where id in (
          select id from payment_method_setup where (due_at is not null or lease_until is not null) and coalesce(due_at, lease_until) <= $1 and ((due_at <= $1 and coalesce(lease_until <= $1, true)) or lease_until <= $1)
          order by coalesce(due_at, lease_until) limit $3 for update skip locked)
        returning tenant_id, id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<AdvanceMethodSetup>().Run(id, ct);
}

/// <summary>Has the provider forget what was taken away here: methods, and payers whose data were erased.</summary>
internal sealed class ForgetPayers(NpgsqlDataSource data, IServiceScopeFactory scopes, ILogger<ForgetPayers> logger) : RoundWorker(logger)
{
    protected override TimeSpan Pause => TimeSpan.FromMinutes(30);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        foreach (var (tenant, id) in await data.Rows("select tenant_id, id from payment_method where removed_at is not null and detached_at is null limit 200", Read, ct))
        {
            await using var scope = Scope(tenant);
            await scope.ServiceProvider.GetRequiredService<ChooseMethod>().Detach(new PaymentMethodId(id), ct);
        }

        var erased = await data.Rows(
            """
            select c.tenant_id, c.billing_account_id from payment_customer c
            where exists (select from driver d where d.billing_account_id = c.billing_account_id and d.erased_at is not null)
              and not exists (select from driver d where d.billing_account_id = c.billing_account_id and d.erased_at is null) limit 200
            """,
            Read, ct);
        foreach (var (tenant, account) in erased)
        {
            await using var scope = Scope(tenant);
            await scope.ServiceProvider.GetRequiredService<ForgetPayer>().Run(new Drivers.BillingAccountId(account), ct);
        }

        return false;
    }

    private AsyncServiceScope Scope(TenantId tenant)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        return scope;
    }

    private static (TenantId Tenant, Guid Id) Read(NpgsqlDataReader row) => (new TenantId(row.GetGuid(0)), row.GetGuid(1));
}

/// <summary>Payers at the provider's page: what Stripe tells of them.</summary>
internal sealed class SetupSubject(NpgsqlDataSource data) : IStripeSubject
{
    public string Name => "setup";

    public Task<StripeOwner?> Find(StripeTold e, TenantId? of, CancellationToken ct) => data.First(
        "select tenant_id, id from payment_method_setup where (id = $1 or checkout_id = $2) and ($3::uuid is null or tenant_id = $3) limit 1",
        StripeSubjects.Read, ct, e.Ours.GetValueOrDefault(Name), e.Checkout, of?.Value);

    public Task Ring(NpgsqlConnection connection, StripeTold e, StripeOwner owner, DateTimeOffset now, CancellationToken ct) => StripeSubjects.Run(
        connection, "update payment_method_setup set due_at = $2, checkout_id = coalesce(checkout_id, nullif($3, '')) where id = $1 and state <> 'done'", ct, owner.Id, now, e.Checkout);
}
