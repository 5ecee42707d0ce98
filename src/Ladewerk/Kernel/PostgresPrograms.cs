using System.Globalization;

namespace Ladewerk.Kernel;

/// <summary>One installation of PostgreSQL's server programs.</summary>
internal sealed record PostgresPrograms(string Directory, int MajorVersion)
{
    public const int OldestMajorVersion = 13;

    public string Postgres => Path.Combine(Directory, "postgres");
    public string InitDb => Path.Combine(Directory, "initdb");

    /// <summary>The programs that fit a cluster: of the cluster's version, or the newest for a new one.</summary>
    /// <param name="clusterVersion">The major version that made the cluster; null: there is none yet.</param>
    public static async Task<PostgresPrograms> Find(
        LocalPostgresOptions options, int? clusterVersion, string clusterDirectory, CancellationToken ct)
    {
        var found = new List<PostgresPrograms>();
        foreach (var directory in options.ProgramDirectories ?? UsualDirectories())
        {
            if (await Inspect(directory, ct) is not { MajorVersion: >= OldestMajorVersion } programs)
                continue;
            if (clusterVersion is null || programs.MajorVersion == clusterVersion)
                return programs;
            found.Add(programs);
        }

        if (found.Count == 0)
            throw new LocalPostgresException(string.Create(CultureInfo.InvariantCulture,
                $"Ladewerk keeps its data in PostgreSQL ({OldestMajorVersion} or newer), and its server programs are not on this machine. Install them with: sudo apt-get install postgresql   (or set ConnectionStrings__Ladewerk to a PostgreSQL server elsewhere)"));

        var installed = string.Join(", ", found.Select(p => p.MajorVersion).Distinct().Order());
        throw new LocalPostgresException(string.Create(CultureInfo.InvariantCulture,
            $"The data in {clusterDirectory} was made by PostgreSQL {clusterVersion}, but this machine has only PostgreSQL {installed}. Either install the old programs (sudo apt-get install postgresql-{clusterVersion}), or carry the data over with pg_upgrade or a dump and restore; the operator's guide shows how. Nothing was changed."));
    }

    private static async Task<PostgresPrograms?> Inspect(string directory, CancellationToken ct)
    {
        var programs = new PostgresPrograms(directory, 0);
        if (!File.Exists(programs.Postgres) || !File.Exists(programs.InitDb))
            return null;

        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        var (code, output) = await ChildProcess.Run(programs.Postgres, ["--version"], ct);
        var number = output.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => char.IsAsciiDigit(word[0]));
        var digits = new string((number ?? "").TakeWhile(char.IsAsciiDigit).ToArray());
        return code == 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? programs with { MajorVersion = major }
            : null;
    }

    private static IEnumerable<string> UsualDirectories()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var debian = Versioned("/usr/lib/postgresql", "").Select(directory => Path.Combine(directory, "bin"));
        var redHat = Versioned("/usr", "pgsql-").Select(directory => Path.Combine(directory, "bin"));
        return path.Concat(debian).Concat(redHat);
    }

    private static IEnumerable<string> Versioned(string root, string prefix) =>
        System.IO.Directory.Exists(root)
            ? System.IO.Directory.GetDirectories(root, prefix + "*")
                .Select(directory => (directory, version: Path.GetFileName(directory)[prefix.Length..]))
                .Where(entry => entry.version.Length > 0 && entry.version.All(char.IsAsciiDigit))
                .OrderByDescending(entry => int.Parse(entry.version, CultureInfo.InvariantCulture))
                .Select(entry => entry.directory)
            : [];
}
