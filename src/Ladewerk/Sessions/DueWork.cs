using System.Threading.Channels;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Sessions;

/// <summary>
/// Works off rows that fall due, a few at a time, each in a scope of its tenant. What is due stands in the database and is taken by a lease,
/// so a node that dies forgets nothing and two nodes never do the same. A station that is slow to answer holds up one of the hands, not all.
/// </summary>
internal abstract partial class DueWork(NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, TimeSpan poll, ILogger logger) : BackgroundService
{
    private const int Hands = 8;
    private const int AtOnce = 64;
    private readonly Channel<(TenantId Tenant, Guid Id)> taken = Channel.CreateBounded<(TenantId, Guid)>(AtOnce);

    /// <summary>Takes due rows: <c>$1</c> now, <c>$2</c> end of the lease, <c>$3</c> how many; gives tenant and id.</summary>
    protected abstract string TakeSql { get; }

    /// <summary>How long a row that was taken is hidden.</summary>
    protected abstract TimeSpan Lease { get; }

    protected NpgsqlDataSource DataSource => dataSource;

    /// <summary>Does what is due; a throw leaves the row to the next look after the lease.</summary>
    protected abstract Task Work(IServiceProvider scope, Guid id, CancellationToken ct);

    /// <summary>Before each look.</summary>
    protected virtual Task Prepare(DateTimeOffset now, CancellationToken ct) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var hands = Enumerable.Range(0, Hands).Select(_ => Task.Run(() => WorkOff(stoppingToken), CancellationToken.None)).ToArray();
        using var timer = new PeriodicTimer(poll, time);
        try
        {
            do
            {
                await Look(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            taken.Writer.TryComplete();
        }

        await Task.WhenAll(hands);
    }

    private async Task Look(CancellationToken ct)
    {
        try
        {
            var now = time.GetUtcNow();
            await Prepare(now, ct);
            foreach (var row in await dataSource.Rows(TakeSql, r => (new TenantId(r.GetGuid(0)), r.GetGuid(1)), ct, now, now + Lease, AtOnce))
            {
                await taken.Writer.WriteAsync(row, ct);
            }
        }
        catch (NpgsqlException gone)
        {
            LogDatabaseGone(GetType().Name, gone.Message);
        }
    }

    private async Task WorkOff(CancellationToken ct)
    {
        try
        {
            await foreach (var (tenant, id) in taken.Reader.ReadAllAsync(ct))
            {
                await One(tenant, id, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            LogStopped(GetType().Name);
        }
    }

    private async Task One(TenantId tenant, Guid id, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            await Work(scope.ServiceProvider, id, ct);
        }
        catch (Exception failed) when (failed is NpgsqlException or DbUpdateException or InvalidOperationException or IOException)
        {
            LogFailed(failed, GetType().Name, id);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Worker} waits: database unreachable ({Reason})")]
    private partial void LogDatabaseGone(string worker, string reason);

    [LoggerMessage(LogLevel.Error, "{Worker} failed on {Id}; it is tried again")]
    private partial void LogFailed(Exception failed, string worker, Guid id);

    [LoggerMessage(LogLevel.Debug, "{Worker} stops")]
    private partial void LogStopped(string worker);
}
