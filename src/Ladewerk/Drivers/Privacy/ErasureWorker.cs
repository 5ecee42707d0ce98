using Ladewerk.Drivers.Import;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Privacy;

/// <summary>Works off erasures, one at a time on the installation: what is open stands in the database.</summary>
internal sealed partial class ErasureWorker(NpgsqlDataSource data, IServiceScopeFactory scopes, TimeProvider time, ILogger<ErasureWorker> logger) : RoundWorker(logger)
{
    private const int MaxAttempts = 20;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5), Again = TimeSpan.FromMinutes(10);
    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var alone = await connection.BeginTransactionAsync(ct);
        if (!(await connection.Command("select pg_try_advisory_xact_lock(29, 1)").Read(r => r.GetBoolean(0), ct))[0])
        {
            return false;
        }

        var due = await connection.Command("select tenant_id, id, driver_id from person_erasure where state = 'waiting' and (retry_at is null or retry_at <= $1) order by requested_at limit 50", time.GetUtcNow())
            .Read(r => (Tenant: new TenantId(r.GetGuid(0)), Id: r.GetGuid(1), Driver: r.GetGuid(2)), ct);
        foreach (var erasure in due)
        {
            await One(erasure.Tenant, erasure.Id, erasure.Driver, ct);
        }

        return false;
    }

    private async Task One(TenantId tenant, Guid id, Guid driver, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            if (await scope.ServiceProvider.GetRequiredService<ErasePerson>().Run(id, driver, ct) is { } reason)
            {
                await data.Run("update person_erasure set waits_for = $2, retry_at = $3 where id = $1", ct, id, reason, time.GetUtcNow() + Again);
            }
            else
            {
                LogDone(id);
            }
        }
        catch (Exception failed) when (failed is PostgresException or InvalidOperationException or DbUpdateException)
        {
            LogFailed(failed, id);
            await data.Run(
                "update person_erasure set attempts = attempts + 1, retry_at = $2, state = case when attempts + 1 >= $3 then 'failed' else state end where id = $1", ct, id, time.GetUtcNow() + Again, MaxAttempts);
        }
    }

    [LoggerMessage(LogLevel.Information, "Erasure {ErasureId} is done")]
    private partial void LogDone(Guid erasureId);

    [LoggerMessage(LogLevel.Error, "Erasure {ErasureId} broke off; it is tried again")]
    private partial void LogFailed(Exception failed, Guid erasureId);
}
