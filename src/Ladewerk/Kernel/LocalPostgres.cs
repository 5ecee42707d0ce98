using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>
/// A private PostgreSQL that belongs to this process: created on first use, reachable over a Unix socket only, durable,
/// started again when it dies, stopped with us. Only one process at a time can run it.
/// </summary>
public sealed partial class LocalPostgres : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(15);

    // PostgreSQL's fast shutdown, its immediate one (recovery follows), and the end of all patience.
    private static readonly string[] StopSignals = ["INT", "QUIT", "KILL"];

    private readonly PostgresCluster _cluster;
    private readonly FileStream _lock;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private Postmaster _postmaster = null!;
    private Task _supervision = Task.CompletedTask;
    private bool _disposed;

    private LocalPostgres(PostgresCluster cluster, FileStream @lock, ILogger logger)
    {
        (_cluster, _lock, _logger, _clock) = (cluster, @lock, logger, cluster.Options.Clock);
        ConnectionString = ConnectionTo(PostgresCluster.Name);
    }

    /// <summary>Npgsql's connection string of the database <c>ladewerk</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>Where the cluster lies; differs from the wanted directory where PostgreSQL's user could not reach that.</summary>
    public string DataDirectory => _cluster.Directory;

    /// <summary>Creates the cluster where there is none, starts it and returns when the database <c>ladewerk</c> accepts connections.</summary>
    /// <exception cref="LocalPostgresException">It cannot be started; the message says what to do.</exception>
    public static async Task<LocalPostgres> Start(LocalPostgresOptions options, ILogger logger, CancellationToken ct)
    {
        var cluster = await PostgresCluster.Locate(options, ct);
        if (cluster.IsMoved)
            LogMoved(logger, options.DataDirectory, options.UnprivilegedUser, cluster.Directory);

        var postgres = new LocalPostgres(cluster, Lock(cluster.Directory), logger);
        try
        {
            await postgres.Prepare(ct);
            await postgres.StartServer(ct);
            await postgres.CreateDatabase(ct);
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }

        postgres._supervision = postgres.Supervise();
        return postgres;
    }

    /// <summary>Stops the server in an orderly way (open transactions are rolled back, a checkpoint is written) and gives the cluster free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _stopping.CancelAsync();
        await _supervision;
        if (_postmaster is not null)
            await StopServer(_postmaster);
        if (!string.Equals(_cluster.SocketDirectory, _cluster.Directory, StringComparison.Ordinal) && Directory.Exists(_cluster.SocketDirectory))
            Directory.Delete(_cluster.SocketDirectory, recursive: true);
        await _lock.DisposeAsync();
        _stopping.Dispose();
    }

    // Held by the kernel for as long as this process lives, however it ends.
    private static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(directory + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new LocalPostgresException($"No right to write beside {directory}. Start Ladewerk as the user who owns it, or set Ladewerk__DataDirectory to a directory of your own.", cause);
        }
        catch (IOException cause)
        {
            throw new LocalPostgresException($"Another Ladewerk already runs on {directory}. Stop it first, or set Ladewerk__DataDirectory to another directory. Several processes share one database through ConnectionStrings__Ladewerk.", cause);
        }
    }

    private async Task Prepare(CancellationToken ct)
    {
        if (await PostgresCluster.VersionOf(_cluster.Directory, ct) is null)
        {
            LogCreating(_logger, _cluster.Directory, _cluster.Programs.MajorVersion);
            await _cluster.Create(ct);
            return;
        }

        if (_cluster.Account.IsSwitched && !await _cluster.Account.AloneOwns(_cluster.Directory, ct))
            await _cluster.Account.Own(_cluster.Directory, ct);
        await StopOrphan(ct);
    }

    /// <summary>A server that a killed predecessor left behind is brought down first; a stale note of one is removed.</summary>
    private async Task StopOrphan(CancellationToken ct)
    {
        if (await _cluster.Noted(ct) is not var (pid, _))
            return;
        if (!IsServerOf(pid))
        {
            // The process id may meanwhile be somebody else's; PostgreSQL would then refuse to start for ever.
            File.Delete(_cluster.PidFile);
            return;
        }

        LogOrphan(_logger, pid);
        foreach (var signal in StopSignals)
        {
            await Signal(pid, signal);
            var asked = _clock.GetTimestamp();
            while (IsServerOf(pid) && _clock.GetElapsedTime(asked) < StopTimeout)
                await Task.Delay(PollInterval, _clock, ct);
        }
    }

    private bool IsServerOf(int pid)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        var directory = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cwd"));
        return string.Equals(directory.LinkTarget, _cluster.Directory, StringComparison.Ordinal);
    }

    /// <summary>Starts the server and waits until it is ready; tries again while remains of a crashed one still hold its memory.</summary>
    private async Task StartServer(CancellationToken ct)
    {
        var began = _clock.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            _postmaster = Postmaster.Start(_cluster, Hear);
            if (await Ready(_postmaster, began, ct))
            {
                LogReady(_logger, _cluster.Directory, _clock.GetElapsedTime(began).TotalMilliseconds);
                return;
            }

            if (!_postmaster.LastWords.Contains("still in use", StringComparison.Ordinal) || _clock.GetElapsedTime(began) > _cluster.Options.StartTimeout)
                throw new LocalPostgresException($"PostgreSQL did not start on {_cluster.Directory}. It said: {_postmaster.LastWords}");
            await Task.Delay(pause, _clock, ct);
            pause = Longer(pause);
        }
    }

    private async Task<bool> Ready(Postmaster postmaster, long began, CancellationToken ct)
    {
        var pid = await postmaster.ProcessId;
        while (!postmaster.Exited.IsCompleted)
        {
            if (await _cluster.Noted(ct) is var (noted, state) && noted == pid && string.Equals(state, "ready", StringComparison.Ordinal))
                return true;
            if (_clock.GetElapsedTime(began) > _cluster.Options.StartTimeout)
            {
                await StopServer(postmaster);
                return false;
            }

            await Task.WhenAny(postmaster.Exited, Task.Delay(PollInterval, _clock, ct));
            ct.ThrowIfCancellationRequested();
        }

        return false;
    }

    private async Task CreateDatabase(CancellationToken ct)
    {
        try
        {
            await using var probe = new NpgsqlConnection(ConnectionString);
            await probe.OpenAsync(ct);
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await using var source = NpgsqlDataSource.Create(ConnectionTo("postgres") + ";Pooling=false");
            await using var create = source.CreateCommand($"CREATE DATABASE {PostgresCluster.Name}");
            await create.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>Starts the server again whenever it ends without our wish, with growing pauses while it does not stay up.</summary>
    private async Task Supervise()
    {
        var pause = FirstPause;
        var since = _clock.GetTimestamp();
        try
        {
            while (true)
            {
                await _postmaster.Exited.WaitAsync(_stopping.Token);
                LogDied(_logger, _postmaster.LastWords);
                if (_clock.GetElapsedTime(since) > Healthy)
                    pause = FirstPause;
                await Task.Delay(pause, _clock, _stopping.Token);
                pause = Longer(pause);
                await Restart();
                since = _clock.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task Restart()
    {
        try
        {
            await StartServer(_stopping.Token);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogRestartFailed(_logger, failure);
        }
    }

    private async Task StopServer(Postmaster postmaster)
    {
        foreach (var signal in StopSignals)
        {
            if (postmaster.Exited.IsCompleted)
                return;
            await Signal(await postmaster.ProcessId, signal);
            await Task.WhenAny(postmaster.Exited, Task.Delay(StopTimeout, _clock));
        }
    }

    private static async Task Signal(int pid, string signal) =>
        await ChildProcess.Run("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {pid}")], CancellationToken.None);

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _cluster.SocketDirectory,
        Username = PostgresCluster.Name,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
        MaxPoolSize = 80,
        ApplicationName = "Ladewerk",
    }.ConnectionString;
}
