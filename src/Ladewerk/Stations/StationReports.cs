using Ladewerk.Kernel;
using NpgsqlTypes;

namespace Ladewerk.Stations;

/// <summary>What a station said about an upload or a firmware update, in the words of the standard's newest version where they agree.</summary>
/// <param name="At">When we received it.</param>
/// <param name="RequestId">The number of the request it belongs to; null where the message has none.</param>
/// <param name="Status">Uploading, Uploaded, Downloading, Installed ...</param>
public sealed record StationReport(DateTimeOffset At, int? RequestId, string Status);

/// <summary>Keeps reports with the message that brought them. A tracker reads them soon after: <see cref="Ring"/> says that there is one.</summary>
public sealed class StationReports : IDisposable
{
    private static readonly RowTable<Row> Table = new(
        "station_report",
        "insert into station_report (tenant_id, station_id, at, kind, request_id, status) select * from unnest($1, $2, $3, $4, $5, $6)",
        Column<Row>.Of(NpgsqlDbType.Uuid, r => r.TenantId.Value),
        Column<Row>.Of(NpgsqlDbType.Uuid, r => r.StationId.Value),
        Column<Row>.Of(NpgsqlDbType.TimestampTz, r => r.At),
        Column<Row>.Of(NpgsqlDbType.Text, r => r.Kind),
        Column<Row>.Of(NpgsqlDbType.Integer, r => r.RequestId),
        Column<Row>.Of(NpgsqlDbType.Text, r => r.Status));

    /// <summary>A word about an upload of diagnostics or a log.</summary>
    public static void Upload(Change change, KnownStation station, DateTimeOffset at, string status, int? requestId = null) =>
        change.Add(Table, new(station.TenantId, station.Id, at, "upload", requestId, status));

    /// <summary>A word about a firmware update.</summary>
    public static void Firmware(Change change, KnownStation station, DateTimeOffset at, string status, int? requestId = null) =>
        change.Add(Table, new(station.TenantId, station.Id, at, "firmware", requestId, status));

    /// <summary>Rung, after the commit, when there is something to look at.</summary>
    internal Bell Bell { get; } = new();

    /// <summary>Says, after the commit, that there is something to look at.</summary>
    public void Ring() => Bell.Ring();

    public void Dispose() => Bell.Dispose();

    /// <summary>Rings when a report has been delivered.</summary>
    internal sealed class OnReport(StationReports reports) : IConsumer<LogReported>, IConsumer<FirmwareReported>
    {
        public Task Consume(LogReported e, CancellationToken ct) => Ring();

        public Task Consume(FirmwareReported e, CancellationToken ct) => Ring();

        private Task Ring()
        {
            reports.Ring();
            return Task.CompletedTask;
        }
    }

    private sealed record Row(TenantId TenantId, StationId StationId, DateTimeOffset At, string Kind, int? RequestId, string Status);
}
