using System.Threading.Channels;
using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>How the hot path commits.</summary>
public sealed class GroupCommitOptions
{
    /// <summary>Writers, each with a connection of its own: while one waits for the disk, the other gathers.</summary>
    public int Writers { get; set; } = 2;

    /// <summary>Most changes in one transaction.</summary>
    public int MaxBatch { get; set; } = 2048;

    /// <summary>Most changes that wait; beyond it callers are held back.</summary>
    public int Capacity { get; set; } = 32_768;
}

/// <summary>
/// Commits the changes of many stations in one transaction. The next batch is what came in during the last commit: no timer, so a
/// lone change waits for nothing and a storm is written by thousands. Callers are released after the commit (fsync) and never before.
/// A batch with a bad row is split until the bad change stands alone and only its caller fails. With the database gone nothing is
/// acknowledged; the batch is tried again, under the same mark, until it is known to be written exactly once.
/// </summary>
public sealed partial class GroupCommit(NpgsqlDataSource dataSource, GroupCommitOptions options, TimeProvider time, ILogger<GroupCommit> logger)
    : BackgroundService
{
    private readonly Channel<Change> queue = Channel.CreateBounded<Change>(new BoundedChannelOptions(options.Capacity) { FullMode = BoundedChannelFullMode.Wait });
    private long batches;
    private long changes;
    private volatile bool databaseGone;

    /// <summary>Raised after a batch has been committed, on the writer's thread.</summary>
    public event Action? Committed;

    /// <summary>Whether the last attempt reached the database.</summary>
    public bool IsHealthy => !databaseGone;

    /// <summary>Transactions and changes committed since the start.</summary>
    public (long Batches, long Changes) Totals => (Interlocked.Read(ref batches), Interlocked.Read(ref changes));

    /// <summary>Writes a change with the next batch. Completes when it is durable; the change may be cleared and reused then.</summary>
    /// <exception cref="PostgresException">This change alone cannot be written; nothing of it was.</exception>
    /// <exception cref="ChannelClosedException">The host is stopping; nothing was written.</exception>
    public ValueTask Commit(Change change)
    {
        if (change.IsEmpty)
        {
            return ValueTask.CompletedTask;
        }

        var committed = change.Begin();
        return queue.Writer.TryWrite(change) ? committed : Queue(change, committed);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Writers).Select(_ => Task.Run(() => Write(stoppingToken), CancellationToken.None)));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    private async ValueTask Queue(Change change, ValueTask committed)
    {
        await queue.Writer.WriteAsync(change);
        await committed;
    }

    private async Task Write(CancellationToken ct)
    {
        await using var writer = new BatchWriter(dataSource);
        var batch = new List<Change>(options.MaxBatch);
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < options.MaxBatch && queue.Reader.TryRead(out var change))
            {
                batch.Add(change);
            }

            if (batch.Count == 0)
            {
                continue;
            }

            try
            {
                await WriteOrSplit(writer, batch, ct);
            }
            catch (OperationCanceledException stopped)
            {
                batch.ForEach(change => change.Fail(stopped));
            }

            batch.Clear();
        }
    }

    /// <summary>Writes all or, where the database refuses a row, each half; completes every change of the batch.</summary>
    private async Task WriteOrSplit(BatchWriter writer, List<Change> batch, CancellationToken ct)
    {
        try
        {
            await WriteUntilKnown(writer, batch, ct);
        }
        catch (Exception refused) when (refused is not OperationCanceledException && batch.Count == 1)
        {
            LogRefused(refused);
            batch[0].Fail(refused);
            return;
        }
        catch (Exception refused) when (refused is not OperationCanceledException)
        {
            await WriteOrSplit(writer, batch.GetRange(0, batch.Count / 2), ct);
            await WriteOrSplit(writer, batch.GetRange(batch.Count / 2, batch.Count - (batch.Count / 2)), ct);
            return;
        }

        Interlocked.Increment(ref batches);
        Interlocked.Add(ref changes, batch.Count);
        foreach (var change in batch)
        {
            change.Succeed();
        }

        Committed?.Invoke();
    }

    /// <summary>Tries again, under the same mark, until the database has said whether the batch is written.</summary>
    private async Task WriteUntilKnown(BatchWriter writer, List<Change> batch, CancellationToken ct)
    {
        writer.NextBatch();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await writer.Write(batch);
                Reached(attempt);
                return;
            }
            catch (Exception broken) when (writer.IsBroken || IsTransient(broken))
            {
                databaseGone = true;
                LogDatabaseGone(broken.Message, batch.Count, attempt + 1);
                await writer.Disconnect();
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2000, 50 << Math.Min(attempt, 6))), time, ct);
            }
        }
    }

    private void Reached(int attempt)
    {
        if (attempt > 0)
        {
            LogDatabaseBack();
        }

        databaseGone = false;
    }

    /// <summary>The database or the way to it is at fault, not a row.</summary>
    private static bool IsTransient(Exception broken) => broken switch
    {
        // connection, resources (disk full, too many connections), shutdown, serialisation, deadlock
        PostgresException p => p.SqlState is ['0', '8', ..] or ['5', '3', ..] or ['5', '7', 'P', ..] or ['5', '8', ..] or "57014" or "40001" or "40P01" or "25006" or "XX000",
        NpgsqlException or IOException or TimeoutException => true,
        _ => false,
    };

    [LoggerMessage(LogLevel.Error, "A change cannot be written")]
    private partial void LogRefused(Exception refused);

    [LoggerMessage(LogLevel.Warning, "Database unreachable ({Reason}); {Changes} changes wait unacknowledged, attempt {Attempt}")]
    private partial void LogDatabaseGone(string reason, int changes, int attempt);

    [LoggerMessage(LogLevel.Information, "Database is back; waiting changes are committed")]
    private partial void LogDatabaseBack();
}
