using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Stations.Files;

/// <summary>Follows open requests by what stations report and by the clock, and lets old files go.</summary>
internal sealed partial class TrackFiles(NpgsqlDataSource data, FileStore store, Microsoft.Extensions.Options.IOptions<FilesOptions> options, LiveFeed feed, TimeProvider time, ILogger<TrackFiles> logger)
{
    private const int BatchSize = 200;

    /// <summary>Brings every open request up to date.</summary>
    public async Task Run(CancellationToken ct)
    {
        // The words between this request and the next of the same station; by number where the message has one.
        var open = await data.Rows(
            """
            select r.id, r.tenant_id, s.identity, r.requested_at, r.link_until, r.file_id is not null, r.state, r.status, p.at, p.request_id, p.status
            from file_request r
            join charging_station s on s.id = r.station_id
            left join station_report p on p.station_id = r.station_id and p.kind = 'upload' and p.at >= r.requested_at
              and (p.request_id = r.number or (p.request_id is null and not exists (
                select 1 from file_request n where n.station_id = r.station_id and n.requested_at > r.requested_at and n.requested_at <= p.at)))
            where r.ended_at is null order by r.requested_at, p.id
            """,
            r => (Id: r.GetGuid(0), Tenant: TenantId.From(r.GetGuid(1)), Station: r.GetString(2), RequestedAt: r.GetFieldValue<DateTimeOffset>(3), Until: r.GetFieldValue<DateTimeOffset>(4),
                HasFile: r.GetBoolean(5), State: r.GetString(6), Status: r.Get<string>(7), Report: r.MaybeTime(8) is { } at ? new StationReport(at, r.Maybe<int>(9), r.GetString(10)) : null),
            ct);
        foreach (var request in open.GroupBy(r => r.Id))
        {
            var (first, reports) = (request.First(), request.Select(r => r.Report).OfType<StationReport>().ToList());
            var step = FileProgress.Of(new(first.RequestedAt, first.Until, first.HasFile, reports), time.GetUtcNow());
            var (state, status) = (System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(step.State.ToString()), reports.LastOrDefault()?.Status);
            if ((state, status) != (first.State, first.Status) || step.IsEnd)
            {
                await Store(request.Key, state, status, step, ct);
                feed.Publish(first.Tenant, "maintenance", new { stationId = first.Station, id = request.Key });
            }
        }
    }

    /// <summary>Removes files past their time; the list keeps what was asked and when.</summary>
    public async Task LetGo(CancellationToken ct)
    {
        var before = time.GetUtcNow() - options.Value.Retention;
        while (true)
        {
            var old = await data.Rows("select id, storage_key from station_file where received_at < $1 order by received_at limit $2", r => (Id: r.GetGuid(0), Key: r.GetString(1)), ct, before, BatchSize);
            foreach (var (id, key) in old)
            {
                store.Delete(key);
                await data.Run("delete from station_file where id = $1", ct, id);
                LogGone(id);
            }

            if (old.Count < BatchSize)
            {
                await data.Run("delete from station_report where at < $1", ct, before);
                return;
            }
        }
    }

    private Task<int> Store(Guid id, string state, string? status, FileStep step, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return data.Run(
            """
            update file_request set state = $2, status = coalesce($3::text, status), reason = $4::text, updated_at = $5, ended_at = case when $6 then $5 else null end
            where id = $1 and ended_at is null
            """,
            ct, id, state, status, step.Reason, now, step.IsEnd);
    }

    [LoggerMessage(LogLevel.Information, "File {FileId} was past its time and is gone")]
    private partial void LogGone(Guid fileId);
}
