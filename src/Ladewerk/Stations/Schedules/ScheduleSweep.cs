using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Stations.Schedules;

/// <summary>Looks which schedules have fallen due. What is due stands in the database, so that a stopped server makes up for it when it runs again.</summary>
internal sealed partial class ScheduleSweep(NpgsqlDataSource data, IServiceScopeFactory scopes, TimeProvider time, ILogger<ScheduleSweep> logger) : RoundWorker(logger)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        foreach (var (id, tenant) in await Due(ct))
        {
            await Run(id, tenant, ct);
        }

        return false;
    }

    private Task<List<(ScheduleId Id, TenantId Tenant)>> Due(CancellationToken ct) => data.Rows(
        "select id, tenant_id from station_schedule where enabled and next_at <= $1 order by next_at limit 20", r => (new ScheduleId(r.GetGuid(0)), new TenantId(r.GetGuid(1))), ct, time.GetUtcNow());

    private async Task Run(ScheduleId id, TenantId tenant, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        try
        {
            if (await scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<Schedule>().SingleOrDefaultAsync(s => s.Id == id && s.Enabled, ct) is { } schedule)
            {
                scope.ServiceProvider.GetRequiredService<Kernel.Http.Actor>().Use("system", schedule.CreatedBy, null);
                await scope.ServiceProvider.GetRequiredService<RunSchedule>().Run(schedule, ct);
            }
        }
        catch (DbUpdateException twice)
        {
            LogTwice(id.Value, twice.InnerException?.Message ?? twice.Message); // another node was faster; the next look sees it
        }
    }

    [LoggerMessage(LogLevel.Information, "Schedule {Schedule} is run by another node ({Reason})")]
    private partial void LogTwice(Guid schedule, string reason);
}
