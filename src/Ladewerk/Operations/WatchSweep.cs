using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Operations.Rules;
using Ladewerk.Operations.Uptime;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Operations;

/// <summary>
/// Every ten seconds: notes the states of charge points, reads the facts of each tenant, lets the rules look, brings the findings in step, and
/// puts the actions that an operator has allowed into the queue. All state is in tables, so it goes on after a restart; of several nodes one does it.
/// </summary>
internal sealed partial class WatchSweep(
    NpgsqlDataSource data, FactReader facts, PolicyReader policies, ActionRunner runner, LiveFeed feed, TimeProvider time, ILogger<WatchSweep> logger) : BackgroundService
{
    private const int LockSpace = 0x0F1D;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var startedAt = time.GetUtcNow();
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SweepAll(startedAt, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            LogStopped();
        }
    }

    private async Task SweepAll(DateTimeOffset startedAt, CancellationToken ct)
    {
        try
        {
            await IntervalRecorder.Record(data, startedAt, time.GetUtcNow(), ct);
            foreach (var tenant in await data.Rows("select distinct tenant_id from charging_station union select distinct tenant_id from refused_connection union select distinct tenant_id from finding where over_at is null", r => new TenantId(r.GetGuid(0)), ct))
            {
                await Sweep(tenant, ct);
            }

            runner.Ring();
        }
        catch (NpgsqlException away)
        {
            LogLater(away, away.Message);
        }
    }

    /// <summary>One look at one tenant.</summary>
    internal async Task Sweep(TenantId tenant, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var wanted = await policies.Read(tenant, ct);
        var symptoms = AllRules.Look(await facts.Read(tenant, wanted, now, ct), wanted, now);
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await Alone(connection, tenant, ct))
        {
            return; // another node looks
        }

        var changed = await FindingStore.Reconcile(connection, tenant, symptoms, now, ct);
        await Plan(connection, tenant, wanted, now, ct);
        await transaction.CommitAsync(ct);
        if (changed.Any)
        {
            feed.Publish(tenant, "finding", new { opened = changed.Opened, closed = changed.Closed, at = now });
        }
    }

    private static async Task<bool> Alone(NpgsqlConnection connection, TenantId tenant, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_xact_lock($1, hashtext($2))", connection)
        {
            Parameters = { new() { Value = LockSpace }, new() { Value = tenant.ToString() } },
        };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Writes down what is to be sent by itself, before anything is sent.</summary>
    private static async Task Plan(NpgsqlConnection connection, TenantId tenant, WatchPolicies policies, DateTimeOffset now, CancellationToken ct)
    {
        if (!FindingKind.All.Any(k => k.MayAct && policies[k] is { IsOn: true, Mode: not ActionMode.Off }))
        {
            return;
        }

        foreach (var (finding, mode) in ActionRules.Due(await Open(connection, tenant, ct), await Past(connection, tenant, now, ct), policies, now))
        {
            await using var insert = new NpgsqlCommand(
                """
                insert into finding_action (id, tenant_id, finding_id, station_id, kind, step, mode, command, body, at, requested_by, answered_at, outcome)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'watchdog', case when $7 = 'dryRun' then $10 end, case when $7 = 'dryRun' then 'not-sent' end)
                """,
                connection)
            {
                Parameters =
                {
                    new() { Value = Guid.CreateVersion7() }, new() { Value = tenant.Value }, new() { Value = finding.Finding }, new() { Value = finding.Station }, new() { Value = finding.Kind.Name },
                    new() { Value = finding.Step }, new() { Value = JsonNamingPolicy.CamelCase.ConvertName(mode.ToString()), NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = finding.Action.Command },
                    new() { Value = finding.Action.Body.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                },
            };
            await insert.ExecuteNonQueryAsync(ct);
        }
    }

    private static async Task<List<Actionable>> Open(NpgsqlConnection connection, TenantId tenant, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select f.id, f.station_id, f.kind, f.step, f.action, n.station_id is not null
            from finding f left join station_connection n on n.station_id = f.station_id
            where f.tenant_id = $1 and f.over_at is null and f.state = 'open' and f.action is not null and f.station_id is not null
            """,
            connection) { Parameters = { new() { Value = tenant.Value } } };
        await using var row = await command.ExecuteReaderAsync(ct);
        var open = new List<Actionable>();
        while (await row.ReadAsync(ct))
        {
            if (FindingKind.Find(row.GetString(2)) is { } kind)
            {
                open.Add(new(row.GetGuid(0), row.GetGuid(1), kind, row.GetInt32(3), JsonSerializer.Deserialize<SuggestedAction>(row.GetString(4), Columns.Json)!, row.GetBoolean(5)));
            }
        }

        return open;
    }

    private static async Task<List<PastAction>> Past(NpgsqlConnection connection, TenantId tenant, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select finding_id, station_id, kind, step, mode, at from finding_action where tenant_id = $1 and at > $2 and mode <> 'manual'", connection)
        {
            Parameters = { new() { Value = tenant.Value }, new() { Value = now - TimeSpan.FromDays(1) } },
        };
        await using var row = await command.ExecuteReaderAsync(ct);
        var past = new List<PastAction>();
        while (await row.ReadAsync(ct))
        {
            if (FindingKind.Find(row.GetString(2)) is { } kind)
            {
                past.Add(new(row.GetGuid(0), row.Maybe<Guid>(1), kind, row.GetInt32(3), Enum.Parse<ActionMode>(row.GetString(4), ignoreCase: true), row.GetFieldValue<DateTimeOffset>(5)));
            }
        }

        return past;
    }

    [LoggerMessage(LogLevel.Debug, "The watch ended")]
    private partial void LogStopped();

    [LoggerMessage(LogLevel.Warning, "The watch looks again later: {Reason}")]
    private partial void LogLater(Exception away, string reason);
}
