using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Stations.Security;

/// <summary>
/// Has requests for certificates signed and brought to their stations, and asks stations for new requests before their certificates end. What is
/// to be done stands in the database; several nodes share the work.
/// </summary>
internal sealed partial class CertificateWork(NpgsqlDataSource database, IServiceScopeFactory scopes, StationRegistry registry, TimeProvider time, ILogger<CertificateWork> logger)
    : RoundWorker(logger)
{
    private const int BatchSize = 32, AtOnce = 4;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan RenewalEvery = TimeSpan.FromMinutes(10);
    private DateTimeOffset renewedAt;

    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        if (await TakeDue(ct) == BatchSize)
        {
            return true;
        }

        await AskForRenewals(ct);
        return false;
    }

    private async Task<int> TakeDue(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var due = await database.Rows("""
            update station_certificate set next_try_at = $1 + $2, attempts = attempts + 1
            where id in (select id from station_certificate where next_try_at <= $1 order by next_try_at limit $3 for update skip locked)
            returning id, tenant_id
            """, r => (Id: r.GetGuid(0), Tenant: new TenantId(r.GetGuid(1))), ct, now, Lease, BatchSize);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (row, token) =>
        {
            try
            {
                await InScope(row.Tenant, services => services.GetRequiredService<IssueCertificate>().Run(row.Id, token));
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                LogFailed(failed, row.Id); // its lease ends, then it is tried again
            }
        });
        return due.Count;
    }

    private async Task AskForRenewals(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (now - renewedAt < RenewalEvery)
        {
            return;
        }

        renewedAt = now;
        var due = await database.Rows("""
            select distinct on (c.station_id) c.id, c.tenant_id, c.station_id
            from station_certificate c left join security_settings s on s.tenant_id = c.tenant_id
            where c.status = 'accepted' and c.request is not null and coalesce(s.renew_by_itself, true) and c.not_after > $1
              and c.not_after <= $1 + make_interval(days => coalesce(s.renew_before_days, 30)) and (c.renewal_asked_at is null or c.renewal_asked_at < $1 - interval '1 day')
              and not exists (select 1 from station_certificate n where n.station_id = c.station_id
                and (n.status in ('requested', 'issued') or (n.status = 'accepted' and n.not_after > c.not_after)))
            order by c.station_id, c.not_after desc
            """, r => (Id: r.GetGuid(0), Tenant: new TenantId(r.GetGuid(1)), Station: new StationId(r.GetGuid(2))), ct, now);
        foreach (var row in due.Where(d => registry.IsOnline(d.Station)))
        {
            await database.Run("update station_certificate set renewal_asked_at = $2 where id = $1", ct, row.Id, now);
            await InScope(row.Tenant, async services =>
            {
                if (await services.GetRequiredService<LadewerkDb>().Set<ChargingStation>().SingleOrDefaultAsync(s => s.Id == row.Station && s.RemovedAt == null, ct) is { } station)
                {
                    await services.GetRequiredService<SendCommand>().Run(station, new TriggerMessage("SignCertificate"), ct);
                }
            });
        }
    }

    private async Task InScope(TenantId tenant, Func<IServiceProvider, Task> run)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        await run(scope.ServiceProvider);
    }

    [LoggerMessage(LogLevel.Error, "Certificate {Certificate} could not be brought on")]
    private partial void LogFailed(Exception failed, Guid certificate);
}
