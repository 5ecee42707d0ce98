using System.Collections.Concurrent;
using System.Threading.Channels;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>Works off invoice runs in the background, the interrupted ones of an earlier life first.</summary>
internal sealed partial class InvoiceRunner(
    NpgsqlDataSource dataSource, RunInvoices runs, BillingOptions options, TimeProvider time, ILogger<InvoiceRunner> logger) : BackgroundService
{
    private readonly Channel<(TenantId Tenant, Guid Run)> queue = Channel.CreateBounded<(TenantId, Guid)>(256);
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> ends = new();

    /// <summary>Queues a stored run.</summary>
    public ValueTask Enqueue(TenantId tenant, Guid run, CancellationToken ct) => queue.Writer.WriteAsync((tenant, run), ct);

    /// <summary>Queues a stored run and waits for its end; false: it is still working when the time is over.</summary>
    public async Task<bool> EnqueueAndWait(TenantId tenant, Guid run, TimeSpan patience, CancellationToken ct)
    {
        var end = ends.GetOrAdd(run, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await Enqueue(tenant, run, ct);
        try
        {
            await end.Task.WaitAsync(patience, time, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            ends.TryRemove(run, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var workers = Enumerable.Range(0, options.ConcurrentRuns).Select(_ => Work(stoppingToken)).ToArray();
        await TakeUpInterrupted(stoppingToken);
        await Task.WhenAll(workers);
    }

    private async Task Work(CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            await foreach (var (tenant, run) in queue.Reader.ReadAllAsync(ct))
            {
                await One(tenant, run, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            LogStopped();
        }
    }

    private async Task One(TenantId tenant, Guid run, CancellationToken ct)
    {
        try
        {
            await runs.Run(tenant, run, ct);
        }
        catch (Exception failed) when (failed is NpgsqlException or DbUpdateException or InvalidOperationException or IOException)
        {
            LogFailed(failed, run); // it stays open in the database and is taken up at the next start
        }
        finally
        {
            if (ends.TryRemove(run, out var end))
            {
                end.SetResult();
            }
        }
    }

    private async Task TakeUpInterrupted(CancellationToken ct)
    {
        await using var open = dataSource.CreateCommand("select tenant_id, id from invoice_run where state in ('waiting', 'running') order by created_at limit 200");
        await using var reader = await open.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            await queue.Writer.WriteAsync((TenantId.From(reader.GetGuid(0)), reader.GetGuid(1)), ct);
        }
    }

    [LoggerMessage(LogLevel.Error, "Invoice run {RunId} broke off")]
    private partial void LogFailed(Exception failed, Guid runId);

    [LoggerMessage(LogLevel.Information, "Invoice runs pause until the next start")]
    private partial void LogStopped();
}
