using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Receipts;

/// <summary>Reads what a session's proof depends on.</summary>
internal sealed class ReadEvidence(NpgsqlDataSource data, LadewerkDb db, TenantContext tenant)
{
    /// <summary>Of a session of the scope's tenant.</summary>
    public async Task<Evidence> Of(ChargingSession session, CancellationToken ct)
    {
        var keys = await db.Set<MeterKeyEntry>().AsNoTracking().Where(k => k.StationId == session.StationId && k.EvseNumber == session.EvseNumber).OrderByDescending(k => k.SeenAt).ToListAsync(ct);
        var meter = await db.Set<Meter>().AsNoTracking().SingleOrDefaultAsync(m => m.StationId == session.StationId && m.EvseNumber == session.EvseNumber, ct);
        return new Evidence(
            session.TransactionId, session.StartedAt, session.EndedAt, await Values(session, ct),
            [.. keys.Select(k => MeterKey.Read(k.PublicKey) is { } key ? new KnownKey(key, k.State, k.Source, k.ValidFrom, k.ValidUntil) : null).OfType<KnownKey>()],
            meter?.Rule, meter?.Serial);
    }

    /// <summary>Whether it would be read otherwise now. Waits for whoever is just deciding about a key of the EVSE: either they see the verdict that is stored by now, or we see their decision.</summary>
    public async Task<bool> HasChanged(ChargingSession session, Evidence read, CancellationToken ct)
    {
        if (read.Values.Count == 0)
        {
            return (await Values(session, ct)).Count > 0;
        }

        await data.Run("select pg_advisory_xact_lock_shared(hashtextextended($1, 12))", ct, KeyLock(session.StationId, session.EvseNumber));
        var now = await Of(session, ct);
        return now.Values.Count != read.Values.Count
            || !now.Keys.Select(k => (k.Key.Fingerprint, k.State, k.ValidFrom, k.ValidUntil)).SequenceEqual(read.Keys.Select(k => (k.Key.Fingerprint, k.State, k.ValidFrom, k.ValidUntil)));
    }

    /// <summary>What whoever decides about keys of an EVSE holds until it is committed.</summary>
    internal static string KeyLock(StationId station, int evse) => FormattableString.Invariant($"meter-key {station.Value:N} {evse}");

    /// <summary>The session's values in the order in which they came.</summary>
    private Task<List<StoredValue>> Values(ChargingSession session, CancellationToken ct) => data.Rows(
        """
        select v.id, v.raw, v.sha256, v.context, v.format, v.received_at, v.message,
               exists (select 1 from signed_value o where o.sha256 = v.sha256 and o.id <> v.id and (o.station_id, o.transaction_id) <> (v.station_id, v.transaction_id)
                         and o.received_at < v.received_at)
        from signed_value v
        where v.tenant_id = $1 and v.station_id = $2 and (v.session_id = $3 or v.transaction_id = $4)
        order by v.received_at, v.part
        """,
        r => new StoredValue(r.GetGuid(0), r.GetString(1), r.GetFieldValue<byte[]>(2), r.Get<string>(3), r.Get<string>(4), r.GetFieldValue<DateTimeOffset>(5), r.GetString(6), r.GetBoolean(7)),
        ct,
        tenant.Current.Value,
        session.StationId.Value,
        session.Id.Value,
        session.TransactionId);

    /// <summary>Keys that the station's configuration names for an EVSE: MeterPublicKey1 and the like.</summary>
    public async Task<IReadOnlyList<MeterKey>> Configured(StationId station, int evse, CancellationToken ct)
    {
        var rows = await data.Rows(
            """
            select k.value ->> 'value' from charging_station s cross join jsonb_array_elements(case when jsonb_typeof(s.configuration) = 'array' then s.configuration else '[]' end) k
            where s.id = $1 and s.tenant_id = $2 and lower(k.value ->> 'key') in (
              select lower('MeterPublicKey' || c.wire_number) from connector c where c.station_id = s.id and c.evse_number = $3
              union select lower('MeterPublicKey[' || c.wire_number || ']') from connector c where c.station_id = s.id and c.evse_number = $3)
            """,
            r => r.Get<string>(0),
            ct,
            station.Value,
            tenant.Current.Value,
            evse);
        return [.. rows.OfType<string>().Select(MeterKey.Read).OfType<MeterKey>()];
    }
}
