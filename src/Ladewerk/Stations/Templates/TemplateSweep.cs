using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Stations.Templates;

/// <summary>Settings under <c>Templates</c>.</summary>
public sealed class TemplateOptions
{
    /// <summary>How long a station may settle after a boot before it is asked for its configuration.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How often it is looked who has booted.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Stations asked at the same time; few, because after a power cut all boot at once.</summary>
    public int Parallel { get; set; } = 4;

    /// <summary>When a station that did not answer is asked again.</summary>
    public TimeSpan Again { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>Compares stations with their templates some time after they booted, and stops at a boot loop. All it has to know stands in the database.</summary>
internal sealed partial class TemplateSweep(NpgsqlDataSource data, IServiceScopeFactory scopes, StationRegistry registry, IOptions<TemplateOptions> options, TimeProvider time, ILogger<TemplateSweep> logger) : RoundWorker(logger)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    protected override TimeSpan Pause => options.Value.Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await NoteBoots(ct);
        await Parallel.ForEachAsync(await Due(ct), new ParallelOptions { MaxDegreeOfParallelism = options.Value.Parallel, CancellationToken = ct }, async (due, token) => await Follow(due, token));
        return false;
    }

    private async Task NoteBoots(CancellationToken ct)
    {
        var booted = await data.Rows(
            """
            insert into station_template_state as t (station_id, tenant_id, booted_at, boots, due_at)
            select s.id, s.tenant_id, s.last_boot_at, array[s.last_boot_at], s.last_boot_at + $1 from charging_station s
            where s.last_boot_at > (select coalesce(max(booted_at), '-infinity') - interval '1 minute' from station_template_state where booted_at is not null) and s.removed_at is null
            on conflict (station_id) do update set booted_at = excluded.booted_at, due_at = excluded.due_at, boots = (t.boots || excluded.boots)[greatest(1, cardinality(t.boots) + 2 - $2):]
            where t.booted_at is distinct from excluded.booted_at
            returning t.station_id, t.tenant_id, t.applied_at, t.boots, t.stopped
            """,
            r => (Station: r.GetGuid(0), Tenant: new TenantId(r.GetGuid(1)), AppliedAt: r.MaybeTime(2), Boots: r.GetFieldValue<DateTimeOffset[]>(3), Stopped: r.Get<string>(4)),
            ct,
            options.Value.Settle, BootLoop.Kept);
        foreach (var b in booted.Where(b => b.Stopped is null && BootLoop.IsLoop(b.AppliedAt, b.Boots)))
        {
            await data.Run("update station_template_state set stopped = 'boot-loop', stopped_at = $2 where station_id = $1", ct, b.Station, time.GetUtcNow());
            await using var scope = Scope(b.Tenant);
            scope.ServiceProvider.GetRequiredService<AuditLog>().Record("station.configurationStopped", "station", b.Station.ToString(), after: new { reason = "boot-loop", b.Boots, b.AppliedAt });
            await scope.ServiceProvider.GetRequiredService<LadewerkDb>().SaveChangesAsync(ct);
            LogLoop(b.Station, b.Boots.Length);
        }
    }

    private Task<List<(StationId Station, TenantId Tenant)>> Due(CancellationToken ct) => data.Rows(
        """
        update station_template_state set lease_until = $1 + $2 where station_id in (
          select t.station_id from station_template_state t join station_connection c on c.station_id = t.station_id
          where t.due_at <= $1 and (t.lease_until is null or t.lease_until < $1) order by t.due_at limit $3 for update of t skip locked)
        returning station_id, tenant_id
        """,
        r => (new StationId(r.GetGuid(0)), new TenantId(r.GetGuid(1))),
        ct,
        time.GetUtcNow(), Lease, 8 * options.Value.Parallel);

    private async Task Follow((StationId Station, TenantId Tenant) due, CancellationToken ct)
    {
        DateTimeOffset? next = null;
        try
        {
            next = await Next(due, ct);
        }
        catch (NotHeldException)
        {
            LogNotHeld(due.Station.Value);
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            LogFailed(failed, due.Station.Value);
            next = time.GetUtcNow() + options.Value.Again;
        }

        await data.Run(
            "update station_template_state set lease_until = null, due_at = case when due_at > $2 then due_at else $3::timestamptz end where station_id = $1",
            CancellationToken.None,
            due.Station.Value, time.GetUtcNow(), next);
    }

    /// <summary>Compares a station; gives when it is to be asked again, null: after its next boot.</summary>
    private async Task<DateTimeOffset?> Next((StationId Station, TenantId Tenant) due, CancellationToken ct)
    {
        await using var scope = Scope(due.Tenant);
        var station = await scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<ChargingStation>().SingleOrDefaultAsync(s => s.Id == due.Station && s.RemovedAt == null, ct);
        if (station is null || !registry.IsOnline(station.Id))
        {
            return null;
        }

        var (follow, now) = (scope.ServiceProvider.GetRequiredService<FollowTemplate>(), time.GetUtcNow());
        return await follow.SettlesUntil(station, ct) is { } settled && settled > now ? settled
            : await follow.ByItself(station, ct) is null ? null : now + options.Value.Again;
    }

    private AsyncServiceScope Scope(TenantId tenant)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        return scope;
    }

    [LoggerMessage(LogLevel.Warning, "Station {Station} restarts again and again after its configuration was written ({Boots} boots): nothing more is written by itself")]
    private partial void LogLoop(Guid station, int boots);

    [LoggerMessage(LogLevel.Warning, "Configuration of station {Station} was written several times and did not hold: nothing more is written by itself")]
    private partial void LogNotHeld(Guid station);

    [LoggerMessage(LogLevel.Error, "Configuration of station {Station} could not be compared")]
    private partial void LogFailed(Exception failed, Guid station);
}
