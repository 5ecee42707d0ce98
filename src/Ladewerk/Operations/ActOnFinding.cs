using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Operations;

/// <summary>What came of an action on a finding.</summary>
internal abstract record ActResult
{
    /// <summary>No such finding, or none that a command could help.</summary>
    public sealed record NothingToDo : ActResult;

    /// <summary>The command is not right.</summary>
    public sealed record Faulty(IDictionary<string, string[]> Faults) : ActResult;

    /// <summary>It was sent, or there was no way to.</summary>
    public sealed record Sent(string Command, CommandResult Result) : ActResult;
}

/// <summary>Sends a finding's action, or another command that is to help, and keeps what the station said with the finding.</summary>
internal sealed class ActOnFinding(NpgsqlDataSource data, LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, CommandReader commands, SendCommand send, LiveFeed feed, TimeProvider time)
{
    /// <summary>By a person, now.</summary>
    /// <param name="finding">Which.</param>
    /// <param name="other">Another command than the suggested one.</param>
    public async Task<ActResult> Run(Guid finding, SuggestedAction? other, CancellationToken ct)
    {
        var found = await data.First(
            "select station_id, kind, step, action from finding where tenant_id = $1 and id = $2 and station_id is not null",
            r => new Target(r.GetGuid(0), r.GetString(1), r.GetInt32(2), r.Get<string>(3)),
            ct,
            tenant.Current.Value,
            finding);
        if (found is null || (other ?? (found.Action is null ? null : JsonSerializer.Deserialize<SuggestedAction>(found.Action, Columns.Json))) is not { } action)
        {
            return new ActResult.NothingToDo();
        }

        var id = Guid.CreateVersion7();
        await using (var connection = await SiteScope.Open(data, ct))
        await using (var insert = new NpgsqlCommand("""
            insert into finding_action (id, tenant_id, finding_id, station_id, kind, step, mode, command, body, at, requested_by, started_at)
            values ($1, $2, $3, $4, $5, $6, 'manual', $7, $8, $9, $10, $9)
            """, connection))
        {
            object[] values = [id, tenant.Current.Value, finding, found.Station, found.Kind, found.Step, action.Command];
            foreach (var value in values)
            {
                insert.Parameters.Add(new() { Value = value });
            }

            insert.Parameters.Add(new() { Value = action.Body.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb });
            insert.Parameters.Add(new() { Value = time.GetUtcNow() });
            insert.Parameters.Add(new() { Value = actor.Name });
            await insert.ExecuteNonQueryAsync(ct);
        }

        return await Send(id, finding, new StationId(found.Station), action, ct);
    }

    /// <summary>Sends what is on record as <paramref name="id"/>, and completes the record.</summary>
    public async Task<ActResult> Send(Guid id, Guid finding, StationId stationId, SuggestedAction action, CancellationToken ct)
    {
        var station = await db.Set<ChargingStation>().SingleOrDefaultAsync(s => s.Id == stationId && s.RemovedAt == null, ct);
        if (station is null)
        {
            await Finish(id, "not-found", null);
            return new ActResult.NothingToDo();
        }

        switch (await commands.Read(action.Command, JsonSerializer.SerializeToElement(action.Body), station.Id, ct))
        {
            case ReadCommand.Faulty(var faults):
                await Finish(id, SendCommand.Invalid, faults);
                return new ActResult.Faulty(faults);
            case ReadCommand.Read(var command):
                var result = await send.Run(station, command, ct);
                var (outcome, response) = Kept(result);
                await Finish(id, outcome, response);
                audit.Record("finding.actedOn", "finding", finding.ToString(), after: new { station = station.Identity, action.Command, action.Body, outcome });
                await db.SaveChangesAsync(CancellationToken.None);
                feed.Publish(tenant.Current, "finding", new { stationId = station.Identity, command = action.Command, outcome });
                return new ActResult.Sent(action.Command, result);
            default:
                await Finish(id, SendCommand.Invalid, null);
                return new ActResult.Faulty(new Dictionary<string, string[]>(StringComparer.Ordinal) { ["command"] = ["No such command."] });
        }
    }

    private async Task Finish(Guid id, string outcome, object? response)
    {
        await using var connection = await SiteScope.Open(data, CancellationToken.None);
        await using var update = new NpgsqlCommand("update finding_action set answered_at = $2, outcome = $3, response = $4 where id = $1", connection);
        update.Parameters.Add(new() { Value = id });
        update.Parameters.Add(new() { Value = time.GetUtcNow() });
        update.Parameters.Add(new() { Value = outcome });
        update.Parameters.Add(new() { Value = response is null ? DBNull.Value : JsonSerializer.Serialize(response, ApiJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await update.ExecuteNonQueryAsync(CancellationToken.None); // what was sent is on record even if nobody waits any more
    }

    private static (string Outcome, object? Response) Kept(CommandResult result) => result switch
    {
        CommandResult.Answered answered => (answered.Status, answered.Response),
        CommandResult.Offline => (SendCommand.Offline, null),
        CommandResult.TimedOut => (SendCommand.Timeout, null),
        CommandResult.Refused refused => (SendCommand.Error, refused),
        CommandResult.Invalid invalid => (SendCommand.Invalid, invalid.Errors),
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome."),
    };

    private sealed record Target(Guid Station, string Kind, int Step, string? Action);
}
