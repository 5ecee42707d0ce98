using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Sessions.App;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Terminals;

/// <summary>
/// Has readers ask for a card where a car is plugged in and nobody is authorised, once for each car, and has offers looked at whose charge point
/// was taken or left. It reads what stations have said; nothing waits for it.
/// </summary>
internal sealed class TerminalWatch(NpgsqlDataSource data, IServiceScopeFactory scopes, TimeProvider time, ILogger<TerminalWatch> logger) : RoundWorker(logger)
{
    private const int AtOnce = 100;

    private const string ForgetSql = """
        update terminal_point p set asked = false
        where p.asked and not exists (select from connector c where c.station_id = p.station_id and c.evse_number = p.evse_number and c.status = 'Preparing')
        """;

    private static readonly string UnwantedSql = $"""
        update payment set due_at = $1 where due_at > $1 and attempts = 0 and id in (
          select p.payment_id from terminal_offer p where p.state <> 'over' and not {PointStates.WantedSql})
        """;

    private static readonly string PluggedSql = $"""
        select p.tenant_id, p.station_id, p.evse_number
        from terminal_point p join payment_terminal t on t.id = p.terminal_id
        where not p.asked and t.online and t.asks_itself and t.removed_at is null
          and exists (select from connector c where c.station_id = p.station_id and c.evse_number = p.evse_number and c.status = 'Preparing')
          and not exists (select from terminal_offer o where o.station_id = p.station_id and o.evse_number = p.evse_number and o.state <> 'over')
          and {PointStates.Sql} = 'plugged'
        limit $2
        """;

    protected override TimeSpan Pause => TimeSpan.FromSeconds(1);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await data.Run(ForgetSql, ct);
        await data.Run(UnwantedSql, ct, time.GetUtcNow());
        var plugged = await data.Rows(PluggedSql, r => (Tenant: new TenantId(r.GetGuid(0)), Station: new StationId(r.GetGuid(1)), Number: r.GetInt32(2)), ct, time.GetUtcNow(), AtOnce);
        foreach (var (tenant, station, number) in plugged)
        {
            await Offer(tenant, station, number, ct);
        }

        return false;
    }

    private async Task Offer(TenantId tenant, StationId station, int number, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        if (await scope.ServiceProvider.GetRequiredService<ChargePoints>().Of(station, number, ct) is not { } point)
        {
            return; // taken down in the meantime
        }

        if (await scope.ServiceProvider.GetRequiredService<OpenOffer>().Run(station, number, point.Name, OfferOrigin.Plug, null, ct) is OfferResult.None)
        {
            // The operator takes no cards: the next car is another matter.
            await scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<TerminalPoint>().Where(p => p.StationId == station && p.EvseNumber == number).ExecuteUpdateAsync(set => set.SetProperty(p => p.Asked, true), ct);
        }
    }
}

/// <summary>Looks at readers now and then, whether they are connected, and gives those back that were taken out.</summary>
internal sealed class TerminalWorker(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, ILogger<TerminalWorker> logger)
    : DueWork(dataSource, scopes, time, TimeSpan.FromSeconds(2), logger)
{
    // Longer than the provider is waited for, all tries together.
    protected override TimeSpan Lease => TimeSpan.FromMinutes(3);

    protected override string TakeSql => """
        update payment_terminal set lease_until = $2, due_at = null where id in (
          select id from payment_terminal where (due_at <= $1 and coalesce(lease_until <= $1, true)) or lease_until <= $1
          order by coalesce(due_at, lease_until) limit $3 for update skip locked)
        returning tenant_id, id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<LookAtTerminal>().Run(new TerminalId(id), ct);
}
