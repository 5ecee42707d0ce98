using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>
/// Keeps lists in step in the background: those on which tokens changed, and those of stations that connected or restarted since they were
/// last gone through. Lists of new stations, and of stations that changed their site, are found about once a minute.
/// </summary>
internal sealed class LocalListWorker(
    NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, IOptions<LocalListsOptions> options, ILogger<LocalListWorker> logger)
    : DueWork(dataSource, scopes, time, options.Value.Poll, logger)
{
    private static readonly TimeSpan ScopeEvery = TimeSpan.FromMinutes(1);
    private readonly string settle = FormattableString.Invariant($"interval '{options.Value.Settle.TotalSeconds} s'");
    private DateTimeOffset nextScope = DateTimeOffset.MinValue;

    protected override TimeSpan Lease => ListStore.Lease;

    protected override string TakeSql => $$"""
        update local_list set leased_until = $2 where station_id in (
          select l.station_id from local_list l
          join charging_station s on s.id = l.station_id and s.removed_at is null
          join station_connection n on n.station_id = l.station_id
          where (l.leased_until is null or l.leased_until <= $1) and s.registration_status = 'accepted'
            and n.connected_at <= $1 - {{settle}} and (s.last_boot_at is null or s.last_boot_at <= $1 - {{settle}})
            and (l.due_at <= $1 or (l.enabled and l.state <> 'notSupported' and greatest(n.connected_at, s.last_boot_at) > coalesce(l.checked_at, '-infinity')))
          order by l.due_at nulls last limit $3 for update of l skip locked)
        returning tenant_id, station_id
        """;

    protected override async Task Prepare(DateTimeOffset now, CancellationToken ct)
    {
        if (now >= nextScope)
        {
            nextScope = now + ScopeEvery;
            await LocalListSettings.Apply(DataSource, null, now, ct);
        }
    }

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<SyncLocalList>().Sync(new StationId(id), compare: false, ct);
}

/// <summary>Tokens changed: the tenant's lists are due, at once where a right was taken away, else when some more may have gathered.</summary>
internal sealed class MarkListsDue(NpgsqlDataSource dataSource, TenantContext tenant, TimeProvider time, IOptions<LocalListsOptions> options) : IConsumer<IdTokensChanged>
{
    public Task Consume(IdTokensChanged e, CancellationToken ct)
    {
        // A list that is due already gets another time: a run that has begun before sees by it that it must come again.
        var now = time.GetUtcNow();
        return dataSource.Run(
            """
            update local_list set due_at = case when due_at <= $4 then $4 else least(due_at, $2) end, state = case when state = 'inStep' then 'pending' else state end, failures = case when $3 then 0 else failures end
            where tenant_id = $1 and enabled and state <> 'notSupported'
            """,
            ct,
            tenant.Current.Value,
            now + (e.Urgent ? TimeSpan.Zero : options.Value.Gather),
            e.Urgent,
            now);
    }
}
