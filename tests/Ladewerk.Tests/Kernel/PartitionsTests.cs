using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Ladewerk.Tests.Kernel;

public sealed class PartitionsTests(Database database)
{
    [Fact]
    public async Task Partitions_are_made_ahead_take_over_early_rows_and_go_when_old()
    {
        await using var data = NpgsqlDataSource.Create(await database.Create());
        var time = new ManualTime(new DateTimeOffset(2026, 12, 30, 23, 0, 0, TimeSpan.Zero));
        using var partitions = new Partitions(
            data, [new("station_message", Monthly: false, Ahead: 3, TimeSpan.FromDays(30)), new("meter_sample", Monthly: true, Ahead: 3, Retention: null)], time, NullLogger<Partitions>.Instance);

        await Execute(data, "insert into station_message (received_at, tenant_id, station_id, direction, payload, verdict) values ('2026-12-31T12:00Z', gen_random_uuid(), gen_random_uuid(), 'I', '', 'ok')");
        await partitions.Maintain(CancellationToken.None);
        (await Names(data, "station_message")).ShouldBe(["station_message_20261230", "station_message_20261231", "station_message_20270101", "station_message_20270102", "station_message_rest"]);
        (await Names(data, "meter_sample")).ShouldBe(["meter_sample_202612", "meter_sample_202701", "meter_sample_202702", "meter_sample_202703", "meter_sample_rest"]);
        (await Count(data, "station_message_20261231")).ShouldBe(1);
        (await Count(data, "station_message_rest")).ShouldBe(0);

        time.Advance(TimeSpan.FromDays(31));
        await partitions.Maintain(CancellationToken.None);
        await partitions.Maintain(CancellationToken.None);
        (await Names(data, "station_message")).ShouldNotContain("station_message_20261230");
        (await Names(data, "station_message")).ShouldContain("station_message_20261231");
        (await Names(data, "station_message")).ShouldContain("station_message_20270202");
        (await Names(data, "meter_sample")).ShouldContain("meter_sample_202612");
    }

    private static async Task<List<string>> Names(NpgsqlDataSource data, string table)
    {
        await using var command = data.CreateCommand($"select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = '{table}'::regclass order by 1");
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static async Task<long> Count(NpgsqlDataSource data, string table)
    {
        await using var command = data.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Execute(NpgsqlDataSource data, string sql)
    {
        await using var command = data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
