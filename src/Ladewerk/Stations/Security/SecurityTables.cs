using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Ladewerk.Kernel;
using NpgsqlTypes;

namespace Ladewerk.Stations.Security;

/// <summary>What the messages of stations write about security.</summary>
internal static class SecurityTables
{
    /// <summary>A security event, once; where it is an alarm, it is told to whoever acts on it in the same transaction.</summary>
    public static readonly RowTable<Reported> Events = new(
        "security_event",
        """
        with e as (
          insert into security_event (id, tenant_id, station_id, type, severity, critical, occurred_at, received_at, tech_info)
          select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing
          returning *)
        insert into outbox (tenant_id, type, payload)
        select tenant_id, 'securityAlarm', jsonb_strip_nulls(jsonb_build_object('eventId', id, 'stationId', station_id, 'kind', type, 'at', received_at, 'techInfo', tech_info))
        from e where severity = 'alarm'
        """,
        Column<Reported>.Of(NpgsqlDbType.Uuid, e => e.Id),
        Column<Reported>.Of(NpgsqlDbType.Uuid, e => e.TenantId.Value),
        Column<Reported>.Of(NpgsqlDbType.Uuid, e => e.StationId.Value),
        Column<Reported>.Of(NpgsqlDbType.Text, e => e.Type),
        Column<Reported>.Of(NpgsqlDbType.Text, e => JsonNamingPolicy.CamelCase.ConvertName(e.Severity.ToString())),
        Column<Reported>.Of(NpgsqlDbType.Boolean, e => e.Critical),
        Column<Reported>.Of(NpgsqlDbType.TimestampTz, e => e.OccurredAt),
        Column<Reported>.Of(NpgsqlDbType.TimestampTz, e => e.ReceivedAt),
        Column<Reported>.Of(NpgsqlDbType.Text, e => e.TechInfo));

    /// <summary>A request for a certificate; the same one again changes nothing while it is being worked on.</summary>
    public static readonly RowTable<Requested> Requests = new(
        "station_certificate",
        """
        insert into station_certificate (id, tenant_id, station_id, status, request, request_hash, reason, subject, requested_at, next_try_at)
        select id, tenant, station, case when reason is null then 'requested' else 'refused' end, request, hash, reason, subject, at, case when reason is null then at end
        from unnest($1, $2, $3, $4, $5, $6, $7, $8) as n (id, tenant, station, request, hash, reason, subject, at) on conflict do nothing
        """,
        Column<Requested>.Of(NpgsqlDbType.Uuid, _ => Guid.CreateVersion7()),
        Column<Requested>.Of(NpgsqlDbType.Uuid, r => r.TenantId.Value),
        Column<Requested>.Of(NpgsqlDbType.Uuid, r => r.StationId.Value),
        Column<Requested>.Of(NpgsqlDbType.Text, r => r.Request),
        Column<Requested>.Of(NpgsqlDbType.Text, r => r.RequestHash),
        Column<Requested>.Of(NpgsqlDbType.Text, r => r.Reason),
        Column<Requested>.Of(NpgsqlDbType.Text, r => r.Subject),
        Column<Requested>.Of(NpgsqlDbType.TimestampTz, r => r.At));

    /// <summary>A certificate by which a station has just come in: one that we signed, or one of another authority that the operator trusts.</summary>
    public static readonly RowTable<Arrived> Shown = new(
        "station_certificate",
        """
        insert into station_certificate as c (id, tenant_id, station_id, status, subject, issuer, serial_number, thumbprint, not_before, not_after, certificate,
          requested_at, first_used_at, last_used_at)
        select distinct on (station, thumbprint) id, tenant, station, 'accepted', subject, issuer, serial, thumbprint, not_before, not_after, pem, at, at, at
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as n (id, tenant, station, subject, issuer, serial, thumbprint, not_before, not_after, pem, at)
        on conflict (station_id, thumbprint) where thumbprint is not null do update
        set last_used_at = excluded.last_used_at, first_used_at = coalesce(c.first_used_at, excluded.first_used_at), next_try_at = null,
          status = case when c.status in ('issued', 'rejected') then 'accepted' else c.status end
        """,
        Column<Arrived>.Of(NpgsqlDbType.Uuid, _ => Guid.CreateVersion7()),
        Column<Arrived>.Of(NpgsqlDbType.Uuid, a => a.TenantId.Value),
        Column<Arrived>.Of(NpgsqlDbType.Uuid, a => a.StationId.Value),
        Column<Arrived>.Of(NpgsqlDbType.Text, a => a.Certificate.Subject),
        Column<Arrived>.Of(NpgsqlDbType.Text, a => a.Certificate.Issuer),
        Column<Arrived>.Of(NpgsqlDbType.Text, a => a.Certificate.SerialNumber),
        Column<Arrived>.Of(NpgsqlDbType.Text, a => Certificates.Thumbprint(a.Certificate)),
        Column<Arrived>.Of(NpgsqlDbType.TimestampTz, a => new DateTimeOffset(a.Certificate.NotBefore).ToUniversalTime()),
        Column<Arrived>.Of(NpgsqlDbType.TimestampTz, a => new DateTimeOffset(a.Certificate.NotAfter).ToUniversalTime()),
        Column<Arrived>.Of(NpgsqlDbType.Text, a => a.Certificate.ExportCertificatePem()),
        Column<Arrived>.Of(NpgsqlDbType.TimestampTz, a => a.At));

    internal sealed record Arrived(TenantId TenantId, StationId StationId, X509Certificate2 Certificate, DateTimeOffset At);

    internal sealed record Reported(
        Guid Id, TenantId TenantId, StationId StationId, string Type, Severity Severity, bool Critical, DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, string? TechInfo);

    internal sealed record Requested(
        TenantId TenantId, StationId StationId, string Request, string RequestHash, string? Reason, string? Subject, DateTimeOffset At);
}
