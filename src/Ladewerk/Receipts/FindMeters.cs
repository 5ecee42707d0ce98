using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Receipts;

/// <summary>An EVSE with its meter, for lists.</summary>
/// <param name="StationId">The station's identity.</param>
/// <param name="Signing">Whether it has sent signed values.</param>
/// <param name="Keys">Approved keys; <paramref name="Proposed"/> wait, <paramref name="Alarms"/> contradict.</param>
/// <param name="Unproven">Sessions of the last 30 days that are not proven.</param>
public sealed record MeterView(
    string StationId, string StationName, int EvseId, string? Evse, string? Site, BillingRule? Rule, string? Serial, string? Vendor, string? Model, string? TypeExamination, DateOnly? CalibratedUntil,
    bool Signing, int Keys, int Proposed, int Alarms, int Unproven, string? Fingerprint);

/// <summary>A key as shown.</summary>
public sealed record MeterKeyView(
    Guid Id, string Fingerprint, string Curve, string PublicKey, KeySource Source, KeyState State, DateTimeOffset SeenAt, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil, DateTimeOffset? DecidedAt, string? DecidedBy)
{
    internal static MeterKeyView Of(MeterKeyEntry k) => new(k.Id, k.Fingerprint, k.Curve, k.PublicKey, k.Source, k.State, k.SeenAt, k.ValidFrom, k.ValidUntil, k.DecidedAt, k.DecidedBy);
}

/// <summary>Lists EVSEs by what their meters prove; what needs a person first.</summary>
internal sealed class FindMeters(NpgsqlDataSource data, TenantContext tenant, TimeProvider time)
{
    private static readonly TimeSpan Recent = TimeSpan.FromDays(30);

    /// <summary>Of the tenant, by station and EVSE.</summary>
    /// <param name="search">Part of a station's name or identity, an EVSE-ID or a meter's serial number.</param>
    /// <param name="only">attention: a key waits or contradicts, or sessions are not proven; calibration: expires within 90 days; null: all that sign or have a rule; all: every EVSE.</param>
    /// <param name="after">Station and EVSE behind which the page begins.</param>
    public Task<List<MeterView>> Run(string? search, string? only, (string Station, int Evse)? after, int count, CancellationToken ct) => data.Rows(
        """
        with m as (
          select s.identity, coalesce(s.name, s.identity) as name, e.number, e.evse_id, t.name as site, m.rule, coalesce(m.serial, '') as serial, m.vendor, m.model, m.type_examination, m.calibrated_until,
                 exists (select 1 from session_proof p join charging_session c on c.id = p.session_id where p.station_id = s.id and c.evse_number = e.number and p.signed_values > 0) as signing,
                 (select count(*) from meter_key k where k.station_id = s.id and k.evse_number = e.number and k.state = 'approved')::int as keys,
                 (select count(*) from meter_key k where k.station_id = s.id and k.evse_number = e.number and k.state = 'proposed')::int as proposed,
                 (select count(*) from meter_key k where k.station_id = s.id and k.evse_number = e.number and k.state = 'alarm')::int as alarms,
                 (select count(*) from session_proof p join charging_session c on c.id = p.session_id where p.station_id = s.id and c.evse_number = e.number and p.judged_at > $5
                    and (p.verdict in ('notVerified', 'unknownKey') or (p.verdict in ('none', 'unsupported') and p.rule = 'requireProof')))::int as unproven,
                 (select k.fingerprint from meter_key k where k.station_id = s.id and k.evse_number = e.number and k.state = 'approved' order by k.seen_at desc limit 1) as fingerprint
          from charging_station s join evse e on e.station_id = s.id left join site t on t.id = s.site_id left join meter m on m.station_id = s.id and m.evse_number = e.number
          where s.tenant_id = $1 and s.removed_at is null)
        select * from m
        where ($2::text is null or name ilike $2 or identity ilike $2 or evse_id ilike $2 or serial ilike $2)
          and case coalesce($3::text, 'known') when 'all' then true when 'attention' then proposed + alarms + unproven > 0 when 'calibration' then calibrated_until < $4 else signing or keys + proposed + alarms > 0 or rule is not null or calibrated_until is not null end
          and ($6::text is null or (identity, number) > ($6::text, $7::int))
        order by identity, number limit $8
        """,
        r => new MeterView(
            r.GetString(0), r.GetString(1), r.GetInt32(2), r.Get<string>(3), r.Get<string>(4), r.Get<string>(5) is { } rule ? Enum.Parse<BillingRule>(rule, ignoreCase: true) : null,
            r.GetString(6) is { Length: > 0 } serial ? serial : null, r.Get<string>(7), r.Get<string>(8), r.Get<string>(9), r.IsDBNull(10) ? null : r.GetFieldValue<DateOnly>(10), r.GetBoolean(11), r.GetInt32(12), r.GetInt32(13),
            r.GetInt32(14), r.GetInt32(15), r.Get<string>(16)),
        ct,
        tenant.Current.Value,
        string.IsNullOrWhiteSpace(search) ? null : Kernel.Http.Paging.Containing(search.Trim()),
        only,
        DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(90),
        time.GetUtcNow() - Recent,
        after?.Station,
        after?.Evse,
        count);
}
