using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Kernel;

/// <summary>A cluster's place on disk: where it lies, who owns it, which programs fit it, and how it is created and described to the server.</summary>
internal sealed record PostgresCluster(
    string Directory, string SocketDirectory, PostgresAccount Account, PostgresPrograms Programs, LocalPostgresOptions Options)
{
    /// <summary>The superuser and the database; reachable by whoever may enter the socket's directory.</summary>
    public const string Name = "ladewerk";

    // sockaddr_un.sun_path holds 108 bytes with its terminating NUL.
    private const int LongestSocketPath = 107;
    private const string SocketName = "/.s.PGSQL.5432";

    /// <summary>Whether it lies below the fall-back root instead of where it was wanted.</summary>
    public bool IsMoved { get; private init; }

    public string PidFile => Path.Combine(Directory, "postmaster.pid");

    /// <summary>Finds the place and the programs; moves to the fall-back root where PostgreSQL's user cannot reach the wanted place.</summary>
    public static async Task<PostgresCluster> Locate(LocalPostgresOptions options, CancellationToken ct)
    {
        var directory = await Canonical(options.DataDirectory, ct);
        var wanted = directory;
        var programs = await PostgresPrograms.Find(options, await VersionOf(directory, ct), directory, ct);
        var account = await PostgresAccount.For(options, directory, ct);
        var parent = Path.GetDirectoryName(directory)!;
        System.IO.Directory.CreateDirectory(parent);

        if (account.IsSwitched && !await account.CanEnter(parent, ct))
        {
            directory = Path.Combine(options.FallbackRoot, Digest(directory), "postgres");
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
            programs = await PostgresPrograms.Find(options, await VersionOf(directory, ct), directory, ct);
            account = await PostgresAccount.For(options, directory, ct);
            if (!await account.CanEnter(Path.GetDirectoryName(directory)!, ct))
                throw new LocalPostgresException(
                    $"PostgreSQL runs as the unprivileged user '{options.UnprivilegedUser}', which can reach neither {parent} nor {options.FallbackRoot}. Set Ladewerk__DataDirectory to a directory below which that user may go, such as /var/lib/ladewerk.");
        }

        return new PostgresCluster(directory, await ChooseSocketDirectory(directory, account, ct), account, programs, options) { IsMoved = directory != wanted };
    }

    /// <summary>Creates the cluster beside its place and moves it there when it is whole, so that a kill in the middle leaves no half cluster.</summary>
    public async Task Create(CancellationToken ct)
    {
        var draft = Directory + ".new";
        if (System.IO.Directory.Exists(draft))
            System.IO.Directory.Delete(draft, recursive: true);
        await Account.CreatePrivateDirectory(draft, ct);

        // Collation C compares bytes: fast, and an index survives an upgrade of the C library. C.UTF-8 knows upper and lower case of every letter.
        var (program, arguments) = Account.Command(Programs.InitDb,
        [
            "--pgdata=" + draft, "--username=" + Name, "--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8",
            "--auth-local=trust", "--auth-host=reject", "--data-checksums",
        ]);
        var (code, output) = await ChildProcess.Run(program, arguments, ct);
        if (code != 0)
            throw new LocalPostgresException($"initdb could not create a PostgreSQL cluster in {draft}: {output}");

        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory);
        System.IO.Directory.Move(draft, Directory);
    }

    /// <summary>The server's command line. What keeps promises (durability, no network) comes last and cannot be overridden.</summary>
    public string[] ServerArguments()
    {
        var settings = Tuning();
        foreach (var (name, value) in Options.Settings)
            settings[name] = value;
        foreach (var (name, value) in Invariants())
            settings[name] = value;
        return ["-D", Directory, .. settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })];
    }

    /// <summary>Process id and state (<c>starting</c>, <c>ready</c>, <c>stopping</c>) of the server that holds the cluster; null: none is noted.</summary>
    public async Task<(int ProcessId, string State)?> Noted(CancellationToken ct)
    {
        try
        {
            var lines = await File.ReadAllLinesAsync(PidFile, ct);
            return lines.Length > 0 && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                ? (pid, lines.Length > 7 ? lines[7].Trim() : "starting")
                : null;
        }
        catch (IOException) // not there, or just being replaced
        {
            return null;
        }
    }

    /// <summary>The major version in the cluster's <c>PG_VERSION</c>; null where there is no cluster.</summary>
    public static async Task<int?> VersionOf(string directory, CancellationToken ct)
    {
        var file = Path.Combine(directory, "PG_VERSION");
        try
        {
            return int.Parse((await File.ReadAllTextAsync(file, ct)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new LocalPostgresException($"The data in {directory} belongs to another user. Start Ladewerk as that user or as root, or set Ladewerk__DataDirectory to a directory of your own.", cause);
        }
        catch (FormatException cause)
        {
            throw new LocalPostgresException($"{file} does not hold a PostgreSQL version; {directory} is not a cluster that Ladewerk made.", cause);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            if (System.IO.Directory.Exists(directory) && System.IO.Directory.EnumerateFileSystemEntries(directory).Any())
                throw new LocalPostgresException($"{directory} is not empty and holds no PostgreSQL cluster. Move its contents away, or set Ladewerk__DataDirectory to another directory.", cause);
            return null;
        }
    }

    /// <summary>Without links: one cluster has one name, by which it is locked and its server is recognised.</summary>
    private static async Task<string> Canonical(string path, CancellationToken ct)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var (code, output) = await ChildProcess.Run("realpath", ["-m", full], ct);
        return code == 0 ? output : full;
    }

    private static async Task<string> ChooseSocketDirectory(string cluster, PostgresAccount account, CancellationToken ct)
    {
        // A comma separates directories in PostgreSQL's setting and hosts in Npgsql's.
        if (Encoding.UTF8.GetByteCount(cluster + SocketName) <= LongestSocketPath && cluster.All(c => c is not (',' or '\'' or '"')))
            return cluster;

        var directory = account.IsSwitched && System.IO.Directory.Exists("/run")
            ? "/run/ladewerk-" + Digest(cluster)
            : "/tmp/ladewerk-" + Digest(cluster);
        await account.CreatePrivateDirectory(directory, ct);
        if (!await account.AloneOwns(directory, ct))
            throw new LocalPostgresException($"The directory for the database's socket, {directory}, belongs to somebody else. Remove it, or choose a shorter Ladewerk__DataDirectory so that the socket fits in there.");
        return directory;
    }

    private static string Digest(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..12];

    private SortedDictionary<string, string> Invariants() => new(StringComparer.Ordinal)
    {
        ["listen_addresses"] = "",
        ["port"] = "5432",
        ["unix_socket_directories"] = SocketDirectory,
        ["unix_socket_permissions"] = "0700",
        ["fsync"] = "on",
        ["full_page_writes"] = "on",
    };

    private static SortedDictionary<string, string> Tuning()
    {
        var memoryMb = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024);
        return new(StringComparer.Ordinal)
        {
            ["cluster_name"] = Name,
            ["max_connections"] = "100",
            ["shared_buffers"] = Megabytes(Math.Clamp(memoryMb / 8, 64, 1024)),
            ["effective_cache_size"] = Megabytes(Math.Max(memoryMb / 2, 256)),
            ["work_mem"] = "16MB",
            ["maintenance_work_mem"] = "128MB",
            // Few, large commits: room in the write-ahead log, and checkpoints spread out rather than frequent.
            ["synchronous_commit"] = "on",
            ["wal_compression"] = "on",
            ["wal_buffers"] = "16MB",
            ["min_wal_size"] = "256MB",
            ["max_wal_size"] = "2GB",
            ["checkpoint_timeout"] = "15min",
            ["checkpoint_completion_target"] = "0.9",
            ["random_page_cost"] = "1.1",
            ["jit"] = "off",
            ["TimeZone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["lc_messages"] = "C",
            // What went wrong, not the row it went wrong with: rows hold personal data.
            ["log_error_verbosity"] = "terse",
            ["log_min_error_statement"] = "panic",
            ["log_line_prefix"] = "",
            ["log_destination"] = "stderr",
            ["logging_collector"] = "off",
        };

        static string Megabytes(long count) => string.Create(CultureInfo.InvariantCulture, $"{count}MB");
    }
}
