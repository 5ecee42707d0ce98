using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Npgsql;

namespace Ladewerk.Receipts;

/// <summary>A station says which key the meter of a connector signs with.</summary>
public sealed record MeterKeyReported(StationId StationId, int Connector, string PublicKey, string? Serial) : IEvent
{
    public static string Type => "meterKeyReported";
}

/// <summary>
/// Remembers keys that come over the wire. The first one of an EVSE waits for a person's approval; another one beside an approved key
/// raises an alarm and changes nothing.
/// </summary>
internal sealed class RememberKey(NpgsqlDataSource data, TenantContext tenant, TimeProvider time) : IConsumer<MeterKeyReported>
{
    public async Task Consume(MeterKeyReported e, CancellationToken ct)
    {
        var evse = await data.First(
            "select evse_number from connector where tenant_id = $1 and station_id = $2 and wire_number = $3", r => (int?)r.GetInt32(0), ct, tenant.Current.Value, e.StationId.Value, e.Connector);
        if (MeterKey.Read(e.PublicKey) is { } key)
        {
            await Run(e.StationId, evse ?? e.Connector, key, KeySource.Station, ct);
        }
    }

    /// <summary>Notes the key unless it is known already.</summary>
    public Task Run(StationId station, int evse, MeterKey key, KeySource source, CancellationToken ct) => data.Run(
        """
        insert into meter_key (id, tenant_id, station_id, evse_number, fingerprint, curve, public_key, source, state, seen_at)
        select $1, $2, $3, $4, $5, $6, $7, $8,
               case when exists (select 1 from meter_key k where k.station_id = $3 and k.evse_number = $4 and k.state = 'approved') then 'alarm' else 'proposed' end, $9
        on conflict (station_id, evse_number, fingerprint) do nothing
        """,
        ct,
        Guid.CreateVersion7(),
        tenant.Current.Value,
        station.Value,
        evse,
        key.Fingerprint,
        key.Curve.Name,
        key.Original,
        Enum.GetName(source)!.ToLowerInvariant(),
        time.GetUtcNow());
}
