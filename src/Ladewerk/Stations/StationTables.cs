using Ladewerk.Kernel;
using NpgsqlTypes;

namespace Ladewerk.Stations;

/// <summary>What the hot path writes of stations. Rows of one statement are in the order of their keys, so that two transactions never wait for each other in a circle.</summary>
internal static class StationTables
{
    /// <summary>A CALL and its answer, as bytes.</summary>
    public static readonly CopyTable Messages = new(
        "station_message", "received_at", "tenant_id", "station_id", "direction", "message_id", "action", "payload", "verdict", "answer", "answered_at");

    /// <summary>A connector that the station reported and nobody had registered: an EVSE of its own. Declared before what is then written of it.</summary>
    public static readonly RowTable<NewConnector> NewConnectors = new(
        "connector",
        """
        with n as (select * from unnest($1, $2, $3, $4, $5, $6) as n (evse_uuid, connector_uuid, tenant, station, evse, wire)),
             e as (insert into evse (id, tenant_id, station_id, number) select evse_uuid, tenant, station, evse from n on conflict do nothing)
        insert into connector (id, tenant_id, station_id, evse_number, number, wire_number) select connector_uuid, tenant, station, evse, 1, wire from n on conflict do nothing
        """,
        Column<NewConnector>.Of(NpgsqlDbType.Uuid, _ => Guid.CreateVersion7()),
        Column<NewConnector>.Of(NpgsqlDbType.Uuid, _ => Guid.CreateVersion7()),
        Column<NewConnector>.Of(NpgsqlDbType.Uuid, c => c.TenantId.Value),
        Column<NewConnector>.Of(NpgsqlDbType.Uuid, c => c.StationId.Value),
        Column<NewConnector>.Of(NpgsqlDbType.Integer, c => c.EvseNumber),
        Column<NewConnector>.Of(NpgsqlDbType.Integer, c => c.WireNumber));

    public static readonly RowTable<ConnectorStatus> Status = new(
        "connector",
        """
        update connector c set status = n.status, error_code = n.error, info = n.info, vendor_error_code = n.vendor_error, status_at = n.at
        from unnest($1, $2, $3, $4, $5, $6, $7) as n (station, wire, status, error, info, vendor_error, at)
        where c.station_id = n.station and c.wire_number = n.wire
        """,
        Column<ConnectorStatus>.Of(NpgsqlDbType.Uuid, s => s.StationId.Value),
        Column<ConnectorStatus>.Of(NpgsqlDbType.Integer, s => s.WireNumber),
        Column<ConnectorStatus>.Of(NpgsqlDbType.Text, s => s.Status),
        Column<ConnectorStatus>.Of(NpgsqlDbType.Text, s => s.ErrorCode),
        Column<ConnectorStatus>.Of(NpgsqlDbType.Text, s => s.Info),
        Column<ConnectorStatus>.Of(NpgsqlDbType.Text, s => s.VendorErrorCode),
        Column<ConnectorStatus>.Of(NpgsqlDbType.TimestampTz, s => s.At));

    public static readonly RowTable<BootFacts> Boot = new(
        "charging_station",
        """
        with n as (select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as n (id, vendor, model, serial, firmware, meter_type, meter_serial, iccid, imsi, at)),
             l as (insert into station_boot (at, tenant_id, station_id, firmware) select n.at, b.tenant_id, n.id, n.firmware from n join charging_station b on b.id = n.id)
        update charging_station s set vendor = n.vendor, model = n.model, serial_number = coalesce(n.serial, s.serial_number),
          firmware_version = coalesce(n.firmware, s.firmware_version), meter_type = coalesce(n.meter_type, s.meter_type),
          meter_serial_number = coalesce(n.meter_serial, s.meter_serial_number), iccid = coalesce(n.iccid, s.iccid), imsi = coalesce(n.imsi, s.imsi),
          last_boot_at = n.at, last_seen_at = n.at
        from n where s.id = n.id
        """,
        Column<BootFacts>.Of(NpgsqlDbType.Uuid, b => b.StationId.Value),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.Vendor),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.Model),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.SerialNumber),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.FirmwareVersion),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.MeterType),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.MeterSerialNumber),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.Iccid),
        Column<BootFacts>.Of(NpgsqlDbType.Text, b => b.Imsi),
        Column<BootFacts>.Of(NpgsqlDbType.TimestampTz, b => b.At));

    /// <summary>How far a firmware update is.</summary>
    public static readonly RowTable<Progress> Firmware = ProgressOf("firmware");

    /// <summary>How far the upload of diagnostics or of a log is.</summary>
    public static readonly RowTable<Progress> Diagnostics = ProgressOf("diagnostics");

    /// <summary>When stations were last heard. A row that is just being written is skipped: this statement waits for nobody.</summary>
    public static readonly RowTable<Seen> Seens = new(
        "charging_station",
        """
        update charging_station s set last_seen_at = n.at, clock_offset_ms = coalesce(n.clock, s.clock_offset_ms),
          leniencies = case when n.leniencies is null then s.leniencies else n.leniencies end
        from unnest($1, $2, $3, $4) as n (id, at, clock, leniencies)
        where s.id = n.id and s.id in (select id from charging_station where id = any($1) for update skip locked)
        """,
        Column<Seen>.Of(NpgsqlDbType.Uuid, s => s.StationId.Value),
        Column<Seen>.Of(NpgsqlDbType.TimestampTz, s => s.At),
        Column<Seen>.Of(NpgsqlDbType.Bigint, s => s.ClockOffsetMs),
        Column<Seen>.Of(NpgsqlDbType.Jsonb, s => s.Leniencies));

    public static readonly RowTable<Connected> Connections = new(
        "station_connection",
        """
        with n as (select * from unnest($1, $2, $3, $4, $5, $6, $7) as n (station, tenant, node, epoch, protocol, address, at)),
             v as (update charging_station s set ocpp_version = n.protocol, last_seen_at = n.at from n where s.id = n.station),
             l as (insert into connection_log (at, tenant_id, station_id, event, detail) select at, tenant, station, 'connected', address from n)
        insert into station_connection (station_id, tenant_id, node, epoch, protocol, remote_address, connected_at)
        select station, tenant, node, epoch, protocol, address, at from n
        on conflict (station_id) do update set node = excluded.node, epoch = excluded.epoch, protocol = excluded.protocol,
          remote_address = excluded.remote_address, connected_at = excluded.connected_at where station_connection.epoch < excluded.epoch
        """,
        Column<Connected>.Of(NpgsqlDbType.Uuid, c => c.StationId.Value),
        Column<Connected>.Of(NpgsqlDbType.Uuid, c => c.TenantId.Value),
        Column<Connected>.Of(NpgsqlDbType.Text, c => c.Node),
        Column<Connected>.Of(NpgsqlDbType.Bigint, c => c.Epoch),
        Column<Connected>.Of(NpgsqlDbType.Text, c => c.OcppVersion),
        Column<Connected>.Of(NpgsqlDbType.Text, c => c.RemoteAddress),
        Column<Connected>.Of(NpgsqlDbType.TimestampTz, c => c.At));

    public static readonly RowTable<Disconnected> Disconnections = new(
        "station_connection",
        """
        with n as (select * from unnest($1, $2, $3, $4, $5) as n (station, tenant, epoch, at, reason)),
             l as (insert into connection_log (at, tenant_id, station_id, event, detail) select at, tenant, station, 'disconnected', reason from n)
        delete from station_connection c using n where c.station_id = n.station and c.epoch = n.epoch
        """,
        Column<Disconnected>.Of(NpgsqlDbType.Uuid, c => c.StationId.Value),
        Column<Disconnected>.Of(NpgsqlDbType.Uuid, c => c.TenantId.Value),
        Column<Disconnected>.Of(NpgsqlDbType.Bigint, c => c.Epoch),
        Column<Disconnected>.Of(NpgsqlDbType.TimestampTz, c => c.At),
        Column<Disconnected>.Of(NpgsqlDbType.Text, c => c.Reason));

    private static RowTable<Progress> ProgressOf(string what) => new(
        "charging_station",
        $"""
        update charging_station s set {what}_status = n.status, {what}_request_id = n.request, {what}_status_at = n.at
        from (select distinct on (id) * from unnest($1, $2, $3, $4) with ordinality as u (id, status, request, at, nr) order by id, nr desc) n where s.id = n.id
        """,
        Column<Progress>.Of(NpgsqlDbType.Uuid, p => p.StationId.Value),
        Column<Progress>.Of(NpgsqlDbType.Text, p => p.Status),
        Column<Progress>.Of(NpgsqlDbType.Integer, p => p.RequestId),
        Column<Progress>.Of(NpgsqlDbType.TimestampTz, p => p.At));

    internal sealed record ConnectorStatus(StationId StationId, int WireNumber, string Status, string ErrorCode, string? Info, string? VendorErrorCode, DateTimeOffset At);

    internal sealed record NewConnector(TenantId TenantId, StationId StationId, int EvseNumber, int WireNumber);

    internal sealed record BootFacts(
        StationId StationId, string Vendor, string Model, string? SerialNumber, string? FirmwareVersion, string? MeterType, string? MeterSerialNumber, string? Iccid, string? Imsi, DateTimeOffset At);

    internal sealed record Progress(StationId StationId, string Status, int? RequestId, DateTimeOffset At);

    internal sealed record Seen(StationId StationId, DateTimeOffset At, long? ClockOffsetMs, string? Leniencies);

    internal sealed record Connected(StationId StationId, TenantId TenantId, string Node, long Epoch, string OcppVersion, string? RemoteAddress, DateTimeOffset At);

    internal sealed record Disconnected(StationId StationId, TenantId TenantId, long Epoch, DateTimeOffset At, string Reason);
}
