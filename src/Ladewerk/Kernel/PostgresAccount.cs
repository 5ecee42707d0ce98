using System.Globalization;

namespace Ladewerk.Kernel;

/// <summary>The operating-system user that owns the cluster and runs its programs: an unprivileged one when we are root, else ourselves.</summary>
internal sealed class PostgresAccount
{
    private readonly string? _user;
    private readonly string? _group;

    private PostgresAccount(string? user, string? group) => (_user, _group) = (user, group);

    /// <summary>True where programs are started as a user other than ours.</summary>
    public bool IsSwitched => _user is not null;

    /// <summary>Who runs an existing cluster (its directory's owner) or a new one.</summary>
    public static async Task<PostgresAccount> For(LocalPostgresOptions options, string clusterDirectory, CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess)
            return new PostgresAccount(user: null, group: null);

        if (Directory.Exists(clusterDirectory))
        {
            var (_, owner) = await ChildProcess.Run("stat", ["-c", "%u %g", clusterDirectory], ct);
            if (owner.Split(' ') is [var uid, var gid] && uid != "0")
                return new PostgresAccount(uid, gid);
        }

        var (code, ids) = await ChildProcess.Run("getent", ["passwd", options.UnprivilegedUser], ct);
        if (code != 0 || ids.Split(':') is not [_, _, var newUid, var newGid, ..])
            throw new LocalPostgresException(
                $"PostgreSQL refuses to run as root, and there is no user '{options.UnprivilegedUser}' to run it as. Install PostgreSQL's package, which creates it (sudo apt-get install postgresql), or start Ladewerk as an ordinary user.");
        return new PostgresAccount(newUid, newGid);
    }

    /// <summary>Creates a directory that only this account (and root) can enter.</summary>
    public async Task CreatePrivateDirectory(string directory, CancellationToken ct)
    {
        string[] owner = IsSwitched ? ["-o", _user!, "-g", _group!] : [];
        var (code, output) = await ChildProcess.Run("install", ["-d", "-m", "700", .. owner, directory], ct);
        if (code != 0)
            throw new LocalPostgresException($"Cannot create the directory {directory}: {output}");
    }

    /// <summary>Makes this account the owner of a cluster that root copied or restored.</summary>
    public async Task Own(string directory, CancellationToken ct)
    {
        if (IsSwitched)
            await ChildProcess.Run("chown", ["-R", string.Create(CultureInfo.InvariantCulture, $"{_user}:{_group}"), directory], ct);
    }

    /// <summary>Whether the account can reach what lies in the directory.</summary>
    public async Task<bool> CanEnter(string directory, CancellationToken ct)
    {
        var (program, arguments) = Command("test", ["-x", directory]);
        return (await ChildProcess.Run(program, arguments, ct)).Code == 0;
    }

    /// <summary>Whether this account alone may use what is in the directory: it is the owner, and nobody else has a right to it.</summary>
    public async Task<bool> AloneOwns(string directory, CancellationToken ct)
    {
        var own = _user ?? (await ChildProcess.Run("id", ["-u"], ct)).Output;
        var (_, state) = await ChildProcess.Run("stat", ["-c", "%u %a %F", directory], ct);
        return state == $"{own} 700 directory";
    }

    /// <summary>A short command as this account.</summary>
    public (string Program, string[] Arguments) Command(string program, string[] arguments) =>
        IsSwitched ? ("setpriv", [.. Switch(), program, .. arguments]) : (program, arguments);

    /// <summary>
    /// A long-running command as this account, in a session of its own (a terminal's Ctrl-C reaches us, not it), that the
    /// kernel asks to stop when the thread that started it dies, so that a killed server leaves no database behind.
    /// </summary>
    public (string Program, string[] Arguments) Daemon(string program, string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
            return (program, arguments);
        return ("setsid", ["setpriv", "--pdeathsig", "INT", .. Switch(), program, .. arguments]);
    }

    private string[] Switch() =>
        IsSwitched ? [$"--reuid={_user}", $"--regid={_group}", "--clear-groups"] : [];
}
