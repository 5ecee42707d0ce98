using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ladewerk.Kernel;

/// <summary>
/// One running server process. A thread of its own starts it and waits for it: the kernel's parent-death signal is bound
/// to the thread that started the child, so a thread of the pool, which may end at any time, must not be that one.
/// </summary>
internal sealed class Postmaster
{
    private const int KeptLines = 8;

    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _lastLines = new();
    private readonly Action<string> _log;

    private Postmaster(Action<string> log) => _log = log;

    /// <summary>Completes with the exit code when the server has ended.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>The server's last words, for a message about a failed start.</summary>
    public string LastWords => string.Join(' ', _lastLines);

    public static Postmaster Start(PostgresCluster cluster, Action<string> log)
    {
        var (program, arguments) = cluster.Account.Daemon(cluster.Programs.Postgres, cluster.ServerArguments());
        var postmaster = new Postmaster(log);
        new Thread(() => postmaster.Run(ChildProcess.Describe(program, arguments)))
        {
            IsBackground = true,
            Name = "PostgreSQL",
        }.Start();
        return postmaster;
    }

    /// <summary>The operating system's id of the server; the programs that lead to it replace themselves by the next.</summary>
    public Task<int> ProcessId => _started.Task;

    private void Run(ProcessStartInfo info)
    {
        try
        {
            using var process = new Process { StartInfo = info };
            process.ErrorDataReceived += (_, line) => Hear(line.Data);
            process.Start();
            process.BeginErrorReadLine();
            _started.SetResult(process.Id);
            process.WaitForExit();
            _exited.SetResult(process.ExitCode);
        }
        catch (Exception failure) // thrown on, it would end our process; whoever waits gets to know instead
        {
            Hear(failure.Message);
            _started.TrySetException(new LocalPostgresException($"{info.FileName} could not be started: {failure.Message}", failure));
            _exited.TrySetResult(-1);
        }
    }

    private void Hear(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        _log(line);
        // "the database system is starting up": told to each client that tries meanwhile, and says nothing of the reason.
        if (line.StartsWith("FATAL:  the database system is ", StringComparison.Ordinal))
            return;
        _lastLines.Enqueue(line);
        while (_lastLines.Count > KeptLines)
            _lastLines.TryDequeue(out _);
    }
}
