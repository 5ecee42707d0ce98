using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>Finds what there is to tell the operator's people: new findings of the watchdogs, and certificates that end soon.</summary>
internal static class OperatorScan
{
    private static readonly Dictionary<string, NoticeEvent> OfFinding = new(StringComparer.Ordinal)
    {
        ["offline"] = Catalogue.StationOffline, ["fault"] = Catalogue.StationFaulted, ["bootLoop"] = Catalogue.StationFaulted, ["review"] = Catalogue.SessionToReview, ["parked"] = Catalogue.WorkParked,
        ["calibration"] = Catalogue.CalibrationExpiring, ["meterKey"] = Catalogue.MeterKeyChanged, ["terminalOffline"] = Catalogue.TerminalOffline,
    };

    private const string Findings = """
        select f.id, f.kind, f.opened_at, f.station_id, s.site_id, s.identity, s.name, p.name, f.connector, f.session_id
        from finding f left join charging_station s on s.id = f.station_id left join site p on p.id = s.site_id
        where f.tenant_id = $1 and f.over_at is null and f.state = 'open' and f.kind = any($2) and f.opened_at > $3
          and not exists (select 1 from notice n where n.tenant_id = f.tenant_id and n.key = 'finding:' || f.id)
        """;

    private const string Certificates = """
        select c.id, 'station', s.identity, s.name, c.station_id, s.site_id, c.not_after from station_certificate c join charging_station s on s.id = c.station_id
        where c.tenant_id = $1 and c.status = 'accepted' and c.not_after between $2 and $3 and s.removed_at is null
          and not exists (select 1 from station_certificate n where n.station_id = c.station_id and n.status = 'accepted' and n.not_after > c.not_after)
        union all select id, 'authority', null, null, null, null, not_after from certificate_authority where tenant_id = $1 and retired_at is null and not_after between $2 and $3
        union all select id, 'root', null, null, null, null, not_after from trusted_certificate where tenant_id = $1 and not_after between $2 and $3
        """;

    /// <summary>New findings, in the transaction of <paramref name="connection"/>.</summary>
    public static async Task<int> FindingsOf(NpgsqlConnection connection, TenantId tenant, DateTimeOffset now, CancellationToken ct)
    {
        var notices = await connection.Rows(Findings, Read, ct, tenant.Value, OfFinding.Keys.ToArray(), now - TimeSpan.FromDays(2));
        return await NoticeStore.Raise(connection, tenant, notices, now, ct);
    }

    /// <summary>Certificates that end within a month, told once and again a week before.</summary>
    public static async Task<int> CertificatesOf(NpgsqlConnection connection, TenantId tenant, DateTimeOffset now, CancellationToken ct)
    {
        var notices = await connection.Rows(
            Certificates,
            row => new Notice(
                Catalogue.CertificateExpiring,
                $"certificate:{row.GetGuid(0):N}:{(row.GetFieldValue<DateTimeOffset>(6) - now < TimeSpan.FromDays(7) ? "week" : "month")}",
                now,
                new NoticeFacts { Station = row.Get<string>(2), StationName = row.Get<string>(3), Detail = row.GetString(1), EndedAt = row.GetFieldValue<DateTimeOffset>(6) })
            { Station = row.Maybe<Guid>(4), Site = row.Maybe<Guid>(5), Href = "/portal/certificates" },
            ct,
            tenant.Value,
            now,
            now + TimeSpan.FromDays(30));
        return await NoticeStore.Raise(connection, tenant, notices, now, ct);
    }

    private static Notice Read(NpgsqlDataReader row)
    {
        var (id, kind, identity) = (row.GetGuid(0), row.GetString(1), row.Get<string>(5));
        return new(OfFinding[kind], $"finding:{id:D}", row.GetFieldValue<DateTimeOffset>(2), new NoticeFacts
        {
            Station = identity, StationName = row.Get<string>(6), Site = row.Get<string>(7), Connector = row.Maybe<int>(8), Detail = kind,
        })
        { Station = row.Maybe<Guid>(3), Site = row.Maybe<Guid>(4), Session = row.Maybe<Guid>(9), Href = $"/portal/findings/{id:D}" };
    }
}
