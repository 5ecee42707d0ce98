using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Sessions.Limits;

/// <summary>Refusals at stations, and limits that end running sessions.</summary>
internal static class LimitsModule
{
    /// <summary>How long refusals are kept: they say who was where.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(180);

    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddScoped<CheckLimits>().AddScoped<FindRefusals>().AddScoped<NoteDriver>();
        services.AddHostedService<LimitWorker>();
        return services.AddSingleton(new PartitionedTable(Refusals.Table, Monthly: true, Ahead: 3, Kept));
    }
}

/// <summary>Looks at running sessions that have limits, each when it is due.</summary>
internal sealed class LimitWorker(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, ILogger<LimitWorker> logger)
    : DueWork(dataSource, scopes, time, TimeSpan.FromSeconds(2), logger)
{
    protected override TimeSpan Lease => TimeSpan.FromMinutes(2);

    protected override string TakeSql => """
        update charging_session set watch_at = $2 where id in (
          select id from charging_session where state = 'active' and watch_at <= $1 order by watch_at limit $3 for update skip locked)
        returning tenant_id, id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) => scope.GetRequiredService<CheckLimits>().Run(new SessionId(id), ct);
}
