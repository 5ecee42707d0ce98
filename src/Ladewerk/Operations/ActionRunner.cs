using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Npgsql;

namespace Ladewerk.Operations;

/// <summary>
/// Sends the actions that the watch has planned, a few at a time. Each is claimed in the table before it is sent: after a crash none is sent twice,
/// and one that has waited too long is not sent at all.
/// </summary>
internal sealed partial class ActionRunner(NpgsqlDataSource data, IServiceScopeFactory scopes, TimeProvider time, ILogger<ActionRunner> logger) : RoundWorker(logger)
{
    private const int AtOnce = 8;
    private const int BatchSize = 32;
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2), Poll = TimeSpan.FromMinutes(1);
    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(await Claim(ct), options, async (due, token) => await Send(due, token));
        return false;
    }

    private Task<List<Due>> Claim(CancellationToken ct) => data.Rows(
        """
        update finding_action set started_at = $1, answered_at = case when at < $1 - $3::interval then $1 end, outcome = case when at < $1 - $3::interval then 'expired' end
        where id in (select id from finding_action where mode = 'automatic' and started_at is null order by at limit $2 for update skip locked)
        returning id, tenant_id, finding_id, station_id, command, body, outcome is not null
        """,
        r => new Due(r.GetGuid(0), new TenantId(r.GetGuid(1)), r.GetGuid(2), new StationId(r.GetGuid(3)), r.GetString(4), r.GetString(5), r.GetBoolean(6)),
        ct,
        time.GetUtcNow(),
        BatchSize,
        Stale);

    private async Task Send(Due due, CancellationToken ct)
    {
        if (due.IsExpired)
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(due.Tenant);
        scope.ServiceProvider.GetRequiredService<Actor>().Use("system", "watchdog", null);
        var action = new SuggestedAction(due.Command, JsonSerializer.Deserialize<System.Text.Json.Nodes.JsonObject>(due.Body)!);
        var result = await scope.ServiceProvider.GetRequiredService<ActOnFinding>().Send(due.Id, due.Finding, due.Station, action, ct);
        LogSent(due.Command, due.Station.Value, due.Finding, result is ActResult.Sent { Result: CommandResult.Answered answered } ? answered.Status : "-");
    }

    private sealed record Due(Guid Id, TenantId Tenant, Guid Finding, StationId Station, string Command, string Body, bool IsExpired);

    [LoggerMessage(LogLevel.Information, "Watchdog sent {Command} to station {Station} for finding {Finding}: {Outcome}")]
    private partial void LogSent(string command, Guid station, Guid finding, string outcome);
}
