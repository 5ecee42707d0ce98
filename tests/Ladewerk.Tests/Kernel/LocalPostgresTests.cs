using System.Diagnostics;
using System.Globalization;
using Ladewerk.Kernel;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Ladewerk.Tests.Kernel;

public sealed class LocalPostgresTests : IDisposable
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly string _root = Directory.CreateTempSubdirectory("ladewerk-test-").FullName;

    public LocalPostgresTests()
    {
        // PostgreSQL's unprivileged user must get below it where the tests run as root.
        File.SetUnixFileMode(_root, File.GetUnixFileMode(_root) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
    }

    private string Data => Path.Combine(_root, "postgres");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_new_cluster_accepts_connections_and_keeps_its_data_over_a_second_quick_start()
    {
        await using (var first = await Start())
        {
            await Execute(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");
            (await Scalar<string>(first, "SHOW server_encoding")).ShouldBe("UTF8");
            (await Scalar<string>(first, "SHOW listen_addresses")).ShouldBe("");
            (await Scalar<string>(first, "SHOW fsync")).ShouldBe("on");
            (await Scalar<string>(first, "SELECT upper('ladesäule')")).ShouldBe("LADESÄULE");
        }

        File.Exists(Path.Combine(Data, "postmaster.pid")).ShouldBeFalse();
        var clock = Stopwatch.StartNew();
        await using var second = await Start();
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await Scalar<int>(second, "SELECT n FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task A_killed_server_is_started_again_with_its_data()
    {
        await using var postgres = await Start();
        await Execute(postgres, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");

        await Signal("KILL", await PostmasterId());

        (await Eventually(() => Scalar<int>(postgres, "SELECT n FROM kept"))).ShouldBe(7);
    }

    [Fact]
    public async Task A_stale_note_of_a_process_does_not_hinder_the_start()
    {
        await (await Start()).DisposeAsync();
        var ourselves = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(Path.Combine(Data, "postmaster.pid"), $"{ourselves}\n{Data}\n0\n5432\n{Data}\n\n  0 0\nready   \n", Ct);

        await using var postgres = await Start();

        (await Scalar<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_server_left_running_is_stopped_and_replaced()
    {
        await (await Start()).DisposeAsync();
        var cluster = await PostgresCluster.Locate(new LocalPostgresOptions(Data), Ct);
        var orphan = Postmaster.Start(cluster, _ => { });
        await Eventually(async () => (await cluster.Noted(Ct))!.Value.State == "ready" ? true : throw new InvalidOperationException("not ready"));

        await using var postgres = await Start();

        orphan.Exited.IsCompleted.ShouldBeTrue();
        (await Scalar<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_second_process_on_the_same_directory_is_refused()
    {
        await using var postgres = await Start();

        var refusal = await Should.ThrowAsync<LocalPostgresException>(Start);

        refusal.Message.ShouldContain("Another Ladewerk already runs");
        (await Scalar<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_link_to_the_directory_is_the_same_directory()
    {
        var link = Path.Combine(_root, "link");
        await using var postgres = await Start();
        Directory.CreateSymbolicLink(link, Data);

        var refusal = await Should.ThrowAsync<LocalPostgresException>(() => LocalPostgres.Start(new LocalPostgresOptions(link), NullLogger.Instance, Ct));

        refusal.Message.ShouldContain("Another Ladewerk already runs");
        (await Scalar<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_long_path_gets_its_socket_in_a_short_directory()
    {
        var deep = Path.Combine(_root, new string('a', 60), new string('b', 60));
        var options = new LocalPostgresOptions(deep);
        string socketDirectory;
        await using (var postgres = await LocalPostgres.Start(options, NullLogger.Instance, Ct))
        {
            socketDirectory = new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Host!;
            socketDirectory.Length.ShouldBeLessThan(60);
            (await Scalar<int>(postgres, "SELECT 1")).ShouldBe(1);
        }

        Directory.Exists(socketDirectory).ShouldBeFalse();
    }

    [Fact]
    public async Task A_place_out_of_reach_for_the_unprivileged_user_is_replaced_when_started_as_root()
    {
        var closed = Path.Combine(_root, "closed");
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new LocalPostgresOptions(Path.Combine(closed, "postgres")) { FallbackRoot = Path.Combine(_root, "fallback") };

        await using var postgres = await LocalPostgres.Start(options, NullLogger.Instance, Ct);

        postgres.DataDirectory.ShouldStartWith(Environment.IsPrivilegedProcess ? options.FallbackRoot : closed);
        (await Scalar<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_cluster_of_another_major_version_is_left_alone_with_a_message()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "PG_VERSION"), "9\n", Ct);

        var refusal = await Should.ThrowAsync<LocalPostgresException>(Start);

        refusal.Message.ShouldContain("was made by PostgreSQL 9");
        refusal.Message.ShouldContain("postgresql-9");
    }

    [Fact]
    public async Task Missing_programs_are_named_with_the_command_that_installs_them()
    {
        var options = new LocalPostgresOptions(Data) { ProgramDirectories = [_root] };

        var refusal = await Should.ThrowAsync<LocalPostgresException>(() => LocalPostgres.Start(options, NullLogger.Instance, Ct));

        refusal.Message.ShouldContain("sudo apt-get install postgresql");
        Directory.Exists(Data).ShouldBeFalse();
    }

    [Fact]
    public async Task A_directory_with_other_things_in_it_is_refused()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "holiday.jpg"), "", Ct);

        var refusal = await Should.ThrowAsync<LocalPostgresException>(Start);

        refusal.Message.ShouldContain("is not empty");
    }

    private Task<LocalPostgres> Start() => LocalPostgres.Start(new LocalPostgresOptions(Data), NullLogger.Instance, Ct);

    private async Task<int> PostmasterId() =>
        int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid"), Ct))[0], CultureInfo.InvariantCulture);

    private static async Task Signal(string name, int pid) => await ChildProcess.Run("sh", ["-c", $"kill -{name} {pid}"], Ct);

    private static async Task Execute(LocalPostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private static async Task<T> Scalar<T>(LocalPostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static async Task<T> Eventually<T>(Func<Task<T>> attempt)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (Exception) when (clock.Elapsed < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(50, Ct);
            }
        }
    }
}
