using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Tests.Kernel;

public sealed class GroupCommitTests(Database database) : IAsyncLifetime
{
    private static readonly RowTable<Row> Numbers = new(
        "number",
        "insert into number (n) select * from unnest($1)",
        Column<Row>.Of(NpgsqlDbType.Integer, r => r.Number));

    private static readonly CopyTable Copied = new("copied", "n", "t", "at");

    private NpgsqlDataSource data = null!;
    private GroupCommit commits = null!;

    public async ValueTask InitializeAsync()
    {
        data = NpgsqlDataSource.Create(await database.Create());
        await Execute("create table number (n int primary key check (n >= 0)); create table copied (n bigint check (n >= 0), t text, at timestamptz)");
        commits = new GroupCommit(data, new GroupCommitOptions(), TimeProvider.System, NullLogger<GroupCommit>.Instance);
        await commits.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await commits.StopAsync(CancellationToken.None);
        commits.Dispose();
        await data.DisposeAsync();
    }

    [Fact]
    public async Task One_bad_row_fails_alone()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 500).Select(async n =>
        {
            var change = new Change().Add(Numbers, new Row(n is 77 or 300 ? -1 : n));
            _ = change.Append(Copied).Long(n).Text($"text {n} ä\0").Time(TimeProvider.System.GetUtcNow());
            try
            {
                await commits.Commit(change);
                return true;
            }
            catch (PostgresException refused)
            {
                refused.SqlState.ShouldBe("23514");
                return false;
            }
        }));

        results.Count(ok => !ok).ShouldBe(2);
        results[77].ShouldBeFalse();
        results[300].ShouldBeFalse();
        (await Count("number")).ShouldBe(498);
        (await Count("copied")).ShouldBe(498);
        (await Scalar("select count(*) from copied where n in (77, 300)")).ShouldBe(0);
    }

    [Fact]
    public async Task Broken_connections_lose_and_double_nothing()
    {
        using var stop = new CancellationTokenSource();
        var killer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query not like '%pg_terminate%'");
                await Task.Delay(15);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async worker =>
        {
            var change = new Change();
            for (var i = 0; i < 50; i++)
            {
                change.Clear();
                change.Add(Numbers, new Row((worker * 1000) + i));
                _ = change.Append(Copied).Long(i).Text("t").Null();
                await commits.Commit(change);
            }
        }));
        await stop.CancelAsync();
        await killer;
        (await Count("number")).ShouldBe(2000);
        (await Count("copied")).ShouldBe(2000);
    }

    [Fact]
    public async Task Many_changes_share_a_transaction()
    {
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(n => commits.Commit(new Change().Add(Numbers, new Row(n))).AsTask()));
        commits.Totals.Changes.ShouldBe(2000);
        commits.Totals.Batches.ShouldBeLessThan(200);
    }

    private async Task Execute(string sql)
    {
        try
        {
            await using var command = data.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException) when (sql.StartsWith("select pg_terminate", StringComparison.Ordinal))
        {
            // It may hit a connection that is being opened for itself.
        }
    }

    private Task<long> Count(string table) => Scalar($"select count(*) from {table}");

    private async Task<long> Scalar(string sql)
    {
        NpgsqlConnection.ClearPool(data.CreateConnection());
        await using var command = data.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private sealed record Row(int Number);
}
