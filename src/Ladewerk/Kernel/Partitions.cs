using System.Globalization;
using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>A table partitioned by the time we received a row.</summary>
/// <param name="Table">Its name; rows outside of every partition go to <c>{Table}_rest</c>.</param>
/// <param name="Monthly">One partition a month, else one a day.</param>
/// <param name="Ahead">How many partitions beyond the current one are kept ready.</param>
/// <param name="Retention">Partitions that end longer ago than this are dropped; null keeps all.</param>
public sealed record PartitionedTable(string Table, bool Monthly, int Ahead, TimeSpan? Retention)
{
    /// <summary>Start of the partition that a time falls into.</summary>
    internal DateTimeOffset StartOf(DateTimeOffset at)
    {
        var day = new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero);
        return Monthly ? day.AddDays(1 - day.Day) : day;
    }

    internal DateTimeOffset Next(DateTimeOffset start) => Monthly ? start.AddMonths(1) : start.AddDays(1);

    internal string NameOf(DateTimeOffset start) => $"{Table}_{start.ToString(Format, CultureInfo.InvariantCulture)}";

    /// <summary>Start of the partition of a name; null where the name is not one of ours.</summary>
    internal DateTimeOffset? StartOf(string partition) =>
        partition.StartsWith(Table + "_", StringComparison.Ordinal)
        && DateTimeOffset.TryParseExact(partition[(Table.Length + 1)..], Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start)
            ? start
            : null;

    private string Format => Monthly ? "yyyyMM" : "yyyyMMdd";
}

/// <summary>Keeps partitions ready ahead of time and drops those that are past their retention: at the start, before anything is received, then every hour.</summary>
public sealed partial class Partitions(NpgsqlDataSource database, IEnumerable<PartitionedTable> tables, TimeProvider time, ILogger<Partitions> logger) : BackgroundService
{
    private const long LockKey = 0x4C61_6465_5061_7274;
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Maintain(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Brings all tables to what they should be now.</summary>
    public async Task Maintain(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, $"select pg_advisory_xact_lock({LockKey})", ct);
        foreach (var table in tables)
        {
            await Maintain(connection, table, ct);
        }

        await transaction.CommitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Maintain(stoppingToken);
            }
            catch (NpgsqlException away)
            {
                LogLater(away.Message); // there are partitions for days ahead; the next hour will do
            }
        }
    }

    private async Task Maintain(NpgsqlConnection connection, PartitionedTable table, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var there = await Existing(connection, table.Table, ct);
        var start = table.StartOf(now);
        for (var i = 0; i <= table.Ahead; i++, start = table.Next(start))
        {
            if (!there.Contains(table.NameOf(start)))
            {
                await Create(connection, table, start, ct);
            }
        }

        foreach (var old in there.Where(name => table.StartOf(name) is { } begin && table.Next(begin) <= now - table.Retention))
        {
            await Execute(connection, $"drop table {old}", ct);
            LogDropped(old);
        }
    }

    /// <summary>Rows of that time which came while there was no partition for them move over, else it could not be attached.</summary>
    private static Task Create(NpgsqlConnection connection, PartitionedTable table, DateTimeOffset start, CancellationToken ct)
    {
        var (name, from, to) = (table.NameOf(start), Literal(start), Literal(table.Next(start)));
        return Execute(
            connection,
            $"""
            create table {name} (like {table.Table} including defaults including constraints);
            with moved as (delete from {table.Table}_rest where received_at >= {from} and received_at < {to} returning *) insert into {name} select * from moved;
            alter table {table.Table} attach partition {name} for values from ({from}) to ({to});
            """,
            ct);
    }

    private static async Task<HashSet<string>> Existing(NpgsqlConnection connection, string table, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass", connection)
        {
            Parameters = { new() { Value = table } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static string Literal(DateTimeOffset at) => $"'{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}+00'";

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(LogLevel.Information, "Dropped {Partition}: past its retention")]
    private partial void LogDropped(string partition);

    [LoggerMessage(LogLevel.Warning, "Partitions are looked after later: {Reason}")]
    private partial void LogLater(string reason);
}
