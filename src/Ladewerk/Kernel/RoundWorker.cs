using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>
/// Work in the background that makes rounds: whatever stands in the database and is due is done, then it rests until it is rung for or its pause
/// is over. A round that fails is told in the log and made again; nothing but the end of the host ends the worker.
/// </summary>
/// <param name="rung">A bell that others ring too; null: its own.</param>
public abstract partial class RoundWorker(ILogger logger, Bell? rung = null) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private readonly Bell bell = rung ?? new Bell();

    /// <summary>How long it rests when nobody rings.</summary>
    protected abstract TimeSpan Pause { get; }

    /// <summary>Says that there may be something to do.</summary>
    public void Ring() => bell.Ring();

    public override void Dispose()
    {
        bell.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One round.</summary>
    /// <returns>Whether more is due, so that the next round follows at once.</returns>
    protected abstract Task<bool> Round(CancellationToken ct);

    /// <summary>After the last round.</summary>
    protected virtual Task End() => Task.CompletedTask;

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await Round(stoppingToken))
                {
                    await bell.Wait(Pause, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failed)
            {
                Log(failed);
                await Task.Delay(Pause > TimeSpan.Zero && Pause < AfterFailure ? Pause : AfterFailure, CancellationToken.None).WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await End();
    }

    private void Log(Exception failed)
    {
        if (failed is PostgresException or not NpgsqlException)
        {
            LogFailed(failed, GetType().Name);
        }
        else
        {
            LogDatabaseGone(GetType().Name, failed.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Worker} waits: database unreachable ({Reason})")]
    private partial void LogDatabaseGone(string worker, string reason);

    [LoggerMessage(LogLevel.Error, "A round of {Worker} failed; it is made again")]
    private partial void LogFailed(Exception failed, string worker);
}
